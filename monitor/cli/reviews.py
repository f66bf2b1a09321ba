"""review and case: what a person decides on, and what comes of it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.opening import Json, NotUnderstood, session_of
from monitor.cli.output import show_record, show_rows

if TYPE_CHECKING:
    from sqlmodel import Session

    from reports.cases import Case
    from reports.matches import MatchRow
    from reports.review import Decision

review = typer.Typer(no_args_is_help=True, help="Matches that want a person's decision.")
case = typer.Typer(no_args_is_help=True, help="Confirmed matches of one video for one claimant.")

MATCH_COLUMNS = ("id", "status", "subject", "modality", "from", "to", "best", "score", "band", "false_per_1000", "title")
Reviewer = Annotated[str, typer.Option(help="The name of the person who decides.")]
Reason = Annotated[str, typer.Option(help="Why; it is printed in the report.")]


def join(app: typer.Typer) -> None:
    app.add_typer(review, name="review")
    app.add_typer(case, name="case")


@review.command("list")
def review_list(
    context: typer.Context,
    status: Annotated[str, typer.Option(help="pending, licensed, confirmed, rejected or all.")] = "pending",
    json: Json = False,
) -> None:
    """List matches; without options, those that wait for a decision."""
    from sqlmodel import col, select

    from reports.matches import MatchRow, MatchStatus, licences_as_of_now

    query = select(MatchRow).order_by(col(MatchRow.found_at), col(MatchRow.id))
    if status != "all":
        if status not in list(MatchStatus):
            raise NotUnderstood(f"{status!r} is no status.", f"Give one of: {', '.join(MatchStatus)}, all.")
        query = query.where(MatchRow.status == MatchStatus(status))
    with session_of(context) as (_, session):
        licences_as_of_now(session)
        rows = [match_fields(session, row) for row in session.exec(query)]
        show_rows(rows, json, "No match waits for a decision.", MATCH_COLUMNS)


def match_fields(session: "Session", row: "MatchRow") -> dict[str, Any]:
    from crawler.videos import Capture, Video
    from matcher.calibration import band
    from registry.subjects import Subject

    video = session.get_one(Video, session.get_one(Capture, row.capture_id).video_id)
    subject = session.get(Subject, row.subject_id)
    return {
        "id": row.id,
        "status": row.status.value,
        "subject": subject.name if subject else None,
        "subject_id": row.subject_id,
        "modality": row.modality.value,
        "from": round(row.t_start, 2),
        "to": round(row.t_end, 2),
        "best": round(row.best_t, 2),
        "score": round(row.score, 3),
        "threshold": round(row.threshold, 3),
        "margin": round(row.margin, 3),
        "band": band(row.expected_false_matches),
        "false_per_1000": round(row.expected_false_matches, 3),
        "encoder": row.encoder,
        "pack": row.pack,
        "reasons": row.reasons,
        "permission": row.permission_reason,
        "capture_id": row.capture_id,
        "title": video.title,
        "page_url": video.page_url,
        "media_url": video.media_url,
    }


@review.command("confirm")
def review_confirm(context: typer.Context, match: str, reviewer: Reviewer, reason: Reason, json: Json = False) -> None:
    """Confirm a match: it enters a case."""
    from reports.review import Decision

    _decide(context, match, Decision.CONFIRM, reviewer, reason, json)


@review.command("reject")
def review_reject(context: typer.Context, match: str, reviewer: Reviewer, reason: Reason, json: Json = False) -> None:
    """Reject a match."""
    from reports.review import Decision

    _decide(context, match, Decision.REJECT, reviewer, reason, json)


@review.command("reopen")
def review_reopen(context: typer.Context, match: str, reviewer: Reviewer, reason: Reason, json: Json = False) -> None:
    """Take a decision back; the match waits again."""
    from reports.review import Decision

    _decide(context, match, Decision.REOPEN, reviewer, reason, json)


def _decide(context: typer.Context, match: str, decision: "Decision", reviewer: str, reason: str, json: bool) -> None:
    from registry.db import now
    from reports.cases import open_cases
    from reports.matches import MatchRow
    from reports.review import review as decide

    with session_of(context) as (_, session):
        chosen = match_of(session, match)
        decide(session, chosen, decision, reviewer, reason, now())
        open_cases(session)
        record = match_fields(session, session.get_one(MatchRow, chosen))
    show_record(record, json)


def match_of(session: "Session", typed: str) -> str:
    """The match of an id or of the first digits of one."""
    from sqlmodel import col, select

    from registry.errors import NotFound
    from registry.prefixes import begins_with
    from reports.matches import MatchRow

    found = session.exec(select(MatchRow.id).where(begins_with(col(MatchRow.id), typed)).limit(2)).all()
    if len(found) != 1:
        how = "no" if not found else "more than one"
        raise NotFound(f"There is {how} match {typed!r}.", "Type `semblance review list --status all` to see the ids.")
    return found[0]


@case.command("list")
def case_list(context: typer.Context, json: Json = False) -> None:
    """List all cases."""
    from reports.cases import open_cases

    with session_of(context) as (_, session):
        rows = [_case_fields(session, row) for row in open_cases(session)]
        columns = ("id", "party", "matches", "opened_at", "title", "page_url")
        show_rows(rows, json, "No cases yet: confirm a match with `semblance review confirm`.", columns)


@case.command("show")
def case_show(context: typer.Context, case: str, json: Json = False) -> None:
    """Show one case with its matches."""
    from reports.cases import case_matches, find_case

    with session_of(context) as (_, session):
        found = find_case(session, case)
        matches = [match_fields(session, row) for row in case_matches(session, found)]
        if json:
            show_record({**_case_fields(session, found), "matches": matches}, True)
            return
        show_record(_case_fields(session, found), False)
        show_rows(matches, False, "", MATCH_COLUMNS)


def _case_fields(session: "Session", row: "Case") -> dict[str, Any]:
    from registry.parties import Party
    from reports.cases import case_matches, video_of

    video = video_of(session, row)
    return {
        "id": row.id,
        "party": session.get_one(Party, row.party_id).name,
        "party_id": row.party_id,
        "matches": len(case_matches(session, row)),
        "opened_at": row.opened_at,
        "title": video.title,
        "uploader": video.uploader,
        "page_url": video.page_url,
        "media_url": video.media_url,
    }
