"""Mend what is safe to mend in the text of a file: traps whose cure is one edit and leaves no doubt.

An edit is kept only where the file reads better for it: the finding is gone, no error has come, and
what the file says is the same as before, unless the finding is that it says something else than meant.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from sop_runner.base.finding import Finding, Severity
from sop_runner.procedure.digest import canonical_form
from sop_runner.procedure.load import load
from sop_runner.procedure.source import Source, read_source
from sop_runner.procedure.yaml_subset.report import MOST_OF_A_KIND

_LEADING_TABS = re.compile(r"^\t+", re.MULTILINE)
_TABS = re.compile(r"\t+")
_OPENS = re.compile(r"(?:[{\[,]|: |- ) *")
_CLOSES = re.compile(r"[,}\]\n\r]")
_BOM = b"\xef\xbb\xbf"
_ZERO_WIDTH = "\u200b\ufeff"
_CURLY = "“”„‘’‚"
_MEANT = ("SOP110", "SOP116")
"""The finding itself says that the text was meant otherwise."""
_MOST_READ = 3_000_000
"""Bytes that are read altogether to try edits: enough for hundreds of a usual file, and for a few of the largest."""
_LEAST_TRIES = 4


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `length` characters at `index` with one of `forms`, the likeliest first."""

    finding: Finding
    index: int
    length: int
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fixed:
    """The bytes of a file after mending, and the findings that are gone; the same bytes where there are none."""

    data: bytes
    done: tuple[Finding, ...]


