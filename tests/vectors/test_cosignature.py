"""Cosignatures. The example is that of C2SP tlog-cosignature (CC BY 4.0); key and time of live witnesses are those
that transparency-dev/formats tests with (BSD-3-Clause)."""

import subprocess
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.cosignature import CosignerKey, cosign, cosigner
from sop_runner.audit.note import Ed25519Signer, Note
from sop_runner.base.errors import UsageError

LIVE_KEY = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
LIVE_COSIGNATURE = (
    "ZGhGuQAAAABm/qTPeyKXD+R2rzyQsxPiP8mXum7qq/iF0u4vanlqJyocWODBt97w9uL+8qT7S5gxEHWWOworDcFiEBYJXORmnFBOBA=="
)
EXAMPLE = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""
WHEN = 1679315147
SIGNER = Ed25519Signer("witness.example.com/w1", bytes(range(32)))


def test_the_hash_of_a_live_witness_key() -> None:
    assert CosignerKey.parse(LIVE_KEY).text == LIVE_KEY


@pytest.mark.parametrize(
    "text",
    [
        LIVE_KEY.replace("da77ade7", "da77ade8"),
        LIVE_KEY.replace("+BO", "+AO"),
        "remora.n621.de+da77ade7",
        "",
        SIGNER.verifier.text,
    ],
)
def test_what_is_no_key_of_a_witness(text: str) -> None:
    with pytest.raises(UsageError):
        CosignerKey.parse(text)


def test_the_example_of_the_standard_is_a_note_whose_time_stands_where_ours_stands() -> None:
    note = Note.parse(EXAMPLE.encode())
    assert Checkpoint.parse(note).size == 20852163
    assert int.from_bytes(note.signatures[1].value[:8], "big") == WHEN
    ours = cosign(SIGNER, note.text, WHEN)
    assert ours.value[:8] == note.signatures[1].value[:8]
    assert len(ours.value) == len(note.signatures[1].value) == 72
    assert int.from_bytes(b64decode(LIVE_COSIGNATURE)[4:12], "big") == 1727964367


def test_openssl_verifies_the_message_as_the_standard_writes_it(tmp_path: Path) -> None:
    text = Note.parse(EXAMPLE.encode()).text
    public = Ed25519PublicKey.from_public_bytes(SIGNER.verifier.public)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    (tmp_path / "key").write_bytes(public.public_bytes(serialization.Encoding.PEM, form))
    (tmp_path / "signed").write_text(f"cosignature/v1\ntime {WHEN}\n{text}")
    (tmp_path / "signature").write_bytes(cosign(SIGNER, text, WHEN).value[8:])
    done = subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "key", "-in", "signed", "-sigfile", "signature"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_a_cosignature_is_of_its_key_its_text_and_its_time() -> None:
    text = Note.parse(EXAMPLE.encode()).text
    line = cosign(SIGNER, text, WHEN)
    key = cosigner(SIGNER)
    assert key.cosigned(Note(text, (line,))) == WHEN
    assert key.cosigned(Note.parse(Note(text, (line,)).encode())) == WHEN
    assert key.cosigned(Note(text.replace("20852163", "20852164"), (line,))) is None
    assert cosigner(Ed25519Signer(key.name, bytes(32))).cosigned(Note(text, (line,))) is None
    later = type(line)(line.name, line.key, (WHEN + 1).to_bytes(8, "big") + line.value[8:])
    assert key.cosigned(Note(text, (later,))) is None
    assert key.cosigned(Note(text, (later, line))) == WHEN
    assert key.cosigned(Note.sign(text, SIGNER)) is None  # a signature of the same key that is no cosignature
    assert SIGNER.verifier.verify(text.encode(), line.value[8:]) is False
