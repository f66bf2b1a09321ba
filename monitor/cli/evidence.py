"""notice and evidence: what is handed to others."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.opening import Json, NotUnderstood, moment, session_of
from monitor.cli.output import say, show_json, show_rows, shown, tell
from registry.errors import ExitCode

if TYPE_CHECKING:
    from reports.notices.base import FairUse
    from reports.notices.drafts import Notice

notice = typer.Typer(no_args_is_help=True, help="Letters about a case, for counsel to edit and sign.")
evidence = typer.Typer(no_args_is_help=True, help="Bundles that anyone can verify without this program.")


def join(app: typer.Typer) -> None:
    app.add_typer(notice, name="notice")
    app.add_typer(evidence, name="evidence")


@notice.command("draft")
def notice_draft(
    context: typer.Context,
    case: str,
    by: Annotated[str, typer.Option(help="The name of the person who drafts it.")],
    law: Annotated[str, typer.Option(help="Under which law: publicity.")] = "publicity",
    recipient: Annotated[str, typer.Option(help="To whom; what is not given here becomes a marked blank.")] = "",
    recipient_address: Annotated[str, typer.Option(help="Where the recipient is reached.")] = "",
    jurisdiction: Annotated[str, typer.Option(help="Whose law applies.")] = "",
    territory: Annotated[str, typer.Option(help="Its place as a code, such as US-CA, where its name does not tell.")] = "",
    statute: Annotated[str, typer.Option(help="The statute relied on.")] = "",
    purpose: Annotated[str, typer.Option(help="The commercial purpose of the use.")] = "",
    exceptions: Annotated[str, typer.Option(help="Which exceptions were considered.")] = "",
    deadline: Annotated[str | None, typer.Option(help="The day by which it must be done.")] = None,
    fair_use_by: Annotated[str | None, typer.Option(help="Who considered fair use.")] = None,
    fair_use_on: Annotated[str | None, typer.Option(help="On which day.")] = None,
    fair_use_reason: Annotated[str, typer.Option(help="Why the notice is sent all the same.")] = "",
    out: Annotated[Path | None, typer.Option(help="Folder for the letter; otherwise the workspace's reports.")] = None,
    json: Json = False,
) -> None:
    """Draft a letter about a case; refused while one of its matches is not confirmed."""
    from monitor.wiring import NOTICE_TEMPLATES
    from registry.db import now
    from reports.cases import find_case
    from reports.documents import note_made
    from reports.notices.base import Terms
    from reports.notices.drafts import draft_notice, write_notice

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
    )
    with session_of(context) as (workspace, session):
        draft = draft_notice(session, find_case(session, case), NOTICE_TEMPLATES[law](), terms, by, now().replace(microsecond=0))
        written = write_notice(draft, out or workspace.reports)
        note_made(session, (written.docx, written.pdf), "letter", draft.match_ids, draft.drafted_at)
        fields = {**_notice_fields(draft), "docx": str(written.docx), "pdf": str(written.pdf)}
    if json:
        show_json(fields)
        return
    say(f"The draft is {shown(written.docx)}, and as it prints {shown(written.pdf)}.")
    for missing in fields["missing"]:
        tell(f"To be completed: {shown(missing)}")


def _fair_use(by: str | None, on: str | None, reason: str) -> "FairUse | None":
    from reports.notices.base import FairUse

    if by is None and on is None and not reason:
        return None
    if not by or not on:
        raise NotUnderstood("A fair-use consideration needs a name and a day.", "Give --fair-use-by and --fair-use-on.")
    return FairUse(by, moment(on).date(), reason)


@notice.command("list")
def notice_list(context: typer.Context, case: str, json: Json = False) -> None:
    """List the notices of a case."""
    from reports.cases import find_case
    from reports.notices.drafts import notices_of

    with session_of(context) as (_, session):
        rows = [_notice_fields(row) for row in notices_of(session, find_case(session, case))]
        nothing = "No notices. Draft one with `semblance notice draft`."
        show_rows(rows, json, nothing, ("law", "state", "drafted_by", "drafted_at", "missing", "id"))


def _notice_fields(row: "Notice") -> dict[str, Any]:
    return {
        "id": row.id,
        "case_id": row.case_id,
        "law": row.law,
        "state": row.state,
        "drafted_by": row.drafted_by,
        "drafted_at": row.drafted_at,
        "missing": row.missing,
    }


@evidence.command("export")
def evidence_export(
    context: typer.Context,
    case: str,
    out: Annotated[Path | None, typer.Option(help="Folder for the bundle; otherwise the workspace's reports.")] = None,
    json: Json = False,
) -> None:
    """Write a case's evidence into a sealed folder; refused while one of its matches is not confirmed."""
    from registry.db import now
    from reports.cases import case_matches, find_case
    from reports.documents import note_made
    from reports.evidence.bundle import export_bundle
    from reports.evidence.sign import signing_key

    with session_of(context) as (workspace, session):
        key = signing_key(workspace.keys)
        operator = workspace.settings.operator.name or "semblance"
        found = find_case(session, case)
        place = export_bundle(session, workspace.vault, found, out or workspace.reports, key, operator=operator)
        note_made(session, (place,), "evidence bundle", [match.id for match in case_matches(session, found)], now())
    if json:
        show_json({"bundle": str(place), "fingerprint": key.fingerprint})
        return
    say(f"The bundle is {shown(place)}.")
    say(f"Its key has the fingerprint {key.fingerprint}.")
    say(f"Next: semblance evidence verify {shown(place)}")


@evidence.command("verify")
def evidence_verify(
    bundle: Path,
    fingerprint: Annotated[str | None, typer.Option(help="The key that must have signed it, known from elsewhere.")] = None,
    json: Json = False,
) -> None:
    """Check a bundle; exit code 4, naming the file, when anything in it was changed."""
    from dataclasses import asdict

    from reports.evidence.verify import verify_bundle

    verdict = verify_bundle(bundle, fingerprint)
    if json:
        show_json(asdict(verdict))
    elif verdict.ok:
        say(f"Whole: {verdict.files} files are as they were signed by the key {verdict.fingerprint}.")
    else:
        for name, problem in verdict.problems:
            say(f"{shown(name)}: {shown(problem)}")
    if not verdict.ok:
        raise typer.Exit(ExitCode.DAMAGED)
