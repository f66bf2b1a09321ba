"""Writing down what a scan found: once per capture and gallery."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from crawler.videos import Capture
from matcher.types import Match, ScanResult
from registry.storage.lock import hold
from reports.looked_for import ASKED
from reports.matches import MatchRow, Scan, content_id, id_of_match
from reports.outbox import Happened, tell
from reports.screen_labels import record_screen_labels
from reports.spans import SAME_SPAN, overlap


def record_scan(
    session: Session, capture: Capture, result: ScanResult, gallery_digest: str, at: datetime, gallery_number: int | None = None
) -> Scan:
    """Write what a scan found, and flush; the caller commits. Doing it again changes nothing.

    A match that an earlier scan found is found again, not doubled: by its id, or, where another gallery or encoder moved its
    start, by its subject and span. It is refreshed unless a person has judged it: a judgement stands on what its
    judge saw. A match that this scan no longer finds stays.
    """
    # A person may decide just now on a match that this scan finds again.
    hold(session)
    for asked in session.exec(select(Scan).where(Scan.capture_id == capture.id, Scan.gallery_number == ASKED)):
        # Whoever wanted it looked at once more has that now, whatever gallery it was.
        asked.gallery_number = None
    scan = _scan_row(capture.id, result, gallery_digest, at)
    scan.gallery_number = gallery_number
    session.merge(scan)
    if result.failure is None:
        _record_matches(session, capture.id, _strongest(capture.id, result.matches), at)
        record_screen_labels(session, capture.id, result.words, result.kind)
    session.flush()
    return session.get_one(Scan, scan.id)


def _scan_row(capture_id: str, result: ScanResult, gallery_digest: str, at: datetime) -> Scan:
    return Scan(
        id=content_id(capture_id, gallery_digest),
        capture_id=capture_id,
        gallery_digest=gallery_digest,
        packs=list(result.packs),
        encoders=list(result.encoders),
        scanned_at=at,
        seconds=result.seconds,
        failure=result.failure.what if result.failure else None,
        remedy=result.failure.remedy if result.failure else None,
        warnings=list(result.warnings),
        appearances=len(result.appearances),
        frames=result.frames_looked_at,
        share=result.share,
        unseen=list(result.unseen),
    )


def _strongest(capture_id: str, matches: Sequence[Match]) -> dict[str, Match]:
    """Matches by id; of two that begin together (a split screen), the stronger speaks for both."""
    found: dict[str, Match] = {}
    for match in sorted(matches, key=lambda m: m.score):
        found[_match_id(capture_id, match)] = match
    return found


def _record_matches(session: Session, capture_id: str, found: dict[str, Match], at: datetime) -> None:
    known = {row.id: row for row in session.exec(select(MatchRow).where(MatchRow.capture_id == capture_id))}
    unclaimed = [row for row in known.values() if row.id not in found]
    for key, match in found.items():
        row = known.get(key) or _same_span(unclaimed, match)
        if row is None:
            session.add(MatchRow(id=key, capture_id=capture_id, found_at=at, **_measured(match)))
            found_here = {"match_id": key, "capture_id": capture_id}
            tell(session, Happened.MATCH_FOUND, found_here, subject=match.subject_id)
            continue
        if row in unclaimed:
            unclaimed.remove(row)
        if row.is_unreviewed:
            row.sqlmodel_update(_measured(match))
            session.add(row)


def _same_span(rows: Iterable[MatchRow], match: Match) -> MatchRow | None:
    """The row whose span shares at least half of the shorter of the two, of the same subject and modality."""
    return next((row for row in rows if _same_kind(row, match) and overlap(row, match.appearance) >= SAME_SPAN), None)


def _same_kind(row: MatchRow, match: Match) -> bool:
    seen = match.appearance
    return (row.subject_id, row.modality, row.track) == (match.subject_id, seen.modality, seen.track)


def _match_id(capture_id: str, match: Match) -> str:
    seen = match.appearance
    return id_of_match(capture_id, match.subject_id, seen.modality, seen.t_start, match.encoder, seen.track)


def _measured(match: Match) -> dict[str, Any]:
    seen = match.appearance
    best, shows, weight = seen.best.box if seen.best else None, match.shows, match.likelihood
    return {
        "subject_id": match.subject_id,
        "reference_id": match.reference_id,
        "modality": seen.modality,
        "t_start": seen.t_start,
        "t_end": seen.t_end,
        "best_t": seen.best_t,
        "best_x1": best.x1 if best else None,
        "best_y1": best.y1 if best else None,
        "best_x2": best.x2 if best else None,
        "best_y2": best.y2 if best else None,
        "boxes": [[o.t, o.box.x1, o.box.y1, o.box.x2, o.box.y2] for o in seen.observations],
        "track": seen.track,
        "counted": seen.counted,
        "spans": [list(span) for span in seen.spans],
        "reference_start": shows.start if shows else None,
        "reference_end": shows.end if shows else None,
        "reference_t": shows.at if shows else None,
        "reference_parts": [{"reference_id": part.reference_id, **asdict(part.shows)} for part in match.parts],
        "score": match.score,
        "threshold": match.threshold,
        "margin": match.margin,
        "expected_false_matches": match.expected_false_matches,
        "likelihood_ratio": weight.ratio if weight else None,
        "ratio_least": weight.least if weight else None,
        "ratio_most": weight.most if weight else None,
        "encoder": match.encoder,
        "pack": match.pack,
        "reasons": list(match.reasons),
    }
