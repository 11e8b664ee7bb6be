"""`sop audit proof` and `check-receipt`: one entry, proved without the rest."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sop_runner.base.errors import ExitCode, NotVerified, UsageError

from .common import DeskOption, JsonOption, TrainingOption, ends, example, out, out_json, the_desk

if TYPE_CHECKING:
    from sop_runner.audit.note import VerifierKey

LISTED = "    from entry "
"""How the line under a key begins in what `sop keys list` prints."""
_KEY_FILE = (
    "A key file has one key a line, of the form name+hash+base64; what 'sop keys list' prints will do."
)
_MOST = 1_000_000  # bytes of a file that should hold a receipt, a checkpoint or a key
KeyOption = Annotated[
    str,
    typer.Option(
        "--key",
        metavar="FILE|TEXT",
        help="The verifier key that you trust: its text, or a file with one a line.",
    ),
]


def add_to(app: typer.Typer) -> None:
    """Put these commands into the group `audit`."""
    app.command(epilog=example("sop audit proof 214 > entry-214.proof"))(proof)
    app.command(
        "check-receipt",
        epilog=example("sop audit check-receipt receipt.txt --key sop.key"),
    )(check_receipt)


def keys_of(given: str) -> "tuple[VerifierKey, ...]":
    """Verifier keys from the text of one, or from a file with one a line or as `sop keys list` prints them.

    `#` begins a comment there.

    Raises UsageError where there is none.
    """
    from sop_runner.audit.note import VerifierKey

    if given.count("+") >= 2 and "\n" not in given and not Path(given).is_file():
        return (VerifierKey.parse(given),)
    keys = []
    for number, line in enumerate(
        small_file(Path(given), "verifier key").decode("utf-8", "replace").splitlines(), start=1
    ):
        if line.strip() and not line.startswith(("#", LISTED)):
            try:
                keys.append(VerifierKey.parse(line))
            except UsageError as error:
                raise UsageError(f"'{given}', line {number}: {error.message}", hint=_KEY_FILE) from error
    if not keys:
        raise UsageError(f"'{given}' holds no verifier key", hint=_KEY_FILE)
    return tuple(keys)


def small_file(path: Path, what: str) -> bytes:
    """The bytes of a small file. Raises UsageError where it cannot be read or is too large."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST + 1)
    except OSError as error:
        raise UsageError(f"the {what} '{path}' cannot be read: {error.strerror}") from error
    if len(data) > _MOST:
        raise UsageError(f"'{path}' is too large for a {what}")
    return data


def copied_text(path: Path, what: str) -> bytes:
    """A signed text as it comes out of a ticket or a mail, whose line ends and empty lines around it are not its own."""
    data = small_file(path, what).removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    return data.strip() + b"\n"


def proof(
    context: typer.Context,
    entry: Annotated[int, typer.Argument(metavar="ENTRY", help="The number of an entry of the log.", min=0)],
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """Print a proof that an entry is under the newest checkpoint (C2SP tlog-proof); 'check-receipt' reads it."""
    from sop_runner.desk.receipt import receipt_text

    opened = the_desk(context, desk, training, reading=True)
    try:
        ledger = opened.context.ledger
        found = next(ledger.scan(entry, entry + 1), None)
        if found is None:
            raise UsageError(
                f"there is no entry {entry}", hint=f"The log ends with entry {ledger.size() - 1}."
            )
        out(receipt_text(ledger, found).rstrip("\n"))
    finally:
        opened.close()


def check_receipt(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A receipt or proof, as it was attached.")],
    key: KeyOption,
    as_json: JsonOption = False,
) -> None:
    """Check a receipt with nothing but the file and the verifier keys that you trust. Exits 0 proved, 4 not."""
    from sop_runner.desk.receipt import read_receipt

    trusted = keys_of(key)
    try:
        receipt = read_receipt(copied_text(file, "receipt").decode("utf-8", "strict"))
        wrong = receipt.doubt(*trusted)
    except NotVerified as error:
        receipt, wrong = None, str(error)
    except UnicodeDecodeError:
        receipt, wrong = None, "the file holds no text, so it is no receipt"
    body: dict[str, Any] = {} if receipt is None or wrong else json.loads(receipt.body)
    shown = {name: body.get(name) for name in ("run", "type", "at", "outcome", "actor")}
    if as_json:
        size = None if receipt is None else receipt.checkpoint.size
        index = None if receipt is None else receipt.index
        out_json({"proved": not wrong, "index": index, "size": size, "message": wrong, **shown})
    elif wrong or receipt is None:
        out(f"NOT PROVED: {wrong}")
    else:
        told = ", ".join(f"{name} {value}" for name, value in shown.items() if value)
        out(f"PROVED: entry {receipt.index} of {receipt.checkpoint.size} in '{receipt.checkpoint.origin}'")
        out(f"{told}, recorded {body['ts']['wall']}")
        if "/training/" in receipt.checkpoint.origin:
            out("TRAINING: this closes no ticket.")
    ends(ExitCode.NOT_VERIFIED if wrong else ExitCode.OK)
