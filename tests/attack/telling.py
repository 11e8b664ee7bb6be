"""What a worker tells of an error that a person would have been shown."""

from typing import Any

from sop_runner.base.errors import SopError


def in_words(error: SopError) -> dict[str, Any]:
    """The error as it is sent to the test."""
    return {
        "error": type(error).__name__,
        "text": str(error.message),
        "hint": str(error.hint),
        "code": int(error.exit_code),
    }
