"""Every check that there is: the reader's, the loader's, the rules', the proofs' and the scenarios'."""

from collections.abc import Mapping
from dataclasses import dataclass

from sop_runner.base.finding import Severity
from sop_runner.lint.catalogue import RULES
from sop_runner.procedure.check_codes import CODES as LOADER
from sop_runner.procedure.source import CODES as READER
from sop_runner.procedure.source import NAMES as READER_NAMES

from .scenario_codes import CODES as SCENARIOS


@dataclass(frozen=True, slots=True)
class Check:
    """One code; `severity` is what it usually has (the reader gives some traps less)."""

    code: str
    name: str
    sentence: str
    severity: Severity = Severity.ERROR


def every_check() -> Mapping[str, Check]:
    """All of them by code, in the order of their numbers."""
    found = [
        *(Check(code, READER_NAMES[code], sentence) for code, sentence in READER.items()),
        *(Check(code, *said) for code, said in LOADER.items()),
        *(Check(code, *said) for code, said in SCENARIOS.items()),
        *(Check(rule.code, rule.name, rule.sentence, rule.severity) for rule in RULES),
    ]
    return {check.code: check for check in sorted(found, key=lambda check: check.code)}
