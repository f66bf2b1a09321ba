"""What a bundle says of the models: what was on record at the scan, and what is installed now. Nothing is guessed."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from matcher.calibration import Calibration
from matcher.errors import PackDamaged, PackError
from matcher.packs.spec import PackSpec
from matcher.packs.store import load
from registry.canonical_json import canonical_json
from registry.version import version
from reports.cases import ConfirmedMatch

BUILT_IN = "built-in"
_NAMED_BY_MODEL = re.compile(r"(?P<model>[^@]+)@(?P<begins>[0-9a-f]{12})(?:\+.*)?")
"""How an encoder is named: its file without .onnx, and the first digits of the file's SHA-256."""


def packs_json(matches: Iterable[ConfirmedMatch], models: Path | None) -> dict[str, Any]:
    """By pack id. models: the folder with the packs of this machine; None where it is not known."""
    encoders: dict[str, set[str]] = {}
    for match in matches:
        encoders.setdefault(match.pack, set()).add(match.encoder)
    return {pack: _pack(pack, sorted(names), models) for pack, names in sorted(encoders.items())}


def _pack(pack: str, encoders: list[str], models: Path | None) -> dict[str, Any]:
    recorded = {name: _recorded(name) for name in encoders}
    if pack == BUILT_IN:
        note = f"Part of Semblance itself, without model files; this bundle was made with Semblance {version()}."
        return {"at_scan": recorded, "installed": None, "note": note}
    spec, problem = _installed(pack, models)
    return {
        "at_scan": recorded,
        "installed": None if spec is None else _described(spec),
        "note": problem if spec is None else _compared(recorded, spec),
    }


def _recorded(encoder: str) -> dict[str, str]:
    named = _NAMED_BY_MODEL.fullmatch(encoder)
    return {} if named is None else {"file": f"{named['model']}.onnx", "sha256_begins": named["begins"]}


def _installed(pack: str, models: Path | None) -> tuple[PackSpec | None, str]:
    only = "Of the pack as it was at the scan, no more is on record than what stands here."
    if models is None:
        return None, f"It was not looked which pack is installed. {only}"
    try:
        return load(models, pack).spec, ""
    except PackDamaged as error:
        return None, f"The pack that is installed now is damaged ({error.what}) and not described. {only}"
    except PackError:
        return None, f"The pack was removed since. {only}"


def _described(spec: PackSpec) -> dict[str, Any]:
    parts = {"face": spec.face, "figure": spec.figure, "voice": spec.voice}
    calibrated = {name: part.calibration for name, part in parts.items() if part is not None}
    return {
        "id": spec.id,
        "title": spec.title,
        "licence": {"names": list(spec.licence.names), "commercial": spec.licence.commercial},
        "files": {name: entry.sha256 for name, entry in sorted(spec.files.items())},
        "calibrations": {name: _calibration(made) for name, made in calibrated.items()},
    }


def _calibration(made: Calibration | None) -> dict[str, str] | None:
    """sha256: over its values as JSON with sorted keys and without blanks, as in the pack's manifest."""
    if made is None:
        return None
    digest = hashlib.sha256(canonical_json(made.model_dump(mode="json"))).hexdigest()
    return {"sha256": digest, "measured_on": made.measured_on}


def _compared(recorded: dict[str, dict[str, str]], spec: PackSpec) -> str:
    known = [said for said in recorded.values() if said]
    same = [said for said in known if _has(spec, said)]
    rest = "The other files and the calibration are those installed when this bundle was made; the scan recorded none of them."
    if not known:
        return f"The scan recorded no digest of a model. {rest}"
    if len(same) < len(known):
        return "The pack that is installed now has another model than the one that the scan recorded: it was replaced since."
    return f"The model that the scan recorded, by the first digits of its SHA-256, is the one that is installed. {rest}"


def _has(spec: PackSpec, said: dict[str, str]) -> bool:
    entry = spec.files.get(said["file"])
    return entry is not None and entry.sha256.startswith(said["sha256_begins"])
