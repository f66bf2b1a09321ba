"""Evidence bundles of cases, sealed with the workspace's key in its operator's name: the one way for every face."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from monitor.evidence_key import evidence_key
from monitor.runs.stamping import authorities_of
from monitor.workspace import Workspace
from reports.batches import OutcomeLine, export_all, outcome_line
from reports.case_lines import cases_named, find_case
from reports.cases import Case
from reports.issuing import issue_bundle, issue_certificates

NOBODY_NAMED = "semblance"
"""In whose name bundles are made where the settings name no operator."""


@dataclass(frozen=True)
class Exported:
    """A bundle's place, and the fingerprint of the key that sealed it."""

    bundle: Path
    fingerprint: str


def export_case(workspace: Workspace, session: Session, case: str, out: Path | None, *, as_zip: bool = False) -> Exported:
    """A bundle of a case, by its id or the first digits of one; out: None for its party's folder. as_zip: in one file instead of
    a folder. Commits; see issue_bundle. Raises NotFound."""
    return bundle_of(workspace, session, find_case(session, case), out, as_zip=as_zip)


def bundle_of(workspace: Workspace, session: Session, case: Case, out: Path | None, *, as_zip: bool = False) -> Exported:
    """As export_case, of a case that is at hand."""
    key, models = evidence_key(workspace), workspace.settings.models
    asked = authorities_of(workspace)
    place = issue_bundle(
        session, workspace.vault, case, out, key, operator=_operator(workspace), models=models, authorities=asked, as_zip=as_zip
    )
    return Exported(place, key.fingerprint)


def export_cases(workspace: Workspace, session: Session, ids: Sequence[str], out: Path | None) -> list[OutcomeLine]:
    """A bundle of each case that is new, or changed since its last one; of all cases where none is named. Commits after each."""
    named, key, models = cases_named(session, ids), evidence_key(workspace), workspace.settings.models
    asked = authorities_of(workspace)
    made = export_all(session, workspace.vault, named, out, key, operator=_operator(workspace), models=models, authorities=asked)
    return [outcome_line(outcome) for outcome in made]


def certify_case(workspace: Workspace, session: Session, case: str, out: Path | None) -> list[Path]:
    """Drafts of certifications about a case's last bundle; out: None for its party's folder. Commits. Raises NotFound, and what
    issue_certificates raises."""
    found, models = find_case(session, case), workspace.settings.models
    return issue_certificates(session, workspace.vault, found, out, models=models)


def _operator(workspace: Workspace) -> str:
    return workspace.settings.operator.name or NOBODY_NAMED
