"""Every text of a procedure may put a value in: titles, labels, answers and outcomes as well as what is said."""

from sop_runner.run.view import view
from sop_runner.run.views import RunView
from tests.unit.authoring.stages import played

PROCEDURE = """
format: sop/1
procedure: small
revision: 1
title: "Small {{braces}}"
purpose: To see.
effective_from: 2026-10-01
review_by: 2027-01-01
roles: { agent: { title: "Agent {{a}}", sentence: Works. }, checker: Signs. }
by: agent
flow:
  - section: first
    title: "About {thing}"
    flow:
      - confirmation: wish
        title: "Wish {{w}}"
        record: { fields: [{ field: thing, label: "Thing {{t}}", type: text }, { field: price, label: "Price of {thing}", type: integer }] }
  - decision: which
    title: "Which {thing}"
    ask: "Which {thing}?"
    decided_by: answer
    outcomes: [{ outcome: one, title: "One {thing} for {price}" }, { outcome: two, title: Two }]
  - checklist: looks
    title: "Look at {thing}"
    items: [{ item: door, ask: "Is {thing} {{shut}}?", answers: { shut: "{thing} is shut", open: Open } }]
  - confirmation: sign
    title: "Sign for {price}"
    by: checker
    not_by: [agent]
    sign_off: { shows: [wish], blind: [price] }
    otherwise: over
  - end: over
    title: "Over {thing}"
    result: failed
"""


def seen(do: str) -> RunView:
    result = played(
        PROCEDURE.lstrip(), f"  - scenario: one\n    as: {{ agent: ana, checker: bela }}\n    do: {do}\n"
    )
    assert result.deviation is None
    scene = result.scene
    assert scene is not None
    return view(scene.plan, scene.run, scene.now, "en", {})


def titles(shown: RunView) -> list[str]:
    return [row.title for row in shown.outline]


def test_what_is_not_known_yet_is_an_ellipsis_and_two_braces_are_one() -> None:
    shown = seen("[]")
    assert shown.title == "Small {braces}"
    assert titles(shown) == ["About …", "Wish {w}", "Which …", "Look at …", "Sign for …", "Over …"]
    assert shown.item is not None
    assert [prompt.label for prompt in shown.item.prompts] == ["Thing {t}", "Price of …"]


def test_titles_outcomes_and_answers_say_the_value() -> None:
    first = "{ wish: { thing: the lid, price: 7 } }"
    shown = seen(f"[{first}]")
    assert titles(shown)[2:4] == ["Which the lid", "Look at the lid"]
    assert shown.item is not None
    assert shown.item.title == "Which the lid"
    assert "One the lid for 7" in str(shown.item)
    asked = seen(f"[{first}, {{ which: one }}]").item
    assert asked is not None
    assert [choice.label for choice in asked.prompts[0].choices] == ["the lid is shut", "Open"]


def test_a_title_does_not_tell_what_is_to_be_typed_blind() -> None:
    shown = seen("[{ wish: { thing: the lid, price: 7 } }, { which: one }, looks]")
    assert shown.item is not None
    assert shown.item.title == "Sign for •••"
    assert "7" not in " ".join(titles(shown))
