"""The table of cases beside a scenario file: its cells, and where each of them stands."""

import csv
import io
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sop_runner.base.finding import Position

ReadBeside = Callable[[str], bytes | None]
"""The bytes of a file beside the scenario file, by its plain name; None where there is none."""
_CELL = re.compile(r'("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n|\r|\n|$)')
_BREAK = re.compile(r"\r\n|\r|\n")
_QUOTES = {
    "unexpected end of data": "a quote is never closed",
    "',' expected after '\"'": "there is text after a closing quote; write a quote inside quotes twice",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell holds, where it begins, and how many characters of the file it takes."""

    text: str
    at: Position
    length: int = 1


class Unread(Exception):
    """Why there is no table, and what to do; `at` is where in it, None where there is no such place."""

    def __init__(
        self,
        message: str,
        fix: str = "name a CSV file beside this one, with a line of names",
        at: Position | None = None,
    ) -> None:
        super().__init__(message)
        self.fix = fix
        self.at = at


def read_table(name: str, read_beside: ReadBeside) -> list[dict[str, Cell]]:
    """The cells of each case by the names of the first line. Raises Unread."""
    if "/" in name or "\\" in name or name.startswith("."):
        raise Unread(f"'{name}' is not the plain name of a file beside this one")
    data = read_beside(name)
    if data is None:
        raise Unread(f"'{name}' was not found beside this file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        *before, last = _BREAK.split(data[: error.start].decode("utf-8-sig"))
        at = Position(len(before) + 1, len(last) + 1)
        raise Unread(f"'{name}' is not UTF-8", 'save it again as "CSV UTF-8"', at) from None
    lines = _lines(name, text)
    if len(lines) < 2:
        raise Unread(f"'{name}' has no line of names with a case beneath it")
    names = [cell.text for cell in lines[0]]
    if len(names) == 1 and (other := next((sign for sign in ";\t" if sign in names[0]), None)):
        called = "tabs" if other == "\t" else f"'{other}'"
        message = f"the cells of '{name}' are set apart by {called}, expected commas"
        fix = "save it with commas between the cells, and numbers with a point: 0.5"
        raise Unread(message, fix, lines[0][0].at)
    for index, cell in enumerate(lines[0]):
        if not cell.text:
            raise Unread(f"column {index + 1} has no name", "give it one in the first line", cell.at)
        if cell.text in names[:index]:
            message = f"there are two columns '{cell.text}'"
            raise Unread(message, "give each column a name of its own", cell.at)
    for line in lines:
        if len(line) > len(names):
            message = "this line has more cells than there are names"
            raise Unread(
                message, "put a text with a comma in quotes, or name the column", line[len(names)].at
            )
    return [
        {
            key: cell or Cell("", line[-1].at)
            for key, cell in itertools.zip_longest(names, line, fillvalue=None)
            if key is not None
        }
        for line in lines[1:]
    ]


def _lines(name: str, text: str) -> list[list[Cell]]:
    """Every line that is not blank, its cells without the space around them."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        read = [*reader]
    except csv.Error as error:
        message = f"'{name}' cannot be read up to here: {_QUOTES.get(str(error), error)}"
        fix = "correct that line, or save the table again as CSV"
        raise Unread(message, fix, Position(reader.line_num)) from None
    return [
        [Cell(value.strip(), at, length) for value, (at, length) in zip(line, places, strict=True)]
        for line, places in zip(read, _places(text), strict=False)
        if any(value.strip() for value in line)
    ]


def _places(text: str) -> Iterator[list[tuple[Position, int]]]:
    """Where the cells of each line begin and how long they are, of a text that reads as CSV; none of a blank line."""
    line, start, places = 1, 0, []
    for found in _CELL.finditer(text):
        begin, end = found.span(1)
        places.append((Position(line, begin - start + 1), max(end - begin, 1)))
        for broken in _BREAK.finditer(text, begin, found.end()):
            line, start = line + 1, broken.end()
        if found[2] != ",":
            yield places if len(places) > 1 or end > begin else []
            places = []


def line_of_table(data: bytes, number: int) -> str:
    """Line `number` of a table as written, counted from 1; empty past its end."""
    lines = _BREAK.split(data.decode("utf-8-sig", "replace"))
    return lines[number - 1] if number <= len(lines) else ""
