"""Numbers as people type them: spaces or marks between thousands, decimal point or comma."""

import re
from decimal import Decimal

from ..base.canonical import MAX_INTEGER
from ..base.message import Message, msg

MAX_DIGITS = 30

# Minor units of ISO 4217 that are not two.
_MINOR_UNITS = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
    "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
    "CLF": 4, "UYW": 4,
}  # fmt: skip

_MINUS = str.maketrans({"\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-"})
_PLAIN = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")
_SPACED = re.compile(r"[+-]?[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]+)?")
_MARKED = re.compile(r"[+-]?[0-9]{1,3}(?:(?:,[0-9]{3})+(?:\.[0-9]+)?|(?:\.[0-9]{3})+(?:,[0-9]+)?)")
_TWO_WAYS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")


def currency_digits(currency: str | None) -> int:
    """How many decimals an amount in `currency` has (ISO 4217); two where it is not known."""
    return _MINOR_UNITS.get(currency or "", 2)


def plain(number: Decimal) -> str:
    """A decimal without exponent and without a minus before zero: `900`, `12.50`."""
    return format(number if number else abs(number), "f")


def read_number(text: str) -> Decimal | Message:
    """Read a folded `text`; what could be read two ways is refused with how to type it."""
    text = text.translate(_MINUS)
    if _TWO_WAYS.fullmatch(text):
        return msg(
            "A comma before three digits can be read two ways: type 1234 for thousands, 1.234 for decimals."
        )
    if _PLAIN.fullmatch(text) or _SPACED.fullmatch(text):
        digits = text.replace(" ", "").replace(",", ".")
    elif _MARKED.fullmatch(text):
        point = max(text.rfind("."), text.rfind(","))
        grouped = text.count(text[point]) > 1 or text[point] == text[_first_mark(text)]
        whole, part = (text, "") if grouped else (text[:point], text[point + 1 :])
        digits = whole.replace(",", "").replace(".", "") + (f".{part}" if part else "")
    else:
        return msg("Type a number such as 1234 or 12.50.")
    return within_size(Decimal(digits)) if len(digits) <= 2 * MAX_DIGITS else _too_long()


def _first_mark(text: str) -> int:
    return min(at for at in (text.find("."), text.find(",")) if at >= 0)


def within_size(number: Decimal) -> Decimal | Message:
    """Refuse what is no finite number of at most 30 digits; bring the rest to plain form."""
    if not number.is_finite():
        return msg("Type a number such as 1234 or 12.50.")
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or len(digits) + abs(exponent) > MAX_DIGITS:
        return _too_long()
    return Decimal(plain(number))


def _too_long() -> Message:
    return msg("This number has more than {digits} digits; type a shorter one.", digits=MAX_DIGITS)


def to_integer(number: Decimal) -> int | Message:
    """A whole number that every reader of the audit log keeps exactly (below 2^53)."""
    if number != number.to_integral_value():
        return msg("Type a whole number such as 12, without decimals.")
    if abs(number) > MAX_INTEGER:
        return msg("This number is too large; the largest is {largest}.", largest=str(MAX_INTEGER))
    return int(number)


def to_money(number: Decimal, currency: str | None) -> Decimal | Message:
    """An amount with no more decimals than its currency has."""
    digits = currency_digits(currency)
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > digits:
        if digits == 0:
            return msg("An amount in {currency} has no decimals.", currency=currency or "")
        return msg("An amount has at most {digits} decimals, such as 12.50.", digits=digits)
    return number


def without_currency(text: str, currency: str | None) -> str:
    """Drop the currency's own code where it stands before or after an amount."""
    code = (currency or "").upper()
    if code and text.upper().startswith(code):
        return text[len(code) :].strip()
    if code and text.upper().endswith(code):
        return text[: -len(code)].strip()
    return text
