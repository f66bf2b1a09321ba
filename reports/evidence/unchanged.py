"""Whether a case still is what its last bundle says."""

import hashlib
from typing import Any

from crawler.availability import VOUCHED, LookOutcome, State
from registry.canonical_json import canonical_json
from reports.addresses import Address
from reports.evidence.contents import CaseFile, case_json, matches_json

RATIOS = ("likelihood_ratio", "ratio_least", "ratio_most")
"""What earlier versions did not say of a match."""


def contents_digest(held: CaseFile) -> str:
    """The SHA-256 of what a bundle of the case says, whoever exports it when: another one is needed when it changes.

    That a capture or an address was looked at for the first time since, or once more, and was the same, is no change of the case,
    nor that an authority answered, nor that a later version would say of a match that it has no likelihood ratio.
    """
    return _digest(held, [_lasting(address) for address in held.addresses])


def is_said_by(held: CaseFile, contents_sha256: str | None) -> bool:
    """Whether the bundle whose contents have that digest says what is on record, also where an earlier version made it, for which
    the first look since was a change."""
    return contents_sha256 in (contents_digest(held), _digest(held, [_stated(address) for address in held.addresses]))


def _digest(held: CaseFile, addresses: list[dict[str, Any]]) -> str:
    case = case_json(held, "", held.case.opened_at)
    said = {key: value for key, value in case.items() if key not in ("tool", "addresses")}
    said["addresses"] = addresses
    said["captures"] = [{k: v for k, v in one.items() if k not in ("scans", "timestamps")} for one in case["captures"]]
    return hashlib.sha256(canonical_json({"case": said, "matches": _matches(held)})).hexdigest()


def _matches(held: CaseFile) -> dict[str, Any]:
    """As the bundle has them, without what one that an earlier version made cannot have."""
    said = matches_json(held, {})
    meaning = {key: words for key, words in said["meaning"].items() if key not in RATIOS}
    matches = [{k: v for k, v in one.items() if k not in RATIOS or v is not None} for one in said["matches"]]
    return {**said, "meaning": meaning, "matches": matches}


def _stated(address: Address) -> dict[str, Any]:
    pages = [
        (seen.page.url, seen.page.title, seen.page.uploader, seen.look and seen.look.outcome.value) for seen in address.pages
    ]
    return {"media_url": address.video.media_url, "state": address.availability.state.value, "pages": pages}


def _lasting(address: Address) -> dict[str, Any]:
    """What is still seen was seen when it was captured: what was not looked at since stands as what was."""
    stated = _stated(address)
    if stated["state"] == State.SEEN and address.availability.why in ("", VOUCHED):
        stated["state"] = State.NOT_LOOKED.value
    return stated | {"pages": [(*about, look or LookOutcome.SEEN.value) for *about, look in stated["pages"]]}
