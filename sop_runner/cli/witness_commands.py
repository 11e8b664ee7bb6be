"""`sop witness`: keep watch over the heads of other people's logs."""

from pathlib import Path
from typing import Annotated

import typer

from sop_runner.base.errors import UsageError

from .audit_proofs import keys_of
from .common import example, out, say


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(
        epilog=example(
            "sop witness /srv/witness --log 'sop_runner/live/4f…+1a2b3c4d+AX…'",
            "sop witness /srv/witness --port 8470",
        )
    )(witness)


def witness(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The witness's folder; made at its first start.")
    ],
    log: Annotated[
        list[str] | None,
        typer.Option(
            "--log", metavar="FILE|TEXT", help="A verifier key of a log to know from now on; also several."
        ),
    ] = None,
    name: Annotated[
        str, typer.Option("--name", help="Of its key, such as witness.example/w1; said at the first start.")
    ] = "",
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="0: any that is free.", min=0, max=65535)] = 8470,
) -> None:
    """Keep watch over the heads of other logs: cosign them, refuse forks and older copies.

    It speaks C2SP tlog-witness over HTTP. Run it where whoever keeps the desk cannot change its folder, and where
    the desk reaches it; put a web server with TLS before it where that is not one network. Prints its key; ends
    with Ctrl+C.
    """
    import platform

    from sop_runner.anchors.witness_folder import WitnessFolder
    from sop_runner.anchors.witness_server import WitnessServer
    from sop_runner.base.clock import SystemClock

    known = [key for given in log or () for key in keys_of(given)]
    named = name or f"{'-'.join(platform.node().split()) or 'localhost'}/witness"
    kept = WitnessFolder(folder, named, known)
    try:
        if name and kept.key.name != name:
            raise UsageError(
                f"the witness in '{folder}' is called '{kept.key.name}'", hint="Leave --name out."
            )
        with WitnessServer(host, port, kept, SystemClock(), say) as server:
            out(kept.key.text)
            for origin in kept.origins:
                say(f"It knows the log '{origin}'.")
            if not kept.origins:
                say("It knows no log yet: add one with --log and the key that 'sop init' printed.")
            say("In the desk's sop.toml, below [anchors]:")
            say(f'witness = [{{url = "{server.url}", key = "{kept.key.text}"}}]')
            say(f"It listens on {server.url}")
            server.serve_forever()
    finally:
        kept.close()
