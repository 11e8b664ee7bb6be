"""Sentences for people: gettext catalogues with English beneath, plurals, dates and ages."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from .message import Listing, Message, Param, Translate, fill, listing, msg, said

if TYPE_CHECKING:
    from gettext import NullTranslations

LANGUAGES = ("en", "zh-Hans", "zh-Hant", "hu")
LOCALE_DIR = Path(__file__).resolve().parents[1] / "locale"
_SCRIPTS = {"zh": "zh-Hans", "zh-CN": "zh-Hans", "zh-SG": "zh-Hans", "zh-TW": "zh-Hant", "zh-HK": "zh-Hant"}


def best_language(wanted: str) -> str:
    """The interface language for a tag such as `hu-HU`, `zh_TW.UTF-8` or `zh-Hant-HK`; English if none is."""
    tag = wanted.partition(".")[0].replace("_", "-")
    while tag:
        if (known := _SCRIPTS.get(tag, tag)) in LANGUAGES:
            return known
        tag = tag.rpartition("-")[0]
    return "en"


class Translator:
    """Says the product's sentences in one language; what a catalogue lacks is said in English.

    Written so that `_("…")`, `msg("…")` and `ngettext("…", "…", n)` are found by an extractor.
    """

    def __init__(self, language: str = "en", *, folder: Path = LOCALE_DIR) -> None:
        self.language = best_language(language)
        self._catalogue = _catalogue(self.language, folder)

    def __call__(self, what: Message | Listing | str) -> str:
        """A Message in this language; a plain string is data and stays as it is."""
        return str(said(what, self._look_up))

    def _(self, text: str, /, **params: Param) -> str:
        """A fixed text of the interface, with `params` put in after translation."""
        return fill(self._look_up(text), {name: self._said(value) for name, value in params.items()})

    def ngettext(self, one: str, many: str, n: int, /, **params: Param) -> str:
        """The plural form for `n` (CLDR rules, from the catalogue's header); `{n}` is put in."""
        if self._catalogue is None:
            template = one if n == 1 else many
        else:
            template = self._catalogue.ngettext(one, many, n)
        return fill(template, {"n": n, **{name: self._said(value) for name, value in params.items()}})

    # What is joined without a sentence of its own: every language has its own colon, bracket and comma.

    def labelled(self, label: Message | str, value: Message | str) -> str:
        """What something is, and the thing: `caller: Ana`."""
        return self._("{label}: {value}", label=label, value=value)

    def lead(self, label: Message | str) -> str:
        """The beginning of `labelled`, for a value that is drawn apart: `caller: `."""
        return self.labelled(label, "")

    def aside(self, text: Message | str, more: Message | str) -> str:
        """A text and something less important: `consent (stale)`; the text alone where there is no more."""
        return self._("{text} ({more})", text=text, more=more) if more else self(text)

    def listed(self, items: Iterable[Message | str]) -> str:
        """Things of one kind: `agent, supervisor`."""
        return self(listing(items))

    def run_on(self, parts: Iterable[Message | str]) -> str:
        """Parts of one sentence, without the empty ones: `item 3 of 10, section account`."""
        return self._joined(msg("{said}, {more}"), parts)

    def apart(self, parts: Iterable[Message | str]) -> str:
        """Parts that hold commas themselves, without the empty ones: `a, b; c`."""
        return self._joined(msg("{said}; {more}"), parts)

    def moment(self, when: datetime, zone: str) -> str:
        """Date and time of day as people of this language write them, in the desk's zone."""
        from babel.dates import format_datetime, get_timezone

        return format_datetime(when, "short", tzinfo=get_timezone(zone), locale=self._locale)

    def clock_time(self, when: datetime, zone: str) -> str:
        """The time of day, with seconds, in the desk's zone: `12:04:31`."""
        from zoneinfo import ZoneInfo

        return when.astimezone(ZoneInfo(zone)).strftime("%H:%M:%S")

    def span(self, length: timedelta | float) -> str:
        """A length of time in words, rounded to its largest unit: `3 hours`."""
        from babel.dates import format_timedelta

        delta = length if isinstance(length, timedelta) else timedelta(seconds=length)
        said = format_timedelta(max(delta, timedelta(0)), threshold=1.2, locale=self._locale)
        # The catalogues put a space between a number and a Chinese word; so do lengths of time.
        return re.sub(r"(?<=\d)(?=[\u4e00-\u9fff])", " ", said)

    @property
    def _locale(self) -> str:
        return self.language.replace("-", "_")

    def _joined(self, join: Message, parts: Iterable[Message | str]) -> str:
        joined = ""
        for part in filter(None, map(self, parts)):
            joined = self._(join.text, said=joined, more=part) if joined else part
        return joined

    def _said(self, value: Param) -> Param:
        return said(value, self._look_up)

    @property
    def _look_up(self) -> Translate:
        return _as_it_is if self._catalogue is None else self._catalogue.gettext


def _catalogue(language: str, folder: Path) -> "NullTranslations | None":
    if language == "en":
        return None
    from gettext import translation

    try:
        return translation("sop", str(folder), [language.replace("-", "_")])
    except OSError:
        return None  # no catalogue is installed for it: English is better than nothing


def _as_it_is(text: str) -> str:
    return text
