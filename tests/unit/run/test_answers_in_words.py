"""What was answered in a checklist is shown to who signs it in the reader's words."""

from sop_runner.run.view import view
from tests.unit.authoring.stages import played

PROCEDURE = """
format: sop/1
procedure: small
revision: 1
title: { en: Small, hu: Kicsi }
purpose: { en: To see., hu: Hogy lássuk. }
effective_from: 2026-10-01
review_by: 2027-01-01
roles: { agent: { en: Works., hu: Dolgozik. }, checker: { en: Signs., hu: Aláír. } }
by: agent
flow:
  - checklist: looks
    items:
      - item: door
        title: { en: Door, hu: Ajtó }
        ask: { en: Is it shut?, hu: Zárva van? }
        answers: { shut: { en: it is shut, hu: zárva }, open: { en: it is open, hu: nyitva } }
      - item: lamp
        title: { en: Lamp, hu: Lámpa }
        ask: { en: Is it lit?, hu: Ég? }
        answers: [lit, dark]
      - item: key
        title: Key
        ask: Which key?
        field: { field: key_number, label: Key number, type: integer }
  - confirmation: sign
    by: checker
    sign_off: { shows: [looks] }
    otherwise: over
  - end: over
    result: failed
"""


def shown(do: str, language: str) -> list[tuple[str, str]]:
    result = played(
        PROCEDURE.lstrip(), f"  - scenario: one\n    as: {{ agent: ana, checker: bela }}\n    do: {do}\n"
    )
    assert result.deviation is None
    scene = result.scene
    assert scene is not None
    item = view(scene.plan, scene.run, scene.now, language, {}).item
    assert item is not None
    return [(fact.label, fact.value) for fact in item.shows]


def test_who_signs_reads_the_answer_in_words() -> None:
    """Each once: a number that an item records under a name of its own is not shown under both."""
    do = "[{ looks: { door: open, lamp: dark, key: 7 } }]"
    assert shown(do, "hu") == [("Ajtó", "nyitva"), ("Lámpa", "dark"), ("Key number", "7")]
    assert shown(do, "en") == [("Door", "it is open"), ("Lamp", "dark"), ("Key number", "7")]
