"""On what right a case stands: the mandates of its subjects, and what was considered of licences before a letter."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from registry.licences import licences_about
from registry.mandates import Mandate, mandates_for
from registry.subjects import Subject
from reports.cases import Case
from reports.notices.notice import Notice


def rights_json(session: Session, case: Case, subjects: Mapping[str, Subject]) -> dict[str, Any]:
    """For case.json. Licences are counted, and named where somebody considered them: their terms are the parties' own affair."""
    held = {m.id: m for _, subject in sorted(subjects.items()) for m in mandates_for(session, subject)}
    wanted = select(Notice).where(Notice.case_id == case.id, Notice.licences_by != "")
    considered = session.exec(wanted.order_by(col(Notice.drafted_at), col(Notice.id))).all()
    return {
        "mandates": [_mandate(mandate) for mandate in held.values()],
        "licences": {
            "on_record": {key: len(licences_about(session, key)) for key in sorted(subjects)},
            "considered": [
                {"licences": row.licences, "by": row.licences_by, "reason": row.licences_reason, "at": _stamp(row.drafted_at)}
                for row in considered
            ],
        },
    }


def _mandate(mandate: Mandate) -> dict[str, Any]:
    return {
        **mandate.model_dump(include={"id", "subject_id", "document_sha256", "scope", "territory", "verified_by", "how"}),
        "basis": mandate.basis.value,
        "starts_at": _stamp(mandate.starts_at),
        "ends_at": _stamp(mandate.ends_at),
        "revoked_at": _stamp(mandate.revoked_at),
    }


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"
