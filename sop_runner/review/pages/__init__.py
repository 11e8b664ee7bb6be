"""One run on one page: as data, and as text, HTML and PDF."""
