"""Enrolling oneself by a link, and what somebody else does meanwhile: decide, erase, withdraw, or ask about a stranger's face."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

import monitor.self_enrolment as sending
import monitor.taking_in_invited as taking_in
from monitor.erasing import erase
from monitor.workspace import init_workspace, open_workspace
from registry.accounts import Role
from registry.db import now
from registry.errors import SemblanceError
from registry.invitations import Invitation, InvitedPhoto, Stage
from registry.kinds import PartyKind
from registry.mandates import Mandate
from registry.parties import add_party, find_party
from registry.references import Reference
from registry.subjects import Subject, find_subject
from registry.templates import TemplateRow
from tests.support import oneself
from tests.support.console import Answer, Console, served


@pytest.fixture
def console(tmp_path: Path, open_pack: Path) -> Iterator[Console]:
    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as workspace:
        with workspace.session() as session:
            add_party(session, "Guild", PartyKind.UNION, consent_needed=True)
            session.commit()
        with served(workspace) as console:
            yield console


@pytest.fixture
def registrar(console: Console) -> str:
    with console.workspace.session() as session:
        party = find_party(session, "Guild").id
    return console.cookie(console.account("R. Egistrar", Role.REGISTRAR, party))


def sent(console: Console, registrar: str, name: str, number: str = "") -> tuple[str, Answer]:
    """The link's id, and the answer to whoever handed in."""
    path = oneself.make(console, registrar, name, number)
    oneself.agree(console, path, name=name)
    oneself.photo(console, path, ("me.png", oneself.PORTRAIT))
    key = oneself.row_of(console, name).id
    return key, console.ask("POST", f"{path}/send", None, "")


def test_nobody_turns_down_what_is_being_taken_in(console: Console, registrar: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key, _ = sent(console, registrar, "Ada Marsh")
    answers, real = list[Answer](), taking_in.enrol_sent

    def meanwhile(*given: Any) -> Any:
        answers.extend(console.ask("POST", f"/registry/links/{key}/{what}", registrar, "") for what in ("refuse", "withdraw"))
        return real(*given)

    monkeypatch.setattr(taking_in, "enrol_sent", meanwhile)
    assert ">enrolled<" in console.ask("POST", f"/registry/links/{key}/accept", registrar, "").text
    assert [(each.status, "being taken in" in each.text) for each in answers] == [(409, True)] * 2
    with console.workspace.session() as session:
        assert session.get_one(Invitation, key).stage is Stage.ACCEPTED


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_refusal_undoes_what_stopped_half_way(
    console: Console, registrar: str, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    before, real = oneself.sealed(console), taking_in.enrol_sent
    key, _ = sent(console, registrar, "Bea Marsh", "2")

    def stopping(*given: Any) -> Any:
        if when == "after":
            real(*given)
        raise SemblanceError("The pack is gone.", "Get it back.")

    monkeypatch.setattr(taking_in, "enrol_sent", stopping)
    assert console.ask("POST", f"/registry/links/{key}/accept", registrar, "").status == 422
    assert console.ask("POST", f"/registry/links/{key}/refuse", registrar, "").status == 303
    with console.workspace.session() as session:
        assert session.get_one(Invitation, key).stage is Stage.REFUSED
        assert [session.exec(select(kind)).all() for kind in (Reference, TemplateRow, Mandate, InvitedPhoto)] == [[]] * 4
        assert session.exec(select(Subject).where(Subject.name == "Bea Marsh")).all() == []
    assert oneself.sealed(console) == before


def test_an_erasure_ends_links_that_have_the_members_number_or_name_alone(console: Console, registrar: str) -> None:
    early = oneself.make(console, registrar, "Ada B. Marsh", "1042")
    oneself.agree(console, early, name="Ada B. Marsh")
    key, _ = sent(console, registrar, "Ada Marsh", "1042")
    console.ask("POST", f"/registry/links/{key}/accept", registrar, "")
    late = oneself.make(console, registrar, "Ada Marsh", "1042")
    oneself.agree(console, late)
    oneself.photo(console, late, ("me.png", oneself.BRIGHTER))
    other = oneself.make(console, registrar, "Ada Marsh", "7")
    with console.workspace.session() as session:
        subject = find_subject(session, "Ada Marsh")
        made = session.exec(select(Invitation).where(Invitation.name == "Ada Marsh", Invitation.number == "1042")).one()
        assert made.subject_id == subject.id
        receipt = erase(session, console.workspace.vault, subject, "asked for", now())
        left = {row.number for row in session.exec(select(Invitation)) if row.name or row.consent_sha256}
        assert (left, session.exec(select(InvitedPhoto)).all()) == ({"7"}, [])
    assert (receipt.finished, oneself.sealed(console)) == (True, set())
    assert [console.ask("GET", path).status for path in (early, late, other)] == [404, 404, 200]


def test_what_was_withdrawn_is_not_handed_in(console: Console, registrar: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real, answers = sending._still_open, list[Answer]()

    def withdrawing(session: Any, invitation: Invitation) -> bool:
        if not answers and invitation.consented_at and sending.photos_of(session, invitation):
            session.rollback()
            answers.append(console.ask("POST", f"/registry/links/{invitation.id}/withdraw", registrar, ""))
        return real(session, invitation)

    monkeypatch.setattr(sending, "_still_open", withdrawing)
    key, got = sent(console, registrar, "Eli Marsh")
    assert [each.status for each in answers] == [303]
    assert got.status == 404
    with console.workspace.session() as session:
        row = session.get_one(Invitation, key)
        assert (row.stage, row.sent_at, row.name) == (Stage.WITHDRAWN, None, "")


def test_who_is_taken_in_at_once_is_not_told_whether_the_face_is_enrolled(console: Console, registrar: str) -> None:
    with console.workspace.session() as session:
        find_party(session, "Guild").accept_at_once = True
        session.commit()
    answers = list[str]()
    for name in ("Cal Marsh", "Dan Marsh"):
        answers.append(sent(console, registrar, name)[1].text)
        oneself.wait_for_taking_in()
    assert "Thank you: it is sent" in answers[0]
    assert answers[0] == answers[1]
    with console.workspace.session() as session:
        stages = [row.stage for row in session.exec(select(Invitation).order_by(Invitation.made_at))]  # type: ignore[arg-type]
    assert stages == [Stage.ACCEPTED, Stage.SENT]
