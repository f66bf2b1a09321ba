"""The report in a bundle: what the case rests on, as one PDF for whoever reads nothing else of it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from matcher.decoding import decoder
from registry.kinds import Modality
from registry.presence import present, score_says
from reports.errors import EvidenceMissing
from reports.evidence.checks import NEVER
from reports.evidence.contents import CaseFile
from reports.evidence.guide import FILE_NAMES
from reports.evidence.names import reference_name
from reports.evidence.stills import NO_PLACE, jpeg, of_second, read_reference, shown_part, shown_second
from reports.render.addresses import address
from reports.render.pdf import render_pdf
from reports.render.plain import about_weight, chance, clock, day, moment, places, shorten, size, weight
from reports.reported_matches import label_words
from reports.review import Decision

Fact = Sequence[str]
"""A name and what is said under it, a line each."""

MOST_TEXT = 600
"""Letters of a stranger's text that are printed; case.json has all of it."""

RATES = (
    "A score is from 0 to 1, on the scale of the model that made it. The threshold is the least score that counted in the "
    "gallery that was searched.",
    "“Expected by chance” says how many matches at least this strong 1,000 videos in which nobody enrolled is seen or "
    "heard would raise, as measured when the model was calibrated, for a gallery of the size that was searched. It is no "
    "probability that this match is right. That the model finds everybody who is present is not claimed.",
    "Each match was looked at and confirmed by the named person on the stated day; nothing is in here that nobody confirmed.",
)

LIMITS = (
    "It is no legal opinion, and does not say that a use is unlawful.",
    "That a mark of origin was not found does not say that a video is real, nor that it is made.",
    "Times are by the clock of whoever exported this, except where an authority is named that stated them.",
    "Stills are smaller copies here. The stills in the bundle have the size of the frame; in both, faces of others are made "
    "unrecognisable where it is said so. The captured media is as it was received.",
)

CHECKING = (
    "This file lies in a bundle (data/report.pdf), whose README.txt says how all of it is checked with sha256sum and OpenSSL "
    "alone. The file is signed as a whole (PAdES) with the key that seals the bundle; any reader of PDF that checks signatures "
    "says whether it was changed. Whose the key is shows the fingerprint below alone, where the sender told it on another way.",
)


def report_pdf(
    root: Path, held: CaseFile, case: Mapping[str, Any], matches: Mapping[str, Any], custody: bytes, key: str
) -> bytes:
    """The report, unsigned. root: the bundle as far as it is written, with stills and references. custody: the lines of the
    chain. key: the fingerprint of the key that seals. Raises RenderFailed."""
    pictures: dict[str, bytes] = {}
    exported = datetime.fromisoformat(case["exported_at"])
    number = len(held.matches)
    data = {
        "title": shorten(held.video.title or "", 160) or "Video without a title",
        "case": held.case.id,
        "exported": moment(exported),
        "head": _head(held, case, exported),
        "claims": _claims(held),
        "addresses": [_address(found) for found in held.addresses],
        "captures": [_capture(held, capture, entry) for capture, entry in zip(held.captures, case["captures"], strict=True)],
        "matches_heading": "The confirmed match" if number == 1 else f"The {number} confirmed matches",
        "matches": [_match(root, held, entry, pictures) for entry in matches["matches"]],
        "rates": [
            score_says(held.modalities),
            *RATES,
            *about_weight(entry["likelihood_ratio"] for entry in matches["matches"]),
            *_models(matches["packs"]),
        ],
        "labels": [line for capture in held.captures for line in label_words(held.labels[capture.id])],
        "mandates": [_mandate(held, mandate) for mandate in case["mandates"]],
        "licences": _licences(held, case["licences"]),
        "custody": _custody(custody),
        "limits": [*_unseen(held), *LIMITS],
        "checking": CHECKING,
        "key": [("Fingerprint", key)],
    }
    return render_pdf("evidence", data, pictures, exported, root.parent, for_courts=True)


