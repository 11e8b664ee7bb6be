"""A check that is made the same way each time: what was found is on record, and a failed one goes on elsewhere."""

from sop_runner.base.i18n import Translator

from .writing import Starter, Wanted, note, play, text, top


def checklist(wanted: Wanted, t: Translator) -> Starter:
    """The starter of the kind `checklist`."""
    roles = [f"agent: {text(t._('Makes the check and writes down what was found.'))}"]
    controls = [
        f"checked: {text(t._('Every point was looked at and found right (rule 1).'))}",
        f"written-record: {text(t._('What was found is written down (rule 2).'))}",
    ]
    return Starter("\n".join((*top(wanted, t, roles, controls), *_flow(t))) + "\n", _scenarios(wanted, t))


def _flow(t: Translator) -> list[str]:
    return f"""\
  {note(t._("A step is work that a person does and reports as done. It proves nothing."))}
  - step: prepare
    title: {text(t._("Prepare the check"))}
    do: {text(t._("Open what is to be checked, and put everything else away."))}

  {note(t._("At most seven items; each answer in `expect` is right, every other one takes the other way."))}
  - checklist: points
    title: {text(t._("The points of the check"))}
    items:
      - item: complete
        ask: {text(t._("Is everything there?"))}
        answers: ["yes", "no"]
        expect: ["yes"]
      - item: in-order
        ask: {text(t._("Is it in the state in which it should be?"))}
        answers: ["yes", "no"]
        expect: ["yes"]
      - item: reading
        ask: {text(t._("Which value does the meter show?"))}
        field: {{ type: integer, at_least: 0, at_most: 9999 }} # {t._("a value, where a tick would be a reflex")}
      - item: seal
        ask: {text(t._("Is the seal whole?"))}
        not_applicable: reason # {t._("whoever leaves it out says why")}
    satisfies: [checked]
    otherwise: report

  {note(t._("A confirmation is passed only with evidence, here with a record."))}
  - confirmation: finding
    title: {text(t._("What was found"))}
    record:
      fields:
        - {{ field: remark, label: {text(t._("Remark"))}, type: text, max_length: 500 }}
    satisfies: [written-record]

  {note(t._("An end that completes closes the ticket, and says what that takes."))}
  - end: passed
    title: {text(t._("Checked and right"))}
    result: completed
    requires: [checked, written-record]

  {note(t._("Reached only by another way."))}
  - step: report
    title: {text(t._("Report what is wrong"))}
    do: {text(t._("Tell the team that answers for it, and note their number in the ticket."))}

  - end: not-passed
    title: {text(t._("Not passed"))}
    result: failed
    do: {text(t._("Leave the ticket open until it is set right."))}""".split("\n")


def _scenarios(wanted: Wanted, t: Translator) -> str:
    people = "as: { agent: ana }"
    return play(
        wanted,
        t,
        f"""\
  - scenario: {text(t._("everything is right"))}
    {people}
    do:
      - prepare
      - points: {{ complete: "yes", in-order: "yes", reading: 42, seal: {{ not_applicable: {text(t._("it has no seal"))} }} }}
      - finding: {{ remark: {text(t._("nothing to remark"))} }}
    ends: passed
    never: [report]

  - scenario: {text(t._("one point is wrong"))}
    {people}
    do:
      - prepare
      - points: {{ complete: "yes", in-order: "no", reading: 42, seal: done }}
      - report
    ends: not-passed
    never: [finding]""".split("\n"),
    )
