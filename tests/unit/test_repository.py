"""The repository itself: lock files, set-up, the one check, and what its pages promise."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements.lock", "requirements-dev.lock")


def pins(name: str) -> dict[str, tuple[str, int]]:
    """Package → its one version and how many hashes stand behind it."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    found = {}
    for row in text.splitlines():
        if row.strip() and not row.lstrip().startswith("#"):
            package, version = re.fullmatch(r"([\w.-]+)==([\w.]+)[ ;].*", row).groups()
            found[canonicalize_name(package)] = (version, row.count("--hash=sha256:"))
    return found


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """bootstrap.py as a module that works on an empty folder."""
    spec = spec_from_file_location("bootstrap_under_test", ROOT / "bootstrap.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    venv = tmp_path / ".venv"
    for name, value in {
        "HERE": tmp_path,
        "VENV": venv,
        "PYTHON": venv / "bin" / "python",
        "STAMP": venv / module.STAMP.name,
        "UNFINISHED": venv / module.UNFINISHED.name,
    }.items():
        monkeypatch.setattr(module, name, value)
    return module


# Lock files


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_a_hash_and_the_file_names_no_place(name: str) -> None:
    assert all(hashes > 0 for _, hashes in pins(name).values())
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|^\s*-[-if]|@ ", text.replace("    --hash=", ""), re.MULTILINE)


def test_the_locks_answer_to_pyproject() -> None:
    wanted = {
        "requirements.lock": PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["build"],
        "requirements-dev.lock": PROJECT["project"]["optional-dependencies"]["dev"],
    }
    for name, requirements in wanted.items():
        locked = pins(name)
        for requirement in map(Requirement, requirements):
            version, _ = locked.get(canonicalize_name(requirement.name), ("", 0))
            assert version, f"{name} lacks {requirement}: run 'python3 bootstrap.py lock'"
            assert requirement.specifier.contains(version), f"{name} has {requirement.name} {version}"


def test_tests_run_with_the_versions_that_users_get() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


# Set-up


def test_bootstrap_needs_only_the_standard_library() -> None:
    tree = ast.parse((ROOT / "bootstrap.py").read_text(encoding="utf-8"))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


@pytest.mark.parametrize(("args", "code"), [([], 2), (["frobnicate"], 2), (["--help"], 0)])
def test_bootstrap_says_what_it_can_do(args: list[str], code: int) -> None:
    done = subprocess.run(
        [sys.executable, "bootstrap.py", *args], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert "bootstrap.py demo" in (done.stdout if code == 0 else done.stderr)
    assert all(f"'{arg}'" in done.stderr for arg in args if code)


def test_a_folder_that_was_never_set_up_is_not_ready(bootstrap: ModuleType) -> None:
    assert not bootstrap.ready("runtime")


def finish(bootstrap: ModuleType, place: Path, kind: str) -> None:
    """Leave what a finished set-up of `kind` at `place` leaves; its Python is this one."""
    for name in ("pyproject.toml", "bootstrap.py", *LOCKS):
        (bootstrap.HERE / name).write_text(name)
    bootstrap.PYTHON.parent.mkdir(parents=True)
    # Python finds its libraries through this file, as in any '.venv'.
    (bootstrap.VENV / "pyvenv.cfg").write_text((Path(sys.prefix) / "pyvenv.cfg").read_text())
    bootstrap.PYTHON.symlink_to(Path(sys.executable).resolve())
    (bootstrap.HERE / "sop_runner").mkdir()
    (bootstrap.HERE / "sop_runner" / "__init__.py").touch()
    site = Path(sys.prefix, "lib").glob("python3.*/site-packages")
    libraries = bootstrap.VENV / next(iter(site)).relative_to(sys.prefix)
    libraries.mkdir(parents=True)
    (libraries / "sop_runner.pth").write_text(str(bootstrap.HERE))
    bootstrap.STAMP.write_text(bootstrap.json.dumps({"place": str(place), kind: bootstrap.fingerprint(kind)}))


@pytest.mark.parametrize(
    ("kind", "asked", "ready"),
    [("runtime", "runtime", True), ("dev", "dev", True), ("dev", "runtime", True), ("runtime", "dev", False)],
)
def test_what_the_tests_need_serves_the_product_but_not_the_other_way(
    bootstrap: ModuleType, kind: str, asked: str, ready: bool
) -> None:
    finish(bootstrap, bootstrap.HERE, kind)
    assert bootstrap.ready(asked) is ready


def test_an_interrupted_set_up_is_not_ready(bootstrap: ModuleType) -> None:
    finish(bootstrap, bootstrap.HERE, "runtime")
    bootstrap.UNFINISHED.touch()
    assert not bootstrap.ready("runtime")


def test_a_copied_folder_is_not_ready(bootstrap: ModuleType, tmp_path: Path) -> None:
    finish(bootstrap, tmp_path / "elsewhere", "runtime")
    assert not bootstrap.ready("runtime")


def test_new_pins_are_not_ready(bootstrap: ModuleType) -> None:
    finish(bootstrap, bootstrap.HERE, "runtime")
    (bootstrap.HERE / "requirements.lock").write_text("other")
    assert not bootstrap.ready("runtime")


def test_a_python_that_lost_the_package_is_not_ready(bootstrap: ModuleType) -> None:
    finish(bootstrap, bootstrap.HERE, "runtime")
    (bootstrap.HERE / "sop_runner" / "__init__.py").write_text("raise ImportError")
    assert not bootstrap.ready("runtime")


def test_a_link_out_of_the_folder_is_refused_and_left_alone(bootstrap: ModuleType, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").touch()
    bootstrap.VENV.symlink_to(outside)
    with pytest.raises(bootstrap.SetupFailed, match="is a link to another place: remove the link"):
        bootstrap.make_venv()
    assert (outside / "precious").exists()


def test_a_python_without_ensurepip_is_told_what_to_install(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(bootstrap.SetupFailed, match="python3-venv"):
        bootstrap.make_venv()


def test_pip_keeps_its_index_but_cannot_be_led_outside(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example/simple")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    environment = bootstrap.clean()
    assert environment["PIP_INDEX_URL"] == "https://index.example/simple"
    assert environment["HTTPS_PROXY"] == "http://proxy.example:3128"
    assert "/elsewhere" not in environment.values()


@pytest.mark.parametrize(("tests", "skipped", "ran"), [(0, 0, 0), (3, 3, 0), (3, 1, 2)])
def test_skipped_tests_do_not_count_as_run(
    bootstrap: ModuleType, tmp_path: Path, tests: int, skipped: int, ran: int
) -> None:
    report = tmp_path / "report.xml"
    report.write_text(f'<testsuites><testsuite tests="{tests}" skipped="{skipped}"/></testsuites>')
    assert bootstrap.tests_that_ran(report) == ran


# The check, and what the pages say


def test_ci_runs_exactly_the_test_command_of_the_readme() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    last = script.read_text(encoding="utf-8").splitlines()[-1]
    assert last == "python3 bootstrap.py test"
    assert f"\n{last}\n" in (ROOT / "README.md").read_text(encoding="utf-8")


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def test_no_committed_file_names_a_path_of_one_machine() -> None:
    home = re.compile(r"(^|[^A-Za-z0-9_.])/" + r"(work|farm|root|home/\w+|Users/\w+)/", re.MULTILINE)
    wrong = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        wrong += [f"{path.relative_to(ROOT)}: {found[0].strip()}" for found in home.finditer(text)]
    assert not wrong


def named_tests() -> list[tuple[str, str]]:
    text = (ROOT / "docs" / "assurance.md").read_text(encoding="utf-8")
    return re.findall(r"`(tests/[\w/.-]+\.py)(?:::(\w+))?`", text)


@pytest.mark.parametrize(("path", "function"), named_tests())
def test_the_assurance_table_names_tests_that_exist(path: str, function: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)}
    names |= {target.id for node in tree.body if isinstance(node, ast.Assign) for target in node.targets if isinstance(target, ast.Name)}
    assert not function or function in names, f"docs/assurance.md names {path}::{function}"


def test_every_promise_has_a_test() -> None:
    rows = re.findall(r"^\| (\d+) \|.*$", (ROOT / "docs" / "assurance.md").read_text(encoding="utf-8"), re.MULTILINE)
    lines = (ROOT / "docs" / "assurance.md").read_text(encoding="utf-8").splitlines()
    bare = [line for line in lines if re.match(r"\| \d+ \|", line) and "`tests/" not in line]
    assert {int(number) for number in rows} == set(range(1, 8))
    assert not bare


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"


def test_other_names_for_our_things_stay_out() -> None:
    """docs/vocabulary.md says which word a thing has; these are the ones that creep in."""
    banned = re.compile(r"\b(workflows?|playbooks?|tamper-?proof|(?:procedure|run|process) instances?)\b", re.IGNORECASE)
    pages = [path for path in tracked() if path.suffix == ".md" and path.name != "vocabulary.md"]
    for path in [*pages, *(path for path in tracked() if path.is_relative_to(ROOT / "sop_runner"))]:
        if path.suffix not in {".py", ".md", ".po", ".tcss"}:
            continue
        found = banned.search(path.read_text(encoding="utf-8"))
        assert not found, f"{path.relative_to(ROOT)} says '{found and found[0]}': see docs/vocabulary.md"
