"""One scenario made many: every combination of its matrix, every line of its table."""

import csv
import io
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sop_runner.base.finding import Finding
from sop_runner.procedure.base_types import say
from sop_runner.procedure.place import Problem
from sop_runner.procedure.suggest import did_you_mean

from .scenario import PLACEHOLDER, Do, Scenario
from .scenario_load import LoadedScenarios

NO_TABLE, NO_COLUMN, TOO_MANY = "SOP410", "SOP411", "SOP412"
MAX_CASES = 10_000

ReadBeside = Callable[[str], bytes | None]
"""The bytes of a file beside the scenario file, by its plain name; None where there is none."""


@dataclass(frozen=True, slots=True)
class Case:
    """One scenario as it is driven: no placeholder is left. `index` is its place in the file."""

    name: str
    index: int
    people: Mapping[str, tuple[str, ...]]
    case: Mapping[str, Any]
    starts: str | None
    do: tuple[Do, ...]
    ends: str | None
    at: str | None
    never: tuple[str, ...]
    know: Mapping[str, Any]
    of: str = ""


class _Left:
    """What an empty cell leaves: nothing, so that whoever holds it is left out too."""


_OUT = _Left()


class _Stray(Exception):
    def __init__(self, name: str) -> None:
        self.name = name


def expand(loaded: LoadedScenarios, read_beside: ReadBeside) -> tuple[tuple[Case, ...], tuple[Finding, ...]]:
    """Every case of a file that loaded without an error, in order, and what is wrong with their tables."""
    assert loaded.scenarios is not None
    cases: list[Case] = []
    found: list[Finding] = []
    for index, scenario in enumerate(loaded.scenarios.scenarios):
        rows, problem = _rows(scenario, index, read_beside)
        if problem is not None:
            found.append(loaded.finding(problem))
            continue
        for row in rows:
            try:
                cases.append(_case(scenario, index, row))
            except _Stray as stray:
                known = [*row]
                found.append(
                    loaded.finding(
                        Problem(
                            NO_COLUMN,
                            f"'{{{stray.name}}}' of '{scenario.scenario}' is neither in its matrix nor a column of its table",
                            ("scenarios", index, "scenario"),
                            did_you_mean(stray.name, known, "add it, or write {{ for a brace"),
                        )
                    )
                )
                break
    return tuple(cases), tuple(found)


Row = Mapping[str, Any]


def _rows(scenario: Scenario, index: int, read_beside: ReadBeside) -> tuple[list[Row], Problem | None]:
    table: list[Row] = [{}]
    path = ("scenarios", index)
    if scenario.cases is not None:
        read = _table(scenario.cases, read_beside)
        if isinstance(read, _Unread):
            return [], Problem(NO_TABLE, read.message, (*path, "cases"), read.fix)
        table = read
    sides = [[(name, value) for value in values] for name, values in scenario.matrix.items()]
    count = len(table)
    for side in sides:
        count *= len(side)
    if count > MAX_CASES:
        message = f"'{scenario.scenario}' makes {count} cases, at most {MAX_CASES} are run"
        return [], Problem(TOO_MANY, message, (*path, "matrix" if sides else "cases"), "split it")
    return [{**row, **dict(cells)} for row in table for cells in itertools.product(*sides)], None


_QUOTES = {
    "unexpected end of data": "a quote is never closed",
    "',' expected after '\"'": "there is text after a closing quote; write a quote inside quotes twice",
}


@dataclass(frozen=True, slots=True)
class _Unread:
    """Why there is no table, and what to do."""

    message: str
    fix: str = "name a CSV file beside this one, with a line of names"


