"""An entry as it is on record, one field a paragraph."""

import json

from sop_runner.audit.entry import Entry

from ..widgets.paper import Para


def entry_paras(entry: Entry) -> list[Para]:
    """Every field that says something, evidence piece by piece, and the leaf that the tree holds."""
    paras = []
    for name, value in {**json.loads(entry.body), "leaf": entry.leaf.hex()}.items():
        for number, piece in enumerate(value if name == "evidence" else (value,)):
            if piece is not None:
                said = piece if isinstance(piece, str) else json.dumps(piece, ensure_ascii=False)
                paras.append(Para(said, "", f"{name if number == 0 else '':<10} "))
    return paras
