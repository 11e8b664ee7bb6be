"""bootstrap.py: what it takes for finished, what it refuses, what it hands on to pip."""

import ast
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")


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
