"""The command `sop` inside the process of the test."""

from collections.abc import Callable

Result = tuple[int, str, str]
Sop = Callable[..., Result]
"""Runs a command: exit code, stdout, stderr."""
