"""A procedure together with everything it calls: found, free of cycles, and called as it asks to be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..base.finding import Finding
from .calls import CallPlace, check_call
from .load import MAX_FINDINGS, Loaded
from .model import Path, Procedure, every_node
from .names import NameTable
from .nodes import Call
from .place import Problem
from .references import check

Finder = Callable[[str, int], Loaded | None]
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A procedure and its callees by (id, revision), however deep; `findings` are about the calls."""

    main: Loaded
    callees: Mapping[Key, Loaded]
    findings: tuple[Finding, ...]

    @property
    def procedures(self) -> dict[Key, Procedure]:
        """The callees' procedures, those that could be read."""
        return {key: found.procedure for key, found in self.callees.items() if found.procedure is not None}


def resolve(main: Loaded, finder: Finder) -> Resolved:
    """Find every callee and check every call, of the callees too; `finder` gives None for an unknown one.

    Each finding stands in the file of the call. The findings inside a callee stay with the callee.
    """
    library = _Library(finder)
    if main.procedure is not None:
        library.visit(main, main.procedure, (main.procedure.procedure,))
    return Resolved(
        main, library.found, tuple(sorted(library.findings, key=lambda f: (f.file, f.at, f.code)))
    )


@dataclass
class _Library:
    finder: Finder
    found: dict[Key, Loaded] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    missing: set[Key] = field(default_factory=set)
    tables: dict[int, NameTable] = field(default_factory=dict)

    def visit(self, loaded: Loaded, procedure: Procedure, above: tuple[str, ...]) -> NameTable:
        """Check the calls of one procedure, those of its callees first; returns its names."""
        key = id(procedure)
        if key in self.tables:
            return self.tables[key]
        items = every_node(procedure)
        calling = any(isinstance(node, Call) for _, node, _ in items)
        calls: list[tuple[CallPlace, Procedure, NameTable]] = []
        for index, (path, node, _) in enumerate(items):
            if isinstance(node, Call):
                callee = self._callee(loaded, node, path, above)
                if callee is not None and callee.procedure is not None:
                    theirs = self.visit(callee, callee.procedure, (*above, node.procedure))
                    place = CallPlace(node, path, index + 1 == len(items))
                    calls.append((place, callee.procedure, theirs))
        ours = NameTable.of(procedure, self._procedure if calling else None)
        for place, called, theirs in calls:
            self._tell(loaded, *check_call(procedure, place, called, ours, theirs))
        # Without calls the names are those that the file was checked with when it was loaded.
        if len(loaded.findings) >= MAX_FINDINGS or calling:
            known = {(finding.code, finding.at) for finding in loaded.findings}
            later = (loaded.finding(problem) for problem in check(procedure, ours))
            self.findings.extend(finding for finding in later if (finding.code, finding.at) not in known)
        self.tables[key] = ours
        return ours

    def _callee(self, loaded: Loaded, call: Call, path: Path, above: tuple[str, ...]) -> Loaded | None:
        """What a call calls; None, and told, where that cannot be had."""
        name, revision = call.procedure, call.revision
        here = (*path, "procedure")
        what = f"'{call.id}' calls '{name}' revision {revision}, which"
        if name in above:
            circle = " > ".join([*above[above.index(name) :], name])
            message, fix = f"the calls form a cycle: {circle}", "call something that does not lead back here"
            self._tell(loaded, Problem("SOP232", message, here, fix))
            return None
        found = self._find(name, revision)
        if found is None:
            fix = f"put {name}.yaml with revision {revision} beside this file, or publish it"
            self._tell(loaded, Problem("SOP231", f"{what} was not found", here, fix))
        elif found.procedure is None:
            fix = f"mend {found.file or name} first"
            self._tell(loaded, Problem("SOP233", f"{what} has errors of its own", here, fix))
        elif (found.procedure.procedure, found.procedure.revision) != (name, revision):
            is_ = f"'{found.procedure.procedure}' revision {found.procedure.revision}"
            fix = "call the revision that is there, or put the other one beside this file"
            self._tell(
                loaded, Problem("SOP231", f"{what} was not found: {found.file or 'it'} is {is_}", here, fix)
            )
            return None
        return found

    def _find(self, name: str, revision: int) -> Loaded | None:
        key = (name, revision)
        if key not in self.found and key not in self.missing:
            found = self.finder(name, revision)
            if found is None:
                self.missing.add(key)
            else:
                self.found[key] = found
        return self.found.get(key)

    def _procedure(self, name: str, revision: int) -> Procedure | None:
        found = self.found.get((name, revision))
        return found.procedure if found is not None else None

    def _tell(self, loaded: Loaded, *problems: Problem) -> None:
        self.findings.extend(loaded.finding(problem) for problem in problems)
