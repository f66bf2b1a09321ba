"""Whether the chain of custody in a bundle is one."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from crawler.custody import entry_digest


def custody_problems(entries: list[dict[str, Any]]) -> Iterator[str]:
    """Entries of other captures stand in the chain with their digests alone: they link, and tell nothing."""
    if not any("action" in entry for entry in entries):
        yield "holds no entry about a capture of the case"
    before: dict[str, Any] | None = None
    for entry in entries:
        if not _is_link(entry):
            yield f"entry {entry['seq']!r} is no link of a chain"
            return
        if before is not None and (entry["seq"], entry["previous"]) != (before["seq"] + 1, before["sha256"]):
            yield f"entry {entry['seq']} does not follow the one before it"
        if "action" in entry and _digest_of(entry) != entry["sha256"]:
            yield f"entry {entry['seq']} does not have its digest"
        before = entry


def _is_link(entry: dict[str, Any]) -> bool:
    return isinstance(entry["seq"], int) and _is_digest(entry["previous"]) and _is_digest(entry["sha256"])


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _digest_of(entry: dict[str, Any]) -> str:
    at = datetime.fromisoformat(entry["at"])
    named = (entry["actor"], entry["action"], entry["capture_id"], entry["detail"], entry["previous"])
    return entry_digest(entry["seq"], at, *named)