def fixed(data: bytes, file: str = "") -> Fixed:
    """Mend a procedure or a scenario file; but for files past any use, mending the result again changes nothing."""
    done: list[Finding] = []
    tries = iter(range(max(_LEAST_TRIES, _MOST_READ // max(len(data), 1))))
    while True:
        better = _better(data, file, tries)
        if better is None:
            break
        data, mended = better
        done += mended
    return Fixed(data, tuple(done))


def _better(data: bytes, file: str, tries: Iterator[int]) -> tuple[bytes, list[Finding]] | None:
    """The file with everything of one kind mended that can be, or None where nothing can."""
    before = read_source(data, file)
    try:
        text = data.removeprefix(_BOM).decode()
    except UnicodeDecodeError:
        return None
    if data.startswith(_BOM):
        return data.removeprefix(_BOM), [one for one in before.findings if one.code == "SOP117"]
    by_code: dict[str, dict[int, Edit]] = {}
    for edit in _wanted(_edits(before, text), data):
        by_code.setdefault(edit.finding.code, {}).setdefault(edit.index, edit)
    for at in by_code.values():
        edits = list(at.values())
        for some in (edits, *([one] for one in edits if len(edits) > 1)):
            better: list[tuple[int, bytes]] = []
            for form in range(max(len(edit.forms) for edit in some)):
                if next(tries, None) is None:
                    return None
                after = _applied(text, some, form).encode()
                if _reads_better(before, data, after, file, some):
                    better.append((_errors(read_source(after, file).findings), after))
            if better:
                return min(better, key=lambda one: one[0])[1], [edit.finding for edit in some]
    return None


def _wanted(edits: Iterable[Edit], data: bytes) -> list[Edit]:
    """Without quotes for what is no text where it stands: 012 as a number is told of as a wrong value."""
    every = list(edits)
    if not any(edit.finding.code == "SOP119" for edit in every):
        return every
    wrong = {one.at for one in load(data).findings if one.code == "SOP133"}
    return [edit for edit in every if edit.finding.code != "SOP119" or edit.finding.at not in wrong]


def _applied(text: str, edits: Iterable[Edit], form: int) -> str:
    parts: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: edit.index):
        parts += [text[at : edit.index], edit.forms[min(form, len(edit.forms) - 1)]]
        at = edit.index + edit.length
    return "".join([*parts, text[at:]])


def _reads_better(before: Source, old: bytes, new: bytes, file: str, edits: list[Edit]) -> bool:
    if new == old:
        return False
    code = edits[0].finding.code
    after = read_source(new, file)
    left, most = _count(after.findings, code), _count(before.findings, code)
    if left > most or (left == most and most <= MOST_OF_A_KIND):  # past so many the rest is not told
        return False
    if _errors(after.findings) > _errors(before.findings):
        return False
    if before.data is None or all(edit.finding.severity is Severity.ERROR for edit in edits):
        return True  # the file could not be used as it was
    if after.data is None:
        return False
    if canonical_form(after.data) == canonical_form(before.data):
        return True
    return code in _MEANT and _errors(load(new).findings) <= _errors(load(old).findings)


def _count(findings: Iterable[Finding], code: str) -> int:
    return sum(one.code == code for one in findings)


def _errors(findings: Iterable[Finding]) -> int:
    return sum(one.severity is Severity.ERROR for one in findings)


def _edits(source: Source, text: str) -> Iterator[Edit]:
    for finding in source.findings:
        make = _MAKERS.get(finding.code)
        certain = source.data is not None or finding.severity is Severity.ERROR
        if make is not None and certain:
            index = source.lines.index(finding.at)
            related = None if finding.related is None else source.lines.index(finding.related)
            edit = make(finding, text, index, related)
            if edit is not None:
                yield edit
    yield from _indents(source, text)


def _indents(source: Source, text: str) -> Iterator[Edit]:
    """The lines that begin with tabs where one of them is an error: behind it the rest may not be told of yet."""
    told = {one.at: one for one in source.findings if one.code == "SOP114"}
    first = next((one for one in told.values() if one.severity is Severity.ERROR), None)
    if first is not None:
        for found in _LEADING_TABS.finditer(text):
            at = source.lines.position(found.start())
            if at not in told:
                finding = replace(first, at=at, length=len(found.group()))
                yield Edit(finding, found.start(), finding.length, _widths(finding.length))


def _widths(length: int) -> tuple[str, ...]:
    return tuple(" " * (length * width) for width in (2, 4, 8, 1))


Maker = Callable[[Finding, str, int, int | None], Edit | None]


def _spaces(finding: Finding, text: str, index: int, related: int | None) -> Edit:
    """A tab or a character that looks like a space; two columns each where it indents, or as wide as editors show it."""
    run = _TABS.match(text, index)
    length = finding.length if run is None else len(run.group())
    if text[index] in _ZERO_WIDTH:
        return Edit(finding, index, length, ("",))
    begin = max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1
    indents = not text[begin:index].strip(" -")
    wide = indents and text[index] in "\t\u3000"
    return Edit(finding, index, length, _widths(length) if wide else (" " * length,))


def _colon(finding: Finding, text: str, index: int, related: int | None) -> Edit | None:
    at = text.find("：", index, index + finding.length)
    if at < 0:
        return None
    spaced = text[at + 1 : at + 2] in ("", " ", "\n", "\r")
    return Edit(finding, at, 1, (":" if spaced else ": ",))


def _straight(finding: Finding, text: str, index: int, related: int | None) -> Edit | None:
    """Curly quotes round a whole text; anything inside that would need an escape is left to the author."""
    value = text[index : index + finding.length]
    inside = value[1:-1]
    if len(value) < 3 or value[0] not in _CURLY or value[-1] not in _CURLY:
        return None
    if any(char in inside for char in (*_CURLY, '"', "\\", "\n", "\r")):
        return None
    return Edit(finding, index, finding.length, (f'"{inside}"',))


def _with_comment(finding: Finding, text: str, index: int, related: int | None) -> Edit | None:
    """A # that is glued to a word was no comment: #3, #fff."""
    if related is None or text[index + 1 : index + 2] in ("", " ", "\t", "#", "!"):
        return None
    value = text[related : index + finding.length].rstrip()
    if any(char in value for char in '"\\\n\r'):
        return None
    return Edit(finding, related, len(value), (f'"{value}"',))


def _quoted(finding: Finding, text: str, index: int, related: int | None) -> Edit | None:
    value = text[index : index + finding.length]
    if value[:1] in ("", "[", "{") or any(char in value for char in "\"'\\\n\r"):
        return None
    return Edit(finding, index, finding.length, (f'"{value}"',))


def _asked(finding: Finding, text: str, index: int, related: int | None) -> Edit | None:
    """A text with ? inside brackets, from what opens it to what ends it; that it says the same is checked."""
    if finding.severity is Severity.ERROR:
        return None
    line = max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1
    opening = [found.end() for found in _OPENS.finditer(text, line, index)]
    closing = _CLOSES.search(text, index)
    if not opening or closing is None:
        return None
    value = text[opening[-1] : closing.start()].rstrip()
    if any(char in value for char in "\"'\\\n\r"):
        return None
    return Edit(finding, opening[-1], len(value), (f'"{value}"',))


def _nothing(finding: Finding, text: str, index: int, related: int | None) -> Edit:
    return Edit(finding, index, finding.length, ("",))


_MAKERS: dict[str, Maker] = {
    "SOP109": _quoted,
    "SOP110": _with_comment,
    "SOP112": _asked,
    "SOP113": _colon,
    "SOP114": _spaces,
    "SOP115": _spaces,
    "SOP116": _straight,
    "SOP118": _nothing,
    "SOP119": _quoted,
}
FIXABLE = ("SOP117", *_MAKERS)
