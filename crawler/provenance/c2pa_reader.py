"""Reads one file's C2PA manifest. The library is native code and the file comes from a stranger: this runs confined.

Nothing is fetched: neither a manifest that lies elsewhere nor a certificate's status.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_BLOCK = 1 << 20
# A manifest's store is labelled "c2pa"; one that lies elsewhere is named by XMP's dcterms:provenance.
_MARKS = (b"c2pa", b"provenance")
_OFFLINE = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
_MOST = 1_000
_LONG = 2_000


@dataclass(frozen=True)
class Said:
    """What stands in a file. none: no manifest is mentioned. error: the kind of the library's error, with its words.
    source_types, earlier_source_types: terms that the manifest states, and those that only an ingredient's states."""

    none: bool = False
    error: str = ""
    words: str = ""
    state: str = ""
    problems: tuple[str, ...] = ()
    generator: str = ""
    signer: str = ""
    source_types: tuple[str, ...] = ()
    earlier_source_types: tuple[str, ...] = ()


def read_manifest(path: Path, media_type: str) -> Said:
    """Reads and verifies the manifest. Raises OSError when the file itself cannot be read."""
    if not _mentions(path):
        return Said(none=True)
    # Most videos carry none: only a file that mentions one is worth loading the library.
    from c2pa import C2paError, Context, Reader, Settings

    try:
        with path.open("rb") as file:
            store = json.loads(Reader(media_type, file, context=Context(Settings.from_dict(_OFFLINE))).json())
    except C2paError as error:
        return Said(error=type(error).__name__.removeprefix("_C2pa") or "unknown", words=str(error)[:_LONG])
    return _said(store)


def _said(store: dict[str, Any]) -> Said:
    manifests = store.get("manifests") or {}
    active = manifests.get(store.get("active_manifest")) or {}
    earlier = [manifest for manifest in manifests.values() if manifest is not active]
    return Said(
        state=str(store.get("validation_state"))[:_LONG],
        problems=_bounded(str(entry.get("code")) for entry in store.get("validation_status") or []),
        generator=_generator(active)[:_LONG],
        signer=_signer(active)[:_LONG],
        source_types=_bounded(_source_types(active)),
        earlier_source_types=_bounded(kind for manifest in earlier for kind in _source_types(manifest)),
    )


def _bounded(values: Iterator[str]) -> tuple[str, ...]:
    """Each once: what is repeated says nothing more."""
    return tuple(dict.fromkeys(value[:_LONG] for value in values))[:_MOST]


def _generator(manifest: dict[str, Any]) -> str:
    infos = manifest.get("claim_generator_info") or []
    named = [f"{info.get('name', '')} {info.get('version') or ''}".strip() for info in infos if isinstance(info, dict)]
    return ", ".join(filter(None, named)) or str(manifest.get("claim_generator") or "")


def _signer(manifest: dict[str, Any]) -> str:
    signature = manifest.get("signature_info") or {}
    return str(signature.get("issuer") or signature.get("common_name") or "")


def _source_types(value: Any) -> Iterator[str]:
    """Every digitalSourceType in a manifest's assertions, however deep."""
    waiting = [value.get("assertions") or []]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            kind = node.get("digitalSourceType")
            if isinstance(kind, str):
                yield kind
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _mentions(path: Path) -> bool:
    overlap = max(map(len, _MARKS)) - 1
    tail = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            window = tail + block
            if any(mark in window for mark in _MARKS):
                return True
            tail = window[-overlap:]
    return False
