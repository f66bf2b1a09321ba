"""reference check: what a person's photos are worth."""

from typing import Annotated

import typer

from monitor.cli import parties
from monitor.cli.opening import Json, NotUnderstood, session_of
from monitor.cli.output import say, show_json, show_rows, tell


def join(app: typer.Typer) -> None:  # noqa: ARG001
    parties.reference.command("check")(reference_check)


def reference_check(
    context: typer.Context,
    subject: str,
    party: Annotated[str | None, typer.Option(help="The party that holds it, by name or id.")] = None,
    json: Json = False,
) -> None:
    """Say how good a person's photos are, whether they agree, and which photos would help."""
    from monitor.appraisal import appraise
    from monitor.likeness import face_recogniser
    from monitor.wiring import build_recognisers, prepare_packs, recogniser_spec
    from registry.parties import find_party
    from registry.subjects import find_subject

    with session_of(context) as (workspace, session):
        found = find_subject(session, subject, party=find_party(session, party) if party else None)
        prepare_packs(workspace.settings, tell)
        recogniser = face_recogniser(build_recognisers(recogniser_spec(workspace.settings)))
        if recogniser is None:
            raise NotUnderstood("No pack for faces is in use.", "Choose one: semblance models use open")
        appraisal = appraise(session, found, recogniser)
        rows = [
            {
                "file_name": row.reference.file_name,
                "width": row.width,
                "sharp": row.sharp,
                "frontal": row.frontal,
                "agreement": None if row.agreement is None else round(row.agreement, 3),
                "era": "-".join(str(year) for year in (row.reference.era_from, row.reference.era_to) if year),
                "says": list(row.says),
                "id": row.reference.id,
            }
            for row in appraisal.references
        ]
    if json:
        show_json({"references": rows, "says": list(appraisal.says)})
        return
    show_rows(rows, False, "No photo of this subject is enrolled with the pack in use.")
    for line in appraisal.says:
        say(line)
