"""`sop bundle`: from one desk to another, and every way in which a file can lie."""

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sop_runner.audit.note import Ed25519Signer, Note
from sop_runner.base.canonical import canonical_bytes
from sop_runner.desk.bundle import FORMAT, MAX_BYTES
from sop_runner.desk.layout import Layout, read_settings
from sop_runner.desk.verified import verify_desk
from sop_runner.run.register import State
from sop_runner.stores.keys import KeyFile
from sop_runner.wiring import create_desk, opened_people, opened_publishing
from tests.publishing import APPROVER, FAST, approve_all, enrol_publishers, person, proofs

from .in_process import Result, Sop

REAL = Path(__file__).parents[2] / "procedures"
PHRASE = "a boat on the lake"


@pytest.fixture(scope="module")
def sender(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk where a procedure and what it calls are approved."""
    folder = tmp_path_factory.mktemp("sender") / "desk"
    create_desk(folder, "Sender", hasher=FAST)
    for name in ("international-roaming-dispute", "identity-check"):
        shutil.copy(REAL / f"{name}.yaml", folder / "procedures")
    approve_all(folder)
    return folder


@pytest.fixture(scope="module")
def bundle(sender: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    from sop_runner.desk.bundling import export

    with opened_publishing(sender) as publishing:
        data, _ = export(publishing, KeyFile(Layout(sender).key), ())
    return data


@pytest.fixture
def receiver(tmp_path: Path) -> Path:
    folder = tmp_path / "receiver"
    create_desk(folder, "Receiver", hasher=FAST)
    enrol_publishers(folder)
    with opened_people(folder, "os:test", hasher=FAST) as (enrolment, _):
        enrolment.passphrase("ada", PHRASE)
    (tmp_path / "secret").write_text(PHRASE)
    return folder


def key_of(desk: Path) -> str:
    return read_settings(desk).verifier_key


def receive(sop: Sop, file: Path, sender: Path, receiver: Path) -> Result:
    return sop(
        "bundle", "import", file, "--key", key_of(sender), "--as", "ada", "--passphrase-file", "secret",
        "--desk", receiver,
    )  # fmt: skip


def test_from_desk_to_desk(sop: Sop, sender: Path, receiver: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.bundle"
    code, out, err = sop("bundle", "export", file, "international-roaming-dispute", "--desk", sender)
    assert (code, key_of(sender) in err) == (0, True)
    assert "identity-check@2  published by ada, approved by ben" in out  # it is called, so it comes along
    assert sop("bundle", "export", file, "--desk", sender)[0] == 2

    code, out, _ = sop("bundle", "show", file, "--key", key_of(sender), "--json")
    assert code == 0
    shown = json.loads(out)
    assert [one["id"] for one in shown["procedures"]] == ["identity-check", "international-roaming-dispute"]
    assert {one["approved_by"] for one in shown["procedures"]} == {"ben"}

    code, out, err = receive(sop, file, sender, receiver)
    assert code == 0, err
    assert "approved by ben (entry" in out
    assert "sop approve identity-check@2" in err
    listed = json.loads(sop("procedures", "list", "--json", "--desk", receiver)[1])
    assert [info["runnable"] for info in listed] == [False, False]  # nobody has signed for it here

    with opened_publishing(receiver) as publishing:
        for name in ("identity-check", "international-roaming-dispute"):
            revision = publishing.find(name, State.WAITING)
            found = publishing.examine(publishing.registry.kept(revision))
            publishing.approve(revision, found, person(publishing, APPROVER), proofs(), "", ())
            assert publishing.origin_of(revision)["approver"] == "ben"
    listed = json.loads(sop("procedures", "list", "--json", "--desk", receiver)[1])
    assert [info["runnable"] for info in listed] == [True, True]
    entries = json.loads(sop("audit", "show", "--json", "--desk", receiver)[1])
    (imported,) = [one for one in entries if one["type"] == "BundleImported"]
    assert imported["evidence"][0]["origin"].startswith("sop_runner/live/")
    assert verify_desk(receiver).findings == ()

    # Again is no error, and publishes nothing twice.
    code, _, err = receive(sop, file, sender, receiver)
    assert (code, "2 texts were here already" in err) == (0, True)


def test_a_key_that_is_not_the_origins(sop: Sop, bundle: bytes, receiver: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.bundle"
    file.write_bytes(bundle)
    code, out, err = receive(sop, file, receiver, receiver)
    assert (code, out, "not signed by the key" in err) == (5, "", True)
    assert "sop_runner/live/" in err  # whom it says to be of, to ask them


def test_what_contradicts_this_desk(
    sop: Sop, sender: Path, bundle: bytes, receiver: Path, tmp_path: Path
) -> None:
    own = receiver / "procedures" / "identity-check.yaml"
    own.write_text((REAL / "identity-check.yaml").read_text().replace("KYC-4\n", "KYC-5\n"))
    approve_all(receiver)
    file = tmp_path / "a.bundle"
    file.write_bytes(bundle)
    code, _, err = receive(sop, file, sender, receiver)
    assert (code, "'identity-check@2' was published here with another text" in err) == (3, True)
    assert "BundleImported" not in sop("audit", "show", "--desk", receiver)[1]


Contents = dict[str, Any]


def resigned(bundle: bytes, sender: Path, edit: Callable[[Contents], Any]) -> bytes:
    """What the holder of the origin's key could send."""
    body = json.loads(Note.parse(bundle).text.split("\n")[1])
    changed = edit(body) or body
    text = changed if isinstance(changed, str) else canonical_bytes(changed).decode()
    return Note.sign(f"{FORMAT}\n{text}\n", KeyFile(Layout(sender).key)).encode()


def receipt_with(receipt: str, edit: Callable[[dict[str, Any]], Any]) -> str:
    """A proof whose entry says something else."""
    lines = receipt.split("\n")
    body = json.loads(base64.b64decode(lines[1].removeprefix("extra ")))
    edit(body)
    lines[1] = "extra " + base64.b64encode(canonical_bytes(body)).decode()
    return "\n".join(lines)


def part(number: int, name: str, edit: Callable[[str], str]) -> Callable[[Contents], Any]:
    def change(body: Contents) -> None:
        body["procedures"][number][name] = edit(body["procedures"][number][name])

    return change


def swapped(body: Contents) -> None:
    one, two = body["procedures"]
    one["text"], two["text"] = two["text"], one["text"]


def approved_by_publication(body: Contents) -> None:
    body["procedures"][0]["approved"] = body["procedures"][0]["published"]


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda body: body["procedures"].append(body["procedures"][0]), "twice"),
        (part(0, "text", lambda text: text.replace("Channel", "Chanel")), "is not the one that was approved"),
        (part(0, "text", lambda text: "format: sop/1"), "is not the one that was approved"),
        (part(0, "text", lambda text: "../../../etc/passwd"), "is not the one that was approved"),
        (swapped, "is not the one that was approved"),
        (approved_by_publication, "where 'ProcedureApproved' has to be"),
        (
            part(0, "approved", lambda text: receipt_with(text, lambda body: body.update(actor="eve"))),
            "does not lie under its checkpoint",
        ),
        (
            part(0, "published", lambda text: receipt_with(text, lambda b: b["procedure"].update(id="../x"))),
            "does not lie under its checkpoint",
        ),
        (part(0, "approved", lambda text: text.replace("index ", "index 1", 1)), "not proved"),
        (part(0, "approved", lambda text: "c2sp.org/tlog-proof@v1"), "no receipt"),
        (lambda body: body.update(procedures=[]), "'procedures'"),
        (lambda body: body.update(procedures=[body["procedures"][0]] * 501), "'procedures'"),
        (lambda body: body.update(more=1), "'more'"),
        (lambda body: json.dumps(body), "not in canonical form"),
        (lambda body: "[" * 100_000, "no data of a bundle"),
        (lambda body: '{"desk":1,"desk":2}', "not in canonical form"),
        (lambda body: "7", "not as they should be"),
    ],
)
def test_a_signed_file_that_lies(
    edit: Callable[[Contents], Any], said: str, sop: Sop, sender: Path, bundle: bytes, receiver: Path, tmp_path: Path
) -> None:  # fmt: skip
    file = tmp_path / "a.bundle"
    file.write_bytes(resigned(bundle, sender, edit))
    before = (receiver / "desk.db").read_bytes()
    code, out, err = receive(sop, file, sender, receiver)
    assert (code, out) == (4, ""), err
    assert said in err
    assert (receiver / "desk.db").read_bytes() == before
    assert sorted(path.name for path in (receiver / "procedures").iterdir()) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: data.replace(b"Channel", b"Chanel", 1), 4),
        (lambda data: data[:-20], 4),
        (lambda data: b"", 4),
        (lambda data: b"\xff\xfe", 4),
        (lambda data: data.replace(b"sop-bundle/1", b"sop-bundle/2", 1), 5),
        (lambda data: b"x" * (MAX_BYTES + 1), 2),
        (lambda data: Note.sign(Note.parse(data).text, Ed25519Signer("thief", bytes(32))).encode(), 5),
    ],
)
def test_a_file_that_nobody_signed(
    change: Callable[[bytes], bytes], code: int, sop: Sop, sender: Path, bundle: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "a.bundle"
    file.write_bytes(change(bundle))
    found, out, err = sop("bundle", "show", file, "--key", key_of(sender))
    assert (found, out) == (code, ""), err
    assert f"the bundle '{file}' is not accepted" in err


def test_what_is_not_approved_is_sent_to_nobody(sop: Sop, receiver: Path, tmp_path: Path) -> None:
    code, _, err = sop("bundle", "export", tmp_path / "a.bundle", "--desk", receiver)
    assert (code, "nothing is approved" in err) == (5, True)
    assert not (tmp_path / "a.bundle").exists()
