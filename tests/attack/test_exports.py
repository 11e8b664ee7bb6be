"""An export that somebody changed: its own program, which shares no code with us, names what and where."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sop_runner.audit.note import Ed25519Signer
from sop_runner.base.canonical import canonical_bytes, sha256_hex
from tests.exported import Taken, played, taken, verify_py

Change = Callable[[Path], None]


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Taken:
    folder = tmp_path_factory.mktemp("export")
    played(folder / "desk", "account-change", most=2)
    return taken(folder / "desk", folder / "taken")


def found(folder: Path, *args: str) -> tuple[int, list[tuple[str, int | None]]]:
    done = verify_py(folder, "--json", *args)
    assert not done.stderr, done.stderr
    told = json.loads(done.stdout)
    return done.returncode, [(finding["code"], finding["index"]) for finding in told["findings"]]


def test_an_untouched_export_is_clean_under_the_pinned_key(export: Taken) -> None:
    assert found(export.folder, "--key", export.key.text) == (0, [])
    assert found(export.folder) == (0, [])


def test_the_wrong_key_is_no_pass(export: Taken) -> None:
    other = Ed25519Signer(export.key.name, bytes(32)).verifier
    code, findings = found(export.folder, "--key", other.text)
    assert (code, findings[0][0]) == (4, "REKEYED")


def bundle(folder: Path) -> Path:
    (path,) = (folder / "tile" / "entries").rglob("*.p/*")
    return path


def edit(name: str, old: bytes, new: bytes) -> Change:
    def change(folder: Path) -> None:
        for path in [bundle(folder)] if name == "bundle" else list(folder.glob(name)):
            data = path.read_bytes()
            assert old in data, (path, old)
            path.write_bytes(data.replace(old, new, 1))

    return change


def both(*changes: Change) -> Change:
    def change(folder: Path) -> None:
        for one in changes:
            one(folder)

    return change


def resealed(folder: Path) -> None:
    """The trailer brought in line: whoever holds the folder can do that."""
    trailer = json.loads((folder / "trailer.json").read_bytes())
    there = [path for path in folder.rglob("*") if path.is_file() and path.name != "trailer.json"]
    trailer["files"] = {path.relative_to(folder).as_posix(): sha256_hex(path.read_bytes()) for path in there}
    (folder / "trailer.json").write_bytes(canonical_bytes(trailer))


def without_last_line(folder: Path) -> None:
    path = folder / "entries.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def without_last_entry(folder: Path) -> None:
    path = bundle(folder)
    last = (folder / "entries.jsonl").read_bytes().splitlines()[-1]
    path.write_bytes(path.read_bytes()[: -len(last) - 2])


def swapped(folder: Path) -> None:
    path = folder / "entries.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[5], lines[6] = lines[6], lines[5]
    path.write_bytes(b"".join(lines))
    framed = [len(line[:-1]).to_bytes(2) + line[:-1] for line in lines]
    bundle(folder).write_bytes(b"".join(framed))


def tile(folder: Path) -> None:
    (path,) = (folder / "tile" / "0").rglob("*.p/*")
    data = bytearray(path.read_bytes())
    data[7 * 32] ^= 1
    path.write_bytes(data)


def procedure(folder: Path) -> None:
    for path in (folder / "procedures").glob("*.json"):
        path.write_bytes(path.read_bytes().replace(b"caller", b"called"))


ANA = (b'"actor":"ana"', b'"actor":"eve"')
CHANGES: dict[str, tuple[Change, set[tuple[str, int | None]]]] = {
    "an entry": (both(edit("entries.jsonl", *ANA), edit("bundle", *ANA), resealed), {("FIELD_MODIFIED", 1)}),
    "an entry in one place": (both(edit("bundle", *ANA), resealed), {("FIELD_MODIFIED", 1)}),
    "two entries change places": (both(swapped, resealed), {("REORDERED", 5), ("REORDERED", 6)}),
    "the last line": (both(without_last_line, resealed), {("FIELD_MODIFIED", -1)}),
    "the last entry": (both(without_last_entry, without_last_line, resealed), {("ROW_DELETED", 0)}),
    "a tile": (both(tile, resealed), {("FIELD_MODIFIED", 7)}),
    "the size": (both(edit("checkpoint", b"\n", b"\n1"), resealed), {("SIG_FORGED", None)}),
    "the log's name": (both(edit("checkpoint", b"training", b"live"), resealed), {("SIG_FORGED", None)}),
    "a procedure": (both(procedure, resealed), {("PROCEDURE_MISMATCH", None)}),
    "a table": (edit("entries.csv", b"ana", b"eve"), {("FIELD_MODIFIED", None)}),
    "a file that was added": (lambda folder: (folder / "more.txt").touch(), {("ROW_INSERTED", None)}),
    "a file that is gone": (lambda folder: (folder / "keys.txt").unlink(), {("UNVERIFIABLE", None)}),
    "no checkpoint": (
        both(lambda folder: (folder / "checkpoint").unlink(), resealed),
        {("SIG_MISSING", None)},
    ),
    "no trailer": (lambda folder: (folder / "trailer.json").unlink(), {("UNVERIFIABLE", None)}),
    "unfinished": (lambda folder: (folder / "UNFINISHED").touch(), {("UNVERIFIABLE", None)}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_changed_is_named(export: Taken, tmp_path: Path, name: str) -> None:
    change, wanted = CHANGES[name]
    folder = tmp_path / "copy"
    shutil.copytree(export.folder, folder)
    size = len((folder / "entries.jsonl").read_bytes().splitlines())
    change(folder)
    code, findings = found(folder, "--key", export.key.text)
    only_unverifiable = {kind for kind, _ in findings} == {"UNVERIFIABLE"}
    assert code == (5 if only_unverifiable else 4)
    for kind, index in wanted:
        places = {at for found_kind, at in findings if found_kind == kind}
        assert (index is None and places) or (size - 1 if index == -1 else index) in places, findings


@pytest.mark.parametrize("seed", range(12))
def test_no_byte_of_the_proof_can_be_changed(export: Taken, tmp_path: Path, seed: int) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(export.folder, folder)
    proof = sorted(
        path for name in ("tile/**/*", "checkpoint", "entries.jsonl", "procedures/*.json")
        for path in folder.glob(name) if path.is_file()
    )  # fmt: skip
    path = proof[seed % len(proof)]
    data = bytearray(path.read_bytes())
    data[(seed * 7919) % len(data)] ^= 1 << seed % 8
    path.write_bytes(data)
    resealed(folder)
    assert found(folder, "--key", export.key.text)[0] == 4


def test_damage_never_ends_in_a_crash(export: Taken, tmp_path: Path) -> None:
    for number, text in enumerate((b"", b"[]", b"{}", b"\xff\xff", b"[" * 5_000, b'{"v":1}')):
        folder = tmp_path / f"copy-{number}"
        shutil.copytree(export.folder, folder)
        for name in ("entries.jsonl", "trailer.json", "checkpoint", "keys.txt"):
            (folder / name).write_bytes(text)
            assert found(folder)[0] in (4, 5)
