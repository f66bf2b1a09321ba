"""Looks at sources whose reports are put on record."""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from crawler.crawl import crawl
from crawler.health import SourceCoverage, SourceRow, coverage, record_run, specs
from crawler.types import SourceKind, SourceReport
from tests.support.crawls import BRISK, LOOPBACK


def crawl_and_record(session: Session) -> list[SourceReport]:
    reports = [item for item in crawl(specs(session), LOOPBACK, BRISK) if isinstance(item, SourceReport)]
    for report in reports:
        record_run(session, report)
    session.commit()
    return reports


def week(session: Session) -> SourceCoverage:
    until = datetime.now(UTC) + timedelta(seconds=1)
    (row,) = coverage(session, until - timedelta(days=7), until)
    return row


def watch(session: Session, kind: SourceKind, url: str) -> None:
    session.add(SourceRow(id="s", name="s", kind=kind, url=url))
    session.commit()
