"""`sop prove`: each guarded act and closing end × each required control, and everything else a path can get wrong."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sop_runner.base.errors import ExitCode, UsageError

from .common import JsonOption, ends, example, out, out_json, say

if TYPE_CHECKING:
    from sop_runner.lint.proofs.result import Obligation
    from sop_runner.lint.prove import Proof


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(epilog=example("sop prove procedures/account-change.yaml", "sop prove procedures --json"))(
        prove
    )


def prove(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Procedure files, or folders.")],
    as_json: JsonOption = False,
) -> None:
    """Prove that no path closes a ticket without the controls asked for. Exits 1 where one does, and shows it."""
    from sop_runner.desk.files import SCENARIOS, ProcedureFiles, errors
    from sop_runner.lint.prove import prove as prove_plan
    from sop_runner.machine.plan import compile_plan

    from .lint_text import as_data, as_text
    from .linting import files_in

    told: list[dict[str, Any]] = []
    failed = False
    procedures = [path for path in files_in(paths) if not path.name.endswith(SCENARIOS)]
    if not procedures:
        raise UsageError(
            "no procedure is named: scenarios have no proof", hint="Name a procedure or its folder."
        )
    for path in procedures:
        files = ProcedureFiles(path.parent)
        text = files.text(path)
        resolved = files.resolved(text)
        procedure, digest = text.loaded.procedure, text.loaded.digest
        wrong = errors(text.loaded, resolved)
        if wrong or procedure is None or digest is None:
            failed = True
            told.append({"file": str(path), "proved": False, "findings": [as_data(one) for one in wrong]})
            if not as_json:
                for one in wrong:
                    out(as_text(one, text.loaded.source.line(one.at.line) if one.file == str(path) else ""))
                say(f"{path}: cannot be proved before it is free of errors; see 'sop lint'")
            continue
        loaded = {**resolved.callees, (procedure.procedure, procedure.revision): text.loaded}
        proof = prove_plan(compile_plan(procedure, digest, resolved.procedures), loaded)
        failed = failed or not proof.holds
        told.append({"file": str(path), "proved": proof.holds, **_data(proof)})
        if not as_json:
            _show(str(path), proof)
            sources = {one.file: one.source for one in loaded.values()}
            for one in proof.findings:
                out(as_text(one, sources[one.file].line(one.at.line) if one.file in sources else ""))
    if as_json:
        out_json(told)
    ends(ExitCode.FINDINGS if failed else ExitCode.OK)


def _data(proof: "Proof") -> dict[str, Any]:
    from .lint_text import as_data

    return {
        "obligations": [
            {
                "node": one.node,
                "control": one.control,
                "kind": one.kind,
                "verdict": one.verdict,
                "walked": one.walked,
                "path": [{"node": s.node, "how": s.how, "values": dict(s.values)} for s in one.path],
            }
            for one in proof.obligations
        ],
        "findings": [as_data(one) for one in proof.findings],
    }


def _show(path: str, proof: "Proof") -> None:
    """Each node with its controls and what became of them; the ways that break them follow as findings."""
    out(f"{path}: {'proved' if proof.holds else 'not proved'}")
    by_node: dict[str, list[Obligation]] = {}
    for one in proof.obligations:
        by_node.setdefault(one.node, []).append(one)
    for node, those in by_node.items():
        out(f"  {node}")
        for control in dict.fromkeys(one.control for one in those):
            verdict = _verdict(one for one in those if one.control == control)
            out(f"    {control}: {verdict}")


def _verdict(those: Iterable["Obligation"]) -> str:
    found = {one.kind: one.verdict for one in those}
    if set(found.values()) == {"holds"}:
        return "holds on every path"
    words = {"holds": "holds", "fails": "FAILS", "unsettled": "NOT SETTLED"}
    return ", ".join(f"{kind} {words[verdict]}" for kind, verdict in found.items())
