"""The type of a field that only outcomes set: everything that it is given anywhere."""

from typing import Any

from tests.generators import plan_of

Tree = dict[str, Any]


def rule(name: str, *sets: Tree) -> Tree:
    first, *rest = [{"outcome": f"way-{n}", "sets": one} for n, one in enumerate(sets)]
    return {
        "decision": name,
        "ask": "Which?",
        "decided_by": "rule",
        "outcomes": [{**first, "when": {"amount": {"more_than": 5}}}, *rest] if rest else [first],
    }


def types(*flow: Tree) -> dict[str, object]:
    plan = plan_of(
        {
            "format": "sop/1",
            "procedure": "small",
            "revision": 1,
            "title": "Small",
            "purpose": "Show one thing.",
            "effective_from": "2026-01-01",
            "review_by": "2027-01-01",
            "roles": {"agent": "Acts."},
            "by": "agent",
            "case": [
                {"field": "amount", "type": "integer"},
                {"field": "colour", "type": "choice", "choices": {"red": "Red", "green": "Green"}},
            ],
            "derive": {
                "higher": {"table": {"of": "colour", "values": {"red": "green"}, "else": "blue"}},
                "lower": {"table": {"of": "colour", "values": {"green": "red"}, "else": "white"}},
            },
            "flow": [*flow, {"end": "over", "result": "failed"}],
        }
    )
    return {
        name: [c for c, _ in rules.choices] if rules.choices else rules.type
        for name, rules in plan.fields.items()
    }


def test_what_is_copied_from_several_names_may_be_any_of_their_values() -> None:
    found = types(rule("one", {"grade": {"field": "higher"}}, {"grade": {"field": "lower"}}))
    assert set(found["grade"]) == {"green", "blue", "red", "white"}  # type: ignore[call-overload]  # a list here


def test_what_is_set_in_several_decisions_may_be_any_of_it() -> None:
    found = types(rule("one", {"grade": "a"}), rule("two", {"grade": "b"}, {"grade": {"field": "colour"}}))
    assert set(found["grade"]) == {"a", "b", "red", "green"}  # type: ignore[call-overload]  # a list here


def test_names_that_copy_each_other_are_text() -> None:
    found = types(
        rule("one", {"x": {"field": "y"}}, {"x": "a"}), rule("two", {"y": {"field": "x"}}, {"y": "b"})
    )
    assert (found["x"], found["y"]) == ("text", "text")


def test_whole_numbers_and_others_are_numbers() -> None:
    found = types(rule("one", {"size": {"field": "amount"}}, {"size": 2.5}))
    assert found["size"] == "number"
