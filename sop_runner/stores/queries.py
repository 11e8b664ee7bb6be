"""The questions that every database of a log is asked, in SQLite's words; `postgres_words` says them in the other's."""

BODY = "CAST(body AS BLOB)"
TAIL = "SELECT seq, leaf FROM entry ORDER BY seq DESC LIMIT 1"
SIZE = "SELECT coalesce(max(seq), -1) FROM entry"
FIRST = f"SELECT {BODY} FROM entry WHERE seq = 0"  # noqa: S608 - a constant
LEAF = "SELECT leaf FROM entry WHERE seq = ?"
NODE = 'SELECT hash FROM node WHERE level = ? AND "index" = ?'
NEWEST_NOTE = "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1"
# Both are null where an entry is of no run, so that the index on them leads to these alone.
KEY_ENTRIES = (
    f"SELECT {BODY} FROM entry WHERE run IS NULL AND run_seq IS NULL AND seq >= ? "  # noqa: S608 - a constant
    "AND type IN ('KeyEnrolled', 'KeyRetired', 'KeyRotated') ORDER BY seq"
)
OUTSIDE = f"SELECT {BODY} FROM entry WHERE run IS NULL ORDER BY run_seq, seq"  # noqa: S608 - a constant
OF_RUN = f"SELECT {BODY} FROM entry WHERE run = ? AND run_seq >= ? ORDER BY run_seq"  # noqa: S608 - a constant
PART = f"SELECT {BODY} FROM entry WHERE seq >= ? AND seq < ? ORDER BY seq LIMIT ?"  # noqa: S608 - a constant
PROCEDURE = "SELECT yaml FROM procedure WHERE digest = ?"
RUNS = "SELECT run, count(*), max(seq) FROM entry WHERE run IS NOT NULL GROUP BY run ORDER BY max(seq) DESC"
SUMMARIES = "SELECT run, run_seq, facts FROM run_summary WHERE {} ORDER BY last DESC NULLS LAST, run"
