"""What the page of a run says, in words for a reader who trusts nobody."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A part of the page: its heading, its columns, its rows of plain text."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class RunPage:
    """One run, ready to be drawn. All text is data: whoever draws it makes it harmless.

    `facts` are labelled lines, `doubts` what a replay found wrong, `proof` the proof of the newest
    entry (C2SP tlog-proof), which `sop audit check-receipt` reads.
    """

    title: str
    subtitle: str
    training: bool
    facts: tuple[tuple[str, str], ...]
    doubts: tuple[str, ...]
    tables: tuple[Table, ...]
    proof: str
