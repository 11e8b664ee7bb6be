"""Looking for what must not be there: a secret in any form in which a program may have written it."""

import json
import unicodedata
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from sop_runner.desk.props import DEMO_FACTS

SHOWN_ON_PURPOSE = (
    DEMO_FACTS,
    "inbox.jsonl",
)  # the demo's own props: sample tokens and the customer's telephone


def found_in(folder: Path, *secrets: str) -> list[str]:
    """Which secrets stand in which file below a folder, journals and all."""
    wanted = [(secret, form) for secret in secrets for form in forms(secret)]
    found: list[str] = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.name not in SHOWN_ON_PURPOSE:
            data = bytes_of(path)
            hits = dict.fromkeys(secret for secret, form in wanted if form in data)
            found += [f"{path.relative_to(folder)}: {secret}" for secret in hits]
    return found


def bytes_of(path: Path) -> bytes:
    """What a file holds; nothing where it was replaced meanwhile, as a server does with some of its own."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def forms(secret: str) -> Iterator[bytes]:
    """As text in its normal forms, escaped, in UTF-16, in hex, in base64 at each offset, and hashed bare."""
    texts = {secret, *(unicodedata.normalize(form, secret) for form in ("NFC", "NFD", "NFKC", "NFKD"))}
    for text in sorted(texts):
        raw = text.encode()
        yield raw
        yield json.dumps(text)[1:-1].encode()
        yield text.encode("utf-16-le")
        yield text.encode("utf-16-be")
        for data in (
            raw,
            sha256(raw).digest(),
            sha256(json.dumps(text, ensure_ascii=False).encode()).digest(),
        ):
            yield data
            yield data.hex().encode()
            yield data.hex().upper().encode()
            yield from _base64(data)


def _base64(data: bytes) -> Iterator[bytes]:
    """What of `data` is the same in base64 whatever stands around it."""
    for before in range(3):
        coded = b64encode(b"\0" * before + data)
        start, stop = -(-before * 8 // 6), (before + len(data)) * 8 // 6
        if stop - start >= 8:
            yield coded[start:stop]
            yield coded[start:stop].replace(b"+", b"-").replace(b"/", b"_")
