"""What the parts of the terminal interface say to each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.message import Message as Event

if TYPE_CHECKING:
    from sop_runner.base.errors import SopError
    from sop_runner.base.message import Message
    from sop_runner.run.actions import Action, FactorProof


@dataclass
class Answered(Event):
    """The desk answered; `run` tells whoever asked, on the thread of the screen."""

    run: Callable[[], None]


@dataclass
class Failed(Event):
    """The desk could not: the world is broken, nothing was decided. `quiet` for what nobody asked for."""

    error: SopError
    quiet: bool = False


@dataclass
class Act(Event):
    """A person wants this done at the item it names."""

    action: Action


class Taken(Event):
    """An Enter has had its effect; the next key may follow."""


@dataclass
class Say(Event):
    """A hint for the status line; nothing happened."""

    text: Message | str


@dataclass
class BeginFactor(Event):
    """Begin checking a factor of the subject."""

    factor: str


@dataclass
class CheckFactor(Event):
    """Check what the subject answered."""

    factor: str
    typed: str


@dataclass
class Sign(Event):
    """A person proves who they are at this terminal, and then `action` is done with the proofs.

    `typed` goes by factor; `proved` are factors of theirs that were right a moment ago.
    """

    person: str
    typed: Mapping[str, str]
    proved: tuple[FactorProof, ...]
    action: Callable[[tuple[FactorProof, ...]], Action]


@dataclass
class TakeOver(Event):
    """Another person acts at this terminal from now on; `typed` goes by factor."""

    person: str
    typed: Mapping[str, str]


@dataclass
class Review(Event):
    """A log review whose extract is still a path or a text; `action` takes its digest and counts."""

    extract: str | Mapping[str, str]
    action: Callable[[Mapping[str, Any]], Action]
