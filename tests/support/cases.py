"""Cases as the database has them once every confirmed match entered its own."""

from sqlmodel import Session

from reports.cases import Case, cases_named, renew_cases


def open_cases(session: Session) -> list[Case]:
    """Let confirmed matches enter their cases, and list all cases."""
    renew_cases(session)
    return cases_named(session)
