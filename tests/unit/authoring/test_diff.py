"""What a diff says of planted changes, that it says nothing of reformatting, and that it is even-handed."""

import copy
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_runner.authoring.diff.change import Change
from sop_runner.authoring.diff.differences import differences
from sop_runner.authoring.stand_in import comparable
from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.procedure.library import resolve
from sop_runner.procedure.load import load
from tests.generators import Compiled, Tree, _Dumper, plan_of, procedures
from tests.shipped import NAMES, shipped, tree_of

Nodes = dict[str, Any]
Plant = Callable[[Nodes, Tree], object]


def planted(plant: Plant) -> tuple[Plan, Plan]:
    """The account change as it ships, and with something changed."""
    tree = copy.deepcopy(tree_of("account-change"))
    assert isinstance(tree, dict)
    plant({next(iter(node.values())): node for node in tree["flow"]}, tree)
    return shipped("account-change"), plan_of(tree)


def told(changes: Sequence[Change], kind: str) -> str:
    """What is said of a kind; `open` is what may be weaker."""
    those = [c for c in changes if (c.unsettled if kind == "open" else c.kind == kind and not c.unsettled)]
    return "\n".join(f"{c.node}: {c.sentence}" for c in those)


def _behind_the_act(nodes: Nodes, tree: Tree) -> None:
    flow = tree["flow"]
    flow.remove(nodes["consent"])
    flow.insert(flow.index(nodes["system-log"]), nodes["consent"])


def _before_the_log(nodes: Nodes, tree: Tree) -> None:
    flow = tree["flow"]
    flow.remove(nodes["notify-customer"])
    flow.insert(flow.index(nodes["system-log"]), nodes["notify-customer"])


def _as_step(nodes: Nodes, tree: Tree) -> None:
    consent = nodes["consent"]
    where = tree["flow"].index(consent)
    tree["flow"][where] = {"step": "consent", "say": consent["say"]}
    for name in ("apply-change", "closed"):
        nodes[name]["requires"].remove("consent")


