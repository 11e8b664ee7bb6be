"""Every rule over a compiled plan: one explicit list."""

from .rule import Rule
from .rules import (
    accepting,
    controls,
    decisions,
    document,
    evidence,
    graph,
    identity,
    ids,
    proofs,
    texts,
    time,
)

PROOFS: tuple[Rule, ...] = proofs.RULES
"""What `sop prove` settles; nothing of it can be accepted."""

RULES: tuple[Rule, ...] = (
    *PROOFS,
    *document.RULES,
    *ids.RULES,
    *texts.RULES,
    *controls.RULES,
    *identity.RULES,
    *evidence.RULES,
    *decisions.RULES,
    *time.RULES,
    *graph.RULES,
    *accepting.RULES,
)
"""What `sop lint` looks at beside what the reader and the loader find."""
