"""notice: letters about a case."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.forms import with_form
from monitor.cli.letter_form import LetterForm, entered
from monitor.cli.listing import After, Limit, Search, part_of, show_listed
from monitor.cli.opening import Json, person_named, session_of
from monitor.cli.output import end_progress, named, progress_line, say, show_json, show_record, shown, tell, utc
from monitor.cli.reviews import check_which, show_outcomes

if TYPE_CHECKING:
    from reports.letters import DraftedLine
    from reports.notices.lines import NoticeView, WrittenLine

notice = typer.Typer(no_args_is_help=True, help="Letters about a case, for counsel to edit and sign.")

By = Annotated[str | None, typer.Option(help="The name of the person who drafts it; an account has its own.")]
Approver = Annotated[str | None, typer.Option(help="The name of the person who approves it; an account has its own.")]
Out = Annotated[Path | None, typer.Option(help="Folder for the letter; otherwise the party's own in reports.")]

COLUMNS = ("law", "state", "drafted_by", "drafted_at", "approved_by", "approved_at", "missing", "id")


def join(app: typer.Typer) -> None:
    from monitor.cli.notice_life import add_to

    add_to(notice)
    app.add_typer(notice, name="notice")


@notice.command("draft")
@with_form
def notice_draft(
    context: typer.Context,
    by: By = None,
    case: Annotated[str | None, typer.Argument(help="The case, by its id; or --all.")] = None,
    every: Annotated[bool, typer.Option("--all", help="About every case that has no such letter yet.")] = False,
    law: Annotated[str, typer.Option(help="Under which law of `notice laws`; publicity takes what fits.")] = "publicity",
    *,
    form: LetterForm,
    out: Out = None,
    json: Json = False,
) -> None:
    """Look at every address of a case, now, and draft a letter about what is there; refused where nothing is.

    With --all, about each case that it can be drafted about; the others are listed with the reason, and the exit code is 1.
    """
    from monitor.letters import draft_letter_about, draft_letters, letter_under

    template, terms = letter_under(law), form.terms()
    with session_of(context) as (workspace, session):
        check_which([case] if case else None, every)
        who, terms = person_named(session, by, "--by"), entered(session, terms)
        if case is None:
            made = draft_letters(workspace, session, template, terms, who, out, progress_line())
            end_progress()
            show_outcomes(made, json, "No cases yet.", "it has a letter about the same matches")
            return
        drafted = draft_letter_about(workspace, session, case, template, terms, who, out, progress_line())
        end_progress()
    _tell_written(drafted.letter, json)
    if not json:
        _tell_drafted(drafted)


def _tell_drafted(drafted: "DraftedLine") -> None:
    letter = drafted.letter
    say(f"The draft is {shown(letter.docx)}, and as it prints {shown(letter.pdf)}.")
    say(f"Its stills are in {shown(letter.enclosures)}.")
    _tell_copies(letter)
    if drafted.licences:
        licensees = "; ".join(drafted.licences)
        say(f"Kept with it: that {shown(drafted.considered_by)} considered the licences of {shown(licensees)}.")
    for missing in letter.missing:
        tell(f"To be completed: {shown(missing)}")


def _tell_copies(letter: "WrittenLine") -> None:
    if letter.reading:
        say(f"The same in English, to be read and not sent: {shown(letter.reading[-1])}.")


def _tell_written(line: "WrittenLine", json: bool) -> None:
    for warning in line.warnings:
        tell(f"Before you send it: {shown(warning)}")
    for left in line.left:
        tell(f"Not in the letter: {shown(left)}")
    if json:
        show_json(line)


@notice.command("approve")
def notice_approve(
    context: typer.Context,
    notice: str,
    by: Approver = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Look again, now, and approve a draft; refused when it states anything that is not so any more, or has blanks."""
    from monitor.letters import approve_letter

    with session_of(context) as (workspace, session):
        who = person_named(session, by, "--by")
        approved = approve_letter(workspace, session, notice, who, out, progress_line())
        end_progress()
    _tell_written(approved, json)
    if not json:
        say(f"Approved by {shown(who)}. The letter is {shown(approved.docx)}, and as it prints {shown(approved.pdf)}.")
        _tell_copies(approved)


@notice.command("list")
def notice_list(
    context: typer.Context,
    case: Annotated[str | None, typer.Argument(help="Only those of this case.")] = None,
    search: Search = "",
    limit: Limit = None,
    after: After = None,
    json: Json = False,
) -> None:
    """List all notices, or those of a case."""
    from reports.notices.lines import notice_lines

    with session_of(context) as (_, session):
        found = notice_lines(session, part_of(search, limit, after, json), case)
        nothing = "No notice fits that." if search else "No notices. Draft one with `semblance notice draft`."
        show_listed(found, named, json, nothing, COLUMNS, limit=limit)


@notice.command("show")
def notice_show(context: typer.Context, notice: str, json: Json = False) -> None:
    """Show a notice: what it rests on, what was considered, who approved it and on which looks."""
    from reports.notices.lines import notice_view

    with session_of(context) as (_, session):
        found = notice_view(session, notice)
    show_record(found if json else {**named(found), **_in_words(found)}, json)


def _in_words(found: "NoticeView") -> dict[str, Any]:
    """What JSON says of a letter as lists, as lines for people."""
    return {
        "licences": [f"{entry['licensee']}, {entry['terms']}: {entry['why']}" for entry in found.licences],
        "seen": _looks(found.seen),
        "seen_for_approval": _looks(found.seen_for_approval),
        "events": [" ".join(filter(None, (utc(one.at), one.event, one.how, f"({one.by})"))) for one in found.events],
    }


def _looks(looks: list[dict[str, Any]]) -> list[str]:
    return [f"{look['url']} {look['seen']} at {look['at']}" for look in looks]


@notice.command("laws")
def notice_laws(json: Json = False) -> None:
    """List the laws that letters may rest on: whether each is in force, when it was checked, what it needs, and why not."""
    from registry.db import now
    from reports.notices.kinds import law_lines

    found = law_lines(now().date())
    if json:
        show_json(found)
        return
    for line in found:
        checked = f"checked on {line.checked_on}" if line.checked_on else "not checked"
        say(f"{line.law}: {line.title}. {line.citation}; {line.status}, {checked}.")
        if line.why_not:
            say(f"  No letter rests on it: {line.why_not}.")
        say(f"  It needs: {'; '.join(line.asks)}.")
        for thought in line.considerations:
            say(f"  To be considered: {thought}")
        if line.warning:
            tell(line.warning)
