"""The page of a run as one HTML file: no script, no outside file, every text escaped."""

from collections.abc import Iterator
from html import escape

from sop_runner.base.textsafe import visible

from .page import RunPage, Table

_STYLE = """
:root { color-scheme: light dark; }
body { font: 14px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1rem; margin: 1.4rem 0 .3rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; }
th, td { padding: .15rem .8rem .15rem 0; border-bottom: 1px solid #8884; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content auto; gap: .1rem 1rem; } dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; } .training, .wrong { font-weight: 700; color: #b00020; }
pre { font-size: 11px; white-space: pre-wrap; overflow-wrap: anywhere; }
@media print { body { margin: 0; max-width: none; font-size: 10px; } }
"""


def html_page(page: RunPage, language: str) -> str:
    """The page, whole; `language` is the BCP 47 tag of its texts."""
    return "\n".join(_lines(page, language)) + "\n"


def _lines(page: RunPage, language: str) -> Iterator[str]:
    yield "<!DOCTYPE html>"
    yield f'<html lang="{_text(language)}"><head><meta charset="utf-8">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield f"<title>{_text(page.title)}</title><style>{_STYLE}</style></head><body>"
    mark = ' <span class="training">TRAINING</span>' if page.training else ""
    yield f"<h1>{_text(page.title)}{mark}</h1><p>{_text(page.subtitle)}</p><dl>"
    yield from (f"<dt>{_text(label)}</dt><dd>{_text(value)}</dd>" for label, value in page.facts)
    yield "</dl>"
    yield from (f'<p class="wrong">WRONG: {_text(doubt)}</p>' for doubt in page.doubts)
    for table in page.tables:
        yield from _table(table)
    yield "<h2>Proof of the newest entry</h2>"
    yield f"<pre>{escape(visible(page.proof))}</pre></body></html>"


def _table(table: Table) -> Iterator[str]:
    yield f"<h2>{_text(table.heading)}</h2>"
    if not table.rows:
        yield "<p>none</p>"
        return
    yield "<table><thead><tr>" + "".join(f"<th>{_text(column)}</th>" for column in table.columns)
    yield "</tr></thead><tbody>"
    for row in table.rows:
        yield "<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>"
    yield "</tbody></table>"


def _text(value: str) -> str:
    return escape(visible(value, lines=False))
