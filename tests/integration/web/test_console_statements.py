"""How much each page asks of the database: no more for an account than a few statements, however much there is."""

from collections.abc import Iterator

import pytest
from sqlmodel import select

from registry.accounts import Role
from registry.subjects import Subject
from reports.cases import Case
from reports.matches import MatchRow
from reports.review import Review
from tests.support.console import Console, busy_console
from tests.support.second_reviews import review_all_twice
from tests.support.statements import asked_statements

MOST, SEARCHED = 14, 12
"""`benchmarks console-size` sees to twelve for each. Two more are asked where a licence is shown beside a match that was decided,
and for the list of accounts; a search asks no more than twelve, whatever of decisions is withheld from whoever looks."""


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with busy_console(tmp_path_factory.mktemp("statements") / "work", 3, 30) as console:
        with console.workspace.session() as session:
            review_all_twice(session)
            session.commit()
        yield console


def pages(console: Console) -> Iterator[str]:
    with console.workspace.session() as session:
        match, case, subject = (session.exec(select(table.id).order_by(table.id)).first() for table in (MatchRow, Case, Subject))
        decided = session.exec(select(Review.match_id).order_by(Review.id)).first()
    yield from ("/", "/queue", f"/queue/{match}", f"/queue/{decided}", "/queue/list", "/queue/second", "/queue/agreement")
    yield from ("/cases", f"/cases/{case}", f"/cases/{case}/letter", "/letters", "/weekly", "/registry", "/audit", "/sources")
    yield from (f"/registry/subjects/{subject}{more}" for more in ("", "/erase", "/references/upload", "/mandates/upload"))
    yield from ("/search?q=nobody+of+that+name", "/search?q=fern", "/search?q=e", "/settings", "/accounts", "/webhooks")


def test_the_list_of_browsers_asks_no_more_for_more_of_them(console: Console) -> None:
    account, asked_for = console.account("B. Rowsers", Role.AUDITOR), list[int]()
    for _ in range(3):
        secret = console.cookie(account)
        console.ask("GET", "/settings", secret)
        with asked_statements() as asked:
            assert console.ask("GET", "/settings", secret).status == 200
        asked_for.append(len(asked))
    assert len(set(asked_for)) == 1


def test_no_page_of_an_account_asks_more_than_a_few_statements(console: Console) -> None:
    secret = console.cookie(console.account("A. Dmin", Role.ADMIN))
    found = {}
    for path in pages(console):
        # What is loaded and noted at the first asking is not the page's own.
        assert console.ask("GET", path, secret).status in (200, 303), path
        with asked_statements() as asked:
            assert console.ask("GET", path, secret).status in (200, 303), path
        found[path] = len(asked)
    most = {path: SEARCHED if path.startswith("/search") else MOST for path in found}
    assert {path: count for path, count in found.items() if count > most[path]} == {}
    assert max(found.values()) > 5
