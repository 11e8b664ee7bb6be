"""Parser events to a plain tree, with the place of every key and value."""

import re
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from sop_runner.procedure.yaml_subset import traps
from sop_runner.procedure.yaml_subset.frames import DROPPED, KEYING, Frame, Tree, before
from sop_runner.procedure.yaml_subset.parsers import MAX_NODES, events_of
from sop_runner.procedure.yaml_subset.report import Report, shown
from sop_runner.procedure.yaml_subset.scalars import SUSPECT, Doubt, resolve

MAX_DEPTH = 40
MAX_TEXT = 65_536
_NO_COLON = re.compile(" *[,}]")


class _TooLarge(Exception):
    """A bound was passed; what was read so far is of no use."""


class TreeReader:
    """Builds the tree of one text and reports what the subset refuses on the way."""

    def __init__(self, text: str, report: Report) -> None:
        self._text = text
        self._report = report
        self._ascii = text.isascii()
        self._cuts = {found.start() for found in traps.CUT.finditer(text)} if "#" in text else set()
        self._stack: list[Frame] = []
        self._documents = 0
        self._tree = Tree()
        self._last: Any = None

    def read(self) -> Tree:
        """Read the first document; what is wrong with it is in the tree and the report."""
        tree = self._tree
        try:
            self._run()
        except yaml.YAMLError as error:
            tree.error, tree.stopped = error, True
            flows = (frame.start for frame in reversed(self._stack) if frame.flow)
            tree.opened = next((start for start in flows if self._text[start] in "[{"), None)
        except _TooLarge:
            tree.stopped = True
        if tree.stopped:
            tree.last = before(self._last)
        return tree

    def _run(self) -> None:
        get_event = events_of(self._text)
        while True:
            event = get_event()
            kind = type(event)
            if kind is ScalarEvent:
                self._scalar(event)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self._open(event, kind is MappingStartEvent)
            elif issubclass(kind, CollectionEndEvent):
                self._close()
            elif kind is AliasEvent:
                self._alias(event)
            elif kind is DocumentStartEvent:
                self._documents += 1
                if self._documents > 1:
                    self._second_document(event.start_mark.index)
                    return
            elif kind is StreamEndEvent:
                return
            self._last = event

    def _scalar(self, event: Any) -> None:
        self._count(event)
        start: int = event.start_mark.index
        text: str = event.value
        if event.anchor is not None or event.tag is not None:
            self._marked(event, start)
        frame = self._stack[-1] if self._stack else None
        if frame is not None and frame.mapping and frame.key is None:
            self._key(frame, event, text, start)
            return
        value: object = text
        if event.style:
            self._tree.spans.append((start, event.end_mark.index))
            if event.style == '"' and not text.isprintable():
                traps.escaped_controls(self._report, start, text)
        else:
            value = self._plain(frame, event, text, start)
            in_flow = text == "" and frame is not None and frame.flow and frame.mapping
            if in_flow and frame and ":" not in self._report.lines.text[frame.key_end : start]:
                self._split(frame)
                return
        if len(text) > MAX_TEXT:
            message = f"the text '{shown(text)}' has {len(text):,} characters, expected at most {MAX_TEXT:,}"
            self._report.add("SOP103", start, message, "split it into several steps")
        if frame is None:
            self._tree.data, self._tree.root = value, (start, start, None)
        else:
            frame.put(value, start, None)
            frame.key = None

    def _plain(self, frame: Frame | None, event: Any, text: str, start: int) -> object:
        """The value of an unquoted scalar, its traps reported."""
        key = frame.key if frame is not None and frame.key is not DROPPED else None
        if self._cuts and event.end_mark.index in self._cuts:
            traps.cut_by_comment(self._report, start, event.end_mark.index, text, key)
        if not text:
            return None
        if frame is not None and frame.flow and "?" in text:
            traps.question_mark(self._report, start, text)
        if not self._ascii:
            traps.odd_plain(self._report, start, text)
        if " - " in text:
            traps.swallowed_list(self._report, start, event.end_mark.index, text)
        if text[0] not in SUSPECT:
            return text
        value, doubt = resolve(text)
        if doubt is not Doubt.NONE:
            traps.doubtful(self._report, start, text, value, doubt)
        return value

    def _key(self, frame: Frame, event: Any, text: str, start: int) -> None:
        frame.key_start, frame.key_end = start, event.end_mark.index
        frame.key = text
        if event.style:
            self._tree.spans.append((start, frame.key_end))
            if not text.isprintable():
                traps.escaped_controls(self._report, start, text)
        elif text == "<<":
            message = "'<<' is a merge key, which procedures do not have"
            self._report.add("SOP105", start, message, "write the keys out", length=2)
            frame.key = DROPPED
            return
        elif (
            (not text or text[0] in SUSPECT)
            and not self._has_no_colon(frame)
            and not traps.plain_key(self._report, start, text)
        ):
            frame.key = DROPPED
            return
        if frame.flow and not event.style and "?" in text:
            traps.question_mark(self._report, start, text)
        if text in frame.places:
            first = frame.places[text][0]
            line = self._report.lines.position(first).line
            message = f"'{shown(text)}' stands twice in this map, first on line {line}"
            fix = "keep one of the two, or rename one"
            self._report.add("SOP104", start, message, fix, length=len(text), related=first)
            frame.key = DROPPED

    def _has_no_colon(self, frame: Frame) -> bool:
        """Whether a comma or a bracket ends what stands as a key: `_split` tells of that."""
        return frame.flow and _NO_COLON.match(self._text, frame.key_end) is not None

    def _split(self, frame: Frame) -> None:
        key = frame.key if frame.key is not None and frame.key is not DROPPED else ""
        if key:
            before = next(reversed(frame.data.items()), None)
            traps.split_by_comma(self._report, frame.key_start, key, before)
        frame.key = None

    def _open(self, event: Any, mapping: bool) -> None:
        self._count(event)
        start: int = event.start_mark.index
        if event.anchor is not None or event.tag is not None:
            self._marked(event, start)
        child = Frame(mapping, event.flow_style, start)
        if not self._stack:
            self._tree.data, self._tree.root = child.data, (start, start, child.places)
        else:
            frame = self._stack[-1]
            if frame.mapping and frame.key is None:
                self._container_key(start)
                frame.key = KEYING
            else:
                frame.put(child.data, start, child.places)
        self._stack.append(child)
        if len(self._stack) > MAX_DEPTH:
            message = f"the nesting is deeper than {MAX_DEPTH} levels"
            self._report.add(
                "SOP103", start, message, "close brackets that were left open, or flatten the maps"
            )
            raise _TooLarge

    def _close(self) -> None:
        self._stack.pop()
        if self._stack and self._stack[-1].mapping:
            frame = self._stack[-1]
            frame.key = DROPPED if frame.key is KEYING else None
            frame.key_end = -1

    def _alias(self, event: Any) -> None:
        self._count(event)
        start: int = event.start_mark.index
        name = shown(event.anchor)
        message = f"'*{name}' is an alias, which procedures do not have"
        fix = "write the value out; to begin a text with * put it in quotes"
        self._report.add("SOP105", start, message, fix, length=len(event.anchor) + 1)
        if self._stack:
            frame = self._stack[-1]
            if frame.mapping and frame.key is None:
                frame.key = DROPPED
            else:
                frame.put(None, start, None)
                frame.key = None

    def _count(self, event: Any) -> None:
        self._tree.nodes += 1
        if self._tree.nodes > MAX_NODES:
            message = f"the file holds more than {MAX_NODES:,} keys and values"
            fix = "split it into procedures that call each other"
            self._report.add("SOP103", event.start_mark.index, message, fix)
            raise _TooLarge

    def _marked(self, event: Any, start: int) -> None:
        if event.anchor is not None:
            message = f"'&{shown(event.anchor)}' is an anchor, which procedures do not have"
            fix = "delete it and write the value out where it is needed; to begin a text with & put it in quotes"
            self._report.add("SOP105", start, message, fix, length=len(event.anchor) + 1)
        if event.tag is not None:
            written = self._text[start : start + 60].split()[0] if event.anchor is None else event.tag
            message = f"'{shown(written)}' is a tag, which procedures do not have"
            fix = "delete it; to begin a text with ! put it in quotes"
            self._report.add("SOP106", start, message, fix, length=len(written))

    def _container_key(self, start: int) -> None:
        fix = "write a word as the key; to begin a key with [ or { put it in quotes"
        self._report.add("SOP109", start, "a list or a map stands as a key, expected text", fix)

    def _second_document(self, start: int) -> None:
        message = "a second document begins here, expected one in a file"
        self._report.add(
            "SOP107", start, message, "delete '---', or move what follows to another file", length=3
        )
