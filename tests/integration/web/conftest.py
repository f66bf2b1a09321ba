"""Two parties with accounts that ask the API, which several files of this room's tests do."""

from collections.abc import Iterator

import pytest

from tests.support.api_desk import ApiDesk, Asker, api_desk
from tests.support.taking import Receiver


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiDesk]:
    with api_desk(tmp_path_factory.mktemp("api") / "work") as made:
        yield made


@pytest.fixture(scope="module")
def clerk(desk: ApiDesk) -> Asker:
    return desk.asker("Alpha clerk")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().open() as made:
        yield made
