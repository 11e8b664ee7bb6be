"""Vectors that others published (`data/README.md` says where), against what we build on them."""

import json
from base64 import b32encode, b64decode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyotp
import pytest
import rfc8785

from sop_runner.audit.note import Ed25519Signer
from sop_runner.audit.tree import verify_consistency, verify_inclusion
from sop_runner.base.canonical import canonical_bytes

DATA = Path(__file__).parent / "data"


def vectors(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def steps(vector: dict[str, Any]) -> list[bytes]:
    return [b64decode(step) for step in vector["proof"]]


@pytest.mark.parametrize("vector", vectors("rfc6962.json")["inclusion"], ids=lambda one: one["desc"])
def test_inclusion(vector: dict[str, Any]) -> None:
    leaf, root = b64decode(vector["leafHash"]), b64decode(vector["root"])
    found = verify_inclusion(leaf, vector["leafIdx"], vector["treeSize"], steps(vector), root)
    assert found is not vector["wantErr"]


@pytest.mark.parametrize("vector", vectors("rfc6962.json")["consistency"], ids=lambda one: one["desc"])
def test_consistency(vector: dict[str, Any]) -> None:
    roots = b64decode(vector["root1"]), b64decode(vector["root2"])
    found = verify_consistency(vector["size1"], vector["size2"], *roots, steps(vector))
    assert found is not vector["wantErr"]


@pytest.mark.parametrize("vector", vectors("rfc8785.json"), ids=lambda one: one["name"])
def test_canonical_json(vector: dict[str, Any]) -> None:
    data, wanted = json.loads(vector["input"]), vector["output"].encode()
    assert rfc8785.dumps(data) == wanted
    ours = all(key.isascii() for key in data) and "." not in vector["input"]
    if ours:
        assert canonical_bytes(data) == wanted
    else:  # what could differ between implementations is refused, never guessed
        with pytest.raises(TypeError):
            canonical_bytes(data)


@pytest.mark.parametrize("code", vectors("rfc6238.json")["codes"], ids=lambda code: str(code[0]))
def test_time_based_codes(code: tuple[int, str]) -> None:
    published = vectors("rfc6238.json")
    secret = b32encode(published["seeds"]["SHA1"].encode()).decode()
    token = pyotp.TOTP(secret, digits=published["digits"], interval=published["step_s"])
    assert token.at(datetime.fromtimestamp(code[0], UTC)) == code[1]


@pytest.mark.parametrize("vector", vectors("rfc8032.json"), ids=lambda one: one["message"] or "empty")
def test_signatures(vector: dict[str, str]) -> None:
    signer = Ed25519Signer("vector", bytes.fromhex(vector["secret"]))
    message, signature = bytes.fromhex(vector["message"]), bytes.fromhex(vector["signature"])
    assert signer.verifier.public.hex() == vector["public"]
    assert signer.sign(message) == signature
    assert signer.verifier.verify(message, signature)
    assert not signer.verifier.verify(message + b"\0", signature)
    assert not signer.verifier.verify(message, signature[:-1] + bytes([signature[-1] ^ 1]))
