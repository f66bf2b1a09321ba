"""What a bundle says in JSON: the case, its captures, its matches and its chain of custody."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, select

from crawler.availability import Look
from crawler.custody import CustodyEntry, links_between
from crawler.manifest import page_json
from crawler.videos import Capture, Label, Video
from registry.canonical_json import canonical_json
from registry.kinds import Modality
from registry.parties import Party
from registry.references import Reference
from registry.subjects import Subject
from registry.version import version
from reports.addresses import Address, addresses_of
from reports.cases import Case, ConfirmedMatch, confirmed_matches
from reports.evidence.names import media_name, reference_name, roots_name, token_name
from reports.evidence.rights import rights_json
from reports.families.kin import links_within
from reports.families.rows import FootageCopy
from reports.matches import Scan
from reports.review import Review, reviews_of
from reports.signing.forms import FORM
from reports.signing.timestamp import Timestamp, timestamps_of
from reports.stretches import stretches


@dataclass(frozen=True)
class CaseFile:
    """All rows that a case's bundle is made of, of this case alone."""

    case: Case
    party: Party
    video: Video
    subjects: Mapping[str, Subject]
    captures: Sequence[Capture]
    addresses: Sequence[Address]
    matches: Sequence[ConfirmedMatch]
    references: Mapping[str, Reference]
    labels: Mapping[str, Sequence[Label]]
    scans: Mapping[str, Sequence[Scan]]
    reviews: Mapping[str, Sequence[Review]]
    copies: Sequence[FootageCopy]
    timestamps: Mapping[str, Sequence[Timestamp]]
    rights: Mapping[str, Any]

    @property
    def modalities(self) -> set[Modality]:
        """By which modalities something was found."""
        return {match.modality for match in self.matches}


def case_file(session: Session, case: Case) -> CaseFile:
    """Raises NotConfirmed unless every match of the case is confirmed."""
    matches = confirmed_matches(session, case)
    subjects = {key: session.get_one(Subject, key) for key in {m.subject_id for m in matches}}
    captures = [session.get_one(Capture, key) for key in sorted({m.capture_id for m in matches})]
    ids = [capture.id for capture in captures]
    return CaseFile(
        case=case,
        party=session.get_one(Party, case.party_id),
        video=session.get_one(Video, case.video_id),
        subjects=subjects,
        captures=captures,
        addresses=addresses_of(session, captures),
        matches=matches,
        references=_references(session, matches),
        labels={key: session.exec(select(Label).where(Label.capture_id == key).order_by(Label.kind)).all() for key in ids},
        scans={key: session.exec(select(Scan).where(Scan.capture_id == key).order_by(col(Scan.scanned_at))).all() for key in ids},
        reviews={m.id: reviews_of(session, m.id) for m in matches},
        copies=links_within(session, {m.id for m in matches}),
        timestamps=timestamps_of(session, [c.id for c in captures]),
        rights=rights_json(session, case, subjects),
    )


def _references(session: Session, matches: Sequence[ConfirmedMatch]) -> dict[str, Reference]:
    """Those that are held still, by their ids."""
    rows = {key: session.get(Reference, key) for key in dict.fromkeys(_matched(matches))}
    return {key: row for key, row in rows.items() if row is not None}


def _matched(matches: Sequence[ConfirmedMatch]) -> Iterator[str]:
    """The references that matched, with those of each stretch of a match that has several."""
    for match in matches:
        yield match.reference_id
        yield from (part["reference_id"] for part in match.reference_parts)


