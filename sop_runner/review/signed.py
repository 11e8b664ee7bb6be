"""Signatures over what is no run and no text: erasures, legal holds, segments, keys, exports, reviewers' marks."""

from collections.abc import Iterator, Mapping
from typing import Any

from sop_runner.audit.findings import Code

from .enrolled import Enrolled
from .exports.sealed import SEALED
from .holds import ERASED, HELD, RELEASED
from .judging import Flaw
from .marking import TYPES as MARKS
from .signed_off import signature_over

_MUST_BE_SIGNED = frozenset((HELD, RELEASED, ERASED, SEALED)) | MARKS


def unfit(body: Mapping[str, Any], enrolled: Enrolled | None) -> Iterator[Flaw]:
    """What is wrong with who signed an entry outside any run; without `enrolled` not who that is."""
    signed = signature_over(body)
    if body["type"] in _MUST_BE_SIGNED and not (
        signed and signed.get("approved") is True and _factors(signed)
    ):
        yield Flaw(Code.CONTROL_SKIPPED, f"'{body['type']}' is not signed with a factor of whoever did it")
    elif signed is not None and enrolled is not None:
        unknown = enrolled.stranger(body)
        if unknown:
            yield Flaw(Code.ILLEGAL_TRANSITION, unknown)


def proofs_in(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The marks of the one-time proofs that an entry was signed with."""
    signed = signature_over(body)
    found = [one.get("ref") for one in _factors(signed)] if signed is not None else []
    return tuple(ref for ref in found if isinstance(ref, str) and ref)


def _factors(signed: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    factors = signed.get("factors")
    return tuple(one for one in factors if isinstance(one, dict)) if isinstance(factors, list) else ()
