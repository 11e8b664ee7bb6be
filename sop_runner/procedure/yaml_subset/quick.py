"""The tree of a text in which nothing looks odd, without places: most texts are such, and need none.

Whatever may be worth a finding is left to `tree`, which reads a text with the place of everything. So
this gives exactly its tree, or none.
"""

import re
from typing import Any

import yaml
from yaml.events import (
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from sop_runner.procedure.yaml_subset.characters import odd_characters
from sop_runner.procedure.yaml_subset.frames import Place
from sop_runner.procedure.yaml_subset.parsers import MAX_NODES, events_of
from sop_runner.procedure.yaml_subset.report import Lines, Report
from sop_runner.procedure.yaml_subset.scalars import SUSPECT, Doubt, resolve
from sop_runner.procedure.yaml_subset.traps import CUT, cut_by_comment
from sop_runner.procedure.yaml_subset.tree import MAX_DEPTH, MAX_TEXT

MAX_QUICK = 400_000
"""Characters; what is longer is read once only, closely: a hostile file must end soon."""
_QUIET = frozenset((StreamStartEvent, DocumentEndEvent))
_CURLY = re.compile("[“”„‘’‚]")


class Odd(Exception):
    """Something that a closer look has to judge."""


def quick_tree(text: str) -> dict[str, Any] | list[Any]:
    """The maps, lists and values of `text`. Raises Odd where it is not plain and clean all through."""
    if len(text) > MAX_QUICK or odd_characters(text):
        raise Odd
    cuts = frozenset(found.start() for found in CUT.finditer(text)) if "#" in text else frozenset[int]()
    try:
        return _read(Lines(text), cuts, curly=_CURLY.search(text) is not None)
    except yaml.YAMLError as error:
        raise Odd from error


def _read(lines: Lines, cuts: frozenset[int], *, curly: bool) -> dict[str, Any] | list[Any]:
    text = lines.text
    get_event = events_of(text)
    stack: list[tuple[Any, str | None, bool]] = []
    here: Any = None  # the container being read, its key in hand, and whether brackets make it
    key: str | None = None
    flow = mapping = False
    root: dict[str, Any] | list[Any] | None = None
    nodes = documents = 0
    plain_keys: set[str] = set()  # a file has few keys, again and again
    while True:
        event = get_event()
        kind = type(event)
        if kind is ScalarEvent:
            nodes += 1
            if event.anchor is not None or event.tag is not None:
                raise Odd
            value: Any = event.value
            if mapping and key is None:
                key = value
                if value in here or (event.style and not value.isprintable()):
                    raise Odd
                if not event.style and (value not in plain_keys or flow):
                    plain_keys.add(_plain_key(value, flow))
                continue
            style = event.style
            if not style:
                if cuts and event.end_mark.index in cuts:
                    _cut(lines, event, key)
                value = _plain(value, flow, curly)
            elif len(value) > MAX_TEXT or (style == '"' and not value.isprintable()):
                raise Odd
            if mapping:
                here[key] = value
                key = None
            elif here is None:
                raise Odd  # one value is no file
            else:
                here.append(value)
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            nodes += 1
            if event.anchor is not None or event.tag is not None or (mapping and key is None):
                raise Odd
            child: Any = {} if kind is MappingStartEvent else []
            if here is None:
                root = child
            elif mapping:
                here[key] = child
                key = None
            else:
                here.append(child)
            stack.append((here, key, flow))
            if len(stack) > MAX_DEPTH or nodes > MAX_NODES:
                raise Odd
            here, flow, mapping = child, event.flow_style, kind is MappingStartEvent
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            here, key, flow = stack.pop()
            mapping = type(here) is dict
        elif kind is StreamEndEvent:
            if root is None or nodes > MAX_NODES:
                raise Odd
            return root
        elif kind is DocumentStartEvent:
            documents += 1
            if documents > 1:
                raise Odd
        elif kind not in _QUIET:
            raise Odd


def places_of(text: str) -> Place:
    """The places in a text of which `quick_tree` gave the tree."""
    get_event = events_of(text)
    stack: list[Any] = []
    here: Any = None
    key: str | None = None
    key_start = start = 0
    root: Place = (0, 0, None)
    while True:
        event = get_event()
        kind = type(event)
        inner: Any = None
        if kind is ScalarEvent:
            start = event.start_mark.index
            if key is None and type(here) is dict:
                key, key_start = event.value, start
                continue
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            start = event.start_mark.index
            inner = {} if kind is MappingStartEvent else []
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            here = stack.pop()
            continue
        elif kind is StreamEndEvent:
            return root
        else:
            continue
        if here is None:
            root = (start, start, inner)
        elif key is None:
            here.append((start, start, inner))
        else:
            here[key] = (key_start, start, inner)
            key = None
        if inner is not None:
            stack.append(here)
            here = inner


def _cut(lines: Lines, event: Any, key: str | None) -> None:
    """Whether a comment behind a value was meant as one."""
    report = Report("", lines)
    cut_by_comment(report, event.start_mark.index, event.end_mark.index, event.value, key)
    if report.findings():
        raise Odd


def _plain_key(text: str, flow: bool) -> str:
    if not text or text == "<<" or (flow and "?" in text):
        raise Odd
    if text[0] in SUSPECT:
        value, doubt = resolve(text)
        if doubt is not Doubt.NONE or not isinstance(value, str):
            raise Odd
    return text


def _plain(text: str, flow: bool, curly: bool) -> object:
    """The value of an unquoted scalar."""
    if not text:
        raise Odd  # it may be the second half of a text that a comma split
    if (flow and "?" in text) or " - " in text or (curly and _CURLY.match(text)) or len(text) > MAX_TEXT:
        raise Odd
    if text[0] not in SUSPECT:
        return text
    value, doubt = resolve(text)
    if doubt is not Doubt.NONE:
        raise Odd
    return value
