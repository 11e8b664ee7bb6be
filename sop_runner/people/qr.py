"""A QR code for the terminal, to enrol a token by camera."""

import io


def qr_lines(uri: str) -> list[str]:
    """Draw `uri` as text lines of half blocks, two modules a row, quiet zone included.

    Raises ValueError for more than a QR code holds. What it shows is a secret: the caller clears it.
    """
    import segno

    out = io.StringIO()
    segno.make(uri, error="l", micro=False).terminal(out, compact=True, border=2)
    return out.getvalue().splitlines()
