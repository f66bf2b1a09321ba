"""Matches as rows of tables and as JSON."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from monitor.cli.output import say, show_record, show_table, shown, tell

if TYPE_CHECKING:
    from sqlmodel import Session

    from crawler.videos import Video
    from registry.kinds import Modality
    from registry.paging import Listed
    from registry.subjects import Subject
    from reports.matches import MatchRow

MATCH_COLUMNS = (
    *("id", "status", "subject", "modality", "from", "to", "best", "score", "band", "false_per_1000"),
    *("title", "uploader", "video"),
)
OF_THE_VIDEO = ("title", "uploader", "video")
VIDEO_DIGITS = 12
AT_ONCE = 500


def match_fields(session: "Session", rows: "Iterable[MatchRow]") -> list[dict[str, Any]]:
    """mandate: what stands against acting for the subject now, or where alone that is allowed; empty where nothing does.

    conflict: that another party claims the same right; empty where none does.
    """
    from reports.claims import may_be_contested
    from reports.findings import videos_of_captures

    held = list(rows)
    videos = videos_of_captures(session, {row.capture_id for row in held})
    subjects, mandates = _standings(session, held)
    rivalled = may_be_contested(session)
    wanted = {(row.subject_id, row.modality): row for row in held if row.subject_id in rivalled}
    conflicts = {about: _conflict(session, row) for about, row in wanted.items()}
    return [_fields(row, videos[row.capture_id], subjects.get(row.subject_id), mandates, conflicts) for row in held]


def in_batches(session: "Session", found: "Listed[MatchRow]") -> Iterator[tuple[dict[str, Any], str]]:
    """Matches as match_fields has them, each with its cursor, while they are read."""
    rows = iter(found.rows)
    while some := list(islice(rows, AT_ONCE)):
        yield from zip(match_fields(session, [row for row, _ in some]), [cursor for _, cursor in some], strict=True)


def _fields(
    row: "MatchRow",
    video: "Video",
    subject: "Subject | None",
    mandates: "Mapping[tuple[str, Modality], str]",
    conflicts: "Mapping[tuple[str, Modality], str]",
) -> dict[str, Any]:
    from matcher.bands import band

    return {
        "id": row.id,
        "status": row.status.value,
        "subject": subject.name if subject else None,
        "subject_id": row.subject_id,
        "modality": row.modality.value,
        "from": round(row.t_start, 2),
        "to": round(row.t_end, 2),
        "best": round(row.best_t, 2),
        "track": row.track,
        "places": row.spans,
        "score": round(row.score, 3),
        "threshold": round(row.threshold, 3),
        "margin": round(row.margin, 3),
        "band": band(row.expected_false_matches),
        "false_per_1000": float(f"{row.expected_false_matches:.3g}"),
        "encoder": row.encoder,
        "pack": row.pack,
        "reasons": row.reasons,
        "permission": row.permission_reason,
        "mandate": mandates.get((row.subject_id, row.modality), "the subject is not on record any more"),
        "conflict": conflicts.get((row.subject_id, row.modality), ""),
        "capture_id": row.capture_id,
        "video": video.id,
        "title": video.title,
        "uploader": video.uploader,
        "page_url": video.page_url,
        "media_url": video.media_url,
    }


def _standings(
    session: "Session", rows: "Sequence[MatchRow]"
) -> "tuple[Mapping[str, Subject], Mapping[tuple[str, Modality], str]]":
    """The subjects of matches by id, and what stands against acting for them in a modality, in a few statements for all."""
    from registry.db import now
    from registry.standing import standings_of
    from registry.subjects import subjects_of

    at, subjects = now(), subjects_of(session, {row.subject_id for row in rows})
    said: dict[tuple[str, Modality], str] = {}
    for modality in {row.modality for row in rows}:
        wanted = [subjects[key] for key in {row.subject_id for row in rows if row.modality is modality} & subjects.keys()]
        for subject_id, found in standings_of(session, wanted, at, modality).items():
            said[subject_id, modality] = found.reach if found.allowed else found.reason
    return subjects, said


def _conflict(session: "Session", row: "MatchRow") -> str:
    from registry.db import now
    from reports.claims import contested

    return contested(session, row.subject_id, row.modality, now())


def show_matches(fields: Sequence[Mapping[str, Any]], nothing: str) -> None:
    """As a table, and beside it what there is to know of mandates and conflicts; nothing: what to say when there are none."""
    if not fields:
        say(nothing)
        return
    show_table(MATCH_COLUMNS, _table_rows(fields))
    told = {f"{row['subject']}: {row[about]}" for row in fields for about in ("mandate", "conflict") if row[about]}
    for line in sorted(told):
        tell(shown(line))


def show_match(fields: Mapping[str, Any], json: bool) -> None:
    show_record(fields if json else {**fields, "false_per_1000": rate_words(fields["false_per_1000"])}, json)


def rate_words(expected: float) -> str:
    """Expected false matches as a cell: never a plain 0, for below a thousandth no calibration can tell one rate from another."""
    return f"{expected:.3g}" if expected >= 0.001 else "<0.001"


def _table_rows(fields: Sequence[Mapping[str, Any]]) -> list[list[object]]:
    """Cells under MATCH_COLUMNS; what is said of a video stands beside the first of its matches alone."""
    rows, before = [], None
    for row in fields:
        cells = {**row, "video": row["video"][:VIDEO_DIGITS], "false_per_1000": rate_words(row["false_per_1000"])}
        if row["video"] == before:
            cells |= dict.fromkeys(OF_THE_VIDEO, "")
        before = row["video"]
        rows.append([cells[name] for name in MATCH_COLUMNS])
    return rows