def _head(held: CaseFile, case: Mapping[str, Any], exported: datetime) -> list[Fact]:
    return [
        ("Case", f"{held.case.id}, opened {moment(held.case.opened_at)}"),
        ("Exported", f"{moment(exported)} by {case['exported_by']}, with Semblance {case['tool']['version']}"),
    ]


def _claims(held: CaseFile) -> list[Fact]:
    return [
        ("Claimant", f"{held.party.name} ({held.party.kind.value})"),
        *(("Subject", f"{s.name} ({s.kind.value})") for _, s in sorted(held.subjects.items())),
    ]


def _address(found: Any) -> list[Fact]:
    """Where the video was, what its pages say, and the last look at each."""
    rows: list[Fact] = [
        ("Media", *_exact(found.video.media_url)),
        ("Looked at", found.said),
        ("First seen", moment(found.video.first_seen_at)),
    ]
    for seen in found.pages:
        page = seen.page
        published = f"published {moment(page.published_at)}" if page.published_at else "no date stated"
        rows += [
            ("Page", *(_exact(page.url) if page.url else ("no address",))),
            ("", shorten(page.title or "no title stated", MOST_TEXT)),
            ("", f"by {shorten(page.uploader or 'nobody who is named', 200)}, {published}; {seen.said}"),
        ]
    return rows


def _exact(url: str) -> Fact:
    """An address as it reads, and as it is where that is something else."""
    shown = address(url)
    return (shown.shown, shorten(shown.exact, MOST_TEXT)) if shown.differs else (shown.shown,)


def _capture(held: CaseFile, capture: Any, entry: Mapping[str, Any]) -> list[Fact]:
    stamps = [
        f"{row.authority}: " + (f"stated {moment(row.stated_at)}" if row.stated_at else f"not yet timestamped: {row.problem}")
        for row in held.timestamps[capture.id]
    ]
    return [
        ("Captured", f"{moment(capture.captured_at)}, {size(capture.media_size)}, {capture.media_type}"),
        *(
            (f"{FILE_NAMES[what]}, SHA-256", file.get("sha256") or f"not in this bundle: {file['absent']}")
            for what, file in entry["files"].items()
        ),
        ("Timestamps", *(stamps or [NEVER])),
    ]


def _match(root: Path, held: CaseFile, entry: Mapping[str, Any], pictures: dict[str, bytes]) -> dict[str, Any]:
    reviews = [
        f"{Decision(one['decision']).said} by {one['reviewer']}, {_moment(one['at'])}: {shorten(one['reason'], MOST_TEXT)}"
        for one in entry["reviews"]
    ]
    words = present(Modality(entry["modality"]))
    return {
        "subject": entry["subject"],
        "still": _still(root, entry, pictures),
        "reference": _reference(root, held, entry, pictures),
        "facts": [
            (words.at, places(entry["t_start"], entry["t_end"], entry["spans"], entry["track"]) + shown_part(entry)),
            *([("What it is", words.nature)] if words.nature else []),
            ("Score", f"{entry['score']:.3f}; the threshold was {entry['threshold']:.3f}"),
            ("Expected by chance", chance(entry["expected_false_matches"])),
            ("Weight", weight(entry["likelihood_ratio"], entry["ratio_most"], entry["reasons"])),
            ("Recognised by", f"{entry['encoder']}, pack {entry['pack']}"),
            ("Why", *(entry["reasons"] or ["no further reasons"])),
            ("Decided", *reviews),
            ("Match", entry["id"]),
        ],
    }


def _still(root: Path, entry: Mapping[str, Any], pictures: dict[str, bytes]) -> dict[str, Any]:
    name, at = f"{entry['id'][:16]}.jpg", clock(entry["best_t"])
    alt = present(Modality(entry["modality"])).frame(at, entry["subject"], confirmed=True)
    best = min(entry["stills"], key=lambda still: abs(still["t"] - entry["best_t"]), default=None)
    if best is None:
        return {"file": None, "alt": alt, "caption": NO_PLACE}
    pictures[name] = jpeg(decoder().picture(root / best["with_box"]), 1000)
    caption = " ".join(filter(None, (f"In the video at {at}, the match's place marked.", best["others"])))
    return {"file": name, "alt": alt, "caption": caption}


