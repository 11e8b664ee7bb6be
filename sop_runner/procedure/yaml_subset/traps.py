"""What is valid YAML, or nearly, and yet not what the author meant."""

import re
from decimal import Decimal

from sop_runner.base.finding import Severity
from sop_runner.procedure.yaml_subset.report import Report, shown
from sop_runner.procedure.yaml_subset.scalars import Doubt, resolve

CUT = re.compile(r"(?<=\S)[ \t]+(?=#)")
"""Where a comment may begin behind something: the index of the space is the end of a text."""

_PROSE = frozenset(
    [
        "do",
        "say",
        "ask",
        "title",
        "purpose",
        "scope",
        "caution",
        "label",
        "text",
        "item",
        "training",
        "change",
        "reason",
    ]
)
_DIGITS = re.compile("[0-9]+")
_LOCALE = re.compile(r"(?:en|de|fr|es|it|hu|ja|ko|zh)(?:-[A-Za-z]+)*")
_SENTENCE_ENDS = ".!?…。！？:;：；)”』」"
_OPENING = "“”„‘’‚"
_LISTED = re.compile(r"[\n\r][ ]*(- )")


def cut_by_comment(report: Report, start: int, end: int, value: str, key: str | None) -> None:
    """Judge a comment that begins right behind an unquoted text: was it meant as one?"""
    if report.full("SOP110"):
        return
    text = report.lines.text
    stop = report.lines.end_of(end)
    comment = text[end:stop].lstrip(" \t")
    if not comment.startswith("#"):  # it was put there to read on behind an error
        return
    glued = len(comment) > 1 and comment[1] not in " \t#!"
    prose = key is not None and (key in _PROSE or _LOCALE.fullmatch(key) is not None)
    sentence = (prose or " " in value) and value[-1:] not in _SENTENCE_ENDS
    if value and not glued and not sentence:
        return
    before = f"the text {shown(value)!r} ends here" if value else "there is no value"
    message = f"{before}: {shown(comment)!r} is a comment"
    fix = "put the whole text in quotes; if it is a comment, give it a line of its own above"
    at = text.index("#", end)
    report.add("SOP110", at, message, fix, severity=Severity.WARNING, length=stop - at, related=start)


def split_by_comma(report: Report, index: int, key: str, before: tuple[str, object] | None) -> None:
    """A key inside { } that has no colon: mostly the second half of a sentence."""
    if "：" in key:
        message = f"the colon in '{shown(key)}' is full-width (：), expected ': '"
        report.add("SOP113", index, message, "type an ordinary colon and a space", length=len(key))
    elif before is None or before[1] is None:
        message = f"'{shown(key)}' has no value, expected 'key: value' inside {{ }}"
        report.add(
            "SOP111", index, message, f"write '{shown(key)}: …', or quotes round the text", length=len(key)
        )
    else:
        name, value = before
        message = f"the comma before '{shown(key)}' ends the text of '{shown(name)}': inside {{ }} it separates keys"
        fix = f'put the whole text in quotes: {shown(name)}: "{shown(str(value))}, {shown(key)}"'
        if isinstance(value, int) and not isinstance(value, bool) and _DIGITS.fullmatch(key):
            decimal = f"{value}.{key}"
            whole = f"{value}{key}, or {decimal}" if len(key) == 3 else decimal
            fix = f"write numbers without a comma: {shown(whole)}"
        report.add("SOP111", index, message, fix, length=len(key))


def doubtful(report: Report, index: int, text: str, value: object, doubt: Doubt) -> None:
    """Name a value that another reader would take for something else, or that is no number here."""
    if report.full("SOP108" if doubt is Doubt.RANGE else "SOP119"):
        return
    quoted = f'write "{shown(text)}" in quotes'
    if doubt is Doubt.RANGE:
        message = f"'{shown(text)}' is no number that can be kept exactly, expected one below 2^53"
        report.add("SOP108", index, message, f"{quoted} if it is text", length=len(text))
        return
    if doubt is Doubt.WORD:
        message, severity = (
            f"'{text}' is text here, but other readers take it for true or false",
            Severity.NOTE,
        )
    elif isinstance(value, int | Decimal):
        message, severity = f"'{text}' is read as the number {value}", Severity.WARNING
        quoted += ", or write the number in plain digits"
    else:
        message, severity = f"'{text}' is text here, but other readers take it for a number", Severity.WARNING
    report.add("SOP119", index, message, quoted, severity=severity, length=len(text))


def plain_key(report: Report, index: int, text: str) -> bool:
    """Judge an unquoted key that other readers may not take for text; False where it is dropped.

    Whole numbers and truth values are kept as they are written: tables of answers and of
    amounts have such keys.
    """
    value, doubt = resolve(text)
    if isinstance(value, str):
        if doubt is not Doubt.NONE:
            doubtful(report, index, text, value, doubt)
        return True
    quoted = f'write "{shown(text)}" in quotes'
    if isinstance(value, int):
        message = f"the key '{text}' is taken as text, other readers take it for a number or a truth value"
        report.add("SOP109", index, message, quoted, severity=Severity.NOTE, length=len(text))
        return True
    what = "a number with decimals" if value is not None else f"'{text}'" if text else "nothing"
    message = f"{what} stands as a key, expected text"
    report.add(
        "SOP109", index, message, quoted if text else "write the key before the colon", length=len(text)
    )
    return False


def question_mark(report: Report, index: int, text: str) -> None:
    """An unquoted text with ? inside brackets, which readers of YAML do not read alike."""
    message = f"'?' in the unquoted text '{shown(text)}' inside brackets is read differently by other readers"
    fix = f'write "{shown(text)}" in quotes'
    at = report.lines.text.index("?", index)
    report.add("SOP112", at, message, fix, severity=Severity.WARNING)


def odd_plain(report: Report, start: int, value: str) -> None:
    """Curly quotes round an unquoted text, which YAML takes for letters."""
    if value[0] in _OPENING:
        value = report.lines.text[start : start + len(value)]  # not as patched to read on behind an error
        inside = [char for char in value[1:] if char in _OPENING]
        if not inside or (len(inside) == 1 and value[-1] in _OPENING):
            message = f"the curly quotes of '{shown(value)}' are part of the text, they do not quote it"
            fix = 'use straight quotes ("…"), or leave the quotes out'
            report.add("SOP116", start, message, fix, severity=Severity.WARNING, length=len(value))


def escaped_controls(report: Report, index: int, value: str) -> None:
    """Control characters that an escape put into a text; a NUL is refused, the rest is doubted."""
    char = next(
        (char for char in value if (char < " " and char not in "\t\n\r") or "\x7f" <= char < "\xa0"), None
    )
    if char is not None:
        severity = Severity.ERROR if "\x00" in value else Severity.WARNING
        code = 0 if "\x00" in value else ord(char)
        message = f"an escape puts control character U+{code:04X} into the text, expected readable characters"
        report.add("SOP120", index, message, "delete the escape", severity=severity)


def swallowed_list(report: Report, start: int, end: int, value: str) -> None:
    """A list indented under a key that already has a text is folded into that text."""
    found = _LISTED.search(report.lines.text, start, end)
    if found is not None:
        message = f"this list item became part of the text '{shown(value)}'"
        fix = "put the list under a key of its own, or the whole text in quotes"
        report.add("SOP121", found.start(1), message, fix, related=start)
