"""One scenario made many: every combination of its matrix, every line of its table."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any

from sop_runner.base.finding import Finding
from sop_runner.procedure.base_types import say
from sop_runner.procedure.place import Problem, place
from sop_runner.procedure.shape import Path
from sop_runner.procedure.suggest import did_you_mean

from .scenario import PLACEHOLDER, Do, Scenario
from .scenario_load import LoadedScenarios
from .spots import Spot
from .table import ReadBeside, Unread, read_table

NO_TABLE, NO_COLUMN, TOO_MANY = "SOP410", "SOP411", "SOP412"
MAX_CASES = 10_000


@dataclass(frozen=True, slots=True)
class Case:
    """One scenario as it is driven: no placeholder is left.

    `index` is its place in the file, `spots` say where each value stands that was put in, by its name.
    """

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
    spots: Mapping[str, Spot] = field(default_factory=dict, compare=False, repr=False)

    @property
    def looks_away(self) -> bool:
        """Whether nothing says where it comes to: no end, no item to stand at, and no refusal as the last word."""
        return self.ends is None and self.at is None and not (self.do and self.do[-1].verb == "refused")


class _Left:
    """What an empty cell leaves: nothing, so that whoever holds it is left out too."""


_OUT = _Left()


class _Stray(Exception):
    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        self.known = [*known]


def expand(loaded: LoadedScenarios, read_beside: ReadBeside) -> tuple[tuple[Case, ...], tuple[Finding, ...]]:
    """Every case of a file that loaded without an error, in order, and what is wrong with their tables."""
    assert loaded.scenarios is not None
    cases: list[Case] = []
    found: list[Finding] = []
    for index, scenario in enumerate(loaded.scenarios.scenarios):
        try:
            cases += _cases(loaded, scenario, index, read_beside)
        except _Wrong as wrong:
            found.append(wrong.finding)
    return tuple(cases), tuple(found)


class _Wrong(Exception):
    """Why no cases come of a scenario."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding


def _cases(loaded: LoadedScenarios, scenario: Scenario, index: int, read_beside: ReadBeside) -> list[Case]:
    try:
        return [_case(scenario, index, row) for row in _rows(loaded, scenario, index, read_beside)]
    except _Stray as stray:
        message = (
            f"'{{{stray.name}}}' of '{scenario.scenario}' is neither in its matrix nor a column of its table"
        )
        fix = did_you_mean(stray.name, stray.known, "add it, or write {{ for a brace")
        problem = Problem(NO_COLUMN, message, ("scenarios", index, "scenario"), fix)
        raise _Wrong(loaded.finding(problem)) from None


@dataclass(frozen=True, slots=True)
class _Value:
    """What is put in for a name, and where it stands."""

    value: Any
    spot: Spot


Row = Mapping[str, _Value]


def _rows(loaded: LoadedScenarios, scenario: Scenario, index: int, read_beside: ReadBeside) -> Iterator[Row]:
    path = ("scenarios", index)
    table: list[Row] = [{}]
    if scenario.cases is not None:
        beside = str(PurePath(loaded.file).with_name(scenario.cases)) if loaded.file else scenario.cases
        try:
            read = read_table(scenario.cases, read_beside)
        except Unread as unread:
            if unread.at is None:
                problem = Problem(NO_TABLE, str(unread), (*path, "cases"), unread.fix)
                raise _Wrong(loaded.finding(problem)) from None
            raise _Wrong(Finding(NO_TABLE, str(unread), beside, unread.at, fix=unread.fix)) from None
        table = [
            {name: _Value(cell.text, Spot(beside, cell.at, cell.text, cell.length)) for name, cell in line.items()}
            for line in read
        ]  # fmt: skip
    sides = [
        [(name, _Value(value, _spot(loaded, (*path, "matrix", name, n), value))) for n, value in enumerate(values)]
        for name, values in scenario.matrix.items()
    ]  # fmt: skip
    count = len(table)
    for side in sides:
        count *= len(side)
    if count > MAX_CASES:
        message = f"'{scenario.scenario}' makes {count} cases, at most {MAX_CASES} are run"
        problem = Problem(TOO_MANY, message, (*path, "matrix" if sides else "cases"), "split it")
        raise _Wrong(loaded.finding(problem))
    return ({**row, **dict(cells)} for row in table for cells in itertools.product(*sides))


def _spot(loaded: LoadedScenarios, path: Path, value: Any) -> Spot:
    at, length = place(loaded.source, path)
    return Spot(loaded.file, at, say(value), length)


def _case(scenario: Scenario, index: int, values: Row) -> Case:
    row = {name: one.value for name, one in values.items()}
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
        spots={name: one.spot for name, one in values.items()},
    )


def _columns(row: Mapping[str, Any]) -> dict[str, Any]:
    """Columns named `know NAME` are expectations of their own."""
    return {
        key.split(None, 1)[1]: cell for key, cell in row.items() if key.startswith("know ") and cell != ""
    }


def _name(scenario: Scenario, put: "_Put", row: Mapping[str, Any]) -> str:
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

    def __init__(self, row: Mapping[str, Any] | None) -> None:
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
            raise _Stray(name, self.row)
        return self.row[name]

    def _string(self, text: str) -> Any:
        whole = PLACEHOLDER.fullmatch(text)
        if whole and whole[1]:
            cell = self._cell(whole[1].strip())
            return _OUT if cell is None or cell == "" else cell
        return PLACEHOLDER.sub(lambda m: say(self._cell(m[1].strip())) if m[1] else m[0][0], text)
