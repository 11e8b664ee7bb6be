"""What each kind of finding means to somebody who never saw one, and what to do about it."""

from collections.abc import Iterable, Mapping

from sop_runner.audit.findings import AuditFinding, Code

_EVIDENCE = "Keep this database as it is, as evidence. A backup, an export or a receipt from before shows what stood there."
_LOOK = (
    "'sop audit replay RUN' shows the run step by step. Ask the people in it, and treat the ticket as one that was not"
    " handled by the rules. Whoever wrote it had the desk's key, or a changed program: rotate the key ('sop keys rotate')."
)
_SIGNED = "Ask who had access to the desk's key, and rotate it ('sop keys rotate')."
ADVICE: Mapping[Code, tuple[str, str]] = {
    Code.FIELD_MODIFIED: (
        "An entry was changed after it was written, by somebody who can write the database.",
        _EVIDENCE,
    ),
    Code.ROW_DELETED: ("Entries were taken out of the log.", _EVIDENCE),
    Code.ROW_INSERTED: ("A row was added that this desk never wrote.", _EVIDENCE),
    Code.REORDERED: ("Entries were moved: the order in which things happened was changed.", _EVIDENCE),
    Code.COLUMN_MISMATCH: (
        "What the database keeps beside the entries, to find and to prove them, does not fit them. Whether the entries"
        " themselves were changed is named apart from this.",
        "Until a backup is put back, trust neither searches nor proofs of this database.",
    ),
    Code.SCHEMA_WEAKENED: (
        "What keeps the database from being changed by mistake was taken away or altered.",
        "Ask who did that. Entries that were changed meanwhile are named apart from this. Whoever keeps the database puts"
        " it right from what is named (on a server: sop store setup), or puts a backup back.",
    ),
    Code.TAIL_TRUNCATED: (
        "The newest entries were cut off.",
        "Keep this database as evidence, look for a copy or backup that still has them, and put it back.",
    ),
    Code.ROLLED_BACK: (
        "An older copy of the log lies in its place, and everything newer is missing.",
        "Find the newer database and put it back. If you restored a backup yourself, keep the copy that is named as"
        " evidence of what is missing.",
    ),
    Code.FORKED: (
        "There are two histories of one log: this one, and the one that somebody outside has seen.",
        "Hold both against receipts in tickets and what witnesses keep, to tell which is the real one.",
    ),
    Code.REKEYED: (
        "The log is signed by another key than the one that you trust, or a key was changed in a way that is not allowed.",
        "Believe nothing in this log before whoever gave you the key has confirmed which one is right.",
    ),
    Code.SIG_FORGED: (
        "A signature does not fit what it stands under, or is not by the key of the desk.",
        "Entries under a later good signature are covered all the same. Ask who changed what is named.",
    ),
    Code.SIG_MISSING: (
        "Entries stand in the log that no signature covers: somebody without the desk's key can have written them.",
        "Do not rely on these entries. If the desk goes on with its key, the next one that it writes covers them.",
    ),
    Code.KEY_OUT_OF_RANGE: (
        "A key signed where it may not: before it was let in, or after its end.",
        _SIGNED,
    ),
    Code.PROCEDURE_MISMATCH: (
        "The text of a procedure is not the one that runs were begun under, so they cannot be judged by it.",
        "Put the approved text back from a backup or an export; its digest is in the start of each run.",
    ),
    Code.ILLEGAL_TRANSITION: ("Something is on record that the rules do not allow.", _LOOK),
    Code.CONTROL_SKIPPED: (
        "Something was done without a check, a signature or a factor that had to come first.",
        _LOOK,
    ),
    Code.FACTOR_REUSED: ("One proof was counted twice, such as a code that may be used once.", _LOOK),
    Code.SAME_PERSON: ("One person did what two had to do.", _LOOK),
    Code.RUN_INCOMPLETE: ("A run has a gap, or stops before what had to follow.", _LOOK),
    Code.PAYLOAD_MISSING: (
        "A personal value is gone, and no erasure that counts names it.",
        "Put a backup of the vault back, or ask who deleted it. Erasing by command ('sop audit erase') puts it on record.",
    ),
    Code.PAYLOAD_ALTERED: (
        "A personal value in the vault is not what the log says: it was altered or exchanged, or it is back although it"
        " was erased.",
        "One that is back came with a backup: erase it again. For others put a backup of the vault in place; the log can"
        " only say that it is not this one.",
    ),
    Code.ERASED_OK: (
        "Personal values were erased as the rules say, and the log tells so.",
        "There is nothing to do.",
    ),
    Code.CLOCK_BACK: (
        "The computer's clock was set back. The order of the entries holds, times around it may not.",
        "Ask who set it, where a time matters.",
    ),
    Code.CLOCK_JUMP: (
        "The computer's clock was set forward, or the machine slept. The order of the entries holds.",
        "Ask who set it, where a time matters.",
    ),
    Code.UNVERIFIABLE: (
        "Something could not be looked at. That is no proof of tampering, and no pass.",
        "Mend what the line names, and verify again.",
    ),
}


def advice_on(findings: Iterable[AuditFinding]) -> list[str]:
    """For each kind among the findings, in their order: what it means and what to do."""
    codes = dict.fromkeys(finding.code for finding in findings)
    return [f"{code}: {ADVICE[code][0]} {ADVICE[code][1]}" for code in codes]
