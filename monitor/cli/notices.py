"""notice: letters about a case."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.listing import After, Limit, Search, part_of, show_listed
from monitor.cli.opening import Json, NotUnderstood, moment, person_named, session_of, verifier_named
from monitor.cli.output import end_progress, progress_line, say, show_json, show_record, shown, tell
from monitor.cli.reviews import check_which, show_outcomes

if TYPE_CHECKING:
    from sqlmodel import Session

    from reports.notices.base import FairUse, LicencesConsidered, NoticeTemplate, Terms
    from reports.notices.notice import Notice
    from reports.notices.writing import WrittenNotice

notice = typer.Typer(no_args_is_help=True, help="Letters about a case, for counsel to edit and sign.")

Out = Annotated[Path | None, typer.Option(help="Folder for the letter; otherwise the party's own in reports.")]


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
    from reports.notices.base import Terms

    if law not in NOTICE_TEMPLATES:
        raise NotUnderstood(f"There is no letter under {law!r}.", f"Give one of: {', '.join(NOTICE_TEMPLATES)}.")
    terms = Terms(
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
        fields = {**_notice_fields(made.notice), **_files(made.written), "warnings": list(made.warnings)}
        licences = [entry["licensee"] for entry in made.notice.licences]
    for warning in made.warnings:
        tell(f"Before you send it: {shown(warning)}")
    if json:
        show_json(fields)
        return
    say(f"The draft is {shown(made.written.docx)}, and as it prints {shown(made.written.pdf)}.")
    say(f"Its stills are in {shown(made.written.enclosures)}.")
    if licences:
        say(f"Kept with it: that {shown(made.notice.licences_by)} considered the licences of {shown('; '.join(licences))}.")
    for missing in fields["missing"]:
        tell(f"To be completed: {shown(missing)}")


def _draft_all(
    context: typer.Context,
    case: str | None,
    every: bool,
    template: "NoticeTemplate",
    terms: "Terms",
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


def _entered(session: "Session", terms: "Terms") -> "Terms":
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
    from reports.notices.notice import find_notice
    from reports.notices.rivals import rival_claims

    with session_of(context) as (workspace, session):
        found = find_notice(session, notice)
        who = person_named(session, by, "--by")
        written = approve_letter(workspace, session, found, who, out, progress_line())
        end_progress()
        fields = {**_notice_fields(found), **_files(written), "warnings": rival_claims(session, found, now())}
    for warning in fields["warnings"]:
        tell(f"Before you send it: {shown(warning)}")
    if json:
        show_json(fields)
        return
    say(f"Approved by {shown(who)}. The letter is {shown(written.docx)}, and as it prints {shown(written.pdf)}.")


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
    from reports.cases import find_case
    from reports.notices.notice import listed_notices

    with session_of(context) as (_, session):
        whose = find_case(session, case) if case else None
        found = listed_notices(session, part_of(search, limit, after, json), whose)
        nothing = "No notice fits that." if search else "No notices. Draft one with `semblance notice draft`."
        columns = ("law", "state", "drafted_by", "drafted_at", "approved_by", "approved_at", "missing", "id")
        show_listed(found, _notice_fields, json, nothing, columns, limit=limit)


@notice.command("show")
def notice_show(context: typer.Context, notice: str, json: Json = False) -> None:
    """Show a notice: what it rests on, what was considered, who approved it and on which looks."""
    from registry.db import now
    from reports.notices.notice import find_notice
    from reports.notices.rivals import rival_claims

    with session_of(context) as (_, session):
        row = find_notice(session, notice)
        record = {
            **_notice_fields(row),
            "fair_use": _considered(row.fair_use_by, row.fair_use_on, row.fair_use_reason),
            "licences": row.licences if json else [f"{e['licensee']}, {e['terms']}: {e['why']}" for e in row.licences],
            "licences_considered": _considered(row.licences_by, "", row.licences_reason),
            "law_confirmed_by": row.law_confirmed_by,
            "conflicts": rival_claims(session, row, now()),
            "seen": row.stated.get("looks", []) if json else _looks(row.stated.get("looks", [])),
            "seen_for_approval": row.approval if json else _looks(row.approval),
        }
    show_record(record, json)


def _considered(by: str, on: str, reason: str) -> str:
    return f"{by}{f' on {on}' if on else ''}: {reason}" if by else ""


def _looks(looks: list[dict[str, Any]]) -> list[str]:
    return [f"{look['url']} {look['seen']} at {look['at']}" for look in looks]


def _files(written: "WrittenNotice") -> dict[str, str]:
    return {"docx": str(written.docx), "pdf": str(written.pdf), "enclosures": str(written.enclosures)}


def _notice_fields(row: "Notice") -> dict[str, Any]:
    return {
        "id": row.id,
        "case_id": row.case_id,
        "law": row.law,
        "state": row.state,
        "drafted_by": row.drafted_by,
        "drafted_at": row.drafted_at,
        "approved_by": row.approved_by,
        "approved_at": row.approved_at,
        "missing": row.missing,
    }
