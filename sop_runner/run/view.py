"""A run as a screen shows it: pure data, made anew from the state whenever it is asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sop_runner.base.message import listing, msg
from sop_runner.machine.graph import scope_of, template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import Confirmation, End

from .actions import Actor, Given, Opened
from .environment import RunEnv
from .going import Going
from .guards import renewing, undoing
from .lifecycle import ways_back
from .naming import named
from .state import Run
from .timing import only_way
from .view_item import item_view
from .view_outline import outline, reached_from
from .view_prompts import record_prompts
from .views import Banner, Choice, ControlRow, Fact, Prompt, RoleRow, RunView
from .wording import Wording, hidden_names, words


def view(
    plan: Plan,
    run: Run,
    now: datetime,
    language: str,
    opened: Mapping[str, Opened],
    person: str = "",
    roles: frozenset[str] = frozenset(),
) -> RunView:
    """The whole screen of `run` at `now` for one person, who may take `roles`."""
    who = Actor(person, roles)
    given = Given(who, now, b"", language, opened)
    going = Going(plan, run, given)
    scope = scope_of(run.at)
    hidden = hidden_names(plan, run.at) if run.status == "open" else frozenset()
    wording = Wording(plan, RunEnv(plan, run, scope, now), scope, language, hidden)
    facts = _facts(plan, run, wording)
    procedure = plan.procedure
    end = plan.node(run.end).node if run.end else None
    at_end = end if isinstance(end, End) else None
    shown = RunView(
        run=run.id,
        ticket=run.ticket,
        procedure=procedure.procedure,
        title=wording.plain(procedure.title),
        number=procedure.number or "",
        revision=procedure.revision,
        digest=plan.digest,
        language=language,
        training=run.training,
        status=run.status,
        result=run.result,
        end_title=wording.title(plan.node(run.end)) if run.end else "",
        end_say=wording.text(at_end.say) if at_end else "",
        end_do=wording.text(at_end.do) if at_end else "",
        closes_ticket=at_end.closes and not run.training if at_end else False,
        item=item_view(going, wording, facts) if run.status == "open" else None,
        outline=outline(plan, run, wording),
        controls=_controls(plan, run, wording, now),
        facts=facts,
        banners=_banners(plan, run, wording, now),
        holders=tuple(sorted(run.holders.items())),
        visited=_visited(going, wording),
        can=_can(plan, run, now, who),
        entries=run.seq,
        zone=run.zone.key,
        roles=tuple(
            RoleRow(role, wording.role(role), wording.plain(sentence))
            for role, sentence in procedure.roles.items()
        ),
        takeable=tuple(
            Choice(
                role,
                wording.role(role),
                msg("{label}: {value}", label=wording.role(role), value=listing(held)),
            )
            for role, held in (_takeable(run, who) if run.status == "open" else ())
        ),
        undoing=tuple(
            Choice(node, wording.title(plan.node(node))) for node in undoing(plan, run) if node != run.at
        ),
    )
    return _in_its_words(shown)


def _in_its_words(shown: RunView) -> RunView:
    """Why a way cannot be taken is said with the titles that stand on the same screen."""
    item = shown.item
    if item is None or all(way.refused is None for way in item.ways):
        return shown
    ways = tuple(
        replace(way, refused=named(way.refused, shown)) if way.refused is not None else way
        for way in item.ways
    )
    return replace(shown, item=replace(item, ways=ways))


def questions(
    plan: Plan,
    run: Run,
    now: datetime,
    language: str,
    opened: Mapping[str, Opened],
    values: Mapping[str, Any],
) -> tuple[Prompt, ...]:
    """What the item at hand asks for, given the answers typed so far and not recorded yet."""
    going = Going(plan, run, Given(Actor("", frozenset()), now, b"", language, opened))
    wording = Wording(plan, going.env(), run.scope, language, hidden_names(plan, run.at))
    node = plan.node(run.at).node
    if isinstance(node, Confirmation) and node.record is not None:
        return record_prompts(going, node.record, wording, values)
    return item_view(going, wording, ()).prompts


def _facts(plan: Plan, run: Run, wording: Wording) -> tuple[Fact, ...]:
    """What was recorded, in the order in which it first was."""
    return tuple(
        Fact(name, wording.label(name), wording.fact(name, recorded.value), recorded.node)
        for name, recorded in run.facts.fields.items()
    )


def _controls(plan: Plan, run: Run, wording: Wording, now: datetime) -> tuple[ControlRow, ...]:
    rows = []
    here = reached_from(plan.graph, template(run.at))
    scopes = [""] if not run.scope else ["", run.scope]
    for scope in scopes:
        imposed = run.imposed(scope)
        nodes = [node for node in plan.graph.nodes.values() if node.scope == template(scope)]
        procedure = nodes[0].procedure
        needed = frozenset(name for node in nodes if node.id in here for name in node.requires) | imposed
        for name, sentence in procedure.controls.items():
            gain = run.facts.controls.get(scope + name)
            state = "missing"
            if gain is not None:
                state = "waived" if gain.waived else "held"
                if not gain.fresh(now, run.zone):
                    state = "stale"
            rows.append(
                ControlRow(
                    control=scope + name,
                    title=wording.plain(sentence.title, words(name)),
                    sentence=wording.plain(sentence),
                    state=state,
                    needed=name in needed,
                    imposed=name in imposed,
                    until=gain.until if gain is not None else None,
                    renewed_by=renewing(plan, scope, name),
                )
            )
    return tuple(rows)


def _banners(plan: Plan, run: Run, wording: Wording, now: datetime) -> tuple[Banner, ...]:
    found = []
    if run.hold is not None:
        found.append(
            Banner(
                "hold",
                msg("Put on hold by {by}: {reason}", by=run.hold.by, reason=run.hold.reason),
                run.hold.since,
            )
        )
    if run.abandoning and run.status == "open":
        found.append(Banner("abandoning", msg("The run is being abandoned: {reason}", reason=run.abandoning)))
    for step in run.open:
        title = wording.title(plan.node(step.node))
        found.append(Banner("open", msg("Still open: {step}", step=title), step.since))
    if run.offer is not None:
        found.append(
            Banner(
                "offer",
                msg(
                    "Offered to {taker} by {giver}: {summary}",
                    taker=run.offer.taker,
                    giver=run.offer.giver,
                    summary=run.offer.summary,
                ),
                run.offer.since,
            )
        )
    if run.status == "open" and now.astimezone(run.zone).date() > plan.procedure.review_by:
        due = plan.procedure.review_by.isoformat()
        found.append(Banner("review", msg("The review of this procedure was due on {date}", date=due)))
    for node in sorted(run.waived):
        found.append(Banner("waived", msg("Waived: {step}", step=wording.title(plan.node(node)))))
    return tuple(found)


def _visited(going: Going, wording: Wording) -> tuple[Choice, ...]:
    """The items one can go back to, newest first."""
    run = going.run
    if run.status != "open" or run.abandoning:
        return ()
    found = []
    for node in ways_back(going):
        scope, title = scope_of(node), wording.title(going.plan.node(node))
        inside = msg("{label}: {value}", label=words(scope[:-1]), value=title) if scope else None
        found.append(Choice(node, title, inside))
    return tuple(found)


def _takeable(run: Run, who: Actor) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The roles of this person that others hold, with their holders."""
    for role, holders in sorted(run.holders.items()):
        if role in who.roles and who.id not in holders and (role, who.id) not in run.people.barred:
            yield role, holders


def _can(plan: Plan, run: Run, now: datetime, who: Actor) -> frozenset[str]:
    """The acts beside answering that the run takes now."""
    if run.status != "open":
        return frozenset()
    verbs = {"note", "flag", "deviation"}
    if run.offer is None:
        verbs.add("offer")
    else:
        if run.offer.taker == who.id:
            verbs.add("accept")
        if who.id in (run.offer.taker, run.offer.giver):
            verbs.add("decline_offer")
    if not run.abandoning:
        verbs.add("abandon")
    if any(_takeable(run, who)):
        verbs.add("take_role")
    if run.hold is not None:
        return frozenset(verbs | {"resume"})
    verbs.add("hold")
    if run.abandoning:
        return frozenset(verbs | {"leave"} | ({"undo_with"} if len(undoing(plan, run)) > 1 else set()))
    if only_way(plan, run, now) is None:
        if len(run.way) > 1:
            verbs.add("go_back")
        if plan.node(run.at).waivable_by is not None:
            verbs.add("waive")
        if "otherwise" in plan.node(run.at).arrows:
            verbs.add("otherwise")
    else:
        verbs.add("at_limit")
    return frozenset(verbs)
