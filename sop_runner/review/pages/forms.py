"""The page of a run in the forms it is handed out in."""

from .html import html_page
from .page import RunPage
from .text import text_page

FORMS = ("text", "html", "pdf")


def page_bytes(page: RunPage, form: str, language: str) -> bytes:
    """The bytes of a page as `text`, `html` or `pdf`."""
    if form == "pdf":
        from .pdf import pdf_page  # loads a library for it

        return pdf_page(page, language)
    return html_page(page, language).encode() if form == "html" else text_page(page).encode()
