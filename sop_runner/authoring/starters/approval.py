"""An exception that takes a second person once it is large: decided by a rule, signed by four eyes."""

from sop_runner.base.i18n import Translator

from .writing import Starter, Wanted, note, play, text, top


def approval(wanted: Wanted, t: Translator) -> Starter:
    """The starter of the kind `approval`."""
    roles = [
        f"agent: {text(t._('Talks to the customer and does the work.'))}",
        f"supervisor: {text(t._('Approves what is large, and has not worked on it.'))}",
    ]
    controls = [
        f"written-record: {text(t._('The request was written down before anything was done (rule 1).'))}",
        f"four-eyes: {text(t._('A second person approved what is large (rule 2).'))}",
        f"customer-told: {text(t._('The customer was told what was granted (rule 3).'))}",
    ]
    return Starter("\n".join((*top(wanted, t, roles, controls), *_flow(t))) + "\n", _scenarios(wanted, t))


def _flow(t: Translator) -> list[str]:
    return f"""\
  {note(t._("A confirmation is passed only with evidence, here with a record."))}
  - confirmation: written-request
    title: {text(t._("Written request"))}
    do: {text(t._("Write down the request in the customer's own words."))}
    record:
      fields:
        - {{ field: amount, label: {text(t._("Amount"))}, type: money, currency: EUR, at_least: 0 }}
        - {{ field: ground, label: {text(t._("Why it is asked for"))}, type: text, max_length: 500, keep: erasable }}
    satisfies: [written-record]

  {note(t._("A decision by rule takes the first outcome whose condition holds; the last one has none."))}
  - decision: size
    title: {text(t._("How large it is"))}
    ask: {text(t._("Is the amount beyond what one person may grant?"))}
    decided_by: rule
    outcomes:
      - outcome: large
        title: {text(t._("Large"))}
        when: {{ amount: {{ at_least: 100 }} }}
        imposes: [four-eyes] # {t._("from here on every act that cannot be undone asks for it")}
        then: second-person
      - outcome: small
        title: {text(t._("Small"))}
        then: grant

  {note(t._("Four eyes: the people are compared, not their roles. What is blind is typed without being shown."))}
  - confirmation: second-person
    title: {text(t._("Approval by a supervisor"))}
    by: supervisor
    not_by: [agent]
    ask: {text(t._("Would you grant this?"))}
    sign_off:
      need: 2
      blind: [amount]
      shows: [written-request]
      reason: required
    satisfies: [four-eyes]
    otherwise: refused

  {note(t._("What cannot be undone asks for its controls itself: it is not entered without them."))}
  - step: grant
    title: {text(t._("Grant it"))}
    requires: [written-record]
    irreversible: true
    do: {text(t._("Book the amount that is written down, and nothing else."))}

  {note(t._("A checklist is answered item by item; without `expect` every answer is right."))}
  - checklist: tell-customer
    title: {text(t._("Tell the customer"))}
    items:
      - {{ item: amount-told, ask: {text(t._("Was the customer told the amount?"))} }}
      - item: notice-sent
        ask: {text(t._("Was a notice sent in writing?"))}
        not_applicable: reason # {t._("whoever leaves it out says why")}
    satisfies: [customer-told]

  {note(t._("An end that completes closes the ticket, and says what that takes."))}
  - end: closed
    title: {text(t._("Granted and told"))}
    result: completed
    requires: [written-record, customer-told]

  - end: refused
    title: {text(t._("Refused"))}
    result: refused
    say: {text(t._("I am sorry, we cannot grant this."))}""".split("\n")


def _scenarios(wanted: Wanted, t: Translator) -> str:
    people = "as: { agent: ana, supervisor: bela }"
    ground = text(t._("the line was down for a week"))
    return play(
        wanted,
        t,
        f"""\
  - scenario: {text(t._("a small amount needs one person"))}
    {people}
    do:
      - written-request: {{ amount: 20, ground: {ground} }}
      - grant
      - tell-customer: {{ amount-told: done, notice-sent: done }}
    ends: closed
    never: [second-person]
    know: {{ size: small }}

  - scenario: {text(t._("a large amount needs a second person"))}
    {people}
    do:
      - written-request: {{ amount: 400, ground: {ground} }}
      - second-person
      - grant
      - tell-customer: {{ amount-told: done, notice-sent: {{ not_applicable: {text(t._("they were told in the branch"))} }} }}
    ends: closed

  - scenario: {text(t._("without a second person nothing large is granted"))}
    {people}
    do:
      - written-request: {{ amount: 400, ground: {ground} }}
      - second-person: otherwise
    ends: refused
    never: [grant]""".split("\n"),
    )
