"""Sentences for people: catalogues, plurals, fallbacks, dates."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from sop_runner.base.i18n import Translator, best_language
from sop_runner.base.message import msg


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A catalogue of Hungarian with a few sentences."""
    catalogue = Catalog(locale="hu")
    catalogue.add("recorded, entry {entry}", "rögzítve, {entry}. bejegyzés")
    catalogue.add("'{node}' still needs {what}", "'{node}' még ezt kéri: {what}")
    catalogue.add("a note", "egy jegyzet")
    catalogue.add("broken {name}", "hibás {nem_ez}")
    catalogue.add(("{n} attempt left", "{n} attempts left"), ("{n} próba maradt", "{n} próba maradt még"))
    buffer = BytesIO()
    write_mo(buffer, catalogue)
    place = tmp_path / "hu" / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "sop.mo").write_bytes(buffer.getvalue())
    return tmp_path


def test_a_message_is_translated_and_then_filled(folder: Path) -> None:
    t = Translator("hu", folder=folder)
    assert t(msg("recorded, entry {entry}", entry=214)) == "rögzítve, 214. bejegyzés"
    inner = msg("'{node}' still needs {what}", node="{what} %s", what=msg("a note"))
    assert t(inner) == "'{what} %s' még ezt kéri: egy jegyzet"


def test_what_is_not_translated_is_said_in_english(folder: Path) -> None:
    t = Translator("hu", folder=folder)
    assert t(msg("not in the catalogue: {x}", x=1)) == "not in the catalogue: 1"
    assert Translator("hu", folder=folder / "nothing")._("a note") == "a note"
    assert t._("broken {name}", name="x") == "hibás {nem_ez}"


def test_plain_text_is_data_and_stays_as_it_is(folder: Path) -> None:
    assert Translator("hu", folder=folder)("a note") == "a note"


def test_plurals(folder: Path) -> None:
    english, hungarian = Translator("en"), Translator("hu", folder=folder)
    assert [english.ngettext("{n} attempt left", "{n} attempts left", n) for n in (1, 2)] == [
        "1 attempt left",
        "2 attempts left",
    ]
    assert hungarian.ngettext("{n} attempt left", "{n} attempts left", 1) == "1 próba maradt"
    assert (
        hungarian.ngettext("{n} day of {x}", "{n} days of {x}", 2, x=msg("a note")) == "2 days of egy jegyzet"
    )


@pytest.mark.parametrize(
    ("wanted", "best"),
    [
        ("en", "en"), ("hu-HU", "hu"), ("hu_HU.UTF-8", "hu"), ("zh", "zh-Hans"), ("zh-CN", "zh-Hans"),
        ("zh_TW", "zh-Hant"), ("zh-Hant-HK", "zh-Hant"), ("zh-HK", "zh-Hant"), ("de", "en"), ("", "en"), ("C", "en"),
    ],
)  # fmt: skip
def test_the_language_of_a_tag(wanted: str, best: str) -> None:
    assert best_language(wanted) == best


def test_times_for_people() -> None:
    when = datetime(2026, 3, 2, 11, 4, 31, tzinfo=UTC)
    english = Translator("en")
    assert english.clock_time(when, "Europe/Budapest") == "12:04:31"
    assert english.moment(when, "Europe/Budapest").replace("\u202f", " ") == "3/2/26, 12:04 PM"
    assert Translator("hu").moment(when, "Europe/Budapest") == "2026. 03. 02. 12:04"
    assert english.span(timedelta(hours=3)) == "3 hours"
    assert english.span(-5) == "0 seconds"
    assert Translator("zh-Hans").span(7200) == "2 小时"