def _table(name: str, read_beside: ReadBeside) -> list[Row] | _Unread:
    if "/" in name or "\\" in name or name.startswith("."):
        return _Unread(f"'{name}' is not the plain name of a file beside this one")
    data = read_beside(name)
    if data is None:
        return _Unread(f"'{name}' was not found beside this file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _Unread(f"'{name}' is not UTF-8", 'save it again as "CSV UTF-8"')
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        numbered = [(reader.line_num, line) for line in reader if any(cell.strip() for cell in line)]
    except csv.Error as error:
        message = f"'{name}' cannot be read up to line {reader.line_num}: {_QUOTES.get(str(error), error)}"
        return _Unread(message, "correct that line, or save the table again as CSV")
    lines = [line for _, line in numbered]
    if len(lines) < 2:
        return _Unread(f"'{name}' has no line of names with a case beneath it")
    names = [cell.strip() for cell in lines[0]]
    if len(names) == 1 and (other := next((sign for sign in ";\t" if sign in names[0]), None)):
        called = "tabs" if other == "\t" else f"'{other}'"
        message = f"the cells of '{name}' are set apart by {called}, expected commas"
        return _Unread(message, "save it with commas between the cells, and numbers with a point: 0.5")
    if "" in names:
        return _Unread(
            f"column {names.index('') + 1} of '{name}' has no name", "give it one in the first line"
        )
    if twice := next((one for one in names if names.count(one) > 1), None):
        return _Unread(f"'{name}' has two columns '{twice}'", "give each column a name of its own")
    if long := next((n for n, line in numbered if len(line) > len(names)), None):
        message = f"line {long} of '{name}' has more cells than there are names"
        return _Unread(message, "put a text with a comma in quotes, or name the column")
    return [
        {key: cell.strip() for key, cell in itertools.zip_longest(names, line, fillvalue="")}
        for line in lines[1:]
    ]


def _case(scenario: Scenario, index: int, row: Row) -> Case:
    put = _Put(row) if scenario.matrix or scenario.cases is not None else _Put(None)
    do = tuple(
        item
        for one in scenario.do
        if (name := put(one.name)) is not _OUT
        and (answer := put(one.answer)) is not _OUT
        and (item := replace(one, name=say(name), answer=answer))
    )
    columns = {key: row[key] for key in ("starts", "ends", "at") if row.get(key)}
    never = [
        *scenario.never,
        *(() if scenario.never else str(row.get("never", "")).replace(",", " ").split()),
    ]
    know = {**_columns(row), **scenario.know}
    return Case(
        name=_name(scenario, put, row),
        index=index,
        people={role: tuple(_texts(put(list(people)))) for role, people in scenario.as_.items()},
        case=_map(put(dict(scenario.case))),
        starts=_text(put(scenario.starts)) or columns.get("starts"),
        do=do,
        ends=_text(put(scenario.ends)) or (columns.get("ends") if scenario.at is None else None),
        at=_text(put(scenario.at)) or (columns.get("at") if scenario.ends is None else None),
        never=tuple(_texts(put(never))),
        know=_map(put(know)),
        of=scenario.scenario,
    )


def _columns(row: Row) -> dict[str, Any]:
    """Columns named `know NAME` are expectations of their own."""
    return {
        key.split(None, 1)[1]: cell for key, cell in row.items() if key.startswith("know ") and cell != ""
    }


def _name(scenario: Scenario, put: "_Put", row: Row) -> str:
    named = _text(put(scenario.scenario)) or scenario.scenario
    if not row or named != scenario.scenario:
        return named
    return f"{named} ({', '.join(f'{key}: {say(cell)}' for key, cell in row.items())})"


def _text(value: Any) -> str | None:
    return None if value is None or value is _OUT else say(value)


def _map(value: Any) -> dict[str, Any]:
    return {} if value is _OUT else value


def _texts(value: Any) -> Iterator[str]:
    return (say(item) for item in ([] if value is _OUT else value))


class _Put:
    """Puts the cells of a row where their names stand; without a row everything stays as written."""

    def __init__(self, row: Row | None) -> None:
        self.row = row

    def __call__(self, value: Any) -> Any:
        if self.row is None:
            return value
        if isinstance(value, str):
            return self._string(value)
        if isinstance(value, Mapping):
            filled = {self._key(key): self(item) for key, item in value.items()}
            kept = {key: item for key, item in filled.items() if item is not _OUT}
            return _OUT if value and not kept else kept
        if isinstance(value, list | tuple):
            listed = [filled for item in value if (filled := self(item)) is not _OUT]
            return _OUT if value and not listed else listed
        return value

    def _key(self, key: Any) -> Any:
        return say(self._string(key)) if isinstance(key, str) else key

    def _cell(self, name: str) -> Any:
        assert self.row is not None
        if name not in self.row:
            raise _Stray(name)
        return self.row[name]

    def _string(self, text: str) -> Any:
        whole = PLACEHOLDER.fullmatch(text)
        if whole and whole[1]:
            cell = self._cell(whole[1].strip())
            return _OUT if cell is None or cell == "" else cell
        return PLACEHOLDER.sub(lambda m: say(self._cell(m[1].strip())) if m[1] else m[0][0], text)
