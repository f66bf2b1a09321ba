"""The files that a page's scripts name, without running any of them."""

import re
from collections.abc import Iterator
from itertools import islice

from crawler.sources.attributes import ENDS, KEYS, Setting, configured, is_aside, names_a_file, playable, read

MAX_JSON = 4 * 1024 * 1024
_MAX_HITS = 5_000
_QUOTED = re.compile(rf"""(["'`])([^"'`\s<>]{{1,2000}}?\.{ENDS}(?:[?#][^"'`\s<>]{{0,2000}})?)\1""", re.IGNORECASE)
_KEYED = re.compile(r"""([\w$.-]{1,60})["'\]]{0,2}\s{0,5}[:=(]\s{0,5}[\[{]?\s{0,5}$""")
_ESCAPED = re.compile(r"(?<!\\)\\{1,8}(?:([\"'/])|u00(2[0-9a-f]|3[0-9a-f]))", re.IGNORECASE)


def in_script(text: str, kind: str) -> Iterator[Setting]:
    """The videos in a script's text. kind: its type, in lower case, without parameters."""
    if not names_a_file(text) and not ("json" in kind and "video/" in text):
        return
    found = configured(read(text)) if "json" in kind and len(text) <= MAX_JSON else None
    yield from found if found is not None else map(Setting, _quoted(text))


def _quoted(text: str) -> list[str]:
    """Absolute addresses wherever they are written, others where they are the value of something."""
    if "\\" in text:
        text = _ESCAPED.sub(lambda found: found[1] or chr(int(found[2], 16)), text)
    named: dict[str, None] = {}
    for found in islice(_QUOTED.finditer(text), _MAX_HITS):
        address = found[2]
        before = _KEYED.search(text[max(0, found.start() - 80) : found.start()])
        key = before[1].rpartition(".")[2] if before is not None else ""
        if _is_offered(key, address) and not is_aside(key) and playable(address):
            named[address] = None
    return list(named)


def _is_offered(key: str, address: str) -> bool:
    """Whether an address is absolute, or the value of something that may have one."""
    if address.lower().startswith(("https://", "http://", "//")):
        return True
    return key != "" and (key.lower() in KEYS or "/" in address)
