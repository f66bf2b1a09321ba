"""One kind of document for many cases at a time: what can be made is made, and the rest is said with its reason."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from crawler.custody import chain_of
from registry.errors import SemblanceError
from registry.vault.base import Vault
from reports.cases import Case, case_matches
from reports.evidence.contents import case_file
from reports.evidence.unchanged import is_said_by
from reports.issuing import issue_bundle
from reports.notices.notice import Notice
from reports.review_batch import Left
from reports.signing.signer import Signer
from reports.signing.timestamper import Timestamper


@dataclass(frozen=True)
class Made:
    """What came of one case: new documents, or none because those that there are still say the same.

    warnings: what whoever sends them should know.
    """

    case_id: str
    documents: tuple[Path, ...]
    notice: Notice | None = None
    warnings: tuple[str, ...] = ()


Outcome = Made | Left


@dataclass(frozen=True)
class OutcomeLine:
    """What came of one case, as it is told. documents: their places. missing: blanks that a letter has. warnings: as of Made.
    what, remedy: why nothing was made; empty where nothing was in the way."""

    case_id: str
    documents: list[str]
    missing: list[str]
    warnings: list[str]
    what: str = ""
    remedy: str = ""


def outcome_line(outcome: Outcome) -> OutcomeLine:
    if isinstance(outcome, Left):
        return OutcomeLine(outcome.id, [], [], [], outcome.what, outcome.remedy)
    missing = outcome.notice.missing if outcome.notice else []
    return OutcomeLine(outcome.case_id, [str(path) for path in outcome.documents], missing, list(outcome.warnings))


Make = Callable[[Case], Made]


def export_all(
    session: Session,
    vault: Vault,
    cases: Iterable[Case],
    out: Path | None,
    key: Signer,
    *,
    operator: str,
    models: Path | None = None,
    authorities: Sequence[Timestamper] = (),
) -> list[Outcome]:
    """A bundle of every case that has none yet, or whose contents changed since its last one. Commits after each. models,
    authorities: as for issue_bundle."""

    def export(case: Case) -> Made:
        held = case_file(session, case)
        if is_said_by(held, _last_exported(session, case, [capture.id for capture in held.captures])):
            return Made(case.id, ())
        return Made(
            case.id, (issue_bundle(session, vault, case, out, key, operator=operator, models=models, authorities=authorities),)
        )

    return each(session, cases, export)


def _last_exported(session: Session, case: Case, captures: Iterable[str]) -> str | None:
    """The digest of the contents of the case's last bundle, by the chain of custody."""
    entries = (entry for capture in captures for entry in chain_of(session, capture) if entry.action == "exported")
    own = [entry for entry in entries if entry.detail.get("case_id") == case.id]
    return max(own, key=lambda entry: entry.seq).detail.get("contents_sha256") if own else None


def each(session: Session, cases: Iterable[Case], make: Make) -> list[Outcome]:
    """One outcome for each case that holds a match; one that fails takes nothing back of the others. Commits after each."""
    outcomes: list[Outcome] = []
    for case_id in [case.id for case in cases if case_matches(session, case)]:
        try:
            outcomes.append(make(session.get_one(Case, case_id)))
            session.commit()
        except SemblanceError as error:
            session.rollback()
            outcomes.append(Left(case_id, error.what, error.remedy))
    return outcomes
