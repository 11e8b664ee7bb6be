"""A customer's request: written down, proved to be theirs, agreed to, carried out, looked up in the log."""

from sop_runner.base.i18n import Translator

from .writing import Starter, Wanted, note, play, text, top


def request(wanted: Wanted, t: Translator) -> Starter:
    """The starter of the kind `request`."""
    roles = [f"agent: {text(t._('Talks to the customer and does the work.'))}"]
    controls = [
        f"written-record: {text(t._('The request was written down before anything was done (rule 1).'))}",
        f"two-factor-identity: {text(t._('The customer proved two factors of different kinds (rule 2).'))}",
        f"consent: {text(t._('The customer heard what will be done, and agreed (rule 3).'))}",
        f"log-review: {text(t._('The operation log shows this work and no other (rule 4).'))}",
    ]
    return Starter("\n".join((*top(wanted, t, roles, controls), *_flow(t))) + "\n", _scenarios(wanted, t))


def _flow(t: Translator) -> list[str]:
    return f"""\
  {note(t._("A step is work that a person does and reports as done. It proves nothing."))}
  - step: open-ticket
    title: {text(t._("Open the ticket"))}
    do: {text(t._("Open the ticket and read what is known."))}
    say: {text(t._("How can I help you today?"))}

  {note(t._("A confirmation is passed only with evidence, here with a record."))}
  - confirmation: written-request
    title: {text(t._("Written request"))}
    do: {text(t._("Write down the request in the customer's own words."))}
    record:
      fields:
        - field: request
          label: {text(t._("What is asked for"))}
          type: text
          max_length: 500
          keep: erasable # {t._("personal data: the log holds a commitment, not the text")}
    satisfies: [written-record]

  - confirmation: caller-identity
    title: {text(t._("Identity by two factors"))}
    caution: {text(t._("Do not say which factor was wrong."))}
    ask: {text(t._("Is this the customer?"))}
    say: {text(t._("To protect your account I have to make sure that it is you."))}
    identity:
      of: customer
      factors:
        - {{ factor: account-passphrase, kind: knowledge, title: {text(t._("Account passphrase"))} }}
        - {{ factor: one-time-code, kind: possession, title: {text(t._("One-time code"))}, send_to: contact-on-file }}
      need: 2 # {t._("always of different kinds")}
      attempts: 3
    satisfies: [two-factor-identity]
    valid_for: 15m # {t._("after a long hold it has to be proved again")}
    otherwise: refused # {t._("the way to go when it fails")}

  - confirmation: consent
    title: {text(t._("Consent"))}
    say: {text(t._("This is what I am about to do. Do you agree?"))}
    statement:
      of: customer
      text: {text(t._("The customer heard what will be done, and agreed."))}
    satisfies: [consent]
    otherwise: withdrawn

  {note(t._("What cannot be undone asks for its controls itself: it is not entered without them."))}
  - step: carry-out
    title: {text(t._("Carry it out"))}
    requires: [written-record, two-factor-identity, consent]
    irreversible: true
    do: {text(t._("Do what was asked for, and nothing else."))}

  - confirmation: system-log
    title: {text(t._("System operation log"))}
    do: {text(t._("Read the operation log of this account."))}
    log_review:
      source: account-system
      since: caller-identity
      checks:
        - {text(t._("There is one change, made by you."))}
        - {text(t._("There is no other change since the customer was identified."))}
    satisfies: [log-review]
    otherwise: set-right

  {note(t._("An end that completes closes the ticket, and says what that takes."))}
  - end: closed
    title: {text(t._("Done and proved"))}
    result: completed
    requires: [written-record, two-factor-identity, consent, log-review]
    say: {text(t._("It is done. Is there anything else I can do for you?"))}

  {note(t._("Reached only by another way."))}
  - step: set-right
    title: {text(t._("Set it right"))}
    do: {text(t._("Undo what was not asked for, and report it to the security desk."))}

  - end: escalated
    title: {text(t._("With the security desk"))}
    result: failed
    do: {text(t._("Leave the ticket open; the security desk goes on with it."))}

  - end: refused
    title: {text(t._("Refused"))}
    result: refused
    say: {text(t._("I am sorry, I cannot do this for you over this channel."))}

  - end: withdrawn
    title: {text(t._("Withdrawn by the customer"))}
    result: withdrawn
    say: {text(t._("Then nothing has been changed."))}""".split("\n")


def _scenarios(wanted: Wanted, t: Translator) -> str:
    begun = f"""\
    as: {{ agent: ana }}
    do:
      - open-ticket
      - written-request: {{ request: {text(t._("a new address"))} }}"""
    return play(
        wanted,
        t,
        f"""\
  - scenario: {text(t._("it is carried out with every control"))}
{begun}
      - caller-identity: {{ account-passphrase: pass, one-time-code: pass }}
      - consent: affirmed
      - carry-out
      - system-log
    ends: closed
    never: [set-right]

  - scenario: {text(t._("whoever cannot prove who they are gets nothing"))}
{begun}
      - caller-identity: otherwise
    ends: refused
    never: [carry-out]

  - scenario: {text(t._("the customer does not agree"))}
{begun}
      - caller-identity: {{ account-passphrase: pass, one-time-code: pass }}
      - consent: declined
    ends: withdrawn
    never: [carry-out]

  - scenario: {text(t._("the log shows something else"))}
{begun}
      - caller-identity: {{ account-passphrase: pass, one-time-code: pass }}
      - consent: affirmed
      - carry-out
      - system-log: otherwise
      - set-right
    ends: escalated""".split("\n"),
    )
