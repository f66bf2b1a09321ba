"""notice: letters about a case."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.listing import After, Limit, Search, part_of, show_listed
from monitor.cli.opening import Json, NotUnderstood, moment, person_named, session_of, verifier_named
from monitor.cli.output import end_progress, named, progress_line, say, show_json, show_record, shown, tell
from monitor.cli.reviews import check_which, show_outcomes

if TYPE_CHECKING:
    from sqlmodel import Session

    from reports.notices.base import FairUse, LetterTerms, LicencesConsidered, NoticeTemplate
    from reports.notices.lines import NoticeView, WrittenLine

notice = typer.Typer(no_args_is_help=True, help="Letters about a case, for counsel to edit and sign.")

Out = Annotated[Path | None, typer.Option(help="Folder for the letter; otherwise the party's own in reports.")]

COLUMNS = ("law", "state", "drafted_by", "drafted_at", "approved_by", "approved_at", "missing", "id")


def join(app: typer.Typer) -> None:
    app.add_typer(notice, name="notice")


@notice.command("draft")
def notice_draft(
    context: typer.Context,
    by: Annotated[str | None, typer.Option(help="The name of the person who drafts it; an account has its own.")] = None,
    case: Annotated[str | None, typer.Argument(help="The case, by its id; or --all.")] = None,
    every: Annotated[bool, typer.Option("--all", help="About every case that has no such letter yet.")] = False,
    law: Annotated[str, typer.Option(help="Under which law: publicity.")] = "publicity",
    recipient: Annotated[str, typer.Option(help="To whom; what is not given here becomes a marked blank.")] = "",
    recipient_address: Annotated[str, typer.Option(help="Where the recipient is reached.")] = "",
    sender_address: Annotated[str, typer.Option(help="Postal address of the sender, if not the party's on record.")] = "",
    sender_email: Annotated[str, typer.Option(help="E-mail of the sender, if not the party's on record.")] = "",
    signatory: Annotated[str, typer.Option(help="Who signs, if not the party's signatory on record.")] = "",
    jurisdiction: Annotated[str, typer.Option(help="Whose law applies.")] = "",
    territory: Annotated[str, typer.Option(help="Its place as a code, such as US-CA, where its name does not tell.")] = "",
    statute: Annotated[str, typer.Option(help="The statute relied on.")] = "",
    law_confirmed_by: Annotated[str, typer.Option(help="Who confirmed the statutes that the letter names by itself.")] = "",
    registration: Annotated[str, typer.Option(help="Registration number and class of a mark.")] = "",
    purpose: Annotated[str, typer.Option(help="The commercial purpose of the use.")] = "",
    exceptions: Annotated[str, typer.Option(help="Which exceptions were considered.")] = "",
    deadline: Annotated[str | None, typer.Option(help="The day by which it must be done.")] = None,
    fair_use_by: Annotated[str | None, typer.Option(help="Who considered fair use.")] = None,
    fair_use_on: Annotated[str | None, typer.Option(help="On which day.")] = None,
    fair_use_reason: Annotated[str, typer.Option(help="Why the notice is sent all the same.")] = "",
    licences_considered_by: Annotated[str, typer.Option(help="Who considered earlier or uncertain licences.")] = "",
    licences_reason: Annotated[str, typer.Option(help="Why they do not permit this use.")] = "",
    out: Out = None,
    json: Json = False,
) -> None:
    """Look at every address of a case, now, and draft a letter about what is there; refused where nothing is.

    With --all, about each case that it can be drafted about; the others are listed with the reason, and the exit code is 1.
    """
    from monitor.letters import draft_letter
    from monitor.wiring import NOTICE_TEMPLATES
    from reports.cases import find_case
    from reports.notices.base import LetterTerms
    from reports.notices.lines import written_line

    if law not in NOTICE_TEMPLATES:
        raise NotUnderstood(f"There is no letter under {law!r}.", f"Give one of: {', '.join(NOTICE_TEMPLATES)}.")
    terms = LetterTerms(
        jurisdiction=jurisdiction,
        statute=statute,
        recipient=recipient,
        recipient_address=recipient_address,
        purpose=purpose,
        exceptions=exceptions,
        deadline=moment(deadline).date() if deadline else None,
        fair_use=_fair_use(fair_use_by, fair_use_on, fair_use_reason),
        territory=territory,
        sender_address=sender_address,
        sender_email=sender_email,
        signatory=signatory,
        registration=registration,
        law_confirmed_by=law_confirmed_by,
        licences=_licences(licences_considered_by, licences_reason),
    )
    if every or case is None:
        _draft_all(context, case, every, NOTICE_TEMPLATES[law](), terms, by, out, json)
        return
    with session_of(context) as (workspace, session):
        template, who, terms = NOTICE_TEMPLATES[law](), person_named(session, by, "--by"), _entered(session, terms)
        made = draft_letter(workspace, session, find_case(session, case), template, terms, who, out, progress_line())
        end_progress()
        drafted = written_line(made.notice, made.written, list(made.warnings))
        licences = [entry["licensee"] for entry in made.notice.licences]
        considered_by = made.notice.licences_by
    _tell_written(drafted, json)
    if json:
        return
    say(f"The draft is {shown(drafted.docx)}, and as it prints {shown(drafted.pdf)}.")
    say(f"Its stills are in {shown(drafted.enclosures)}.")
    if licences:
        say(f"Kept with it: that {shown(considered_by)} considered the licences of {shown('; '.join(licences))}.")
    for missing in drafted.missing:
        tell(f"To be completed: {shown(missing)}")


def _tell_written(line: "WrittenLine", json: bool) -> None:
    for warning in line.warnings:
        tell(f"Before you send it: {shown(warning)}")
    if json:
        show_json(line)


def _draft_all(
    context: typer.Context,
    case: str | None,
    every: bool,
    template: "NoticeTemplate",
    terms: "LetterTerms",
    by: str | None,
    out: Path | None,
    json: bool,
) -> None:
    from monitor.letters import draft_letters
    from reports.cases import cases_named

    with session_of(context) as (workspace, session):
        check_which([case] if case else None, every)
        wanted = cases_named(session)
        who = person_named(session, by, "--by")
        made = draft_letters(workspace, session, wanted, template, _entered(session, terms), who, out, progress_line())
        end_progress()
        show_outcomes(made, json, "No cases yet.", "it has a letter about the same matches")


def _fair_use(by: str | None, on: str | None, reason: str) -> "FairUse | None":
    from reports.notices.base import FairUse

    if by is None and on is None and not reason:
        return None
    if not by or not on:
        raise NotUnderstood("A fair-use consideration needs a name and a day.", "Give --fair-use-by and --fair-use-on.")
    return FairUse(by, moment(on).date(), reason)


def _licences(by: str, reason: str) -> "LicencesConsidered | None":
    from reports.notices.base import LicencesConsidered

    return LicencesConsidered(by, reason) if by or reason else None


def _entered(session: "Session", terms: "LetterTerms") -> "LetterTerms":
    """What others considered, in their names and in that of the account that enters it."""
    fair_use, licences = terms.fair_use, terms.licences
    if fair_use is not None:
        fair_use = replace(fair_use, considered_by=verifier_named(session, fair_use.considered_by, "--fair-use-by"))
    if licences is not None and licences.considered_by:
        named = verifier_named(session, licences.considered_by, "--licences-considered-by")
        licences = replace(licences, considered_by=named)
    law = terms.law_confirmed_by and verifier_named(session, terms.law_confirmed_by, "--law-confirmed-by")
    return replace(terms, fair_use=fair_use, licences=licences, law_confirmed_by=law)


@notice.command("approve")
def notice_approve(
    context: typer.Context,
    notice: str,
    by: Annotated[str | None, typer.Option(help="The name of the person who approves it; an account has its own.")] = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Look again, now, and approve a draft; refused when it states anything that is not so any more, or has blanks."""
    from monitor.letters import approve_letter
    from registry.db import now
    from reports.notices.lines import written_line
    from reports.notices.notice import find_notice
    from reports.notices.rivals import rival_claims

    with session_of(context) as (workspace, session):
        found = find_notice(session, notice)
        who = person_named(session, by, "--by")
        written = approve_letter(workspace, session, found, who, out, progress_line())
        end_progress()
        approved = written_line(found, written, rival_claims(session, found, now()))
    _tell_written(approved, json)
    if not json:
        say(f"Approved by {shown(who)}. The letter is {shown(approved.docx)}, and as it prints {shown(approved.pdf)}.")


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
    }


def _looks(looks: list[dict[str, Any]]) -> list[str]:
    return [f"{look['url']} {look['seen']} at {look['at']}" for look in looks]
