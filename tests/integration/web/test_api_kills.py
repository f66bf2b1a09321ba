"""A server that is killed amid changes: each was made with its answer, or not at all, and is made once by whoever asks again."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Semaphore
from uuid import uuid4

import requests
from sqlmodel import Session, func, select

from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.accounts import find_account, issue_token
from registry.licences import Licence
from tests.support.api_desk import Asker, furnish_family, serving

KILLS, THREADS = 5, 6


def licences(place: Workspace, licensee: str) -> int:
    with Session(place.engine) as session:
        return session.exec(select(func.count()).select_from(Licence).where(Licence.licensee == licensee)).one()


def test_a_kill_leaves_a_change_with_its_answer_or_neither(tmp_path: Path) -> None:
    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as place:
        with place.session() as session:
            furnish_family(place, session)
            token = issue_token(session, find_account(session, "Alpha clerk"), "tests")[1]
            session.commit()
        told: dict[str, str | None] = {}
        for kill in range(KILLS):
            _change_until_killed(tmp_path / "work", token, told, 2 + kill * 3)
        with serving(tmp_path / "work") as (base, _):
            asker = Asker(base, token)
            for key, before in told.items():
                after = asker.post("/v1/licences", _asked(key), key=key)
                assert after.status_code == 201
                assert before in (None, after.json()["id"])
        assert None in told.values()
        assert {licences(place, key) for key in told} == {1}


def _change_until_killed(root: Path, token: str, told: dict[str, str | None], answers: int) -> None:
    """Ask for changes from several threads, and kill the server once so many were answered. told: ids by keys, where answered."""
    answered = Semaphore(0)
    with serving(root) as (base, process), ThreadPoolExecutor(THREADS) as threads:

        def change(_: int) -> None:
            key = uuid4().hex
            told[key] = None
            try:
                said = Asker(base, token).post("/v1/licences", _asked(key), key=key)
            except requests.RequestException:
                return
            told[key] = said.json()["id"]
            answered.release()

        for number in range(answers + THREADS * 2):
            threads.submit(change, number)
        for _ in range(answers):
            assert answered.acquire(timeout=60)
        process.kill()


def _asked(key: str) -> dict[str, str]:
    return {"subject": "Alpha person", "licensee": key, "starts_at": "2026-01-01T00:00:00Z", "host": "tube.example"}
