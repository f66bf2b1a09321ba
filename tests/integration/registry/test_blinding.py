"""Keyed digests stay true: whoever keeps one keeps the secret that made it, also where a part of the work is taken back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlmodel import Session, delete, select

from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.blinding import BlindingSecret, blinder


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as workspace:
        yield workspace


def digest_after_a_part_was_taken_back(session: Session) -> str:
    """What a digest is whose secret was put on record in a part of the transaction that was taken back."""
    part = session.begin_nested()
    first = blinder(session)("Ada")
    assert blinder(session)("Ada") == first
    part.rollback()
    assert session.exec(select(BlindingSecret)).all() == []
    return blinder(session)("Ada")


def test_a_secret_that_was_taken_back_is_put_on_record_with_the_next_digest(workspace: Workspace) -> None:
    with Session(workspace.engine) as session, session.begin():
        session.exec(delete(BlindingSecret))
        made = digest_after_a_part_was_taken_back(session)
        assert len(session.exec(select(BlindingSecret)).all()) == 1
    with Session(workspace.engine) as session:
        assert blinder(session)("Ada") == made


def test_the_secret_is_read_once_in_a_transaction_and_again_in_the_next(workspace: Workspace) -> None:
    with Session(workspace.engine) as session:
        made = blinder(session)("Ada")
        session.commit()
        asked: list[str] = []
        event.listen(session.get_bind(), "before_cursor_execute", lambda *said: asked.append(said[2]))
        assert {blinder(session)(name) for name in ["Ada"] * 50} == {made}
        assert sum("blinding_secret" in statement for statement in asked) == 1
        session.rollback()
        assert blinder(session)("Ada") == made
        assert sum("blinding_secret" in statement for statement in asked) == 2
