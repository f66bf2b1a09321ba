"""review confirm, reject, permit and reopen: by id, or for all that a video, a subject, an uploader or a host have in common."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.matches import match_fields, show_match, show_matches
from monitor.cli.opening import Json, NotUnderstood, person_named, session_of
from monitor.cli.output import say, show_json, shown, tell
from monitor.cli.typed import typed_at
from registry.errors import ExitCode, NotFound

if TYPE_CHECKING:
    from sqlmodel import Session

    from reports.batches import Decided, Shown
    from reports.matches import MatchRow, MatchStatus
    from reports.review import Decision
    from reports.selection import Selection

DECISIONS: Mapping[str, str] = {
    "confirm": "Confirm matches: they enter cases.",
    "reject": "Reject matches: they are no uses of the subject.",
    "permit": "Permit uses without a licence, such as fan work or the press: they enter no case.",
    "reopen": "Take decisions back; the matches wait again.",
}
DONE = {"confirm": "confirmed", "reject": "rejected", "permit": "permitted", "reopen": "reopened"}

Matches = Annotated[list[str] | None, typer.Argument(help="Matches by id, or the first digits of one.")]
Video = Annotated[str | None, typer.Option(help="Those of this video: its id, or the address of its page or media.")]
Subject = Annotated[str | None, typer.Option(help="Those of this subject, by name or id.")]
Uploader = Annotated[str | None, typer.Option(help="Those in videos of this uploader, as the page names it.")]
Host = Annotated[str | None, typer.Option(help="Those on this host and those under it.")]


def join(review: typer.Typer) -> None:
    for name, words in DECISIONS.items():
        review.command(name, help=words)(_command(name))


def _command(name: str) -> Any:
    """One command; all of them take the same options."""

    def decide(
        context: typer.Context,
        reason: Annotated[str, typer.Option(help="Why, of each of them; it is printed in the report.")],
        reviewer: Annotated[str | None, typer.Option(help="The name of the person who decides; an account has its own.")] = None,
        matches: Matches = None,
        video: Video = None,
        subject: Subject = None,
        uploader: Uploader = None,
        host: Host = None,
        status: Annotated[
            str | None, typer.Option(help="Those of this status, or all; by default those it can be said of.")
        ] = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be decided, and decide nothing.")] = False,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
        json: Json = False,
    ) -> None:
        begun = typed_at(context)
        from reports.review import Decision

        decision, typed = Decision(name), tuple(matches or ())
        with session_of(context) as (_, session):
            who = person_named(session, reviewer, "--reviewer")
            wanted = selection(session, typed, video, subject, uploader, host, _statuses(status, decision, typed))
            found = _found(session, wanted)
            if not found and not dry_run:
                raise NotFound("No match fits all of that.", "Look at others with: semblance review list --status all")
            if len(typed) == 1 and len(found) == 1 and not dry_run:
                show_match(_decide_one(session, found[0], decision, who, reason, begun), json)
                return
            fields, seen = match_fields(session, found), _seen(found)
            if not json:
                show_matches(fields, "No match fits all of that. Look at others with: semblance review list --status all")
            if not dry_run:
                _make_sure(decision, wanted, len(found), yes)
                session.rollback()  # Others may have decided while the question stood.
            decided = _decide_all(session, seen, decision, who, reason, begun)
            if dry_run:
                session.rollback()
            _tell(session, decided, decision, fields, dry_run=dry_run, as_json=json)
        if decided.left:
            raise typer.Exit(ExitCode.FOUND)

    return decide


def selection(
    session: "Session",
    ids: tuple[str, ...],
    video: str | None,
    subject: str | None,
    uploader: str | None,
    host: str | None,
    statuses: "tuple[MatchStatus, ...]",
) -> "Selection":
    from registry.subjects import find_subject
    from reports.selection import Selection

    subject_id = find_subject(session, subject).id if subject else None
    return Selection(ids, video, subject_id, uploader, host, statuses)


def status_called(text: str) -> "tuple[MatchStatus, ...]":
    """The status of that name; none where all are meant."""
    from reports.matches import MatchStatus

    if text == "all":
        return ()
    if text not in list(MatchStatus):
        raise NotUnderstood(f"{text!r} is no status.", f"Give one of: {', '.join(MatchStatus)}, all.")
    return (MatchStatus(text),)


def _statuses(typed: str | None, decision: "Decision", ids: tuple[str, ...]) -> "tuple[MatchStatus, ...]":
    """Those that are asked for, or those that the decision is made for; what is named by its id is meant, whatever its status."""
    from reports.matches import MatchStatus
    from reports.review import Decision

    if typed is not None:
        return status_called(typed)
    if ids:
        return ()
    decided = (MatchStatus.CONFIRMED, MatchStatus.REJECTED, MatchStatus.PERMITTED)
    return decided if decision is Decision.REOPEN else (MatchStatus.PENDING,)


def _found(session: "Session", wanted: "Selection") -> "list[MatchRow]":
    from reports.selection import select_matches

    if wanted.names_none:
        raise NotUnderstood("It is not said which matches.", "Give ids, or --video, --subject, --uploader or --host.")
    return select_matches(session, wanted)


def _decide_one(
    session: "Session", match: "MatchRow", decision: "Decision", reviewer: str, reason: str, begun: datetime
) -> dict[str, Any]:
    """begun: when the command was typed; what others decided since then, nobody who typed it knew."""
    from registry.db import now
    from reports.cases import renew_cases
    from reports.review import review

    review(session, match.id, decision, reviewer, reason, now(), since=begun)
    renew_cases(session)
    (fields,) = match_fields(session, [match])
    return fields


def _seen(found: "Sequence[MatchRow]") -> "list[Shown]":
    from reports.batches import Shown

    return [Shown(match.id, match.status) for match in found]


def _decide_all(
    session: "Session", seen: "Sequence[Shown]", decision: "Decision", reviewer: str, reason: str, begun: datetime
) -> "Decided":
    from registry.db import now
    from reports.batches import review_all

    return review_all(session, seen, decision, reviewer, reason, now(), begun)


def _make_sure(decision: "Decision", wanted: "Selection", count: int, yes: bool) -> None:
    """Whoever decides on many has seen them, and says so. Raises NotUnderstood, and Exit for a no."""
    from reports.review import Decision

    if yes:
        return
    if decision is Decision.CONFIRM and wanted.by_publisher_alone:
        raise NotUnderstood(
            "To confirm whatever an uploader or a host published needs --yes.", "Look at each of the matches above first."
        )
    if not sys.stdin.isatty():
        if count > 1:
            raise NotUnderstood(f"{count} matches fit.", "Look at them above, and give --yes to decide on all of them.")
        return
    if not typer.confirm(f"{decision.value.capitalize()} {_matches(count)}?", err=True):
        tell("Nothing was decided.")
        raise typer.Exit(ExitCode.FOUND)


def _tell(
    session: "Session",
    decided: "Decided",
    decision: "Decision",
    fields: Sequence[Mapping[str, Any]],
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    done = {row.id for row in decided.done}
    if as_json:
        now_so = [row for row in fields if row["id"] in done] if dry_run else match_fields(session, decided.done)
        refused = [{"id": left.id, "what": left.what, "remedy": left.remedy} for left in decided.left]
        show_json({"decision": decision.value, "dry_run": dry_run, "decided": now_so, "left": refused})
        return
    say(f"{_matches(len(done))} {'would be ' if dry_run else ''}{DONE[decision.value]}.")
    for left in decided.left:
        tell(f"Left as it is: {left.id}: {shown(left.what)} {shown(left.remedy)}")


def _matches(count: int) -> str:
    return "1 match" if count == 1 else f"{count} matches"
