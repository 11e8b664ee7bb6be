"""`python -m benchmarks [NAME…]`: measure, in turns, and print ratios."""

import sys
from importlib import import_module

from benchmarks.measure import show

NAMES = (
    "walk",
    "memory",
    "append",
    "writers",
    "crowd",
    "postgres",
    "startup",
    "opening",
    "point",
    "verify",
    "frame",
    "key",
    "scenarios",
    "lint",
    "prove",
    "find",
)
ASKED = ("million",)
"""Measured by name only: they take minutes."""


def main(names: list[str]) -> int:
    """Run the benchmarks of these names, all without any. 2 for an unknown name, 1 for a missed aim."""
    if unknown := [name for name in names if name not in (*NAMES, *ASKED)]:
        print(
            f"there is no benchmark '{unknown[0]}'; there are {', '.join((*NAMES, *ASKED))}", file=sys.stderr
        )
        return 2
    missed = False
    for name in names or NAMES:
        module = import_module(f"benchmarks.{name}")
        rows = module.main()
        show(module.TITLE, rows)
        missed = missed or any(row.verdict == "MISSED" for row in rows)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
