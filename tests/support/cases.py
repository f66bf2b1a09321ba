"""Cases as the database has them once every confirmed match entered its own."""

from sqlmodel import Session

from reports.case_lines import cases_named
from reports.cases import Case, renew_cases


def open_cases(session: Session) -> list[Case]:
    """Let confirmed matches enter their cases, and list all cases."""
    renew_cases(session)
    return cases_named(session)
