#!/usr/bin/env python3
"""Check an exported audit log, or a sealed segment of one. Needs Python 3.9 or newer and the package 'cryptography', nothing else.

    python3 verify.py FOLDER --key 'name+hash+base64'
    python3 verify.py FOLDER --key key.txt --json

Written apart from the program that wrote the export, after RFC 6962 (the tree), C2SP signed-note,
tlog-checkpoint and tlog-tiles (the files), RFC 8785 (the bytes of an entry). Exits 0 where nothing is
wrong, 4 where something is, 5 where it cannot be told. Without --key the key in the folder is believed
and the verdict says SELF-ASSERTED.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Set, Tuple

Key = Tuple[str, bytes, bytes]  # name, the four bytes that name it, public key
Signature = Tuple[str, bytes, bytes]

Head = Tuple[str, int, bytes, str, List[Signature]]  # origin, size, root; the signed text, its signatures
KeyEvent = Tuple[int, str, Any]  # number of the entry, its type, its evidence

CLEAN, TAMPERED, UNVERIFIABLE = 0, 4, 5
FIELDS = frozenset(
    (
        "v", "log", "seq", "prev", "run", "run_seq", "run_prev", "type", "procedure", "at", "arrow", "to",
        "actor", "role", "outcome", "reason", "evidence", "key", "ts",
    )
)  # fmt: skip
ZERO = "0" * 64
KEY_TYPES = ("KeyEnrolled", "KeyRotated", "KeyRetired")


class Report:
    """Findings as they come up."""

    def __init__(self) -> None:
        self.findings: List[Dict[str, Any]] = []

    def add(self, code: str, index: Optional[int], run: Optional[str], message: str) -> None:
        self.findings.append({"code": code, "index": index, "run": run, "message": message})

    def exit_code(self) -> int:
        codes = {finding["code"] for finding in self.findings}
        if codes - {"UNVERIFIABLE"}:
            return TAMPERED
        return UNVERIFIABLE if codes else CLEAN


class Wrong(Exception):
    """A file is not what it should be."""


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


# --- the tree: RFC 6962, section 2.1


def merkle(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes: pairs are joined, an odd one goes up alone."""
    level = list(hashes)
    if not level:
        return sha(b"")
    while len(level) > 1:
        joined = [sha(b"\x01" + level[i] + level[i + 1]) for i in range(0, len(level) - 1, 2)]
        if len(level) % 2:
            joined.append(level[-1])
        level = joined
    return level[0]


class Edge:
    """The full subtrees along the right edge of a tree, largest first: all that growing it takes."""

    def __init__(self, size: int, hashes: Sequence[bytes]) -> None:
        if size < 0 or len(hashes) != bin(size).count("1") or any(len(value) != 32 for value in hashes):
            raise Wrong("a tree of %d entries has another edge" % size)
        self.size, self.hashes = size, list(hashes)

    def push(self, leaf: bytes) -> None:
        value, at = leaf, self.size
        while at & 1:
            value = sha(b"\x01" + self.hashes.pop() + value)
            at >>= 1
        self.hashes.append(value)
        self.size += 1

    def root(self) -> bytes:
        if not self.hashes:
            return sha(b"")
        value = self.hashes[-1]
        for left in self.hashes[-2::-1]:
            value = sha(b"\x01" + left + value)
        return value


# --- notes: C2SP signed-note, tlog-checkpoint


