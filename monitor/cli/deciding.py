"""review confirm, reject, permit and reopen: by id, or for all that a video, a subject, an uploader or a host have in common."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.forms import with_form
from monitor.cli.matches import show_match, show_matches
from monitor.cli.opening import Json, NotUnderstood, person_named, session_of
from monitor.cli.output import say, show_json, shown, tell
from monitor.cli.typed import typed_at
from registry.errors import ExitCode

if TYPE_CHECKING:
    from sqlmodel import Session

    from reports.deciding import DecidedLines, Judgement
    from reports.match_lines import MatchLine
    from reports.matches import MatchStatus
    from reports.review import Decision
    from reports.selection import Selection

DECISIONS: Mapping[str, str] = {
    "confirm": "Confirm matches: they enter cases.",
    "reject": "Reject matches: they are no uses of the subject.",
    "permit": "Permit uses without a licence, such as fan work or the press: they enter no case.",
    "reopen": "Take decisions back; the matches wait again.",
}

Matches = Annotated[list[str] | None, typer.Argument(help="Matches by id, or the first digits of one.")]
Video = Annotated[str | None, typer.Option(help="Those of this video: its id, or the address of its page or media.")]
Subject = Annotated[str | None, typer.Option(help="Those of this subject, by name or id.")]
Uploader = Annotated[str | None, typer.Option(help="Those in videos of this uploader, as the page names it.")]
Host = Annotated[str | None, typer.Option(help="Those on this host and those under it.")]


@dataclass(frozen=True)
class Deciding:
    """Which matches are decided on, by whom, and how it is gone about."""

    reviewer: Annotated[str | None, typer.Option(help="The name of the person who decides; an account has its own.")] = None
    matches: Matches = None
    video: Video = None
    subject: Subject = None
    uploader: Uploader = None
    host: Host = None
    status: Annotated[str | None, typer.Option(help="Those of this status, or all; by default those it can be said of.")] = None
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be decided, and decide nothing.")] = False
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False


def join(review: typer.Typer) -> None:
    for name, words in DECISIONS.items():
        review.command(name, help=words)(_command(name))


def _command(name: str) -> Callable[..., None]:
    """One command; all of them take the same options."""

    def decide(
        context: typer.Context,
        reason: Annotated[str, typer.Option(help="Why, of each of them; it is printed in the report.")],
        form: Deciding,
        json: Json = False,
    ) -> None:
        begun = typed_at(context)
        from reports.deciding import Judgement
        from reports.review import Decision

        with session_of(context) as (_, session):
            by = Judgement(Decision(name), person_named(session, form.reviewer, "--reviewer"), reason, begun)
            left = _decide(session, by, form, json)
        if left:
            raise typer.Exit(ExitCode.FOUND)

    return with_form(decide)


def _decide(session: "Session", by: "Judgement", form: Deciding, json: bool) -> bool:
    """On one match that was typed by its id, or on all that fit; whether something was left."""
    from reports.deciding import decide_one, meant_by, refuse_nothing
    from reports.match_lines import chosen_lines

    typed = tuple(form.matches or ())
    statuses = meant_by(by.decision, typed) if form.status is None else status_called(form.status)
    wanted = selection(session, typed, form.video, form.subject, form.uploader, form.host, statuses)
    _refuse_any(wanted)
    found = chosen_lines(session, wanted)
    if not form.dry_run:
        refuse_nothing(found)
    if len(typed) == 1 and len(found) == 1 and not form.dry_run:
        show_match(decide_one(session, found[0], by), json)
        return False
    return _decide_many(session, wanted, found, by, form, json=json)


def _decide_many(
    session: "Session", wanted: "Selection", found: "list[MatchLine]", by: "Judgement", form: Deciding, *, json: bool
) -> bool:
    """Show them, ask, decide, and say what was done: whether something was left."""
    from reports.deciding import decide_all

    if not json:
        show_matches(found, "No match fits all of that. Look at others with: semblance review list --status all")
    if not form.dry_run:
        _make_sure(by.decision, wanted, len(found), form.yes)
    decided = decide_all(session, found, by, dry_run=form.dry_run)
    _tell(decided, json)
    return bool(decided.left)


def selection(
    session: "Session",
    ids: tuple[str, ...],
    video: str | None,
    subject: str | None,
    uploader: str | None,
    host: str | None,
    statuses: "tuple[MatchStatus, ...]",
) -> "Selection":
    from reports.selection import Selection, of_subject

    return of_subject(session, Selection(ids, video, None, uploader, host, statuses), subject)


def status_called(text: str) -> "tuple[MatchStatus, ...]":
    """The status of that name; none where all are meant."""
    from reports.matches import MatchStatus

    if text == "all":
        return ()
    if text not in list(MatchStatus):
        raise NotUnderstood(f"{text!r} is no status.", f"Give one of: {', '.join(MatchStatus)}, all.")
    return (MatchStatus(text),)


def _refuse_any(wanted: "Selection") -> None:
    if wanted.names_none:
        raise NotUnderstood("It is not said which matches.", "Give ids, or --video, --subject, --uploader or --host.")


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


def _tell(made: "DecidedLines", as_json: bool) -> None:
    if as_json:
        show_json(made)
        return
    say(f"{_matches(len(made.decided))} {'would be ' if made.dry_run else ''}{made.decision.said}.")
    for left in made.left:
        tell(f"Left as it is: {left.id}: {shown(left.what)} {shown(left.remedy)}")


def _matches(count: int) -> str:
    return "1 match" if count == 1 else f"{count} matches"
