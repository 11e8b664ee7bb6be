"""Drawings of procedures: everything is there, nothing overlaps, and no text breaks out of its quotes."""

import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lxml import etree

from sop_runner.authoring.graph.as_dot import as_dot
from sop_runner.authoring.graph.as_mermaid import as_mermaid
from sop_runner.authoring.graph.as_svg import as_svg
from sop_runner.authoring.graph.as_text import as_text
from sop_runner.authoring.graph.picture import Picture, picture_of
from sop_runner.authoring.graph.svg_layout import Layout, lay_out
from sop_runner.base.textsafe import visible
from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.procedure.load import load
from tests.generators import compiled, plan_of
from tests.shipped import NAMES, shipped


def made(text: str) -> Plan:
    """A small procedure in which every title is `text`."""
    tree: dict[str, Any] = {
        "format": "sop/1", "procedure": "p", "revision": 1, "title": text, "purpose": text,
        "effective_from": "2026-01-01", "review_by": "2027-01-01", "roles": {"agent": text}, "by": "agent",
        "controls": {"seen": text},
        "flow": [
            {"section": "first", "title": text, "flow": [
                {"confirmation": "look", "title": text, "record": {"fields": [{"field": "n", "label": text, "type": "text"}]},
                 "satisfies": ["seen"], "otherwise": {"to": "look", "at_most": 2, "otherwise": "stopped"}},
                {"section": "inner", "title": text, "flow": [
                    {"decision": "choose", "title": text, "decided_by": "rule", "outcomes": [
                        {"outcome": "left", "title": text, "when": {"n": text}, "then": "work"},
                        {"outcome": "right", "title": text, "then": "stopped"}]},
                ]},
            ]},
            {"step": "work", "title": text, "do": text, "requires": ["seen"], "irreversible": True},
            {"end": "done", "title": text, "result": "completed", "requires": ["seen"]},
            {"end": "stopped", "title": text, "result": "failed"},
        ],
    }  # fmt: skip
    return plan_of(tree)


PLAIN = picture_of(made("Plain"), "en")
NASTY = (
    '"]; click n0 "javascript:alert(1)"', "</text><script>alert(1)</script>", "]]>", "a\\", 'a\\"]; evil [x="', "%%{init: {}}%%",
    "end", "subgraph x", "a\nb", "#quot;", "`code`", "&amp;&lt;", "\u202etxt", "{{{", "|", "--> n1", "<!--", "全角「字」" * 20,
)  # fmt: skip
_texts = st.one_of(
    st.sampled_from(NASTY),
    st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40),
)
_usable = _texts.map(lambda text: text.replace("{", "{{").replace("}", "}}")).filter(
    lambda text: bool(text.strip())
)


@given(_usable)
@settings(max_examples=60)
def test_no_text_breaks_out(text: str) -> None:
    try:
        picture = picture_of(made(text), "en")
    except AssertionError:
        return  # the loader does not take it
    assert shape_of_svg(as_svg(picture)) == SVG
    assert tokens_of_dot(as_dot(picture)) == DOT
    assert shape_of_mermaid(as_mermaid(picture)) == MERMAID
    drawn = as_text(picture)
    assert len(drawn.splitlines()) == len(as_text(PLAIN).splitlines())
    assert visible(drawn) == drawn


def shape_of_svg(drawing: str) -> list[str]:
    """The elements but those whose number depends on how long texts are."""
    root = etree.fromstring(drawing.encode(), etree.XMLParser(resolve_entities=False))
    tags = [etree.QName(one).localname for one in root.iter()]
    assert set(tags) <= {"svg", "title", "style", "rect", "text", "path", "polygon", "g"}
    attributes = {name for one in root.iter() for name in one.attrib}
    assert not {name for name in attributes if name.startswith("on") or name == "href"}
    return [tag for tag in tags if tag not in ("text", "title")]


_DOT_TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\["\\n])*")|(->)|([A-Za-z_][A-Za-z0-9_]*|[0-9]+)|([][{}=;,]))')


def tokens_of_dot(drawing: str) -> list[str]:
    """Every token of the language (https://graphviz.org/doc/info/lang.html), strings as one kind."""
    found, at = [], 0
    while at < len(drawing.rstrip()):
        match = _DOT_TOKEN.match(drawing, at)
        assert match is not None, drawing[at : at + 60]
        found.append("STRING" if match[1] else match[0].strip())
        at = match.end()
    return found


_MERMAID = (
    ("chart", re.compile(r"flowchart TD")),
    ("open", re.compile(r' *subgraph g\d+\["[^"]*"\]')),
    ("close", re.compile(r" *end")),
    ("node", re.compile(r' *n\d+(?:\["[^"]*"\]|\("[^"]*"\)|\{"[^"]*"\}|\(\["[^"]*"\]\)|\[\["[^"]*"\]\])(?::::\w+)?')),
    ("arrow", re.compile(r' *n\d+ (?:-->|-\.->)(?:\|"[^"]*"\|)? n\d+')),
    ("class", re.compile(r"  classDef \w+ [a-z0-9#:,-]+")),
)  # fmt: skip


def shape_of_mermaid(drawing: str) -> list[str]:
    """What each line is; between quotes nothing but letters, digits, a few signs and numbers of others."""
    found = []
    for line in drawing.splitlines():
        found.append(next(name for name, pattern in _MERMAID if pattern.fullmatch(line)))
        for quoted in re.findall(r'"([^"]*)"', line):
            rest = re.sub(r"#\d+;|<br/>", "", quoted)
            assert all(sign.isalnum() or sign in " ,.'()/-_…·◆■" for sign in rest), quoted
    return found