PLANTED: dict[str, tuple[Plant, str, str]] = {
    "a required control dropped": (lambda n, t: n["apply-change"]["requires"].remove("consent"), "weaker", "apply-change: no longer requires 'consent'"),
    "a confirmation turned into a step": (_as_step, "weaker", "consent: was a confirmation, is a step now"),
    "a confirmation removed": (lambda n, t: (t["flow"].remove(n["system-log"]), n["closed"]["requires"].remove("log-review")), "weaker", "system-log: the confirmation 'system-log' removed"),
    "one kind of factor is enough": (lambda n, t: n["caller-identity"]["identity"].update(need=1), "weaker", "factors needed 2 before, 1 now"),
    "more attempts": (lambda n, t: n["caller-identity"]["identity"].update(attempts=5), "weaker", "attempts 3 before, 5 now"),
    "one more factor will do": (lambda n, t: n["caller-identity"]["identity"]["factors"].append({"factor": "voice", "kind": "inherence"}), "weaker", "the factor 'voice' is accepted as well"),
    "a factor may be sent to what changes": (lambda n, t: n["caller-identity"]["identity"]["factors"][1].pop("not_to"), "weaker", "factor 'one-time-code': never sent to dropped"),
    "another kind of factor": (lambda n, t: n["caller-identity"]["identity"]["factors"][1].update(kind="knowledge"), "open", "factor 'one-time-code': kind possession before, knowledge now"),
    "four eyes by anybody": (lambda n, t: n["supervisor-approval"].pop("not_by"), "weaker", "no longer excludes who acted as 'agent'"),
    "another role signs": (lambda n, t: n["supervisor-approval"].update(by="agent", not_by=[]), "open", "done by supervisor before, agent now"),
    "more roles sign": (lambda n, t: n["supervisor-approval"].update(by=["supervisor", "agent"]), "weaker", "done by supervisor before, agent, supervisor now"),
    "fresh for longer": (lambda n, t: n["caller-identity"].update(valid_for="30m"), "weaker", "valid for 15m before, 30m now"),
    "fresh for ever": (lambda n, t: n["caller-identity"].pop("valid_for"), "weaker", "valid for dropped"),
    "not irreversible": (lambda n, t: n["apply-change"].pop("irreversible"), "weaker", "irreversible yes before, no now"),
    "refused no more": (lambda n, t: n["caller-identity"].update(otherwise="consent"), "weaker", "caller-identity: `otherwise` led to 'refused', leads to 'consent'"),
    "otherwise dropped": (lambda n, t: n["caller-identity"].pop("otherwise"), "weaker", "`otherwise` no longer leads anywhere"),
    "an outcome led past the approval": (lambda n, t: n["takeover-risk"]["outcomes"][0].update(then="apply-change"), "weaker", "may pass by 'supervisor-approval'"),
    "an outcome imposes nothing": (lambda n, t: n["takeover-risk"]["outcomes"][0].pop("imposes"), "weaker", "outcome 'high': no longer imposes 'four-eyes'"),
    "fewer risky cases": (lambda n, t: n["takeover-risk"]["outcomes"][0]["when"]["any"].pop(1), "weaker", "outcome 'high': taken in fewer cases"),
    "a higher threshold": (lambda n, t: n["takeover-risk"]["outcomes"][0]["when"]["any"][2].update(account_value={"at_least": 20000}), "weaker", "outcome 'high': taken in fewer cases"),
    "other risky cases": (lambda n, t: n["takeover-risk"]["outcomes"][0].update(when={"change": "phone"}), "open", "outcome 'high': taken in other cases"),
    "an outcome that passes by": (lambda n, t: n["takeover-risk"]["outcomes"].insert(0, {"outcome": "known", "when": {"change": "phone"}, "then": "apply-change"}), "weaker", "the outcome 'known' added"),
    "decided by a person": (lambda n, t: (n["takeover-risk"].update(decided_by="person"),), "weaker", "decided by rule before, person now"),
    "a longer limit": (lambda n, t: n["supervisor-approval"]["time"].update(limit="2h"), "weaker", "time limit 30m before, 2h now"),
    "no limit": (lambda n, t: n["supervisor-approval"].pop("time"), "weaker", "time limit 30m before, none now"),
    "waivable": (lambda n, t: n["supervisor-approval"].update(waivable={"by": "supervisor"}), "weaker", "can be waived by 'supervisor'"),
    "waivable by default": (lambda n, t: t.update(defaults={"waivable": {"by": "supervisor"}}), "weaker", "system-log: can be waived by 'supervisor'"),
    "a looser pattern": (lambda n, t: n["change-request"]["record"]["fields"][0].pop("matches"), "weaker", "field 'ticket': pattern dropped"),
    "longer text": (lambda n, t: n["change-request"]["record"]["fields"][2].update(max_length=900), "weaker", "field 'new_value': longest text 200 before, 900 now"),
    "kept in the open": (lambda n, t: n["change-request"]["record"]["fields"][2].update(keep="plain"), "weaker", "field 'new_value': kept erasable before, plain now"),
    "spoken": (lambda n, t: n["change-request"]["record"]["fields"][4].update(internal=False), "weaker", "field 'account_value': internal yes before, no now"),
    "may be left out": (lambda n, t: n["change-request"]["record"]["fields"][0].update(required=False), "weaker", "field 'ticket': required yes before, no now"),
    "typed with the entry in sight": (lambda n, t: n["supervisor-approval"]["sign_off"].pop("blind"), "weaker", "'new_value' is no longer typed blind"),
    "signed without a reason": (lambda n, t: n["supervisor-approval"]["sign_off"].pop("reason"), "weaker", "reason required before, optional now"),
    "signed unseen": (lambda n, t: n["supervisor-approval"]["sign_off"]["shows"].pop(), "weaker", "the signer is no longer shown 'takeover-risk'"),
    "no extract": (lambda n, t: n["system-log"]["log_review"].pop("extract"), "weaker", "extract required before, optional now"),
    "a check of the log dropped": (lambda n, t: n["system-log"]["log_review"]["checks"].pop(), "weaker", "1 checks of the log dropped"),
    "an item dropped": (lambda n, t: n["notify-customer"]["items"].pop(0), "weaker", "the item 'notice-before' dropped"),
    "one right answer is enough": (lambda n, t: n["notify-customer"].update(need=1), "weaker", "right answers needed all before, 1 now"),
    "not applicable by a reason": (lambda n, t: n["notify-customer"]["items"][1].update(not_applicable="reason"), "weaker", "item 'notice-after': not applicable refused before, reason now"),
    "asked in fewer cases": (lambda n, t: n["notify-customer"].update(only_when={"change": "email"}), "weaker", "notify-customer: asked in fewer cases"),
    "closes a ticket": (lambda n, t: n["refused"].update(closes_ticket=True, requires=["written-record"]), "weaker", "refused: closes the ticket no before, yes now"),
    "moved behind the act": (_behind_the_act, "weaker", "apply-change: can now be reached without 'consent'"),
    "moved before a confirmation": (_before_the_log, "weaker", "notify-customer: can now be reached without 'system-log'"),
    "not proved any more": (lambda n, t: n["consent"].pop("satisfies"), "weaker", "'consent' is no longer proved (closure): fails"),
    "one more way to a control": (lambda n, t: n["notify-customer"].update(satisfies=["customer-notified", "four-eyes"]), "weaker", "satisfies 'four-eyes' as well"),
    "reworded": (lambda n, t: n["consent"]["title"].update(hu="Beleegyezés"), "changed", "consent: title reworded (hu)"),
    "a control reworded": (lambda n, t: t["controls"]["consent"]["sentence"].update(en="The customer agreed."), "changed", "controls consent reworded (en)"),
    "a check of the log reworded": (lambda n, t: n["system-log"]["log_review"]["checks"][0].update(en="One."), "changed", "system-log: log_review '1' reworded (en)"),
    "reviewed later": (lambda n, t: t.update(review_by="2031-01-01"), "changed", "review by"),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_change_is_told_in_its_class_and_the_other_way_round(name: str) -> None:
    plant, kind, sentence = PLANTED[name]
    old, new = planted(plant)
    assert sentence in told(differences(old, new), kind)
    back = differences(new, old)
    opposite = {"weaker": "stronger", "open": "open", "changed": "changed"}[kind]
    assert told(back, opposite)


def test_a_dropped_invalidation_a_shorter_wait_and_more_jumps_are_weaker() -> None:
    def made(wait: str, most: int, lost: list[str]) -> Plan:
        return plan_of(
            {
                "format": "sop/1", "procedure": "p", "revision": 1, "title": "P", "purpose": "P.",
                "effective_from": "2026-01-01", "review_by": "2027-01-01", "roles": {"agent": "Acts."}, "by": "agent",
                "controls": {"seen": "Seen."},
                "flow": [
                    {"step": "wait", "do": "Wait.", "wait": wait},
                    {"confirmation": "look", "statement": {"of": "agent", "text": "Seen."}, "satisfies": ["seen"],
                     "otherwise": {"to": "wait", "at_most": most, "otherwise": "failed"}},
                    {"step": "work", "do": "Work.", "invalidates": lost, "then": "failed"},
                    {"end": "failed", "result": "failed"},
                ],
            }
        )  # fmt: skip

    changes = differences(made("30s", 2, ["seen"]), made("10s", 3, []))
    assert told(changes, "weaker").splitlines() == [
        "wait: wait 30s before, 10s now",
        "look: `otherwise`: most jumps 2 before, 3 now",
        "work: no longer invalidates 'seen'",
    ]
    assert len(changes) == 3


def test_a_node_that_was_moved_is_told_once_and_passes_by_nothing_that_is_done_before_it() -> None:
    def made(*order: str) -> Plan:
        stated = ("one", "two", "three", "four")
        flow = [
            {"confirmation": name, "statement": {"of": "agent", "text": "Seen."}} if name in stated
            else {"step": name, "do": "Work."}
            for name in order
        ]  # fmt: skip
        end = {"end": "closed", "result": "completed"}
        return plan_of(
            {
                "format": "sop/1", "procedure": "p", "revision": 1, "title": "P", "purpose": "P.",
                "effective_from": "2026-01-01", "review_by": "2027-01-01", "roles": {"agent": "Acts."}, "by": "agent",
                "flow": [*flow, end],
            }
        )  # fmt: skip

    old = made("one", "two", "tell", "three", "four")
    earlier = differences(old, made("tell", "one", "two", "three", "four"))
    assert told(earlier, "weaker") == "tell: can now be reached without 'one', 'two'"
    assert told(earlier, "stronger") == ""
    later = differences(old, made("two", "tell", "three", "four", "one"))
    assert told(later, "weaker") == "one: 'four', 'tell', 'three', 'two' can now be done without it"
    assert told(later, "stronger") == "one: can no longer be reached without 'four', 'three', 'two'"


def test_to_need_as_many_items_as_there_are_is_to_need_all() -> None:
    def made(need: Tree, when: Tree) -> Plan:
        return plan_of(
            {
                "format": "sop/1", "procedure": "p", "revision": 1, "title": "P", "purpose": "P.",
                "effective_from": "2026-01-01", "review_by": "2027-01-01", "roles": {"agent": "Acts."}, "by": "agent",
                "case": [{"field": "amount", "type": "integer"}],
                "flow": [
                    {"checklist": "look", "items": [{"item": "one", "ask": "One?"}, {"item": "two", "ask": "Two?", **when}],
                     **need},
                    {"end": "failed", "result": "failed"},
                ],
            }
        )  # fmt: skip

    assert differences(made({}, {}), made({"need": 2}, {})) == ()
    fewer = differences(made({}, {}), made({"need": 1}, {}))
    assert told(fewer, "weaker") == "look: right answers needed all before, 1 now"
    when: Tree = {"only_when": {"amount": 1}}  # then there may be one item alone, and two cannot be right
    assert told(differences(made({"need": 2}, when), made({}, when)), "stronger")


def test_who_decides_and_what_a_condition_says_twice() -> None:
    def made(by: str, when: Tree) -> Plan:
        return plan_of(
            {
                "format": "sop/1", "procedure": "p", "revision": 1, "title": "P", "purpose": "P.",
                "effective_from": "2026-01-01", "review_by": "2027-01-01", "roles": {"agent": "Acts."}, "by": "agent",
                "case": [{"field": "amount", "type": "integer"}], "controls": {"seen": "Seen."},
                "flow": [
                    {"decision": "how", "decided_by": by, "ask": "How?",
                     "outcomes": [{"outcome": "high", "when": when, "imposes": ["seen"]}, {"outcome": "low"}]},
                    {"confirmation": "look", "statement": {"of": "agent", "text": "Seen."}, "satisfies": ["seen"]},
                    {"end": "closed", "result": "completed", "requires": ["seen"]},
                ],
            }
        )  # fmt: skip

    high: Tree = {"amount": {"at_least": 5}}
    person, answer, rule = made("person", high), made("answer", high), made("rule", high)
    assert told(differences(person, answer), "weaker") == "how: decided by person before, answer now"
    assert told(differences(answer, person), "stronger") == "how: decided by answer before, person now"
    assert differences(rule, made("rule", {"any": [{"not": {"not": high}}]})) == ()
    other = differences(person, made("rule", {"amount": {"at_least": 9}}))
    assert told(other, "weaker") == ""
    assert told(other, "open") == "how: outcome 'high': taken in fewer cases"


def _written(value: Any) -> Any:
    """A copy in types that YAML's own writer knows."""
    if isinstance(value, dict):
        return {key: _written(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_written(inner) for inner in value]
    return float(value) if isinstance(value, Decimal) else value


def _shuffled(value: Any, rng: random.Random) -> Any:
    """The same tree with the keys of every map in another order; the first key of a node says its kind."""
    if isinstance(value, list):
        return [_shuffled(one, rng) for one in value]
    if not isinstance(value, dict):
        return value
    first, *rest = value
    order = [first, *rng.sample(rest, len(rest))]
    return {key: _shuffled(value[key], rng) for key in order}


@given(st.sampled_from(NAMES), st.integers(0, 2**16))
@settings(max_examples=6)
def test_reformatting_is_no_change(name: str, seed: int) -> None:
    tree = _shuffled(_written(tree_of(name)), random.Random(seed))
    text = yaml.dump(
        tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=40, default_flow_style=seed % 2 == 0
    )
    loaded = load(b"# a comment\n" + text.encode(), "again.yaml")
    assert loaded.procedure is not None, [finding.message for finding in loaded.findings]
    plan = shipped(name)
    assert differences(plan, compile_plan(loaded.procedure, loaded.digest or "", plan.callees)) == ()


def test_what_is_said_by_default_or_outright_is_the_same() -> None:
    def plant(nodes: Nodes, tree: Tree) -> None:
        tree["title"] = {"en": tree["title"]} if isinstance(tree["title"], str) else tree["title"]
        nodes["consent"]["then"] = "takeover-risk"
        nodes["caller-identity"]["identity"].pop("attempts")
        nodes["closed"]["closes_ticket"] = True
        nodes["apply-change"]["requires"].reverse()
        nodes["supervisor-approval"]["by"] = ["supervisor"]

    old, new = planted(plant)
    assert old.digest != new.digest
    assert differences(old, new) == ()


def _places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(tree, dict | list):
        for key in tree if isinstance(tree, dict) else range(len(tree)):
            yield (*path, key)
            yield from _places(tree[key], (*path, key))


def _mutated(made: Compiled, rng: random.Random) -> Plan | None:
    """One key or entry of the file deleted or changed; None where that does not load."""
    tree = copy.deepcopy(made.sample.main)
    *path, last = rng.choice(list(_places(tree)))
    at: Any = tree
    for key in path:
        at = at[key]
    old = at[last]
    if rng.random() < 0.4:
        del at[last]
    elif isinstance(old, bool):
        at[last] = not old
    elif isinstance(old, int):
        at[last] = old + rng.choice((1, -1))
    elif isinstance(old, str):
        at[last] = rng.choice((f"{old}x", "2h", "control-a", "manager", "refused"))
    else:
        return None
    callees = {(one["procedure"], 1): load(made.sample.text(one)) for one in made.sample.callees}
    main = load(made.sample.text(tree))
    if main.procedure is None:
        return None
    resolved = resolve(main, lambda name, revision: callees.get((name, revision)))
    return None if resolved.findings else comparable(main, resolved)[0]


FLIPPED = {"weaker": "stronger", "stronger": "weaker", "changed": "changed"}


@given(procedures(), st.integers(0, 2**16))
@settings(max_examples=40)
def test_weaker_one_way_is_stronger_the_other(made: Compiled, seed: int) -> None:
    assert made.plan is not None
    new = _mutated(made, random.Random(seed))
    if new is None or new.digest == made.plan.digest:
        return
    onward, back = differences(made.plan, new), differences(new, made.plan)
    assert bool(onward) == bool(back)

    def judged(changes: Sequence[Change], names: dict[str, str]) -> Counter[tuple[str, str, bool]]:
        return Counter(
            (c.node, names[c.kind], c.unsettled) for c in changes if c.kind != "changed" or c.unsettled
        )

    assert judged(onward, {kind: kind for kind in FLIPPED}) == judged(back, FLIPPED)
