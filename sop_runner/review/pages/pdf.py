"""The page of a run as PDF, in any of the languages that the product speaks.

Latin text is set in an embedded font that has Hungarian letters (DejaVu Sans, shipped with its licence); Chinese in the Asian fonts that
PDF readers know by name, so that no font of ten megabytes has to be shipped. A reader that has none leaves it blank, so the page says so
in Latin letters.
"""

import io
from collections.abc import Iterator
from functools import cache
from html import escape
from importlib.resources import files
from itertools import groupby
from typing import Any

from sop_runner.base.textsafe import clip, visible

from .page import RunPage, Table

_CHINESE = {"zh-Hans": "STSong-Light", "zh-Hant": "MSung-Light"}
_LATIN = "SopLatin"
_MARGIN = 40
_WIDEST = 600
"""Cells of a text: a cell of a table is never taller than a sheet. The log has the whole."""
_NAMED = (
    "Chinese characters are set in '{font}', which this file names and does not hold. Where they are blank, open it "
    "where East Asian fonts are installed, or take the report as HTML or text: it says the same."
)
_SIZES = (8.0, 7.0, 6.0, 5.0)
"""Points of the text: the largest in which the run fits on one page, else the smallest on several."""


def pdf_page(page: RunPage, language: str) -> bytes:
    """The page as a PDF file; `language` decides how Chinese characters are drawn."""
    _latin()
    for size in _SIZES:
        data, sheets = _drawn(page, language, size)
        if sheets == 1:
            break
    return data


def _drawn(page: RunPage, language: str, size: float) -> tuple[bytes, int]:
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    out = io.BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN, bottomMargin=_MARGIN,
        title=visible(page.title, lines=False), lang=language, invariant=1,
    )  # fmt: skip
    document.build(list(_Drawing(language, size).parts(page, A4[0] - 2 * _MARGIN)))
    return out.getvalue(), document.page


class _Drawing:
    def __init__(self, language: str, size: float) -> None:
        self._size = size
        self._chinese = _CHINESE.get(language, _CHINESE["zh-Hans"])
        self._named = False  # whether anything was set in that

    def parts(self, page: RunPage, width: float) -> Iterator[Any]:
        from reportlab.platypus import Spacer

        yield self._line(f"{page.title}{'   TRAINING' if page.training else ''}", self._size * 1.75)
        yield self._line(page.subtitle, self._size)
        yield Spacer(1, 6)
        yield self._grid([[label, value] for label, value in page.facts], [90, width - 90])
        for doubt in page.doubts:
            yield self._line(f"WRONG: {doubt}", self._size)
        for table in page.tables:
            yield from self._table(table, width)
        yield Spacer(1, 8)
        if self._named:
            yield self._line(_NAMED.format(font=self._chinese), self._size - 1)
        yield self._line("Proof of the newest entry", self._size)
        for line in page.proof.splitlines():
            yield self._line(line, self._size - 2, most=len(line))  # a proof cut short proves nothing

    def _table(self, table: Table, width: float) -> Iterator[Any]:
        from reportlab.platypus import Spacer

        yield Spacer(1, 8)
        yield self._line(table.heading, self._size + 1)
        if not table.rows:
            yield self._line("none", self._size)
            return
        shares = [
            min(max(max(len(row[n]) for row in (table.columns, *table.rows)), 4), 60)
            for n in range(len(table.columns))
        ]
        widths = [width * share / sum(shares) for share in shares]
        yield self._grid([list(table.columns), *map(list, table.rows)], widths)

    def _grid(self, rows: list[list[str]], widths: list[float]) -> Any:
        from reportlab.lib import colors
        from reportlab.platypus import Table as Grid

        grid = Grid([[self._line(cell, self._size - 1) for cell in row] for row in rows], colWidths=widths)
        whole = ((0, 0), (-1, -1))
        grid.setStyle([("VALIGN", *whole, "TOP"), ("LINEBELOW", *whole, 0.25, colors.lightgrey)])
        grid.setStyle([("TOPPADDING", *whole, 1), ("BOTTOMPADDING", *whole, 1)])
        grid.setStyle([("LEFTPADDING", *whole, 1), ("RIGHTPADDING", *whole, 1)])
        return grid

    def _line(self, text: str, size: float, most: int = _WIDEST) -> Any:
        from reportlab.lib.styles import ParagraphStyle
        from reportlab.platypus import Paragraph

        style = ParagraphStyle("plain", fontName=_LATIN, fontSize=size, leading=size * 1.25, splitLongWords=1)
        return Paragraph(self._marked(clip(visible(text, lines=False), most)), style)

    def _marked(self, text: str) -> str:
        """`text` for the setter: escaped, each run of Chinese in its own font, what no font has by its number."""
        parts = []
        for latin, run in groupby(text, key=_is_latin):
            part = escape("".join(map(_drawable, run)))
            parts.append(part if latin else f'<font name="{self._chinese}">{part}</font>')
            self._named |= not latin
        return "".join(parts)


def _is_latin(character: str) -> bool:
    return not "\u2e80" <= character <= "\uffff"


def _drawable(character: str) -> str:
    if not _is_latin(character) or ord(character) in _latin().face.charToGlyph:
        return character
    return f"<U+{ord(character):04X}>"


@cache
def _latin() -> Any:
    """The font of Latin text, made known to the setter with the Chinese ones."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.ttfonts import TTFont

    font = TTFont(
        _LATIN, io.BytesIO((files("sop_runner") / "data" / "fonts" / "DejaVuSans.ttf").read_bytes())
    )
    pdfmetrics.registerFont(font)
    for name in _CHINESE.values():
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    return font
