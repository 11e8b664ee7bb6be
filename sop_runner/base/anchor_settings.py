"""The table `[anchors]` of `sop.toml`: where copies of the audit log's head are placed outside the desk."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

_URL = re.compile(r"https?://[^\s@\\]+")
_KEY = re.compile(r"[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+=*")
_REMOTE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")
_PATH = re.compile(r"[^\x00-\x1f]{1,4000}")


class BadValue(Exception):
    """A value that does not fit: what was expected, and what to write."""


class Anchors(NamedTuple):
    """Where heads are placed; what is empty is not used.

    `folder` and `git` are paths, from the desk's folder on; `git_remote` is a remote of that repository
    to push to. `witnesses` are URLs and verifier keys of witnesses; `timestamp` is the URL of a time
    stamping authority and `timestamp_certificates` a PEM file of the certificates it is trusted by.
    """

    folder: str = ""
    git: str = ""
    git_remote: str = ""
    witnesses: tuple[tuple[str, str], ...] = ()
    timestamp: str = ""
    timestamp_certificates: str = ""

    def __bool__(self) -> bool:
        return bool(self.folder or self.git or self.witnesses or self.timestamp)


def with_anchor(anchors: Anchors, key: str, value: Any) -> Anchors:
    """`anchors` with one key of the table. Raises BadValue for what does not fit."""
    if key == "folder":
        fix = 'folder = "/mnt/other-disk/heads"'
        return anchors._replace(folder=_fitting(value, _PATH, "the path of a folder", fix))
    if key == "git":
        fix = 'git = {repository = "/srv/heads.git", remote = "origin"}; remote may be left out'
        given = _table(value, ("repository", "remote"), "a git repository", fix)
        remote = _fitting(given["remote"], _REMOTE, "the name of a remote", fix) if "remote" in given else ""
        return anchors._replace(
            git=_fitting(given.get("repository"), _PATH, "a git repository", fix), git_remote=remote
        )
    if key == "witness":
        fix = 'witness = [{url = "https://witness.example/", key = "name+hash+key"}]'
        if not isinstance(value, list):
            raise BadValue("a list of witnesses", fix)
        return anchors._replace(witnesses=tuple(_witness(one, fix) for one in value))
    fix = 'timestamp = {url = "https://tsa.example/", certificates = "tsa.pem"}'
    given = _table(value, ("url", "certificates"), "a time stamping authority", fix)
    return anchors._replace(
        timestamp=_fitting(given.get("url"), _URL, "a URL", fix),
        timestamp_certificates=_fitting(given.get("certificates"), _PATH, "a file of certificates", fix),
    )


KEYS = ("folder", "git", "witness", "timestamp")
"""What the table may hold."""


def _witness(value: Any, fix: str) -> tuple[str, str]:
    given = _table(value, ("url", "key"), "a witness with its URL and its key", fix)
    url = _fitting(given.get("url"), _URL, "the URL of a witness", fix)
    return url, _fitting(given.get("key"), _KEY, "the verifier key of a witness", fix)


def _table(value: Any, known: tuple[str, ...], expected: str, fix: str) -> Mapping[str, Any]:
    if not isinstance(value, dict) or set(value) - set(known):
        raise BadValue(expected, fix)
    return value


def _fitting(value: Any, pattern: re.Pattern[str], expected: str, fix: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise BadValue(expected, fix)
    return value
