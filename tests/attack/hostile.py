"""Texts that would act on a terminal or a parser, and a procedure, a person and a ticket made of them."""

import re
import unicodedata
from pathlib import Path
from typing import Any

import yaml

from sop_runner.base.clock import ManualClock
from sop_runner.desk.desk import Desk
from sop_runner.wiring import create_desk, open_desk, opened_people
from tests.attack.walking import START

TEXTS = {
    "markup": "[/] [b]x[@click=app.quit]quit[/] [red] %s",
    "clear": "\x1b[2J\x1b[Hcleared \x1b[31mred\x1b[0m \x9b2J \x1b[?1049h",
    "title": "\x1b]0;title\x07 \x1b]52;c;Y2FuYXJ5\x07 \x1bP+q544e\x1b\\ \x07\x07",
    "link": "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "bidi": "abc\u202edcba\u2066x\u200e \u200b\u200d\ufeff\u00ad\u2060 \U000e0041",
    "lines": "a\u2028b\u2029c\u0085d\x0be\x0cf",
    "marks": "\u0301\u0301 lone, Z\u0351\u0352\u0353alg\u0300\u0301\u0302o",
    "long": "x" * 2_000,
    "wide": "帐户资料变更" * 40 + " ｆｕｌｌ 한국어 ",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 e\u0301 ☎️",
    "sql": "Robert'); DROP TABLE entry;-- \" ` \\ $(rm) $HOME `id` &amp; <b>",
    "shell": "; echo pwned > /tmp/pwned | cat 'x' \"y\" \\n \\x1b[2J",
}
ACTING = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f\x80-\x9f\u061c\u200b-\u200c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f\ud800-\udfff]"
)
"""What must not reach a terminal from any text, newlines apart."""
OPENED: list[Desk] = []
"""Desks that are let go of when a test is over."""
PASSPHRASE = "a river at dawn"


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def procedure(text: str) -> dict[str, Any]:
    """A procedure in which every text for people is `text`; controls are refused in files."""
    text = re.sub("[\x00-\x1f\x7f-\x9f]", "", text)
    short = text[:150]
    choices = {"one": short, "two": short}
    return {
        "format": "sop/1", "procedure": "hostile", "revision": 1, "number": "H-1", "title": short,
        "purpose": text, "scope": text, "owner": "somebody", "effective_from": "2026-01-01",
        "review_by": "2030-01-01", "roles": {"agent": text}, "by": "agent", "controls": {"seen": text},
        "case": [{"field": "about", "label": short, "type": "text", "max_length": 5000, "required": False}],
        "flow": [
            {"step": "first", "title": short, "caution": text, "do": text, "say": text,
             "otherwise": "away", "time": {"expect": "1h"}},
            {"confirmation": "noted", "title": short, "ask": text, "do": text, "satisfies": ["seen"],
             "record": {"fields": [
                {"field": "words", "label": short, "type": "text", "max_length": 5000},
                {"field": "which", "label": short, "type": "choice", "choices": choices}]}},
            {"checklist": "list", "title": short, "items": [{"item": "a", "title": short, "ask": text}]},
            {"decision": "way", "title": short, "ask": text, "decided_by": "person",
             "outcomes": [{"outcome": "on", "title": short, "then": "good"},
                          {"outcome": "off", "title": short, "then": "away"}]},
            {"end": "good", "title": short, "result": "completed", "requires": ["seen"], "say": text, "do": text},
            {"end": "away", "title": short, "result": "withdrawn", "say": text},
        ],
    }  # fmt: skip


def hostile_desk(folder: Path, text: str) -> Path:
    """A desk of that name, with a person and a procedure of those texts; training, so nothing is real."""
    from argon2 import PasswordHasher

    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    clock = ManualClock(START)
    create_desk(folder, nfc(text)[:40].strip(), "en", "UTC", clock=clock, hasher=hasher)
    with opened_people(folder, "os:test", hasher=hasher, clock=clock) as (enrolment, _):
        enrolment.add("eva", "Éva", ["agent"])
        enrolment.passphrase("eva", PASSPHRASE)
    written = yaml.safe_dump(procedure(text), allow_unicode=False, sort_keys=False)
    (folder / "procedures" / "hostile.yaml").write_text(written, encoding="utf-8")
    return folder


def signed_in(folder: Path) -> Desk:
    """The training side, with Eva at it."""
    desk = open_desk(folder, training=True, clock=ManualClock(START))
    OPENED.append(desk)
    desk.sign_in("eva", PASSPHRASE)
    return desk
