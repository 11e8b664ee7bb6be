"""The layers, as contracts over the source and as what a process really loads."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCREEN = {"textual"}
DATABASE = {"sqlalchemy", "sqlmodel"}
ENGINE = {"transitions"}
PURE = ("procedure", "machine", "run", "acting", "lint", "audit")

ALL_OF = """
import importlib, pkgutil
package = importlib.import_module({package!r})
for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(found.name)
"""

COMMAND = """
import sys
from sop_runner.cli.main import main
sys.argv = ["sop", *{args!r}]
try:
    code = main()
except SystemExit as ended:
    code = ended.code
assert code in (0, None), code
"""

REPORT = """
import json, pathlib, sys
pathlib.Path({file!r}).write_text(json.dumps(sorted(sys.modules)))
"""


def loaded_by(code: str, folder: Path, **environment: str) -> set[str]:
    """Top-level names of the modules that a fresh process holds after `code`."""
    return {name.partition(".")[0] for name in modules(code, folder, **environment)}


def modules(code: str, folder: Path, **environment: str) -> set[str]:
    """The modules that a fresh process holds after `code`."""
    report = folder / "modules.json"
    done = subprocess.run(
        [sys.executable, "-c", code + REPORT.format(file=str(report))],
        cwd=folder,
        env={**os.environ, "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state"), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(report.read_text()))


def sop(args: Sequence[str], folder: Path, **environment: str) -> set[str]:
    return loaded_by(COMMAND.format(args=list(args)), folder, **environment)


def test_the_contracts_catch_what_they_are_for(tmp_path: Path) -> None:
    """That they hold is a step of the check; here each is broken once in a copy."""
    shutil.copytree(ROOT / "sop_runner", tmp_path / "sop_runner")
    shutil.copy(ROOT / ".importlinter", tmp_path)
    for package, line in (
        ("base", "import sop_runner.desk"),
        ("run", "import time"),
        ("lint", "from sop_runner.base import ids"),
        ("desk", "import transitions"),
        ("review", "import sqlalchemy"),
        ("plain", "import textual"),
        ("wiring_too", "import typer"),
    ):
        planted = tmp_path / "sop_runner" / package / "planted.py"
        planted.parent.mkdir(exist_ok=True)
        (planted.parent / "__init__.py").touch()
        planted.write_text(line + "\n")
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    for caught in (
        "sop_runner.base is not allowed to import sop_runner.desk",
        "sop_runner.run.planted -> time",
        "sop_runner.lint.planted -> sop_runner.base.ids",
        "sop_runner.desk.planted -> transitions",
        "sop_runner.review.planted -> sqlalchemy",
        "sop_runner.plain.planted -> textual",
        "sop_runner.wiring_too.planted -> typer",
        "not listed as layers:\n\n- sop_runner.wiring_too",
    ):
        assert caught in done.stdout, caught


def test_importing_the_command_line_loads_neither_screen_nor_database(tmp_path: Path) -> None:
    assert not loaded_by("import sop_runner.cli.main", tmp_path) & (SCREEN | DATABASE)


def test_help_loads_neither_screen_nor_database_nor_engine(tmp_path: Path) -> None:
    assert not sop(["--help"], tmp_path) & (SCREEN | DATABASE | ENGINE)


def test_lint_loads_no_database(tmp_path: Path) -> None:
    seen = sop(["lint", str(ROOT / "procedures" / "account-change.yaml")], tmp_path)
    assert not seen & (SCREEN | DATABASE | {"sqlite3"})


def test_lint_loads_the_run_core_only_where_it_has_a_way_to_walk(tmp_path: Path) -> None:
    named = modules(COMMAND.format(args=["lint", str(ROOT / "procedures" / "account-change.yaml")]), tmp_path)
    assert not {name for name in named if name.startswith(("sop_runner.run", "sop_runner.lint.leading"))}


def test_verifying_the_audit_log_loads_neither_screen_nor_engine(tmp_path: Path) -> None:
    desk = str(tmp_path / "desk")
    sop(["init", desk], tmp_path)
    assert not sop(["audit", "verify"], tmp_path, SOP_DESK=desk) & (SCREEN | ENGINE)


def test_verifying_an_empty_log_loads_what_reads_and_checks_a_log_and_no_more(tmp_path: Path) -> None:
    """Its start-up is promised (`benchmarks/startup.py`); what it once loaded needlessly stays out."""
    desk = str(tmp_path / "desk")
    sop(["init", desk], tmp_path)
    seen = sop(["audit", "verify"], tmp_path, SOP_DESK=desk)
    assert {"sqlite3", "cryptography"} <= seen
    assert not seen & (DATABASE | {"pydantic", "yaml", "networkx", "psycopg", "argon2", "multiprocessing"})
    named = modules(COMMAND.format(args=["audit", "verify"]), tmp_path, SOP_DESK=desk)
    ours = {name for name in named if name.startswith("sop_runner.")}
    assert not {
        name
        for name in ours
        if name.startswith(("sop_runner.machine", "sop_runner.procedure", "sop_runner.run"))
    }
    assert not ours & {"sop_runner.cli.audit_export", "sop_runner.cli.audit_show", "sop_runner.stores.sqlite"}


@pytest.mark.parametrize("package", PURE)
def test_the_pure_layers_load_neither_screen_nor_database(package: str, tmp_path: Path) -> None:
    seen = loaded_by(ALL_OF.format(package=f"sop_runner.{package}"), tmp_path)
    assert not seen & (SCREEN | DATABASE | {"sqlite3", "typer", "platformdirs"})


@pytest.mark.parametrize("package", ["base", "procedure", "audit"])
def test_below_the_machine_nothing_loads_the_engine(package: str, tmp_path: Path) -> None:
    assert not loaded_by(ALL_OF.format(package=f"sop_runner.{package}"), tmp_path) & ENGINE