def _reference(root: Path, held: CaseFile, entry: Mapping[str, Any], pictures: dict[str, bytes]) -> dict[str, Any]:
    row = held.references.get(entry["reference_id"])
    alt = f"{present(Modality(entry['modality'])).reference} of {entry['subject']}"
    if row is None:
        return {"file": None, "alt": alt, "caption": "The reference was removed since."}
    at = shown_second(entry)
    name = f"{entry['id'][:16]}-reference.jpg" if at is not None else f"{row.id[:16]}-reference.jpg"
    try:
        pictures[name] = jpeg(read_reference(root / reference_name(row), row.kind, at), 480)
    except EvidenceMissing as error:
        return {"file": None, "alt": alt, "caption": error.what}
    return {"file": name, "alt": alt, "caption": f"Reference {row.id[:12]}{of_second(at)}, SHA-256 {row.sha256[:16]}…"}


def _models(packs: Mapping[str, Any]) -> list[str]:
    return [f"The pack {name}: {pack['note']}" for name, pack in packs.items()]


def _mandate(held: CaseFile, mandate: Mapping[str, Any]) -> list[Fact]:
    subject = held.subjects.get(mandate["subject_id"] or "")
    ends = [f"{word} {_day(mandate[name])}" for word, name in (("until", "ends_at"), ("revoked", "revoked_at")) if mandate[name]]
    limits = [f"{word} {', '.join(mandate[name])}" for word, name in (("for", "scope"), ("in", "territory")) if mandate[name]]
    return [
        ("Mandate", f"{mandate['basis']}, for {subject.name if subject else 'all subjects of the claimant'}"),
        ("Valid", ", ".join([f"from {_day(mandate['starts_at'])}", *ends, *limits])),
        ("Verified by", ", ".join(filter(None, (mandate["verified_by"], mandate["how"])))),
        ("Document, SHA-256", mandate["document_sha256"]),
    ]


def _licences(held: CaseFile, licences: Mapping[str, Any]) -> list[str]:
    counted = [
        f"On record for {held.subjects[key].name}: {number or 'no'} {'licence' if number == 1 else 'licences'}."
        for key, number in licences["on_record"].items()
    ]
    considered = [
        f"Considered by {one['by']} on {_day(one['at'])} before a letter: "
        + "; ".join(shorten(str(each.get("words", "")), MOST_TEXT) for each in one["licences"])
        + f". {shorten(one['reason'], MOST_TEXT)}"
        for one in licences["considered"]
    ]
    return [*counted, *(considered or ["No letter of this case called for considering any of them."])]


def _custody(lines: bytes) -> list[list[str]]:
    told = [entry for line in lines.splitlines() if "action" in (entry := json.loads(line))]
    return [
        [
            str(one["seq"]),
            _moment(one["at"]),
            f"{one['action']}, {one['actor']}",
            f"{one['capture_id'][:12]} {one['sha256'][:24]}…",
        ]
        for one in told
    ]


def _unseen(held: CaseFile) -> list[str]:
    """What of the media nobody looked at."""
    found = (
        (capture, scan, line)
        for capture in held.captures
        for scan in held.scans[capture.id]
        for line in ([*scan.unseen] or ([scan.failure] if scan.failure else []))
    )
    return list(dict.fromkeys(f"Not looked at of the capture {c.id[:12]}: {shorten(line, MOST_TEXT)}." for c, _, line in found))


def _moment(stamp: str) -> str:
    return moment(datetime.fromisoformat(stamp))


def _day(stamp: str) -> str:
    return day(datetime.fromisoformat(stamp))
