"""Texts compared: each in each language, the old and the new one side by side."""

from collections.abc import Iterator, Mapping

from sop_runner.procedure.model import Procedure, every_node
from sop_runner.procedure.texts import Text
from sop_runner.procedure.walks import fields, texts

from .change import Change, Told

_Texts = Mapping[tuple[str, str], Mapping[str, str]]
"""By node (empty for the top of the file) and key, then by language."""


def compare_texts(told: Told, scope: str, old: Procedure, new: Procedure) -> None:
    """Every text that was reworded, added or dropped, with its language. Not those of added and dropped nodes."""
    before, after = _texts(old), _texts(new)
    common = {""} | ({n.id for _, n, _ in every_node(old)} & {n.id for _, n, _ in every_node(new)})
    for key in dict.fromkeys((*before, *after)):
        node, what = key
        if node not in common or ("choices" in what and (key not in before or key not in after)):
            continue
        one, two = before.get(key, {}), after.get(key, {})
        for language in dict.fromkeys((*one, *two)):
            was, is_ = one.get(language, ""), two.get(language, "")
            if was != is_:
                how = "reworded" if was and is_ else "dropped" if was else "added"
                told.changes.append(
                    Change(
                        "changed",
                        scope + node if node else scope.rstrip("/"),
                        f"{what} {how} ({language})",
                        was,
                        is_,
                        language=language,
                    )
                )


def _texts(procedure: Procedure) -> _Texts:
    found: dict[tuple[str, str], Mapping[str, str]] = {}
    names = {path: node.id for path, node, _ in every_node(procedure)}
    for path, text in _places(procedure):
        node = next((names[path[:n]] for n in range(len(path), 0, -1) if path[:n] in names), "")
        at = next((n for n in range(len(path), 0, -1) if path[:n] in names), 0)
        found[node, _key(procedure, path, at)] = {
            language or procedure.language: said.strip() for language, said in text.by_locale
        }
    return found


def _places(procedure: Procedure) -> Iterator[tuple[tuple[str | int, ...], Text]]:
    for place in texts(procedure):
        # With a title beside it, a sentence is still the same one.
        yield place.path[:-1] if place.path[-1] == "sentence" else place.path, place.text
    for index, related in enumerate(procedure.related):
        yield ("related", index, "title"), related.title
    for index, entry in enumerate(procedure.history):
        yield ("history", index, "change"), entry.change
    for field in fields(procedure):
        for choice, text in field.rules.choices or ():
            if text is not None:
                yield (*field.path, "choices", choice), text
    for path, node, _ in every_node(procedure):
        for index, item in enumerate(getattr(node, "items", ())):
            for answer, text in item.answers:
                if text is not None:
                    yield (*path, "items", index, "answers", answer), text


def _key(procedure: Procedure, path: tuple[str | int, ...], start: int) -> str:
    """What a text is called: list positions by the name of what stands there, so that moving one is no rewording."""
    value: object = procedure
    words: list[str] = []
    for depth, step in enumerate(path):
        value = _step(value, step)
        if depth < start:
            continue
        if isinstance(step, int):
            words.append(f"'{_name(value, step)}'")
        elif step == "flow":  # of nodes inside nothing is told here
            words = ["section"]
        elif step not in ("fields", "items", "factors", "outcomes", "checks", "of"):
            words.append(step.replace("_", " ") if depth == len(path) - 1 else step)
    return " ".join(words)


def _step(value: object, step: str | int) -> object:
    if isinstance(step, int):
        return value[step] if isinstance(value, tuple | list) and step < len(value) else None
    if isinstance(value, Mapping):
        return value.get(step)
    return getattr(value, step, None)


def _name(value: object, index: int) -> str:
    for key in ("field", "item", "factor", "outcome", "href", "revision", "id"):
        if isinstance(found := getattr(value, key, None), str | int):
            return str(found)
    return str(index + 1)
