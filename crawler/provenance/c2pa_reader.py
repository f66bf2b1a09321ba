"""Reads one file's C2PA manifest in a process of its own and prints what it says as JSON: the library is native code, and the
file comes from a stranger. Started by `crawler.provenance.c2pa` as ``python -m crawler.provenance.c2pa_reader TYPE PATH``.

Nothing is fetched: neither a manifest that lies elsewhere nor a certificate's status.
"""

import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from c2pa import C2paError, Context, Reader, Settings

MAX_MEMORY = 4 << 30
MAX_SECONDS = 300
_OFFLINE = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}


def read(path: Path, media_type: str) -> dict[str, Any]:
    """``error`` (its kind) and ``words``; or ``state``, ``problems``, ``generator``, ``signer``, ``source_types`` and
    ``earlier_source_types``, those that only an ingredient's manifest states."""
    try:
        with path.open("rb") as file:
            store = json.loads(Reader(media_type, file, context=Context(Settings.from_dict(_OFFLINE))).json())
    except C2paError as error:
        return {"error": type(error).__name__.removeprefix("_C2pa"), "words": str(error)}
    manifests = store.get("manifests") or {}
    active = manifests.get(store.get("active_manifest")) or {}
    earlier = [manifest for manifest in manifests.values() if manifest is not active]
    signature = active.get("signature_info") or {}
    return {
        "state": store.get("validation_state"),
        "problems": [str(entry.get("code")) for entry in store.get("validation_status") or []],
        "generator": _generator(active),
        "signer": str(signature.get("issuer") or signature.get("common_name") or ""),
        "source_types": list(_source_types(active)),
        "earlier_source_types": [kind for manifest in earlier for kind in _source_types(manifest)],
    }


def _generator(manifest: dict[str, Any]) -> str:
    infos = manifest.get("claim_generator_info") or []
    named = [f"{info.get('name', '')} {info.get('version') or ''}".strip() for info in infos if isinstance(info, dict)]
    return ", ".join(filter(None, named)) or str(manifest.get("claim_generator") or "")


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


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.write(json.dumps(read(Path(sys.argv[2]), sys.argv[1])))


if __name__ == "__main__":
    main()
