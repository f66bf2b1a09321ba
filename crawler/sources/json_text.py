"""JSON from strangers: bounded, and read by paths that may lead nowhere."""

import json
from typing import Any

MAX_JSON = 10 * 1024 * 1024


def read_json(body: bytes) -> tuple[Any, str | None]:
    """The document and what is wrong with it, one of which is None."""
    if len(body) > MAX_JSON:
        return None, f"The document is larger than {MAX_JSON:,} bytes."
    try:
        return json.loads(body), None
    except (ValueError, RecursionError):
        return None, "This is no JSON: the site may want a login, or its interface has changed."


def at(node: Any, *path: str | int) -> Any:
    """The value at a path of keys and numbers; None where it leads nowhere."""
    for step in path:
        if isinstance(step, str) and isinstance(node, dict):
            node = node.get(step)
        elif isinstance(step, int) and isinstance(node, list) and -len(node) <= step < len(node):
            node = node[step]
        else:
            return None
    return node


def listed(node: Any, *path: str | int) -> list[dict[str, Any]]:
    """The objects of the list at a path; empty where there is none."""
    found = at(node, *path)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def text(node: Any, *path: str | int) -> str:
    """The text at a path of names and numbers within JSON; empty where there is none."""
    found = at(node, *path)
    return found if isinstance(found, str) else ""


def counts(node: Any, **names: str) -> dict[str, int]:
    """Numbers under our names, from the keys that a platform gives them."""
    found = {name: at(node, key) for name, key in names.items()}
    return {
        name: int(value)
        for name, value in found.items()
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 62
    }