def read_key(text: str) -> Key:
    """(name, four bytes, public key) of a verifier key."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3:
        raise Wrong("it is not of the form name+hash+base64")
    name, short, encoded = parts
    try:
        raw = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise Wrong("its last part is not base64") from None
    if len(raw) != 33 or raw[0] != 1:
        raise Wrong("it is no Ed25519 key")
    if sha(name.encode() + b"\n" + raw)[:4].hex() != short:
        raise Wrong("its hash is not that of the key")
    return name, bytes.fromhex(short), raw[1:]


def read_note(data: bytes) -> Tuple[str, List[Signature]]:
    """(signed text, [(name, four bytes, signature)])."""
    text, blank, tail = data.decode("utf-8").rpartition("\n\n")
    if not blank:
        raise Wrong("it has no signatures")
    signatures = []
    for line in tail.splitlines():
        if not line.startswith("\u2014 ") or line.count(" ") < 2:
            raise Wrong("a line behind the text is no signature")
        name, encoded = line[2:].split(" ", 1)
        raw = base64.b64decode(encoded, validate=True)
        signatures.append((name, raw[:4], raw[4:]))
    return text + "\n", signatures


def signed_by(key: Key, text: str, signatures: Sequence[Signature]) -> Optional[bool]:
    """True, False, or None where the key signed nothing."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    name, short, public = key
    own = [value for who, which, value in signatures if (who, which) == (name, short)]
    if not own:
        return None
    try:
        for value in own:
            Ed25519PublicKey.from_public_bytes(public).verify(value, text.encode())
    except InvalidSignature:
        return False
    return True


def read_checkpoint(text: str) -> Tuple[str, int, bytes]:
    """(origin, size, root)."""
    lines = text.split("\n")
    if len(lines) < 4 or not re.fullmatch("0|[1-9][0-9]*", lines[1]):
        raise Wrong("it lacks its origin, size or root")
    return lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)


# --- keys: which may sign, as entries say; a change counts from the checkpoint after the one that covers it


