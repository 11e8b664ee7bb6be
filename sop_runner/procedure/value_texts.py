"""Texts, choices, answers of yes and no, and addresses as people type them."""

import re
import unicodedata

from ..base.message import Message, listing, msg
from .texts import Text
from .value_types import fold

YES = frozenset({"yes", "y", "true", "igen", "i", "是", "对", "對"})
NO = frozenset({"no", "n", "false", "nem", "否", "不", "不是"})

_EMAIL = re.compile(r"[^@\s<>(),;:\"\\]+@[^@\s<>(),;:\"\\.]+(?:\.[^@\s<>(),;:\"\\.]+)+")
_LINK = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)
_PHONE = re.compile(r"\+?[0-9]{3,15}")
_PHONE_MARKS = re.compile(r"[\s().\-/\u2010-\u2015]")
_UNWRITABLE = re.compile(r"[\x00\ud800-\udfff]")


def clean(text: str) -> str | Message:
    """Compose (NFC), keep one form of line ends, drop outer spaces; refuse what no store can hold."""
    if _UNWRITABLE.search(text):
        return msg("This holds a character that cannot be stored (U+0000 or half of a pair); type it again.")
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").strip()


def read_yes_no(text: str) -> bool | Message:
    """Yes or no in any language of the desk."""
    word = text.casefold()
    if word in YES:
        return True
    return False if word in NO else msg("Answer yes or no.")


def read_choice(text: str, choices: tuple[tuple[str, Text | None], ...]) -> str | Message:
    """The id of the choice that is named by its id or by its text in any language."""
    for choice, _ in choices:
        if fold(choice) == text:
            return choice
    wanted = text.casefold()
    found = {
        choice
        for choice, said in choices
        if wanted in (fold(name).strip().casefold() for name in (choice, *_texts(said)))
    }
    if len(found) == 1:
        return found.pop()
    return msg("Choose one of {choices}.", choices=listing(choice for choice, _ in choices))


def _texts(said: Text | None) -> list[str]:
    return [text for _, text in said.by_locale] if said else []


def read_email(text: str) -> str | Message:
    """An e-mail address; the full-width marks of Chinese keyboards are taken for their ASCII ones."""
    text = text.replace("。", ".")
    if not _EMAIL.fullmatch(text) or len(text) > 254:
        return msg("Type an e-mail address such as name@example.org.")
    return text


def read_phone(text: str) -> str | Message:
    """A telephone number as its digits, after `+` where one was typed: `+3612345678` (E.164 at most)."""
    digits = _PHONE_MARKS.sub("", text)
    if not _PHONE.fullmatch(digits):
        return msg("Type a telephone number of 3 to 15 digits, such as +36 1 234 5678.")
    return digits


def read_link(text: str) -> str | Message:
    """A web address with its `https://`."""
    return text if _LINK.fullmatch(text) else msg("Type a web address such as https://example.org/page.")


def masked(text: str, last: int = 4) -> str:
    """Stars and the last `last` characters, never more than half of the text."""
    shown = min(last, len(text) // 2)
    return "****" + (text[-shown:] if shown > 0 else "")
