"""Signed notes and checkpoints. The note is the example of golang.org/x/mod/sumdb/note (BSD-3)."""

import pytest

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.note import BadNote, Ed25519Signer, Note, VerifierKey, key_hash
from sop_runner.base.errors import UsageError

SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NOTE = (
    TEXT
    + "\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()


def test_the_example_of_the_standard_library_of_go() -> None:
    signer, key = Ed25519Signer.parse(SECRET), VerifierKey.parse(PUBLIC)
    assert signer.verifier == key
    assert key.text == PUBLIC
    assert signer.secret_text == SECRET
    assert key_hash(key.name, key.public).hex() == "c74f20a3"
    assert Note.sign(TEXT, signer).encode() == NOTE
    note = Note.parse(NOTE)
    assert note.text == TEXT
    assert note.signed_by(key) is True


def test_a_changed_text_a_changed_signature_and_another_key() -> None:
    key, other = VerifierKey.parse(PUBLIC), Ed25519Signer("PeterNeumann", bytes(32))
    assert Note.parse(NOTE.replace(b"answer", b"ANSWER")).signed_by(key) is False
    assert Note.parse(NOTE.replace(b"BwJnAM=", b"BwJnBM=")).signed_by(key) is False
    assert Note.parse(NOTE).signed_by(other.verifier) is None
    both = Note.sign(TEXT, Ed25519Signer.parse(SECRET), other)
    assert Note.parse(both.encode()).signed_by(key) is True
    assert Note.parse(both.encode()).signed_by(other.verifier) is True


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        NOTE.rstrip(b"\n"),
        NOTE.replace("\u2014".encode(), b"-"),
        NOTE.replace(b"x08go/", b"!!!!!!"),
        b"text\n\n\xe2\x80\x94 name AAAA\n",
        b"text\n\n\xe2\x80\x94 na+me AAAAAAAA\n",
        b"te\x07xt\n\n",
        b"\xff\n\n",
    ],
)
def test_malformed_notes(data: bytes) -> None:
    with pytest.raises(BadNote):
        Note.parse(data)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a+b",
        PUBLIC.replace("c74f20a3", "c74f20a4"),
        PUBLIC.replace("Peter", "Pe ter"),
        PUBLIC[:-4],
        PUBLIC.replace("+AR", "+AA"),
        PUBLIC + "!",
    ],
)
def test_malformed_keys(text: str) -> None:
    with pytest.raises(UsageError):
        VerifierKey.parse(text)


def test_a_damaged_secret_is_refused_without_quoting_it() -> None:
    for text in (SECRET.replace("c74f20a3", "c74f20a4"), SECRET[:-3], "x"):
        with pytest.raises(UsageError) as error:
            Ed25519Signer.parse(text)
        assert "AYEKF" not in error.value.message


def test_checkpoints() -> None:
    head = Checkpoint("sop_runner/live/ab", 12, bytes(32))
    assert head.text == f"sop_runner/live/ab\n12\n{'A' * 43}=\n"
    signer = Ed25519Signer("sop_runner/live/ab", bytes(32))
    note = Note.parse(head.sign(signer))
    assert note.signed_by(signer.verifier)
    assert Checkpoint.parse(note) == head
    assert Checkpoint.parse(Note(head.text + "extension\n")) == head


@pytest.mark.parametrize("size", ["", "-1", "01", "x", "1" * 30, "1" * 5000, "\u0661"])
def test_malformed_sizes(size: str) -> None:
    with pytest.raises(BadNote):
        Checkpoint.parse(Note(f"o\n{size}\n{'A' * 43}=\n"))


@pytest.mark.parametrize("text", ["o\n1\n", "o\n1\nAAAA\n", "o\n1\n!!\n", f"\n1\n{'A' * 43}=\n"])
def test_malformed_checkpoints(text: str) -> None:
    with pytest.raises(BadNote):
        Checkpoint.parse(Note(text))
