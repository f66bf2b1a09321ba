"""The one spelling of a JSON value, so that the same content always has the same digest."""

import json
from typing import Any


def canonical_json(value: Any) -> bytes:
    """Sorted keys, no blanks, UTF-8 unescaped (what ``jq -cjS .`` prints)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "backslashreplace")
