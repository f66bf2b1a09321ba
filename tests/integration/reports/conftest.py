"""A case with its bundle, a desk with a confirmed match, and a mail server: what several files of this room's tests look at."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from reports.issuing import issue_bundle
from tests.support.evidence_desk import AT, Workplace, furnish
from tests.support.letters_desk import Desks, Furnish, LettersDesk, confirmed, furnished
from tests.support.mail_server import MailServer, open_mail_server
from tests.support.new_database import new_database
from tests.support.one_match import one_match_made
from tests.support.prepared import Prepared
from tests.support.recorded_matches import stock


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    made = furnish(tmp_path_factory.mktemp("workspace"))
    yield made
    made.session.close()
    made.session.get_bind().engine.dispose()


@pytest.fixture(scope="module")
def bundle(place: Workplace) -> Path:
    return issue_bundle(place.session, place.vault, place.case, place.out, place.key, operator="E. Novak", at=AT)


@pytest.fixture
def copy(bundle: Path, tmp_path: Path) -> Path:
    """The bundle, for a test that changes it."""
    return Path(shutil.copytree(bundle, tmp_path / "bundle"))


@pytest.fixture(scope="module")
def beginning() -> Furnish:
    """What the desks of a file begin with: one match, in one post, is confirmed."""
    return confirmed


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory, beginning: Furnish) -> Iterator[Desks]:
    with furnished(tmp_path_factory.mktemp("desks"), beginning) as made:
        yield made


@pytest.fixture
def desk(desks: Desks, tmp_path: Path) -> Iterator[LettersDesk]:
    with desks.opened(tmp_path) as made:
        yield made


@pytest.fixture
def server() -> Iterator[MailServer]:
    with open_mail_server() as opened:
        yield opened


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """Two parties with a subject each, and a capture."""
    engine = new_database(tmp_path / "semblance.db")
    with Session(engine) as opened:
        stock(opened)
        yield opened
    engine.dispose()


@pytest.fixture(scope="session")
def one_match(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """See tests.support.one_match; made once for all files that a process of the tests has."""
    with one_match_made(tmp_path_factory.mktemp("one-match")) as made:
        yield made
