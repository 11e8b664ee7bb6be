"""Every name that a condition, a text or a derived value of a procedure can read, with its type."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from .fields import FieldRules, FieldSpec
from .model import Path, Procedure, kept

Origin = Literal[
    "case", "recorded", "set", "returned", "derived", "decision", "answer", "sign-off", "undoable", "today"
]
Callee = Callable[[str, int], Procedure | None]


@dataclass(frozen=True, slots=True)
class Name:
    """One name that can be read.

    `type` is a field type (a decision, an answer, a sign-off and an undoable step are choices),
    None where it depends on a callee that is not at hand or on values that do not go together.
    `choices` are the values a choice can have. A list has `fields`, or an `element` where a call
    for each element made it. `nodes` are those that fill it, in the order of the file. `internal`
    is never spoken; `forgotten` is checked at its node and then known to nobody.
    """

    name: str
    origin: Origin
    type: str | None
    path: Path = ()
    choices: tuple[str, ...] = ()
    fields: tuple[FieldSpec, ...] = ()
    element: "Name | None" = None
    nodes: tuple[str, ...] = ()
    spec: FieldRules | None = None
    internal: bool = False
    forgotten: bool = False


@dataclass(frozen=True, slots=True)
class NameTable(Mapping[str, Name]):
    """The names of one procedure, in the order of the file; `today` is always among them.

    `CHECKLIST.item` stands under that name; `LIST.FIELD` is no value but a column: see `column`.
    """

    names: Mapping[str, Name] = field(default_factory=dict)

    @classmethod
    def of(cls, procedure: Procedure, callee: Callee | None = None) -> "NameTable":
        """Collect the names of `procedure`; `callee` finds what it calls, for the types of `returns`."""
        if callee is None:
            return _by_itself(procedure)
        from .name_types import collect

        return cls(collect(procedure, callee))

    def __getitem__(self, name: str) -> Name:
        return self.names[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def column(self, name: str) -> Name | None:
        """What the elements of a list are: of `LIST.FIELD`, or of `LIST` where it has one field only."""
        found, _, inner = name.partition(".")
        whole = self.names.get(found)
        if whole is None or whole.type != "list":
            return None
        if not inner:
            if whole.element is not None:
                return whole.element
            return element_of(whole, whole.fields[0]) if len(whole.fields) == 1 else None
        spec = next((spec for spec in whole.fields if spec.field == inner), None)
        return element_of(whole, spec) if spec else None

    def with_fields(self, specs: Iterable[FieldSpec], path: Path = ()) -> "NameTable":
        """This table as seen from inside a list: its own fields come first."""
        inner = {spec.field: of_spec(spec.field, "recorded", spec, path) for spec in specs}
        return NameTable({**self.names, **inner})


@kept
def _by_itself(procedure: Procedure) -> NameTable:
    from .name_types import collect

    return NameTable(collect(procedure, None))


def element_of(whole: Name, spec: FieldSpec) -> Name:
    """One field of a list's elements as a name; what is internal about the list stays so."""
    inner = of_spec(f"{whole.name}.{spec.field}", whole.origin, spec, whole.path, whole.nodes)
    return replace(
        inner,
        internal=whole.internal or inner.internal,
        forgotten=whole.forgotten or inner.forgotten,
    )


def of_spec(name: str, origin: Origin, rules: FieldRules, path: Path, nodes: tuple[str, ...] = ()) -> Name:
    """A field as a name."""
    return Name(
        name,
        origin,
        rules.type,
        path,
        choices=tuple(choice for choice, _ in rules.choices or ()),
        fields=rules.of or (),
        nodes=nodes,
        spec=rules,
        internal=rules.internal,
        forgotten=rules.keep == "never",
    )
