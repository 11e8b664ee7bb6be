"""Findings for other programs: SARIF 2.1.0 (OASIS) and the lines that GitHub Actions reads."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sop_runner.base.finding import Position, Severity
from sop_runner.base.textsafe import clip, visible

from .linting import Shown

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LONGEST = 1_000
_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def as_sarif(found: Iterable[Shown]) -> dict[str, Any]:
    """One run with every finding; what a file accepts is there with its suppression (3.27.23, 3.35)."""
    from importlib.metadata import PackageNotFoundError, version

    from sop_runner.authoring.checks import every_check

    found = list(found)
    checks = every_check()
    codes = sorted({one.finding.code for one in found})
    try:
        number = version("sop-runner")
    except PackageNotFoundError:
        number = "0"
    rules = [
        {
            "id": code,
            "name": checks[code].name,
            "shortDescription": {"text": checks[code].sentence},
            "defaultConfiguration": {"level": str(checks[code].severity)},
        }
        for code in codes
    ]
    driver = {"name": "sop lint", "version": number, "rules": rules}
    results = [_result(one, codes.index(one.finding.code)) for one in found]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(one: Shown, rule: int) -> dict[str, Any]:
    finding = one.finding
    said = finding.message if not finding.fix else f"{finding.message} (fix: {finding.fix})"
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": str(finding.severity),
        "message": {"text": _plain(said)},
        "locations": [_location(finding.file, finding.at, finding.length)],
    }
    if finding.related is not None:
        result["relatedLocations"] = [_location(finding.file, finding.related, 1)]
    if one.because:
        result["suppressions"] = [{"kind": "inSource", "justification": one.because}]
    return result


def _location(file: str, at: Position, length: int) -> dict[str, Any]:
    region = {"startLine": at.line, "startColumn": at.column, "endColumn": at.column + max(length, 1)}
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(file)}, "region": region}}


def _uri(file: str) -> str:
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))


def _plain(text: str) -> str:
    """Text that a viewer would make a link of (3.11.6) is kept from being one."""
    return text.replace("](", "] (")


def as_github(one: Shown) -> str:
    """One line that annotates a file in a pull request; nothing in a text can end it or begin another."""
    finding = one.finding
    at = finding.at
    what = _GITHUB[Severity.NOTE if one.because else finding.severity]
    said = f"accepted: {finding.message} (because: {one.because})" if one.because else finding.message
    if finding.fix and not one.because:
        said = f"{said}. Fix: {finding.fix}"
    places = {
        "file": finding.file,
        "line": at.line,
        "endLine": at.line,
        "col": at.column,
        "endColumn": at.column + max(finding.length, 1) - 1,
        "title": finding.code,
    }
    keys = ",".join(f"{key}={_property(str(value))}" for key, value in places.items())
    return f"::{what} {keys}::{_data(clip(said, _LONGEST))}"


def _data(text: str) -> str:
    return visible(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"), lines=False)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
