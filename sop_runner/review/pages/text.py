"""The page of a run as plain text."""

from collections.abc import Iterable, Iterator

from sop_runner.base.textsafe import cell_width, visible

from .page import RunPage, Table


def text_page(page: RunPage) -> str:
    """The page in lines; columns stand under each other, wide characters counted as two cells."""
    return "\n".join(_lines(page)) + "\n"


def _lines(page: RunPage) -> Iterator[str]:
    yield visible(f"{page.title}{'   TRAINING' if page.training else ''}", lines=False)
    yield visible(page.subtitle, lines=False)
    yield ""
    yield from _columns(page.facts, "")
    for doubt in page.doubts:
        yield f"WRONG: {visible(doubt, lines=False)}"
    for table in page.tables:
        yield from _table(table)
    yield ""
    yield "Proof of the newest entry (sop audit check-receipt reads it)"
    yield from (f"  {line}" for line in visible(page.proof).splitlines())


def _table(table: Table) -> Iterator[str]:
    yield ""
    yield table.heading
    if not table.rows:
        yield "  none"
        return
    yield from _columns((table.columns, *table.rows), "  ")


def _columns(found: Iterable[tuple[str, ...]], indent: str) -> Iterator[str]:
    rows = [tuple(visible(cell, lines=False) for cell in row) for row in found]
    widths = [max(cell_width(row[n]) for row in rows) for n in range(len(rows[0]) - 1)]
    for row in rows:
        cells = (cell + " " * (width - cell_width(cell)) for cell, width in zip(row, widths, strict=False))
        yield (indent + "  ".join([*cells, row[-1]])).rstrip()
