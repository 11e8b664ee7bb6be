"""Traps of single characters: tabs, look-alikes and controls outside quotes and block texts."""

import re
from bisect import bisect_right

from sop_runner.base.finding import Severity
from sop_runner.procedure.yaml_subset.report import Report, shown

LOOK_ALIKE_SPACES = "\u00a0\u2000-\u200b\u202f\u205f\u3000\ufeff"
_ITEMS = r"^[ \t]*(?:- +)*"
_WIDE_KEY = re.compile(_ITEMS + r"([A-Za-z_][\w.-]*)：", re.MULTILINE)
_TABS = re.compile(r"\t+")
_LOOK_ALIKE = re.compile(_ITEMS + rf"(?:-|[\w.-]+:)?([{LOOK_ALIKE_SPACES}]+)|(\u3000+)", re.MULTILINE)
_EXPLICIT_KEY = re.compile(_ITEMS + r"(\?)(?=[ \n\r]|\Z)|[{,]\s*(\?)", re.MULTILINE)
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNSEEN = re.compile("(?<=[^\\s:-])[\u00ad\u200b\u2060\ufeff]+")
"""Behind a letter; where a key or a value begins they are taken for spaces, and told so."""
_HASH = re.compile(r"(?:(?<=\s)|^)#", re.MULTILINE)
_ODD = re.compile(rf"[{LOOK_ALIKE_SPACES}\u00ad\u2060\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def odd_characters(text: str) -> bool:
    """Whether there is anything in a text that `Characters` would look at closer, found in few passes."""
    if "\t" in text or ("?" in text and _EXPLICIT_KEY.search(text)):
        return True
    if text.isascii():
        return False
    return _ODD.search(text) is not None or ("：" in text and _WIDE_KEY.search(text) is not None)


class Characters:
    """Looks at the characters of a text from its start to the index `until`.

    `spans` are the quoted and block texts in their order. Bidirectional controls are looked for
    everywhere, quotes and comments included: they deceive the eye, not the parser.
    """

    def __init__(self, report: Report, spans: list[tuple[int, int]], until: int) -> None:
        self._report = report
        self._text = report.lines.text
        self._spans = spans
        self._until = until
        self._comment = (-1, -1)  # the line last asked about, and where its comment begins

    def scan(self) -> None:
        """Add what is found to the report."""
        if "?" in self._text:
            self._explicit_keys()
        if "\t" in self._text:
            self._tabs()
        if not self._text.isascii():
            self._bidirectional()
            self._unseen()
            self._wide_keys()
            self._look_alikes()

    def _bidirectional(self) -> None:
        for found in _BIDI.finditer(self._text):
            if self._report.full("SOP118"):
                return
            code = ord(found.group())
            message = f"bidirectional control U+{code:04X} can make a text look like another one"
            fix = f'delete it, or write "\\u{code:04x}" inside double quotes where it is needed'
            self._report.add("SOP118", found.start(), message, fix, severity=Severity.WARNING)

    def _unseen(self) -> None:
        for found in _UNSEEN.finditer(self._text):
            if self._report.full("SOP120"):
                return
            code = ord(found.group()[0])
            message = f"the character U+{code:04X} is not seen here, and screens show it as a mark"
            fix = "delete it; texts copied from a page or a word processor bring it along"
            length = len(found.group())
            self._report.add("SOP120", found.start(), message, fix, severity=Severity.WARNING, length=length)

    def _wide_keys(self) -> None:
        for found in _WIDE_KEY.finditer(self._text, 0, self._until):
            if self._report.full("SOP113"):
                return
            if self._is_structure(found.start(1)):
                message = f"the colon after '{shown(found.group(1))}' is full-width (：), expected ': '"
                self._report.add("SOP113", found.end() - 1, message, "type an ordinary colon and a space")

    def _look_alikes(self) -> None:
        for found in _LOOK_ALIKE.finditer(self._text, 0, self._until):
            if self._report.full("SOP115"):
                return
            group = found.lastindex or 0
            index, spaces = found.start(group), found.group(group)
            if self._is_structure(index):
                message = f"U+{ord(spaces[0]):04X} looks like a space but is a letter to YAML"
                severity = Severity.ERROR if group == 1 else Severity.WARNING
                fix = "type an ordinary space, or put the text in quotes"
                self._report.add("SOP115", index, message, fix, severity=severity, length=len(spaces))

    def _explicit_keys(self) -> None:
        for found in _EXPLICIT_KEY.finditer(self._text, 0, self._until):
            if self._report.full("SOP112"):
                return
            index = found.start(found.lastindex or 0)
            if self._is_structure(index):
                message = "'?' before a key marks a key of several lines, expected 'key: value'"
                self._report.add("SOP112", index, message, "put a text that begins with ? in quotes")

    def _tabs(self) -> None:
        lines = self._report.lines
        for found in _TABS.finditer(self._text, 0, self._until):
            if self._report.full("SOP114"):
                return
            index = found.start()
            if self._is_structure(index):
                indents = not self._text[lines.start_of(index) : index].strip(" ")
                message = f"a tab {'indents this line' if indents else 'stands here'}, expected spaces"
                severity = Severity.ERROR if indents else Severity.WARNING
                fix = "replace the tab with spaces"
                self._report.add("SOP114", index, message, fix, severity=severity, length=len(found.group()))

    def _is_structure(self, index: int) -> bool:
        """Whether `index` is in neither a quoted or block text nor a comment."""
        return not self._in_span(index) and index < self._comment_start(index)

    def _in_span(self, index: int) -> bool:
        at = bisect_right(self._spans, (index, len(self._text) + 1)) - 1
        return at >= 0 and self._spans[at][0] <= index < self._spans[at][1]

    def _comment_start(self, index: int) -> int:
        begin = self._report.lines.start_of(index)
        if self._comment[0] != begin:
            end = self._report.lines.end_of(index)
            hashes = (found.start() for found in _HASH.finditer(self._text, begin, end))
            self._comment = begin, next((at for at in hashes if not self._in_span(at)), len(self._text))
        return self._comment[1]