class Ring:
    """The keys of a log."""

    def __init__(self, origin: str, active: Sequence[Key], known: Sequence[Key]) -> None:
        self.origin, self.active, self.known = origin, list(active), list(known)
        self.changes: List[Tuple[Optional[Key], Optional[Key]]] = []

    def take(self, kind: str, about: Dict[str, Any]) -> None:
        """A change that an entry asks for. Raises Wrong where it proves nothing."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        key = read_key(about["verifier_key"])
        old = read_key(about["old"]) if kind == "KeyRotated" else key if kind == "KeyRetired" else None
        if old is not None and old not in self.active:
            raise Wrong("it ends a key that could not sign any more")
        if kind == "KeyRetired":
            self.changes.append((None, old))
            return
        if key in self.known or key[0] != self.origin:
            raise Wrong("its key was enrolled before, or is of another log")
        said = "sop_runner key\n%s\n%s\n" % (self.origin, about["verifier_key"])
        try:
            proof = base64.b64decode(about["proof"], validate=True)
            Ed25519PublicKey.from_public_bytes(key[2]).verify(proof, said.encode())
        except InvalidSignature:
            raise Wrong("its key did not sign its own enrolment") from None
        self.changes.append((key, old))

    def covered(self) -> None:
        for new, old in self.changes:
            if old in self.active:
                self.active.remove(old)
            if new is not None:
                self.active.append(new)
                self.known.append(new)
        self.changes = []


# --- tiles: C2SP tlog-tiles


def tile_name(level: object, index: int, width: int) -> str:
    digits = "%03d" % (index % 1000)
    while index >= 1000:
        index //= 1000
        digits = "x%03d/%s" % (index % 1000, digits)
    return "tile/%s/%s%s" % (level, digits, "" if width == 256 else ".p/%d" % width)


def tiles(level: object, count: int) -> Iterator[Tuple[str, int, int]]:
    """(path, first, width) of every tile of a level that holds `count` hashes."""
    for first in range(0, count, 256):
        width = min(256, count - first)
        yield tile_name(level, first // 256, width), first, width


def unbundle(data: bytes) -> List[bytes]:
    at = 0
    found: List[bytes] = []
    while at < len(data):
        size = int.from_bytes(data[at : at + 2], "big")
        if at + 2 + size > len(data):
            raise Wrong("it is cut off")
        found.append(data[at + 2 : at + 2 + size])
        at += 2 + size
    return found


# --- segments: what stands before the first entry


class Start:
    """Nothing, for a log from its beginning; else what a segment says of the entries before it."""

    def __init__(self, told: Dict[str, Any]) -> None:
        self.size = int(told["size"])
        self.log = str(told["log"])
        self.prev = str(told["prev"])
        self.edge = [bytes.fromhex(value) for value in told["edge"]]
        self.runs: Dict[str, Tuple[int, str]] = {
            run: (int(entries), str(leaf)) for run, (entries, leaf) in told["runs"].items()
        }
        self.known = [read_key(text) for text in told["keys"]["known"]]
        self.active = [read_key(text) for text in told["keys"]["active"]]
        Edge(self.size, self.edge)


NOTHING = {"size": 0, "log": "", "prev": ZERO, "edge": [], "runs": {}, "keys": {"known": [], "active": []}}


def read_start(folder: Path, report: Report) -> Optional[Start]:
    """What stands before; None where a segment cannot say it."""
    if not (folder / "before.json").exists():
        return Start(NOTHING)
    try:
        return Start(json.loads((folder / "before.json").read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, Wrong) as error:
        report.add("UNVERIFIABLE", None, None, "before.json cannot be read: %s" % error)
        return None


# --- the checks


class Checked:
    """What was established: the range, and what the next segment has to go on from."""

    def __init__(self, start: Start, origin: str, size: int, root: bytes) -> None:
        self.start, self.origin, self.size, self.root = start, origin, size, root
        self.leaves: List[bytes] = []
        self.opening: Any = None
        self.runs: Dict[str, Tuple[int, str]] = dict(start.runs)
        self.seen: Set[str] = set()
        self.digests: Set[Any] = set()
        self.events: List[KeyEvent] = []
        self.ring = Ring(origin, start.active, start.known)
        self.signers: List[Key] = []

    def ends(self) -> str:
        """The leaf of the last entry, in hex."""
        return self.leaves[-1].hex() if self.leaves else self.start.prev


def check_start(folder: Path, done: Checked, pinned: Sequence[Key], report: Report) -> List[Key]:
    """The signed head that a segment goes on from, against its edge; the keys that signed it.

    What a segment says of keys from before it is its own word: under pinned keys only these count.
    """
    start, origin = done.start, done.origin
    if pinned:
        done.ring.active = [key for key in start.active if key in pinned]
    head = read_head(folder, report, "checkpoint-before")
    if head is None:
        return []
    if head[:3] != (origin, start.size, Edge(start.size, start.edge).root()):
        report.add(
            "FORKED", start.size - 1, None, "checkpoint-before is not of the entries before this segment"
        )
    signers = judge(Ring(origin, start.known, start.known), origin, start.size, head[3], head[4], report)
    return signers


def check_files(folder: Path, report: Report) -> Optional[Dict[str, Any]]:
    """The trailer against the files. Returns the trailer, or None."""
    if (folder / "UNFINISHED").exists():
        report.add("UNVERIFIABLE", None, None, "the export was not written to its end")
    try:
        trailer: Dict[str, Any] = json.loads((folder / "trailer.json").read_bytes())
        listed = dict(trailer["files"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        report.add("UNVERIFIABLE", None, None, "trailer.json cannot be read: %s" % error)
        return None
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()}
    there -= {name for name in there if "__pycache__" in name}
    for name in sorted(set(listed) - there):
        report.add("UNVERIFIABLE", None, None, "the file '%s' is missing" % name)
    for name in sorted(there - set(listed) - {"trailer.json", "UNFINISHED"}):
        report.add("ROW_INSERTED", None, None, "the file '%s' is not in the trailer" % name)
    for name in sorted(set(listed) & there):
        digest = hashlib.sha256()
        with (folder / name).open("rb") as file:
            for part in iter(lambda: file.read(1 << 20), b""):
                digest.update(part)
        if digest.hexdigest() != listed[name]:
            report.add("FIELD_MODIFIED", None, None, "the file '%s' is not the one in the trailer" % name)
    return trailer


def read_head(folder: Path, report: Report, name: str = "checkpoint") -> Optional[Head]:
    """The checkpoint; None where it cannot be read."""
    try:
        text, signatures = read_note((folder / name).read_bytes())
        origin, size, root = read_checkpoint(text)
    except (OSError, ValueError, Wrong) as error:
        report.add("SIG_MISSING", None, None, "the %s cannot be read: %s" % (name, error))
        return None
    return origin, size, root, text, signatures


def check_keys(folder: Path, head: Head, done: Checked, pinned: Sequence[Key], report: Report) -> None:
    """Roots and signatures: of the checkpoints that changes of keys rest on, and of the newest."""
    origin, size, root, text, signatures = head
    ring, signers = done.ring, done.signers
    covering: List[Tuple[int, str, List[Signature]]] = []
    try:
        if done.start.size == 0:
            first = read_key(done.opening["evidence"][0]["verifier_key"])
            done.ring = ring = Ring(origin, [first], [first])
        notes = [json.loads(line) for line in (folder / "key-checkpoints.jsonl").read_bytes().splitlines()]
        covering = [(int(one["size"]), *read_note(one["note"].encode())) for one in notes]
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        RecursionError,
        Wrong,
    ) as error:
        report.add("UNVERIFIABLE", None, None, "what is known of the keys cannot be read: %s" % error)
    roots = check_roots(done, {at for at, _, _ in covering}, size, root, report)
    if not ring.known:
        return
    if done.start.size:
        signers += check_start(folder, done, pinned, report)
    left = list(done.events)
    if covering and covering[-1][0] == size:
        covering.pop()
    for at, told, signed in [*covering, (size, text, signatures)]:
        judged = judge(ring, origin, at, told, signed, report)
        wanted = base64.b64encode(roots.get(at, b"")).decode()
        if at != size and told.split("\n")[:3] != [origin, str(at), wanted]:
            report.add("FIELD_MODIFIED", at - 1, None, "a checkpoint over keys is not of these entries")
        signers += judged
        while left and left[0][0] < at:
            index, kind, about = left.pop(0)
            try:
                ring.take(kind, about)
            except (ValueError, KeyError, TypeError, AttributeError, Wrong) as error:
                report.add("REKEYED", index, None, "the entry '%s' changes no key: %s" % (kind, error))
        if judged:
            ring.covered()
    if pinned and not any(key in signers for key in pinned):
        report.add("REKEYED", done.start.size, None, "the key that you trust signed nothing here")


def check_roots(done: Checked, wanted: Set[int], size: int, root: bytes, report: Report) -> Dict[int, bytes]:
    """The root over all entries against the signed one; those at the sizes `wanted`."""
    edge, found = Edge(done.start.size, done.start.edge), {}
    for leaf in done.leaves:
        edge.push(leaf)
        if edge.size in wanted:
            found[edge.size] = edge.root()
    if (edge.size, edge.root()) != (size, root):
        report.add(
            "FIELD_MODIFIED", None, None, "the entries are not those that the checkpoint was signed over"
        )
    return found


def judge(
    ring: Ring, origin: str, size: int, text: str, signatures: Sequence[Signature], report: Report
) -> List[Key]:
    """The keys whose signature of a checkpoint is right and may stand there."""
    named = [key for key in ring.known if any((name, short) == key[:2] for name, short, _ in signatures)]
    able = [key for key in named if key in ring.active]
    if not signatures:
        report.add("SIG_MISSING", size - 1, None, "the checkpoint of size %d carries no signature" % size)
    elif not named:
        report.add(
            "REKEYED",
            size - 1,
            None,
            "the checkpoint of size %d is signed by a key this log never enrolled" % size,
        )
    elif not able:
        report.add(
            "KEY_OUT_OF_RANGE", size - 1, None, "the key of the checkpoint of size %d may not sign it" % size
        )
    elif not all(signed_by(key, text, signatures) for key in able):
        report.add(
            "SIG_FORGED",
            size - 1,
            None,
            "the signature of the checkpoint of size %d is not of its text" % size,
        )
    else:
        return able
    return []


def entries_of(folder: Path, size: int, report: Report) -> Iterator[Tuple[int, bytes]]:
    """Bodies by the bundles, each compared with its line; what is missing is named."""
    lines = (folder / "entries.jsonl").open("rb")
    other: List[int] = []  # where lines differ: one that is too many moves all that follow it

    def told() -> None:
        if other:
            what = (
                "entry %d is" % other[0]
                if len(other) == 1
                else "entries %d to %d are" % (other[0], other[-1])
            )
            said = "in entries.jsonl %s not what lies in tile/entries" % what
            report.add("FIELD_MODIFIED", other[0], None, said)
        other.clear()

    with lines:
        for name, first, width in tiles("entries", size):
            try:
                bodies = unbundle((folder / name).read_bytes())
            except (OSError, Wrong) as error:
                report.add("ROW_DELETED", first, None, "'%s' cannot be read: %s" % (name, error))
                bodies = []
            if len(bodies) != width:
                code = "ROW_DELETED" if len(bodies) < width else "ROW_INSERTED"
                report.add(code, first, None, "'%s' holds %d entries, not %d" % (name, len(bodies), width))
            for number in range(width):
                line = lines.readline().rstrip(b"\n")
                body = bodies[number] if number < len(bodies) else line
                if line != body:
                    other.append(first + number)
                else:
                    told()
                yield first + number, body
        told()
        if lines.readline():
            report.add(
                "ROW_INSERTED", size, None, "entries.jsonl holds more entries than the checkpoint covers"
            )


def lines_of(folder: Path, first: int, size: int, report: Report) -> Iterator[Tuple[int, bytes]]:
    """Bodies of a segment by its lines."""
    index = first
    with (folder / "entries.jsonl").open("rb") as lines:
        for line in lines:
            if index == size:
                report.add("ROW_INSERTED", size, None, "entries.jsonl holds more entries than this segment")
                return
            yield index, line.rstrip(b"\n")
            index += 1
    if index < size:
        report.add("ROW_DELETED", index, None, "entries.jsonl ends before entry %d" % index)


def check_entries(bodies: Iterator[Tuple[int, bytes]], done: Checked, report: Report) -> None:
    """Bytes and links of every entry: leaf hashes, the first body, runs, pinned digests, changes of keys."""
    runs, prev, log = done.runs, done.start.prev, done.start.log
    for index, body in bodies:
        leaf = sha(b"\x00" + body)
        done.leaves.append(leaf)
        try:
            raw = json.loads(body)
            same = json.dumps(raw, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
            if set(raw) != FIELDS or raw["v"] != 1 or same != body:
                raise Wrong("its fields or its form are others")
            if not isinstance(raw["run"], (str, type(None))) or not isinstance(
                raw["procedure"], (dict, type(None))
            ):
                raise Wrong("its run or its procedure is of another kind")
        except (ValueError, TypeError, RecursionError, Wrong) as error:
            report.add("FIELD_MODIFIED", index, None, "the entry cannot be read: %s" % error)
            prev = leaf.hex()
            continue
        run = raw["run"]
        done.opening = done.opening or raw
        log = log or raw["log"]
        if raw["log"] != log:
            report.add("ROW_INSERTED", index, run, "the entry is of another log")
        if raw["seq"] != index:
            report.add("REORDERED", index, run, "the entry says that it is number %s" % raw["seq"])
        if raw["prev"] != prev:
            report.add("FIELD_MODIFIED", index, run, "the entry does not follow the one before it")
        if run is None:
            if raw["run_seq"] is not None or raw["run_prev"] is not None:
                report.add("FIELD_MODIFIED", index, run, "the entry is of no run and has a place in one")
        else:
            place = runs.get(run, (0, ZERO))
            if (raw["run_seq"], raw["run_prev"]) != place:
                report.add(
                    "RUN_INCOMPLETE", index, run, "the entry does not follow the one before it in its run"
                )
            runs[run] = (raw["run_seq"] + 1 if isinstance(raw["run_seq"], int) else 0, leaf.hex())
            done.seen.add(run)
        if raw["type"] in KEY_TYPES:
            pieces = raw["evidence"] if isinstance(raw["evidence"], list) else []
            done.events.append(
                (
                    index,
                    raw["type"],
                    next((p for p in pieces if isinstance(p, dict) and p.get("kind") == "key"), {}),
                )
            )
        if raw["procedure"]:
            done.digests.add(str(raw["procedure"].get("digest")))
        prev = leaf.hex()


def check_tiles(folder: Path, leaves: List[bytes], report: Report) -> None:
    """Every tile against the hashes computed from the entries."""
    level, hashes = 0, leaves
    while hashes:
        for name, first, width in tiles(level, len(hashes)):
            try:
                data = (folder / name).read_bytes()
            except OSError as error:
                report.add("UNVERIFIABLE", None, None, "'%s' cannot be read: %s" % (name, error))
                continue
            wanted = hashes[first : first + width]
            if data != b"".join(wanted):
                found = [data[i : i + 32] for i in range(0, len(data), 32)]
                wrong = [n for n in range(width) if n >= len(found) or found[n] != wanted[n]]
                at = (first + wrong[0]) * 256**level if wrong else None
                report.add("FIELD_MODIFIED", at, None, "'%s' does not hold the hashes of the entries" % name)
        whole = len(hashes) // 256 * 256
        hashes = [merkle(hashes[i : i + 256]) for i in range(0, whole, 256)]
        level += 1


def check_procedures(folder: Path, pinned: Set[Any], report: Report) -> None:
    for digest in sorted(map(str, filter(None, pinned))):
        if not re.fullmatch("[0-9a-f]{64}", digest):
            report.add("PROCEDURE_MISMATCH", None, None, "'%s' is no digest" % digest[:80])
            continue
        place = folder / "procedures" / (digest + ".json")
        if not place.is_file():
            report.add("UNVERIFIABLE", None, None, "the data of the procedure '%s' is not here" % digest)
        elif sha(place.read_bytes()).hex() != digest:
            report.add(
                "PROCEDURE_MISMATCH", None, None, "the procedure '%s' is another than the one pinned" % digest
            )


def check(folder: Path, pinned: Sequence[Key], report: Report) -> Optional[Checked]:
    """Everything; returns what was established, None where there was nothing to go by."""
    for place in folder.rglob("*"):
        if not (place.is_dir() or place.is_file()):  # reading a pipe would wait for ever
            report.add("UNVERIFIABLE", None, None, "'%s' is no ordinary file" % place.name)
            return None
    if not (folder / "trailer.json").exists() and not (folder / "checkpoint").exists():
        report.add(
            "UNVERIFIABLE",
            None,
            None,
            "no export lies here: there is neither 'checkpoint' nor 'trailer.json'",
        )
        return None
    trailer = check_files(folder, report)
    head, start = read_head(folder, report), read_start(folder, report)
    if head is None or start is None:
        return None
    origin, size, root = head[:3]
    done = Checked(start, origin, size, root)
    segment = (folder / "before.json").exists()
    try:
        bodies = lines_of(folder, start.size, size, report) if segment else entries_of(folder, size, report)
        check_entries(bodies, done, report)
    except OSError as error:
        report.add("UNVERIFIABLE", None, None, "entries.jsonl cannot be read: %s" % error)
        return None
    check_keys(folder, head, done, pinned, report)
    if not segment:
        check_tiles(folder, done.leaves, report)
    check_procedures(folder, done.digests, report)
    check_name(done, report)
    if trailer is not None:
        told = (trailer.get("size"), trailer.get("root"), trailer.get("origin"), trailer.get("first", 0))
        if told != (size, root.hex(), origin, start.size):
            report.add("FORKED", None, None, "the trailer is of another head of the log")
        counts = trailer.get("counts")
        found = (len(done.leaves), len(done.seen))
        if not isinstance(counts, dict) or (counts.get("entries"), counts.get("runs")) != found:
            report.add("RUN_INCOMPLETE", None, None, "the trailer counts other entries or runs")
    return done


def check_name(done: Checked, report: Report) -> None:
    """The log says in its first entry which one it is; a later segment says which one it is of."""
    opening = done.opening
    try:
        if done.start.size:
            if not done.origin.endswith("/" + done.start.log):
                raise Wrong("its checkpoint is of another log")
            return
        facts = opening["evidence"][0]
        if opening["type"] != "LogOpened" or facts["log"] != opening["log"]:
            raise Wrong("its first entry is another")
        if done.origin != "sop_runner/%s/%s" % (facts["ledger"], opening["log"]):
            raise Wrong("its checkpoint is of another log")
    except (TypeError, KeyError, IndexError, Wrong) as error:
        report.add("UNVERIFIABLE", 0, None, "the log does not say which one it is: %s" % error)


def main() -> int:
    parser = argparse.ArgumentParser(description="Check an exported audit log.")
    parser.add_argument("folder", nargs="?", default=".", help="the export (default: this folder)")
    parser.add_argument("--key", help="the verifier key that you trust: its text, or a file with one a line")
    parser.add_argument("--json", action="store_true", help="print data that programs read")
    asked = parser.parse_args()
    report, folder, pinned = Report(), Path(asked.folder), []
    if asked.key:
        try:
            given = Path(asked.key)
            text = asked.key if asked.key.count("+") >= 2 else given.read_text(encoding="utf-8")
            lines = [line for line in text.splitlines() if line.strip()]
            pinned = [read_key(line) for line in lines if not line.startswith(("#", "    from entry "))]
            if not pinned:
                raise Wrong("there is none in it")
        except (OSError, ValueError, Wrong) as error:
            parser.error("the key cannot be used: %s" % error)
    if not folder.is_dir():
        parser.error("there is no folder '%s'" % folder)
    done = None
    if find_spec("cryptography") is None:
        how = "python3 -m pip install cryptography"
        why = "this Python has no package 'cryptography', which checks signatures; get it with: " + how
        report.add("UNVERIFIABLE", None, None, why)
    else:
        done = check(folder, pinned, report)
    entries = len(done.leaves) if done else 0
    code = report.exit_code()
    verdict = {CLEAN: "clean", TAMPERED: "tampered", UNVERIFIABLE: "unverifiable"}[code]
    trust = "PINNED" if pinned else "SELF-ASSERTED"
    if asked.json:
        print(
            json.dumps(
                {"verdict": verdict, "trust": trust, "entries": entries, "findings": report.findings},
                indent=2,
            )
        )
    else:
        for finding in report.findings:
            place = "" if finding["index"] is None else " entry %s" % finding["index"]
            print(
                ("%s%s: %s" % (finding["code"], place, finding["message"]))
                .encode("ascii", "backslashreplace")
                .decode()
            )
        print("%s, %d entries, key %s" % (verdict.upper(), entries, trust))
        if code == TAMPERED:
            print("Do not rely on this copy, and keep it as evidence: ask for another, and who had this one.")
        elif code == UNVERIFIABLE:
            print("This is no pass: mend what is named above, or ask for another copy.")
        elif not pinned:
            print(
                "Nobody but this copy vouches for its key: give the one you were given another way, with --key."
            )
    return code


if __name__ == "__main__":
    sys.exit(main())
