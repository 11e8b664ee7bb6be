"""What an answered node records: which regions its fields may then be in."""

from collections.abc import Iterable, Iterator

from sop_runner.machine.graph import GraphNode
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.evidence import ReadBack
from sop_runner.procedure.fields import FieldRules, FieldSpec
from sop_runner.procedure.nodes import Checklist, Confirmation, Item
from sop_runner.procedure.value_types import Sealed, is_known
from sop_runner.procedure.when import Test

from .layout import Layout, Values, put
from .names import as_digest
from .reading import Reader
from .regions import UNKNOWN_BIT


class Recorder:
    """Writes names of one layout; whatever is not remembered is skipped."""

    def __init__(self, layout: Layout, reader: Reader) -> None:
        self.layout = layout
        self.reader = reader
        self.words = layout.model.words

    def write(self, values: Values, key: str, mask: int) -> Values:
        """A name has a new value; what is computed from it may change."""
        index = self.layout.names.get(key)
        if index is not None:
            values = put(values, index, mask)
        for upset in self.layout.upset.get(key, ()):
            values = put(values, upset, self._free(upset))
        return values

    def _free(self, index: int) -> int:
        return self.layout.start[index]

    def fields(self, values: Values, scope: str, specs: Iterable[FieldSpec]) -> list[Values]:
        """A record or a case, its fields in order; one whose condition does not hold becomes unknown."""
        specs = tuple(specs)
        if not any(
            scope + spec.field in self.layout.names or scope + spec.field in self.layout.upset
            for spec in specs
        ):
            return [values]
        for spec in specs:
            values = self.write(values, scope + spec.field, UNKNOWN_BIT)
        waiting = [values]
        for spec in specs:
            on: dict[Values, None] = {}
            for one in waiting:
                for left, asked in self._asked(spec, scope, one):
                    for after in self.typed(left, scope, scope + spec.field, spec) if asked else [left]:
                        on[after] = None
            waiting = list(on)
        for spec in specs:
            if spec.keep == "never":
                waiting = list(
                    dict.fromkeys(self.write(one, scope + spec.field, UNKNOWN_BIT) for one in waiting)
                )
        return waiting

    def _asked(self, spec: FieldRules, scope: str, values: Values) -> list[tuple[Values, bool]]:
        return (
            [(values, True)] if spec.only_when is None else self.reader.split(spec.only_when, scope, values)
        )

    def typed(self, values: Values, scope: str, key: str, spec: FieldRules) -> list[Values]:
        """The values after a field was typed by its rules."""
        if key not in self.layout.names:
            starts = [values]
            if isinstance(spec.equals, FieldRef) and spec.required:
                starts = self._known(
                    values, scope, (spec.equals.name,)
                )  # nothing equals what is not recorded
            return [self.write(one, key, 0) for one in starts]
        regions = self.words.known[key].regions
        mask = regions.allowed(spec)
        if spec.equals is not None and not isinstance(spec.equals, FieldRef):
            mask &= regions.true_for(Test("x", "is", spec.equals, ()))
        if spec.differs is not None and not isinstance(spec.differs, FieldRef):
            mask &= ~regions.true_for(Test("x", "is", spec.differs, ()))
        found = [self.write(values, key, mask)] if mask else []
        for operator, other in (("is", spec.equals), ("is_not", spec.differs)):
            if isinstance(other, FieldRef):
                test = Test(key[len(scope) :], operator, other, ())
                known = Test(other.name, "known", True, ())
                after = []
                for one in found:
                    for left, truth in self.reader.split(known, scope, one):
                        if truth:
                            after += [done for done, fits in self.reader.split(test, scope, left) if fits]
                        elif operator == "is_not":
                            after.append(left)
                found = after
        if not spec.required:
            found.append(self.write(values, key, UNKNOWN_BIT))
        return list(dict.fromkeys(found))

    def answered(self, values: Values, node: GraphNode) -> list[Values]:
        """After the node was answered and counts as done."""
        match node.node:
            case Confirmation() as confirmation:
                return self._confirmed(values, node, confirmation)
            case Checklist() as checklist:
                return self._listed(values, node, checklist)
            case _:
                return [values]

    def _confirmed(self, values: Values, node: GraphNode, confirmation: Confirmation) -> list[Values]:
        scope = node.scope
        if confirmation.record is not None:
            return self.fields(values, scope, confirmation.record.fields)
        if confirmation.statement is not None:
            field = confirmation.statement.field
            return [self._any(values, scope + field)] if field else [values]
        if confirmation.sign_off is not None:
            result = (
                ("approved", "declined") if confirmation.sign_off.decline == "recorded" else ("approved",)
            )
            return self._known(self._choose(values, node.id, result), scope, confirmation.sign_off.blind)
        if confirmation.read_back is not None:
            known = self._known(values, scope, (confirmation.read_back.of,))
            return self._clear(known, scope, confirmation.read_back)
        return [values]

    def _known(self, values: Values, scope: str, names: Iterable[str]) -> list[Values]:
        """What is typed again is compared, so it must be known."""
        waiting = [values]
        for name in names:
            test = Test(name, "known", True, ())
            waiting = [
                left for one in waiting for left, truth in self.reader.split(test, scope, one) if truth
            ]
        return waiting

    def _clear(self, those: list[Values], scope: str, read_back: ReadBack) -> list[Values]:
        """The end of a value that is kept as a digest cannot be compared."""
        index = self.layout.names.get(self.words.resolve(scope, read_back.of) or "")
        if read_back.last is None or index is None:
            return those
        sealed = self.words.known[scope + read_back.of].regions.sealed
        return [put(one, index, one[index] & ~sealed) for one in those if one[index] & ~sealed]

    def _any(self, values: Values, key: str) -> Values:
        index = self.layout.names.get(key)
        return self.write(values, key, 0 if index is None else self.words.known[key].regions.known)

    def _choose(self, values: Values, key: str, answers: Iterable[str]) -> Values:
        if key not in self.layout.names:
            return self.write(values, key, 0)
        regions = self.words.known[key].regions
        return self.write(values, key, sum({regions.of_literal(answer) for answer in answers}))

    def waived(self, values: Values, node: GraphNode) -> list[Values]:
        """After a ruling that it counts: its fields are recorded, its other answers may be missing."""
        match node.node:
            case Confirmation(record=record) if record is not None:
                return self.fields(values, node.scope, record.fields)
            case Confirmation(statement=statement) if statement is not None and statement.field:
                return [self._any(values, node.scope + statement.field)]
            case Confirmation(sign_off=sign_off) if sign_off is not None:
                return self._maybe_unknown(values, node.id)
            case Checklist() as checklist:
                found = [values]
                for item in checklist.items:
                    if item.field is not None:
                        found = [after for one in found for after in self._item(one, node, item, right=None)]
                    else:
                        key = f"{node.scope}{checklist.id}.{item.item}"
                        found = [after for one in found for after in self._unanswered(one, node, item, key)]
                return found
            case _:
                return [values]

    def _maybe_unknown(self, values: Values, key: str) -> list[Values]:
        index = self.layout.names.get(key)
        return [values] if index is None else [self.write(values, key, values[index] | UNKNOWN_BIT)]

    def _unanswered(self, values: Values, node: GraphNode, item: Item, key: str) -> Iterator[Values]:
        if key in self.layout.names:
            yield from self._maybe_unknown(values, key)
            yield from self._item(values, node, item, right=None)
        else:
            yield values

    def _listed(self, values: Values, node: GraphNode, checklist: Checklist) -> list[Values]:
        """Every item in order; as many right answers as are needed."""
        keys = [f"{node.scope}{checklist.id}.{item.item}" for item in checklist.items]
        keys += [node.scope + item.field.field for item in checklist.items if item.field and item.field.field]
        compared = any(
            item.field is not None and isinstance(item.field.equals, FieldRef) for item in checklist.items
        )
        if not compared and not any(key in self.layout.names or key in self.layout.upset for key in keys):
            return [values]
        for key in keys:
            values = self.write(values, key, UNKNOWN_BIT)
        spare = 0 if checklist.need is None else len(checklist.items) - checklist.need
        waiting = {(values, spare)}
        for item in checklist.items:
            on: set[tuple[Values, int]] = set()
            for one, left_over in waiting:
                for left, asked in (
                    [(one, True)]
                    if item.only_when is None
                    else self.reader.split(item.only_when, node.scope, one)
                ):
                    if not asked:
                        # Fewer are asked, so fewer may be wrong.
                        on.add((left, left_over if checklist.need is None else max(0, left_over - 1)))
                        continue
                    on |= {(after, left_over) for after in self._item(left, node, item, right=True)}
                    if left_over and item.expect:
                        on |= {(after, left_over - 1) for after in self._item(left, node, item, right=False)}
            waiting = on
        return sorted({one for one, _ in waiting})

    def _item(self, values: Values, node: GraphNode, item: Item, *, right: bool | None) -> list[Values]:
        key = f"{node.scope}{node.local}.{item.item}"
        own = node.scope + item.field.field if item.field and item.field.field else None
        if item.field is None:
            answers = [
                answer for answer in item.answer_ids
                if right is None or not item.expect or (answer in item.expect) is right
            ]  # fmt: skip
            if item.not_applicable == "reason" and right is not False:
                answers.append("not_applicable")
            return [self._choose(values, key, answers)] if answers else []
        found = []
        for after in self.typed(values, node.scope, key, item.field):
            if item.field.keep == "never":
                gone = self.write(after, key, UNKNOWN_BIT)
                found.append(gone if own is None else self.write(gone, own, UNKNOWN_BIT))
            elif own is None:
                found.append(after)
            elif key in self.layout.names and own in self.layout.names:
                for bit, _, _ in self.words.known[key].regions.parts(after[self.layout.names[key]]):
                    one = put(after, self.layout.names[key], bit)
                    found.append(self.write(one, own, self._same(key, own, bit)))
            else:
                found += self.typed(after, node.scope, own, item.field)
        if item.not_applicable == "reason" and right is not False:
            gone = self._choose(values, key, ["not_applicable"])
            found.append(gone if own is None else self.write(gone, own, UNKNOWN_BIT))
        return list(dict.fromkeys(found))

    def _same(self, one: str, other: str, bit: int) -> int:
        """The region of a copied value under its other name."""
        theirs, ours = self.words.known[one].regions, self.words.known[other].regions
        return bit if theirs is ours or bit == UNKNOWN_BIT else ours.known

    def copies(self, values: Values, key: str, scope: str, name: str) -> list[Values]:
        """`key` takes the value of another name."""
        if key not in self.layout.names:
            return [self.write(values, key, 0)]
        source = self.words.resolve(scope, name)
        if source is None:
            return [self.write(values, key, UNKNOWN_BIT)]
        ours, one = self.words.known[key].regions, self.words.known[source]
        # A sealed value is copied as its commitment, whatever the rules of its new name.
        sealed = any(rules.keep == "erasable" for rules in one.rules)
        found: dict[Values, None] = {}
        if one.derive is None or one.free:
            for left, sample, _ in self.reader.samples(one, values):
                bit = one.regions.bit(sample) if is_known(sample) else UNKNOWN_BIT
                mask = self._same(source, key, bit) if bit else UNKNOWN_BIT
                as_kept = mask if sealed or isinstance(sample, Sealed) else self.kept(key, mask)
                found[self.write(left, key, mask | as_kept if sealed else as_kept)] = None
        else:
            for left, value in self.reader.cases(one, values):
                mask = ours.of_literal(value) if is_known(value) else UNKNOWN_BIT
                found[self.write(left, key, self.kept(key, mask))] = None
        return list(found)

    def kept(self, key: str, mask: int) -> int:
        """What is left to read of values that a name is given: of a digest nothing, and what is not kept is not known."""
        rules = self.layout.model.plan.fields.get(key)
        if rules is None or not mask & ~UNKNOWN_BIT:
            return mask
        if rules.keep == "never":
            return UNKNOWN_BIT
        sealed = self.words.known[key].regions.sealed
        return mask & UNKNOWN_BIT | sealed if as_digest(rules) and sealed else mask
