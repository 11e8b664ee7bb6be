"""What an answered node records: which regions its fields may then be in."""

from collections.abc import Iterable, Iterator

from sop_runner.machine.graph import GraphNode
from sop_runner.procedure.nodes import Checklist, Confirmation, Item

from .filling import Filler, bound
from .layout import Values, put
from .regions import UNKNOWN_BIT


class Recorder(Filler):
    """Writes what confirmations and checklists record."""

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
            return self.where_known(self._choose(values, node.id, result), scope, confirmation.sign_off.blind)
        if confirmation.read_back is not None:
            known = self.where_known(values, scope, (confirmation.read_back.of,))
            if confirmation.read_back.last is None:
                return known
            # The end of a value that is kept as a digest cannot be compared.
            return [one for left in known for one in self.readable(left, scope, confirmation.read_back.of)]
        return [values]

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
        compared = any(item.field is not None and bound(item.field) for item in checklist.items)
        counted = checklist.need is not None and any(item.only_when is not None for item in checklist.items)
        if not (compared or counted) and not any(
            key in self.layout.names or key in self.layout.upset for key in keys
        ):
            return [values]
        for key in keys:
            values = self.write(values, key, UNKNOWN_BIT)
        spare = 0 if checklist.need is None else len(checklist.items) - checklist.need
        waiting = {(values, spare)}
        for item in checklist.items:
            on: set[tuple[Values, int]] = set()
            for answered, left_over in waiting:
                one = self.reader.aging.later(answered)  # items are answered one by one
                for left, asked in (
                    [(one, True)]
                    if item.only_when is None
                    else self.reader.split(item.only_when, node.scope, one)
                ):
                    if not asked:
                        # Fewer are asked, so fewer may be wrong.
                        if checklist.need is None or left_over:
                            on.add((left, left_over - (checklist.need is not None)))
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
        for typed in self.typed(values, node.scope, key, item.field):
            after = self.put_down(typed, key, item.field)
            if own is None:
                found.append(after)
            elif key in self.layout.names and own in self.layout.names:
                for bit, _, _ in self.words.known[key].regions.parts(after[self.layout.names[key]]):
                    one = put(after, self.layout.names[key], bit)
                    found.append(self.take(one, own, self.same_as(key, own, bit), key))
            else:
                both = self.typed(after, node.scope, own, item.field)
                found += [self.put_down(one, own, item.field) for one in both]
        if item.not_applicable == "reason" and right is not False:
            gone = self._choose(values, key, ["not_applicable"])
            found.append(gone if own is None else self.write(gone, own, UNKNOWN_BIT))
        return list(dict.fromkeys(found))
