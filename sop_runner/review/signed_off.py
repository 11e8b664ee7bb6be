"""What a person signed off outside any run: holds, erasures, segments."""

from collections.abc import Mapping
from typing import Any


def signature_over(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The signature in an entry; None where there is none."""
    evidence = body["evidence"]
    if not isinstance(evidence, list):
        return None
    found = (piece for piece in evidence if isinstance(piece, dict) and piece.get("kind") == "sign_off")
    return next(found, None)


def signed_piece(body: Mapping[str, Any], kind: str) -> Mapping[str, Any] | None:
    """The piece of that kind in an entry that a person signed off with a factor; else None."""
    signed = signature_over(body)
    if body["actor"] is None or not (signed and signed.get("approved") is True and signed.get("factors")):
        return None
    pieces = (piece for piece in body["evidence"] if isinstance(piece, dict))
    return next((piece for piece in pieces if piece.get("kind") == kind), None)
