"""The plans that runs pinned, from the texts kept beside the log."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sop_runner.audit.findings import Code
from sop_runner.base.errors import SopError
from sop_runner.machine.engine import Engine
from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.machine.table import Table
from sop_runner.procedure.digest import digest
from sop_runner.procedure.load import load
from sop_runner.procedure.model import Procedure

from .judging import Flaw


@dataclass(frozen=True)
class BulkPlan(Plan):
    """A plan whose moves are looked up in the table that was read off its machine."""

    @cached_property
    def engine(self) -> Engine:
        return Table(Engine(self.graph))


class PinnedPlans:
    """Compiles each pinned procedure once, or says why it cannot be."""

    def __init__(self, texts: Iterable[tuple[str, bytes]]) -> None:
        self._texts = dict(texts)
        self._procedures: dict[str, Procedure | Flaw] = {}
        self._plans: dict[tuple[Any, ...], Plan | Flaw] = {}

    def altered(self) -> Iterable[tuple[str, Flaw]]:
        """Kept texts that are not what their digest says, by digest."""
        for pin in self._texts:
            found = self._kept(pin)
            if isinstance(found, Flaw) and found.code is Code.PROCEDURE_MISMATCH:
                yield pin, found

    def plan(self, pin: Mapping[str, Any], callees: Sequence[Mapping[str, Any]]) -> Plan | Flaw:
        """The plan of a procedure and its callees, each `id`, `revision` and `digest`."""
        key = tuple((one["id"], one["revision"], one["digest"]) for one in (pin, *callees))
        if key not in self._plans:
            self._plans[key] = self._compiled(key)
        return self._plans[key]

    def _compiled(self, key: tuple[tuple[str, int, str], ...]) -> Plan | Flaw:
        found = {}
        for name, revision, pin in key:
            procedure = self._kept(pin)
            if isinstance(procedure, Flaw):
                return procedure
            if (procedure.procedure, procedure.revision) != (name, revision):
                said = f"'{pin[:12]}…' is '{procedure.procedure}' r{procedure.revision}, not '{name}' r{revision}"
                return Flaw(Code.PROCEDURE_MISMATCH, said)
            found[name, revision] = procedure
        main, *pins = key
        procedure = found.pop(main[:2])
        try:
            made = compile_plan(procedure, main[2], found, tuple(sorted(pins)))
        except SopError as error:
            return Flaw(Code.PROCEDURE_MISMATCH, f"what was pinned does not fit together: {error.message}")
        return BulkPlan(**{name: getattr(made, name) for name in made.__dataclass_fields__})

    def _kept(self, pin: str) -> Procedure | Flaw:
        if pin not in self._procedures:
            self._procedures[pin] = self._loaded(pin)
        return self._procedures[pin]

    def _loaded(self, pin: str) -> Procedure | Flaw:
        text = self._texts.get(pin)
        if text is None:
            return Flaw(
                Code.UNVERIFIABLE, f"the procedure text '{pin[:12]}…' is not kept, so it cannot be replayed"
            )
        loaded = load(text, f"kept {pin[:12]}")
        if loaded.procedure is not None and loaded.digest == pin:
            return loaded.procedure
        if _digest_of(loaded.source.data) == pin:
            said = f"the procedure text '{pin[:12]}…' is one that this program does not accept"
            return Flaw(Code.UNVERIFIABLE, said)
        return Flaw(Code.PROCEDURE_MISMATCH, f"the text kept as '{pin[:12]}…' is another than the one pinned")


def _digest_of(data: object) -> str:
    try:
        return digest(data)
    except (TypeError, ValueError):
        return ""
