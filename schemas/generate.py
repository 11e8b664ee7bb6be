"""Writes the JSON Schemas of this folder from the models; `--check` only says whether they are current."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sop_runner.authoring.scenario_schema import scenarios_schema
from sop_runner.procedure.json_schema import procedure_schema

FOLDER = Path(__file__).parent
SCHEMAS: tuple[tuple[str, Callable[[], dict[str, Any]]], ...] = (
    ("procedure-1.schema.json", procedure_schema),
    ("scenarios-1.schema.json", scenarios_schema),
)


def text_of(schema: dict[str, Any]) -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def outdated() -> list[str]:
    """The names of the files that differ from their model or are missing."""
    return [
        name
        for name, make in SCHEMAS
        if not (FOLDER / name).exists() or (FOLDER / name).read_text(encoding="utf-8") != text_of(make())
    ]


def main() -> int:
    """Write every schema, or with `--check` name those that are not current."""
    stale = outdated()
    if "--check" in sys.argv[1:]:
        for name in stale:
            sys.stderr.write(f"'{name}' is not current; run python schemas/generate.py\n")
        return 1 if stale else 0
    for name, make in SCHEMAS:
        (FOLDER / name).write_text(text_of(make()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
