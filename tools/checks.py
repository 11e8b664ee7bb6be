"""Writes docs/checks.md from the catalogue of checks; `check` only says whether it is current."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from sop_runner.authoring.checks import Check, every_check
from sop_runner.lint.catalogue import PROOFS, RULES
from sop_runner.lint.fix import FIXABLE
from sop_runner.lint.rule import Rule

PAGE = Path(__file__).parents[1] / "docs" / "checks.md"
HEAD = """\
# Checks

What `sop lint` can find in a file, by code. Written by `tools/checks.py` from the catalogue: edit that.

An **error** keeps a file from being used; lint then exits with 1. A **warning** says that something is
probably not what was meant; with `--strict` it fails as well. A **note** is for the reader. Rules and proofs
look at a file once it is free of errors of reading and loading, so that one mistake is one finding.

A warning or a note that is in order here is accepted in the file itself, with a reason, and is listed in
every report as accepted:

```yaml
accept:
  - check: SOP532
    at: identity # a node, a section, a name or a key of the top; without it, wherever it is found
    because: The caller of this procedure asks for the control while it is fresh.
```

An error cannot be accepted. An entry that accepts nothing is itself a finding.

`sop lint --fix` mends what is marked ✎ where one edit leaves no doubt.
"""
FAMILIES = (
    ("Document", "SOP50"),
    ("Ids", "SOP51"),
    ("Texts", "SOP52"),
    ("Controls", "SOP53"),
    ("Evidence", "SOP54"),
    ("Decisions", "SOP55"),
    ("Time", "SOP56"),
    ("Graph", "SOP57"),
    ("What a file accepts", "SOP59"),
)


def page() -> str:
    """The page as it should be."""
    checks = every_check()
    ruled = {rule.code for rule in RULES}
    bare = [check for check in checks.values() if check.code not in ruled]
    parts = [HEAD]
    parts.append(_table("Reading: traps of a file", bare, "SOP10", "SOP11", "SOP12"))
    parts.append(_table("Loading: keys, names, values", bare, "SOP13", "SOP2"))
    parts.append(
        "## Proofs\n\nWhat `sop prove` settles over every path. A failure was walked: the run core was led along the path that is shown, with the values that are printed (of hundreds in one file the first ones). What could not be settled is not proved either, and says what to do: [SOP303](#sop303-not-settled) where there was too much to look at, [SOP314](#sop314-not-walked) where a path was found and could not be walked.\n\n"
        + _rules(PROOFS)
    )
    for title, prefix in FAMILIES:
        parts.append(
            f"## {title}\n\n"
            + _rules(
                sorted((rule for rule in RULES if rule.code.startswith(prefix)), key=lambda rule: rule.code)
            )
        )
    parts.append(_table("Scenario files", bare, "SOP4"))
    return "\n".join(parts)


def _table(title: str, checks: Iterable[Check], *prefixes: str) -> str:
    rows = [f"## {title}", "", "| code | name | what is found |", "|---|---|---|"]
    for check in checks:
        if check.code.startswith(prefixes):
            mark = " ✎" if check.code in FIXABLE else ""
            rows.append(f"| {check.code}{mark} | {check.name} | {check.sentence} |")
    return "\n".join(rows) + "\n"


def _rules(rules: Iterable[Rule]) -> str:
    return "\n".join(part for rule in rules for part in _rule(rule))


def _rule(rule: Rule) -> Iterator[str]:
    yield f"### {rule.code} {rule.name}\n\n{rule.sentence} *({rule.severity})* {rule.explanation}\n"
    if not rule.bad.startswith("# see"):
        yield f"Found:\n\n```yaml\n{rule.bad.rstrip()}\n```\n\nIn order:\n\n```yaml\n{rule.good.rstrip()}\n```\n"


def main(words: list[str]) -> int:
    """Write the page, or with `check` say whether it is current."""
    if words == ["check"]:
        return 0 if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page() else 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
