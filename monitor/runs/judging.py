"""What follows from what was found: claims, licences, cases."""

from sqlmodel import func, select

from monitor.runs.summary import RunSummary
from monitor.workspace import Workspace
from registry.db import now
from reports.cases import renew_cases
from reports.character_claims import claim_played
from reports.matches import MatchRow, MatchStatus, apply_licences


def judge(workspace: Workspace, summary: RunSummary) -> None:
    """See that everybody's claims stand, that every match that no person has judged follows the licences of this moment, and that
    every confirmed one has a case."""
    with workspace.session() as session:
        summary.new_matches += claim_played(session, now())
        summary.licences_changed += apply_licences(session, now())
        renew_cases(session)
        pending = select(func.count()).select_from(MatchRow).where(MatchRow.status == MatchStatus.PENDING)
        summary.waiting = session.exec(pending).one()
        session.commit()
