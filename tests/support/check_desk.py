"""A served workspace with people who may be asked about, and a platform under contract that asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from monitor.photos import enrol_photos, recognisers_of
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.accounts import Role, add_account, find_account, issue_token
from registry.contracts import add_contract
from registry.db import now
from registry.kinds import Scope
from registry.mandates import declare_own
from registry.parties import Party, add_party
from registry.subjects import Subject, add_subject
from registry.types import PartyKind, SubjectKind
from tests.support.api_desk import served
from tests.support.tenancy.two_parties import PASSWORD


@dataclass
class CheckDesk:
    workspace: Workspace
    base: str
    token: str

    def check(self, body: bytes, kind: str = "image/jpeg", **use: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        return requests.post(f"{self.base}/v1/check", data=body, headers=headers, params=use, timeout=120)

    def answer(self, body: bytes, kind: str = "image/jpeg", **use: Any) -> dict[str, Any]:
        said = self.check(body, kind, **use)
        assert said.status_code == 200, said.text
        answer: dict[str, Any] = said.json()["answer"]
        return answer

    def asker(self, name: str, licensee: str, *, daily: int = 1000, contract: bool = True) -> "CheckDesk":
        """A further platform, with a party and an account of its own."""
        with self.workspace.session() as session:
            token = platform(session, name, licensee, daily, contract=contract)
            session.commit()
        return CheckDesk(self.workspace, self.base, token)


def platform(session: Any, name: str, licensee: str, daily: int, *, contract: bool = True) -> str:
    party = add_party(session, name, PartyKind.STUDIO)
    account = add_account(session, f"{name} bot", Role.AUDITOR, PASSWORD, party)
    session.flush()
    if contract:
        add_contract(session, account.id, f"contract of {name}", licensee, daily, None)
    return issue_token(session, find_account(session, account.id), "check", scopes=[Scope.CHECK])[1]


def enrol(workspace: Workspace, party: str, name: str, photos: list[Path], *, checkable: bool) -> str:
    """A performer with photos, who declares their own likeness; the subject's id."""
    with workspace.session() as session:
        holder = add_party(session, party, PartyKind.PERFORMER, email=f"{name.split()[0].lower()}@agency.example")
        holder.checkable = checkable
        person: Subject = add_subject(session, holder, name, SubjectKind.PERSON)
        declare_own(session, workspace.vault, person, verified_by="A reader", starts_at=now())
        made = list(enrol_photos(workspace, session, recognisers_of(workspace, lambda _: None), person, photos, None, None))
        assert all(each.enrolled for each in made), made
        session.commit()
        return person.id


@contextmanager
def check_desk(root: Path, people: dict[str, tuple[list[Path], bool]]) -> Iterator[CheckDesk]:
    """people: by name, their photos, and whether they may be asked about."""
    init_workspace(root)
    with open_workspace(root) as workspace:
        for name, (photos, checkable) in people.items():
            enrol(workspace, f"{name}, herself", name, photos, checkable=checkable)
        with workspace.session() as session:
            token = platform(session, "Tube", "Tube Inc.", 1000)
            session.commit()
        with served(root) as base:
            yield CheckDesk(workspace, base, token)


def party_of(session: Any, subject_id: str) -> Party:
    found: Party = session.get_one(Party, session.get_one(Subject, subject_id).party_id)
    return found
