"""Bytes to text that the parser accepts, with a finding for everything that had to be replaced."""

import codecs
import re

from sop_runner.base.finding import Severity
from sop_runner.procedure.yaml_subset.report import Lines, Report, shown

MAX_BYTES = 1 << 20

# Line breaks of YAML 1.1 that YAML 1.2 no longer knows; both of PyYAML's parsers still break on them.
_BREAKS = {"\x85": "U+0085 (next line)", "\u2028": "U+2028 (line separator)", "\u2029": "U+2029"}
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_BREAK = re.compile("[\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_DIRECTIVE = re.compile(r"(?:\A|(?<=[\n\r]))%(?:YAML|TAG)?[^\n\r]*")
_UTF16 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SAVE = 'save the file again as "UTF-8"'


def decode(data: bytes, file: str) -> tuple[str | None, str, Report]:
    """Return the text to parse, the text as written, and the findings so far.

    The first is None where there is no point in parsing. Both texts have the same length, so
    that an index means the same place in both; a leading byte order mark is in neither.
    """
    if len(data) > MAX_BYTES:
        report = Report(file, Lines(""))
        size = f"the file is larger than the {MAX_BYTES:,} bytes that a procedure may have"
        report.add("SOP103", 0, size, "split it into procedures that call each other")
        return None, "", report
    if data.startswith(_UTF16) or b"\x00" in data[1:2] or data[:1] == b"\x00":
        report = Report(file, Lines(""))
        report.add("SOP102", 0, "the file is not UTF-8: it looks like UTF-16 or UTF-32", _SAVE)
        return None, "", report
    marked = data.startswith(codecs.BOM_UTF8)
    body = data[3:] if marked else data
    try:
        written, broken = body.decode("utf-8"), None
    except UnicodeDecodeError as error:
        written, broken = body.decode("utf-8", errors="replace"), error
    report = Report(file, Lines(written))
    if marked:
        message = "the file begins with a byte order mark (BOM), expected the first key"
        report.add("SOP117", 0, message, 'save it as "UTF-8 without BOM"', severity=Severity.WARNING)
    if broken is not None:
        index = len(body[: broken.start].decode("utf-8"))
        message = f"byte 0x{body[broken.start]:02x} is not UTF-8"
        report.add("SOP102", index, message, _SAVE)
        return None, written, report
    return _without_directives(_without_controls(written, report), report), written, report


def _without_controls(text: str, report: Report) -> str:
    for found in _FORBIDDEN.finditer(text):
        if report.full("SOP120"):
            break
        char = found.group()
        if name := _BREAKS.get(char):
            message = f"{name} is not a line break in YAML 1.2"
            fix = f'use an ordinary line break, or "\\u{ord(char):04x}" inside double quotes'
        else:
            message = f"control character U+{ord(char):04X} is not allowed in a file"
            fix = "delete it; an editor may show it as a box or not at all"
        report.add("SOP120", found.start(), message, fix)
    if text.startswith("\ufeff"):  # the parser would skip it and count one character less
        report.add("SOP120", 0, "a second byte order mark follows the first", _SAVE)
        text = "\ufffd" + text[1:]
    return _CONTROL.sub("\ufffd", _BREAK.sub(" ", text))


def _without_directives(text: str, report: Report) -> str:
    """Turn directives into comments: the parser takes minutes for a file full of them."""
    if "%" not in text:
        return text

    def replace(found: re.Match[str]) -> str:
        line = found.group()
        message = f"'{shown(line.split()[0], 20)}' at the start of a line is a directive, which procedures do not have"
        report.add(
            "SOP106", found.start(), message, "delete the line; to begin a text with % put it in quotes"
        )
        return "#" + line[1:]

    return _DIRECTIVE.sub(replace, text)
