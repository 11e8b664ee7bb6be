"""Text as data: shown harmlessly, measured and wrapped in terminal cells, compared after folding.

Everything that comes from a file or a person goes through `visible` before it reaches a
terminal; the log keeps the raw text.
"""

import re
import unicodedata

from .lookalike import skeleton as skeleton

# Invisible or steering characters by name of their danger: C1 controls, format characters
# (category Cf), surrogates, line and paragraph separators, Hangul and Khmer fillers, variation
# selectors, tags, noncharacters. C0 and DEL have pictures of their own.
_PICTURED = "\x00-\x09\x0b-\x1f\x7f"
_MARKED = (
    "\x80-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_UNSAFE = re.compile(f"[{_PICTURED}{_MARKED}]")
_NEWLINE_PICTURE = "\u2424"
_PRESENTATION = "\ufe0e\ufe0f"  # text or emoji form of the symbol before it

_CLOSING = frozenset(
    "!%),.:;?]}¢°’”†›℃∶、。〉》」』】〕〗〞︰︱︳﹐﹑﹒﹔﹕﹖﹗﹚﹜﹞！＂％＇），．：；？］｝～·•—–…»"
)
_OPENING = frozenset("([{£¥‘“„‚‹«〈《「『【〔〖〝﹙﹛﹝（［｛￡￥$＄")
_DROPPED = " \u3000"  # spaces that a line break swallows
_NO_BREAK_SPACES = "\u00a0\u2007\u202f"


def visible(text: str, *, lines: bool = True) -> str:
    """Make `text` harmless for any terminal: what would act or hide becomes a visible symbol.

    Controls become their pictures (`␛`), bidi, zero-width and other format characters, U+2028,
    U+2029 and lone surrogates become marks such as `⟨U+202E⟩`. Newlines stay, or with
    `lines=False` become `␤` for places that have one line.
    """
    if not lines and "\n" in text:
        text = text.replace("\n", _NEWLINE_PICTURE)
    return _UNSAFE.sub(_symbol, text)


def _symbol(match: re.Match[str]) -> str:
    character = match.group()
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if character in _PRESENTATION and match.start() and _is_symbol(match.string[match.start() - 1]):
        return character
    return f"⟨U+{code:04X}⟩"


def _is_symbol(character: str) -> bool:
    return unicodedata.category(character) == "So"


def cell_width(text: str) -> int:
    """How many terminal cells `text` takes; meant for what `visible` returned, without newlines."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def wrap(text: str, width: int) -> list[str]:
    """Break `text` into lines of at most `width` cells, losing nothing but spaces at the breaks.

    Breaks at spaces, after hyphens and between wide characters (closing punctuation is not sent
    to the next line), and inside a word only where it fits no line. Never returns an empty list;
    below two cells a wide character could stand nowhere, so two is the least.
    """
    width = max(width, 2)
    return [line for paragraph in text.split("\n") for line in _wrap_paragraph(paragraph, width)]


def _wrap_paragraph(text: str, width: int) -> list[str]:
    if cell_width(text) <= width:
        return [text]
    units = _units(text)
    lines: list[str] = []
    start = 0
    while start < len(units):
        end, used = start, 0
        while end < len(units) and used + units[end][1] <= width:
            used += units[end][1]
            end += 1
        if end < len(units):
            end = _break_before(units, start, end)
        line = "".join(unit for unit, _ in units[start:end])
        lines.append(line.rstrip(_DROPPED) if end < len(units) else line)
        while end < len(units) and units[end][0] in _DROPPED:
            end += 1
        start = end
    return lines


def _units(text: str) -> list[tuple[str, int]]:
    """Split into what the cursor steps over, each with its cells."""
    if text.isascii():
        return [(character, 1) for character in text]
    from rich.cells import split_graphemes

    spans, _ = split_graphemes(text)
    return [(text[start:end], min(cells, 2)) for start, end, cells in spans]


def _break_before(units: list[tuple[str, int]], start: int, full: int) -> int:
    """The best index in (start, full] to begin the next line with; `full` did not fit."""
    while start < full and units[start][0] in _DROPPED:
        start += 1  # an indent alone is no line
    for index in range(full, start, -1):
        if _may_break(units[index - 1], units[index]):
            return index
    return max(full, start + 1)


def _may_break(before: tuple[str, int], after: tuple[str, int]) -> bool:
    left, right = before[0][0], after[0][0]
    if _is_space(left) or _is_space(right):
        return True  # the spaces at a break are dropped
    if right in _CLOSING or left in _OPENING:
        return False
    return left == "-" or before[1] == 2 or after[1] == 2


def _is_space(character: str) -> bool:
    return character.isspace() and character not in _NO_BREAK_SPACES


def clip(text: str, width: int, mark: str = "…") -> str:
    """Cut `text` to at most `width` cells; where something was cut it ends with `mark`."""
    if cell_width(text) <= width:
        return text
    room = width - cell_width(mark)
    if room < 0:
        return ""
    kept: list[str] = []
    for unit, cells in _units(text):
        room -= cells
        if room < 0:
            break
        kept.append(unit)
    return "".join(kept) + mark


def nfc(text: str) -> str:
    """The composed form (NFC), in which text from people enters the log."""
    return unicodedata.normalize("NFC", text)


def fold_input(text: str, *, casefold: bool = False) -> str:
    """Fold typed input for comparing: NFKC and no outer spaces, so full-width `１２３` equals `123`."""
    folded = unicodedata.normalize("NFKC", text)
    if casefold:
        folded = unicodedata.normalize("NFKC", folded.casefold())
    return folded.strip()


def fold_digits(text: str) -> str:
    """Fold a typed code: digits of any script become ASCII, spaces, hyphens and invisibles go."""
    return "".join(
        str(digit) if (digit := unicodedata.digit(character, None)) is not None else character
        for character in unicodedata.normalize("NFKC", text)
        if unicodedata.category(character) not in {"Zs", "Pd", "Cf", "Cc"}
    )
