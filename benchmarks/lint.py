"""Linting 1,000 procedures of 60 nodes, proofs included, over the bare C loader of YAML that reads them."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from benchmarks.measure import Row, against, interleaved, timed
from benchmarks.procedures import FOLDER
from benchmarks.shapes import realistic
from sop_runner.cli.linting import Linter
from sop_runner.cli.linting_many import linted, processes

TITLE = "(g) Linting 1,000 procedures of 60 nodes, a file, on the same cores in as many processes"
FILES, NODES, MOST = 1_000, 60, 2.5
TODAY = date(2026, 11, 1)
BARE, LINT = "yaml.CSafeLoader", "sop lint, with proofs"
OWN_BARE, OWN_LINT = (
    "yaml.CSafeLoader, the shipped files on one core",
    "sop lint, the shipped files on one core",
)


def main() -> list[Row]:
    """Whole batches in turns, processes started anew for each; and the shipped files one by one."""
    with TemporaryDirectory() as folder:
        paths = []
        for number in range(FILES):
            paths.append(Path(folder) / f"made-up-{number}.yaml")
            paths[-1].write_bytes(realistic(number, NODES))
        cases = {
            BARE: timed(lambda: _bare(paths), FILES),
            LINT: timed(lambda: _lint(paths), FILES),
        }
        medians = interleaved(cases, 3)
    rows = against(BARE, medians, {LINT: MOST})
    shipped = sorted(path for path in FOLDER.glob("*.yaml") if not path.name.endswith(".scenarios.yaml"))
    own = interleaved(
        {
            OWN_BARE: timed(lambda: [_load(path) for path in shipped], len(shipped)),
            OWN_LINT: timed(lambda: Linter(TODAY).findings(shipped), len(shipped)),
        },
        5,
    )
    return [*rows, *against(OWN_BARE, own, {})]


def _load(path: Path) -> int:
    return len(yaml.load(path.read_bytes(), yaml.CSafeLoader))


def _load_all(paths: Sequence[Path]) -> int:
    return sum(_load(path) for path in paths)


def _bare(paths: Sequence[Path]) -> None:
    few = [paths[start : start + 8] for start in range(0, len(paths), 8)]
    with ProcessPoolExecutor(processes(len(few))) as pool:
        for _ in pool.map(_load_all, few):
            pass


def _lint(paths: Sequence[Path]) -> None:
    with linted(paths, TODAY) as few:
        found = [one.finding.message for _, those in few for one in those]
    if found:
        raise AssertionError(found[:3])