SVG = shape_of_svg(as_svg(PLAIN))
DOT = tokens_of_dot(as_dot(PLAIN))
MERMAID = shape_of_mermaid(as_mermaid(PLAIN))


def assert_well_laid(picture: Picture, layout: Layout) -> None:
    """Cards stand below each other, arrows of other targets never share a piece of a lane, all are there."""
    assert [card.box for card in layout.cards] == list(picture.boxes)
    for above, below in pairwise(layout.cards):
        assert above.top + above.height < below.top
    drawn = [line for one in layout.straight for line in one.lines]
    drawn += [side.line for side in (*layout.forward, *layout.back)]
    assert sorted(map(str, drawn)) == sorted(map(str, picture.lines))
    for sides in (layout.forward, layout.back):
        for one in sides:
            for other in sides:
                if one.lane == other.lane and one.line.target != other.line.target:
                    assert max(one.start, one.stop) < min(other.start, other.stop) or max(
                        other.start, other.stop
                    ) < min(one.start, one.stop)
    cards = {card.box.id: card for card in layout.cards}
    for side in (*layout.forward, *layout.back):
        source, target = cards[side.line.source], cards[side.line.target]
        assert source.top < side.start < source.top + source.height
        assert target.top < side.stop < target.top + target.height
    for frame in layout.frames:
        assert frame.top < frame.bottom <= layout.height


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_shipped_procedures_are_drawn_whole(name: str, language: str) -> None:
    plan = shipped(name)
    picture = picture_of(plan, language)
    assert [box.id for box in picture.boxes] == [node.id for node in plan.nodes.values() if not node.scope]
    assert {box.id for box in picture.boxes if box.mandatory} == {
        node.id
        for node in plan.nodes.values()
        if not node.scope and node.kind in ("confirmation", "checklist") and node.satisfies
    }
    assert_well_laid(picture, lay_out(picture))
    etree.fromstring(as_svg(picture).encode())
    tokens_of_dot(as_dot(picture))
    shape_of_mermaid(as_mermaid(picture))


@given(st.integers(0, 2**20))
@settings(max_examples=40)
def test_any_procedure_is_drawn_whole(seed: int) -> None:
    sample = compiled(seed)
    assume(sample.plan is not None)
    assert sample.plan is not None
    picture = picture_of(sample.plan, "en")
    assert_well_laid(picture, lay_out(picture))
    names = {box.id for box in picture.boxes}
    assert {line.target for line in picture.lines} <= names
    for node in sample.plan.nodes.values():
        if not node.scope and node.kind != "call":
            leading = {to for arrow in node.arrows.values() for to in arrow.targets}
            assert {line.target for line in picture.lines if line.source == node.id} == leading


def test_the_outline_says_what_matters() -> None:
    drawn = as_text(picture_of(shipped("account-change"), "en")).splitlines()
    at = next(i for i, line in enumerate(drawn) if line.startswith(" ! apply-change"))
    assert drawn[at + 1 : at + 5] == [
        "     cannot be taken back",
        "     needs consent, two-factor-identity, written-record",
        "     ↓ system-log",
        "     otherwise → escalated",
    ]
    assert any(line.startswith(" ◆ caller-identity") for line in drawn)
    assert any(line.startswith("     high ↓ supervisor-approval  imposes four-eyes  if ") for line in drawn)


def test_a_call_is_one_box_with_its_ends_as_ways_out() -> None:
    picture = picture_of(shipped("international-roaming-dispute"), "en")
    identity = next(box for box in picture.boxes if box.id == "identity")
    assert {line.name: line.target for line in identity.lines} == {
        "proven": "claim", "locked-out": "not-identified", "declined": "withdrawn", "not-reached": "unreachable",
    }  # fmt: skip


def test_conditions_name_items_and_outcomes_as_their_reader_does() -> None:
    procedure = load(ASKED.lstrip().encode()).procedure
    assert procedure is not None
    plan = compile_plan(procedure, "", {})
    said = [line.when for line in picture_of(plan, "hu").lines if line.when]
    assert picture_of(plan, "hu").title == "Asked {twice}"
    assert said == [
        "“Kiemelt közszereplő” is “igen” and “Is the list clean?” is “no hit”",
        "“Kell-e átvilágítás” is “Igen” and “who.long” is right",
    ]


ASKED = """
format: sop/1
procedure: asked
revision: 1
title: "Asked {{twice}}"
purpose: Words of conditions.
effective_from: 2026-10-01
review_by: 2027-10-01
roles: { clerk: Works. }
by: clerk
flow:
  - checklist: who
    items:
      - { item: pep, title: { en: Exposed, hu: Kiemelt közszereplő }, ask: Is it?, answers: { no-pep: { hu: nem }, pep: { hu: igen } } }
      - { item: list, ask: "Is the list clean?", answers: { no-hit: no hit, hit: hit } }
      - { item: long, ask: "Is everything that was written down about this customer still right in each of the systems?", answers: [right, wrong] }
  - decision: depth
    title: { en: Depth, hu: Kell-e átvilágítás }
    decided_by: rule
    outcomes:
      - { outcome: deep, title: { en: Deep, hu: Igen }, when: { who.pep: pep, who.list: no-hit }, then: more }
      - { outcome: flat, then: more }
  - decision: more
    decided_by: rule
    outcomes:
      - { outcome: yes-more, when: { depth: deep, who.long: right }, then: one }
      - { outcome: no-more, then: two }
  - end: one
    result: failed
  - end: two
    result: refused
"""
