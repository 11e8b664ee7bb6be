"""What stands in for the outside world: sample telephones and tokens, or nothing at all."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sop_runner.base.clock import Clock
from sop_runner.base.i18n import Translator
from sop_runner.base.message import msg
from sop_runner.factors.courier import NotSent, SampleInbox
from sop_runner.factors.customers import Contact, Customer, told_contact

DEMO_FACTS = "demo.json"


class NoCustomers:
    """A desk that no customer file was connected to."""

    def find(self, subject: str) -> Customer | None:
        return None


class NoCourier:
    """A live desk without a way to send codes."""

    def send(self, contact: Contact, text: str, now: datetime, *, spoken: bool = False) -> None:
        raise NotSent(msg("this desk has no way to send codes"))


Inbox = Callable[[Translator], tuple[str, ...]]
"""The lines of a sample inbox, newest first."""


def no_inbox(t: Translator) -> tuple[str, ...]:
    """What a real desk has."""
    return ()


def inbox_of(path: Path, demo: Mapping[str, Any], clock: Clock) -> Inbox:
    """What the customers' telephones and the people's tokens show."""

    def shown(t: Translator) -> tuple[str, ...]:
        letters = SampleInbox(path).letters()
        lines = [
            t.labelled(t.run_on((f"{letter.at[11:19]} UTC", told_contact(letter.to))), letter.text)
            for letter in reversed(letters)
        ]
        for person, uri in demo.get("tokens", {}).items():
            import pyotp

            token = pyotp.parse_uri(uri)
            if isinstance(token, pyotp.TOTP):
                lines.append(t._("token of {person}: {code}", person=person, code=token.at(clock.now().wall)))
        return tuple(lines)

    return shown


def demo_facts(folder: Path) -> Mapping[str, Any]:
    """What a demo desk shows its user; empty at a real one."""
    try:
        facts: Mapping[str, Any] = json.loads((folder / DEMO_FACTS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return facts