def stamp(at: datetime | None) -> str | None:
    """A moment as the bundle's files have it: ISO 8601, UTC, microseconds."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def case_json(held: CaseFile, operator: str, at: datetime) -> dict[str, Any]:
    """case.json: what the bundle is about, by its published schema."""
    return {
        "schema": "semblance-case-1",
        "signature": FORM,
        "case_id": held.case.id,
        "opened_at": stamp(held.case.opened_at),
        "exported_at": stamp(at),
        "exported_by": operator,
        "tool": {"name": "Semblance", "version": version()},
        "claimant": {"id": held.party.id, "name": held.party.name, "kind": held.party.kind.value},
        "subjects": [{"id": s.id, "name": s.name, "kind": s.kind.value} for _, s in sorted(held.subjects.items())],
        "video": {
            **held.video.model_dump(include={"id", "media_url", "page_url", "title", "description", "uploader"}),
            "published_at": stamp(held.video.published_at),
            "first_seen_at": stamp(held.video.first_seen_at),
            "platform_label": held.video.platform_label,
        },
        "addresses": [_address_json(address) for address in held.addresses],
        "captures": [_capture_json(held, capture) for capture in held.captures],
        "references": [_reference_json(held.references[key]) for key in sorted(held.references)],
        **held.rights,
    }


def _address_json(address: Address) -> dict[str, Any]:
    """One address with the last look at it, and what each of its pages says and the last look at that found."""
    seen = address.availability
    return {
        "video_id": address.video.id,
        "capture_id": address.capture.id,
        "media_url": address.video.media_url,
        "media_sha256": address.capture.media_sha256,
        "availability": {
            "state": seen.state.value,
            "looked_at": stamp(seen.at),
            "since": stamp(seen.since),
            "last_seen_at": stamp(seen.last_seen_at),
            "why": seen.why or None,
        },
        "pages": [{**page_json(page.page), "look": _look_json(page.look)} for page in address.pages],
    }


def _look_json(look: Look | None) -> dict[str, Any] | None:
    if look is None:
        return None
    return {"outcome": look.outcome.value, "first_at": stamp(look.first_at), "at": stamp(look.at), "why": look.why or None}


def _capture_json(held: CaseFile, capture: Capture) -> dict[str, Any]:
    return {
        **capture.model_dump(include={"id", "media_sha256", "media_size", "media_type", "final_url", "page_sha256"}),
        "captured_at": stamp(capture.captured_at),
        "manifest_sha256": capture.manifest_sha256,
        "media_file": media_name(capture),
        "provenance_labels": [label.model_dump(include={"kind", "outcome", "detail"}) for label in held.labels[capture.id]],
        "timestamps": [_timestamp_json(row) for row in held.timestamps[capture.id]],
        "scans": [
            {
                **scan.model_dump(
                    include={"gallery_digest", "packs", "encoders", "appearances", "frames", "warnings", "share", "unseen"}
                ),
                "scanned_at": stamp(scan.scanned_at),
                "failure": scan.failure,
            }
            for scan in held.scans[capture.id]
        ],
    }


def _timestamp_json(row: Timestamp) -> dict[str, Any]:
    if row.reply_sha256 is None:
        return {"authority": row.authority, "absent": f"not yet timestamped: {row.problem}", "asked_at": stamp(row.asked_at)}
    return {
        **row.model_dump(include={"authority", "signer", "serial", "policy"}),
        "stated_at": stamp(row.stated_at),
        "file": token_name(row),
        "roots": roots_name(row),
    }


def _reference_json(reference: Reference) -> dict[str, Any]:
    return {
        **reference.model_dump(include={"id", "subject_id", "sha256", "file_name", "media_type", "kind", "era_from", "era_to"}),
        "file": reference_name(reference),
    }


def matches_json(held: CaseFile, packs: Mapping[str, Any]) -> dict[str, Any]:
    """packs: by pack id, what is known of its models."""
    return {
        "schema": "semblance-matches-1",
        "meaning": {
            "score": "likeness of the appearance to the reference, 0 to 1, on the encoder's own scale",
            "expected_false_matches": "matches at least this strong that 1,000 videos without any enrolled subject would raise",
            "likelihood_ratio": "how many times likelier the score is if the subject is shown than if somebody else is, taken "
            "from people like those measured; between ratio_least and ratio_most, the bounds of the data; null: none holds",
            "times": "seconds from the first picture of the media",
            "track": "number of the picture track that times and boxes are of, from 1; 0 where the media has one only",
            "counted": "whether times come of counting the track's frames from the first, because its own are out of order",
            "spans": "where one match stands for many appearances, from when to when each of them lasts",
            "boxes": "[t, x1, y1, x2, y2], pixels of the upright frame; none, and no best_box, of what is heard",
            "reference_span": "of a clip or recording: from, to, and what is shown at best_t, in seconds of the reference",
            "stretches": "where spans each show part of a clip: which seconds of which reference each of them does",
            "hidden": "[x1, y1, x2, y2] of a still: where a face that is not the match's was made unrecognisable",
            "others": "of a still: what was done about the faces of others; nothing where there were none",
            "copies": "matches of this case in files with other bytes that show the same, each as [from, to] in seconds; "
            "score: 0 to 1; reviews may have been made about one of them",
            "packs": "at_scan: what the scan recorded of the models; installed: the pack when this bundle was made",
        },
        "packs": dict(packs),
        "matches": [_match_json(held, match) for match in held.matches],
    }


def _match_json(held: CaseFile, match: ConfirmedMatch) -> dict[str, Any]:
    place = ("t_start", "t_end", "best_t", "track", "counted")
    weight = ("expected_false_matches", "likelihood_ratio", "ratio_least", "ratio_most", "encoder", "pack")
    plain = ("id", "capture_id", "subject_id", "reference_id", *place, "score", "threshold", "margin", *weight)
    box = match.best_box
    return {
        **{name: getattr(match, name) for name in plain},
        "subject": held.subjects[match.subject_id].name,
        "modality": match.modality.value,
        "reasons": list(match.reasons),
        "best_box": None if box is None else [box.x1, box.y1, box.x2, box.y2],
        "spans": [list(span) for span in match.spans],
        "reference_span": None if match.reference_t is None else [match.reference_start, match.reference_end, match.reference_t],
        "stretches": stretches(match.spans, match.reference_parts),
        "boxes": [list(line) for line in match.boxes],
        "found_at": stamp(match.found_at),
        **_copies_json(held, match),
        "reviews": [
            {"decision": r.decision.value, "reviewer": r.reviewer, "reason": r.reason, "at": stamp(r.at)}
            for r in held.reviews[match.id]
        ],
    }


def _copies_json(held: CaseFile, match: ConfirmedMatch) -> dict[str, Any]:
    """What the match shows that others of the case do; nothing where the case holds no copy with other bytes."""
    copies = [
        {
            "match": link.of_id if link.match_id == match.id else link.match_id,
            "seconds": [link.t_start, link.t_end] if link.match_id == match.id else [link.of_start, link.of_end],
            "their_seconds": [link.of_start, link.of_end] if link.match_id == match.id else [link.t_start, link.t_end],
            **{name: getattr(link, name) for name in ("speed", "mirrored", "score")},
            "found_at": stamp(link.found_at),
        }
        for link in held.copies
        if match.id in (link.match_id, link.of_id)
    ]
    return {"copies": copies} if copies else {}


def custody_lines(session: Session, captures: Sequence[Capture], case_id: str) -> bytes:
    """The chain from the first to the last entry about these captures, one JSON document a line.

    Entries about other captures and other cases, perhaps of other parties, stand in it with their digests alone, so that the
    chain links and tells nothing of them.
    """
    own = {capture.id for capture in captures}
    about = select(CustodyEntry).where(col(CustodyEntry.capture_id).in_(own)).order_by(col(CustodyEntry.seq))
    entries = session.exec(about).all()
    if not entries:
        return b""
    told = {entry.sha256: _entry_json(entry) for entry in entries if entry.detail.get("case_id", case_id) == case_id}
    chain = links_between(session, entries[0].sha256, entries[-1].sha256)
    return b"".join(canonical_json({**asdict(link), **told.get(link.sha256, {})}) + b"\n" for link in chain)


def _entry_json(entry: CustodyEntry) -> dict[str, Any]:
    return {
        "at": stamp(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "capture_id": entry.capture_id,
        "detail": entry.detail,
    }
