"""Exports as other tools read them: XES and OCEL by their schemas, CSV in a spreadsheet, models by a conformance checker."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from sop_runner.audit.tiles import Tiles, framed, tile_path
from sop_runner.audit.tree import leaf_hash, root
from sop_runner.review.exports.csv_table import COLUMNS, CsvTable, safe
from sop_runner.review.exports.ocel import OcelTable
from sop_runner.review.exports.xes import XesTable
from tests.attack.hostile import TEXTS as NAMED
from tests.exported import Taken, played, taken

TEXTS = tuple(NAMED.values())
DATA = Path(__file__).parents[2] / "vectors" / "data"


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Taken:
    folder = tmp_path_factory.mktemp("export")
    for name in ("account-change", "international-roaming-dispute"):
        played(folder / "desk", name, most=12)
    return taken(folder / "desk", folder / "taken")


def bodies(export: Taken) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (export.folder / "entries.jsonl").read_bytes().splitlines()]


class Memory:
    """Takes a table's bytes."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 70_000])
def test_tiles_hold_every_hash_and_every_entry_once(size: int) -> None:
    files: dict[str, bytes] = {}
    tiles = Tiles(files.__setitem__)
    leaves = []
    for number in range(size):
        body = f"entry {number}".encode()
        leaves.append(leaf_hash(body))
        tiles.push(body, leaves[-1])
    found = tiles.finish()
    flat = [b"".join(data) for data in [[files[name] for name in files if name.startswith("tile/0/")]]]
    assert b"".join(flat) == b"".join(leaves)
    entries = [data for name, data in files.items() if name.startswith("tile/entries/")]
    assert b"".join(entries) == b"".join(framed(f"entry {number}".encode()) for number in range(size))

    def node(level: int, index: int) -> bytes:
        if level == 0:
            return leaves[index]
        from sop_runner.audit.tree import node_hash

        return node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))

    assert found == root(size, node)
    assert set(files) == {
        tile_path(level, index, min(256, (size >> 8 * level) - 256 * index))
        for level in range(3)
        for index in range(-(-(size >> 8 * level) // 256))
    } | {tile_path("entries", index, min(256, size - 256 * index)) for index in range(-(-size // 256))}


def test_the_names_of_tiles_are_those_of_the_specification() -> None:
    # tlog-tiles: 1234067 is written x001/x234/067, and a partial tile says how wide it is.
    assert tile_path(0, 1_234_067) == "tile/0/x001/x234/067"
    assert tile_path("entries", 5, 17) == "tile/entries/005.p/17"
    # An entry stands in its bundle behind its length in two bytes, most significant first.
    assert framed(b"") + framed(b"ab" * 150) == b"\0\0" + b"\x01\x2c" + b"ab" * 150


def test_xes_is_valid_by_its_schema(export: Taken) -> None:
    schema = etree.XMLSchema(etree.parse(DATA / "xes-ieee-1849-2016.xsd"))
    log = etree.parse(export.folder / "runs.xes")
    schema.assertValid(log)
    assert len(log.findall("trace")) == len({body["run"] for body in bodies(export)} - {None})
    assert len(log.findall("trace/event")) == sum(body["run"] is not None for body in bodies(export))


def test_ocel_is_valid_by_its_schema_and_whole(export: Taken) -> None:
    log = json.loads((export.folder / "log.ocel.json").read_bytes())
    jsonschema.validate(log, json.loads((DATA / "ocel20-schema-json.json").read_bytes()))
    assert [event["id"] for event in log["events"]] == [f"entry:{body['seq']}" for body in bodies(export)]
    known = {one["id"] for one in log["objects"]}
    assert {rel["objectId"] for event in log["events"] for rel in event["relationships"]} <= known
    assert {one["type"] for one in log["objects"]} == {"log", "run", "ticket", "person", "procedure"}


def test_csv_has_a_line_an_entry(export: Taken) -> None:
    text = (export.folder / "entries.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [int(row["seq"]) for row in rows] == [body["seq"] for body in bodies(export)]
    for row, body in zip(rows, bodies(export), strict=True):
        assert json.loads(row["evidence"]) == body["evidence"]
        assert row["type"] == body["type"]


@given(
    st.text(max_size=8) | st.sampled_from(["=1+1", "\t=1", " @x", "＝1", "'=1", "+1", "-1", "\r=1", "\n=1"])
)
def test_no_cell_is_a_formula_and_what_was_recorded_comes_back(text: str) -> None:
    cell = safe(text)
    assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    assert (cell.removeprefix("'") if cell.startswith("'") else cell) == text


def hostile(text: str, number: int) -> dict[str, Any]:
    return {
        "v": 1, "log": "l", "seq": number, "prev": "", "run": text, "run_seq": 0, "run_prev": "", "type": text,
        "procedure": {"id": text, "revision": 1, "digest": text}, "at": text, "arrow": text, "to": text,
        "actor": text, "role": text, "outcome": text, "reason": text,
        "evidence": [{"kind": "start", "ticket": text}], "key": "k",
        "ts": {"wall": "2026-11-02T09:00:00.000000Z", "mono_ns": "1", "boot": "b"},
    }  # fmt: skip


def test_hostile_text_breaks_no_format(export: Taken) -> None:
    from sop_runner.audit.log import LedgerKind, Opening

    opening = Opening("ab" * 16, LedgerKind.TRAINING, export.key)
    made = []
    for kind in (CsvTable, XesTable, OcelTable):
        out = Memory()
        table = kind(out)  # type: ignore[arg-type]  # anything that takes bytes
        table.begin(opening)
        for number, text in enumerate(TEXTS):
            table.add(hostile(text, number), bytes(32))
        table.finish()
        made.append(out.data)
    rows = list(csv.DictReader(io.StringIO(made[0].decode("utf-8-sig"), newline="")))
    assert [row["reason"] for row in rows] == [safe(text) for text in TEXTS]
    log = etree.fromstring(made[1], etree.XMLParser(resolve_entities=False))
    etree.XMLSchema(etree.parse(DATA / "xes-ieee-1849-2016.xsd")).assertValid(log)
    assert len(log.findall("trace/event")) == len(TEXTS)
    found = json.loads(made[2])
    assert [event["attributes"][-2]["value"] for event in found["events"]] == list(TEXTS)
    assert len(rows[0]) == len(COLUMNS)


# What the independent reader and its libraries warn of is theirs; it takes an error inside for an answer.
theirs = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def pm4py() -> Any:
    """The independent reader (AGPL, tests only)."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pm4py as module
    return module


def of_the_model(pm4py: Any, path: Path, procedure: str) -> Any:
    log = pm4py.read_xes(str(path), return_legacy_log_object=False)
    log = log[log["sop:in_model"].astype(bool)]
    ended = log[log["sop:type"] == "RunEnded"]["case:concept:name"]
    log = log[log["case:concept:name"].isin(ended)]  # a run under way has no end that it could reach
    return log[log["case:sop:procedure"] == procedure]


def fitness(pm4py: Any, log: Any, model: Path) -> float:
    net, initial, final = pm4py.read_pnml(str(model))
    found = pm4py.fitness_alignments(log, net, initial, final, multi_processing=False)
    return float(found["average_trace_fitness"])


@theirs
@pytest.mark.parametrize("name", ["account-change", "international-roaming-dispute"])
def test_runs_conform_to_the_model_and_a_forged_one_does_not(
    export: Taken, pm4py: Any, name: str, tmp_path: Path
) -> None:
    (model,) = (export.folder / "models").glob(f"{name}-r*.pnml")
    log = of_the_model(pm4py, export.folder / "runs.xes", name)
    assert len(log) > 50
    assert fitness(pm4py, log, model) == 1.0
    text = (export.folder / "runs.xes").read_text(encoding="utf-8")
    skipped = "caller-identity:done" if name == "account-change" else "claim:done"
    forged = tmp_path / "forged.xes"
    lines = [line for line in text.split("\n") if f'key="concept:name" value="{skipped}"' not in line]
    forged.write_text("\n".join(lines), encoding="utf-8")
    assert fitness(pm4py, of_the_model(pm4py, forged, name), model) < 1.0


@theirs
def test_an_independent_reader_takes_the_object_centric_log(export: Taken, pm4py: Any) -> None:
    log = pm4py.read_ocel2_json(str(export.folder / "log.ocel.json"))
    assert len(log.events) == len(bodies(export))
    assert set(log.objects["ocel:type"]) == {"log", "run", "ticket", "person", "procedure"}
