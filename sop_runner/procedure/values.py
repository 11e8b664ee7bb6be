"""From what was typed or written in a file to a typed value, by the rules of the field."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from ..base.message import Message, listing, msg
from .fields import FieldRules, FieldSpec
from .value_check import check as check
from .value_check import in_row
from .value_numbers import read_number, to_integer, to_money, within_size, without_currency
from .value_texts import clean, read_choice, read_email, read_link, read_phone, read_yes_no
from .value_texts import masked as masked
from .value_times import MAX_DURATION, read_date, read_datetime, read_duration, read_time
from .value_types import MAX_ROWS, Cell, Row, Value, fold
from .value_wire import from_wire as from_wire
from .value_wire import show as show
from .value_wire import to_wire as to_wire

_TYPED: dict[str, type] = {
    "yes-no": bool, "date": date, "time": time, "datetime": datetime, "duration": timedelta,
}  # fmt: skip


def parse(spec: FieldRules, raw: object, *, zone: tzinfo) -> Value | Message | None:
    """Read `raw`: text that a person typed, a literal of a file, or a value that is typed already.

    Text is composed (NFC) and trimmed; all types but text and link are read after NFKC. `zone` is
    the desk's, for a datetime without an offset. None is an empty optional value; a Message says
    how to type it and never repeats what was typed, because refusals are recorded.
    """
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return msg("This needs an answer.") if spec.required else None
    if spec.type == "list":
        return _rows(spec, raw, zone)
    if isinstance(raw, str):
        text = clean(raw)
        return text if isinstance(text, Message) else _typed_text(spec, text, zone)
    return _literal(spec, raw, zone)


def _typed_text(spec: FieldRules, text: str, zone: tzinfo) -> Cell | Message:
    folded = fold(text).strip()
    match spec.type:
        case "text":
            return text
        case "link":
            return read_link(text)
        case "email":
            return read_email(folded)
        case "phone":
            return read_phone(folded)
        case "choice":
            return read_choice(folded, spec.choices or ())
        case "yes-no":
            return read_yes_no(folded)
        case "date":
            return read_date(folded)
        case "time":
            return read_time(folded)
        case "datetime":
            return read_datetime(folded, zone)
        case "duration":
            return read_duration(folded)
        case "money":
            return _numeric(spec, read_number(without_currency(folded, spec.currency)))
        case _:
            return _numeric(spec, read_number(folded))


def _numeric(spec: FieldRules, number: Decimal | Message) -> int | Decimal | Message:
    if isinstance(number, Message):
        return number
    if spec.type == "integer":
        return to_integer(number)
    return to_money(number, spec.currency) if spec.type == "money" else number


def _literal(spec: FieldRules, raw: object, zone: tzinfo) -> Cell | Message:
    """A value that is not text: it must be of the field's type, or a number that stands for its digits."""
    if isinstance(raw, int | Decimal) and not isinstance(raw, bool):
        if spec.type in ("integer", "number", "money"):
            return _numeric(spec, within_size(Decimal(raw)))
        return _typed_text(spec, str(raw), zone)
    wanted = _TYPED.get(spec.type)
    if wanted is None or not isinstance(raw, wanted) or (spec.type == "date" and isinstance(raw, datetime)):
        return msg("This is no value of the type '{type}'; type it again.", type=spec.type)
    if isinstance(raw, datetime):
        return raw.astimezone(UTC) if raw.tzinfo else read_datetime(raw.isoformat(), zone)
    if isinstance(raw, timedelta) and not timedelta() <= raw <= MAX_DURATION:
        return msg("Type a number and s, m, h, d or y, such as 15m or 1h 30m.")
    assert isinstance(raw, bool | date | time | timedelta)
    return raw


def _rows(spec: FieldRules, raw: object, zone: tzinfo) -> tuple[Row, ...] | Message:
    fields = spec.of or ()
    names = listing(field.field for field in fields)
    if not isinstance(raw, list | tuple):
        return msg("Type this as a list, each row with {names}.", names=names)
    limit = MAX_ROWS if spec.at_most is None else int(spec.at_most)
    if len(raw) > limit:
        return msg("This takes at most {limit} rows, there are {rows}.", limit=limit, rows=len(raw))
    rows = []
    for number, cells in enumerate(raw, 1):
        if not isinstance(cells, dict):
            if len(fields) != 1:
                return msg("Row {row} needs the names {names}.", row=number, names=names)
            cells = {fields[0].field: cells}
        row = _row(fields, cells, number, zone)
        if isinstance(row, Message):
            return row
        rows.append(row)
    return tuple(rows)


def _row(
    fields: tuple[FieldSpec, ...], cells: dict[object, object], number: int, zone: tzinfo
) -> Row | Message:
    known = {field.field for field in fields}
    if stray := [str(name) for name in cells if name not in known]:
        return msg(
            "Row {row} has no '{field}'; its fields are {names}.",
            row=number, field=stray[0], names=listing(field.field for field in fields),
        )  # fmt: skip
    row: Row = {}
    for field in fields:
        raw = cells.get(field.field)
        if raw is None and field.only_when is not None:
            row[field.field] = None
            continue
        value = parse(field, raw, zone=zone)
        if isinstance(value, Message):
            return in_row(number, field, value)
        row[field.field] = value
    return row
