"""Enrolling oneself by a link: told first, agreed to, photos looked at on the spot, decided on, and nothing left of a refusal."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from sqlmodel import select

from monitor.invited import forget_over
from monitor.web.console import link_tries
from monitor.web.console.link_tries import MOST
from monitor.workspace import init_workspace, open_workspace
from registry.accounts import Role
from registry.audit import AuditEntry
from registry.db import now
from registry.invitations import Invitation, InvitationRefused, InvitedPhoto, Stage
from registry.kinds import LikenessGround, PartyKind
from registry.mandates import Basis, Mandate
from registry.members import Member
from registry.parties import add_party, find_party
from registry.references import Reference
from registry.refusals import RefusedPhoto
from registry.subjects import Subject
from registry.templates import TemplateRow
from tests.support.console import Console, served
from tests.support.oneself import BRIGHTER, FACE, PORTRAIT, agree, make, photo, png, row_of, sealed, wait_for_taking_in


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory, open_pack: Path) -> Iterator[Console]:
    root = tmp_path_factory.mktemp("oneself") / "work"
    init_workspace(root)
    with open_workspace(root) as workspace:
        with workspace.session() as session:
            for name in ("Guild", "Other"):
                add_party(session, name, PartyKind.UNION, consent_needed=True)
            session.commit()
        with served(workspace) as console:
            yield console


@pytest.fixture(scope="module")
def registrar(console: Console) -> str:
    with console.workspace.session() as session:
        party = find_party(session, "Guild").id
    return console.cookie(console.account("R. Egistrar", Role.REGISTRAR, party))


def test_a_link_names_nobody_and_everything_is_told_before_anything_is_asked(console: Console, registrar: str) -> None:
    path = make(console, registrar, "Cara Fenn", "77")
    assert "Cara" not in path
    got = console.ask("GET", path)
    for words in ("What is done with my photos?", "Who does it?", "For how long?", "What makes this lawful?", "How do I end it?"):
        assert words in got.text
    assert "parent or guardian" in got.text
    assert "740 ILCS 14/15(b)" in got.text
    assert (got.headers["referrer-policy"], got.headers["cache-control"]) == ("no-referrer", "no-store")
    early = photo(console, path, ("a.png", PORTRAIT))
    assert "Nobody has agreed yet." in early.text
    with console.workspace.session() as session:
        assert session.exec(select(InvitedPhoto)).first() is None
        entries = session.exec(select(AuditEntry)).all()
        secret = path.rpartition("/")[2]
        assert not any(secret in str(entry.model_dump()) or "Cara" in str(entry.model_dump()) for entry in entries)
    assert secret.encode() not in (console.workspace.root / "semblance.db").read_bytes()


def test_what_is_missing_is_said_and_what_was_typed_stays(console: Console, registrar: str) -> None:
    path = make(console, registrar, "Dora Fenn")
    wrong = (
        ({"agreed": ""}, "You have not agreed yet."),
        ({"name": " "}, "is empty"),
        ({"age": ""}, "whether you are 18 or older"),
        ({"age": "minor", "guardian": "", "born": "2015-02-03"}, "The parent or guardian is not named."),
        ({"age": "minor", "guardian": "G. Fenn", "born": "soon"}, "The day of birth is missing"),
        ({"age": "minor", "guardian": "G. Fenn", "born": "1980-02-03"}, "is 18 or older"),
        ({"version": "0" * 64}, "The text has changed since you opened this page."),
    )
    for fields, said in wrong:
        got = agree(console, path, **({"name": "Dora F"} | fields))
        assert (got.status, said in got.text) == (422, True), said
        assert fields.get("guardian", "") in got.text
    with console.workspace.session() as session:
        party = find_party(session, "Guild")
        version = re.search(r'name="version" value="(\w+)"', console.ask("GET", path).text)
        party.recipients = "the lawyers of Example & Co"
        session.commit()
    assert version
    late = agree(console, path, version=version[1])
    assert (late.status, "the lawyers of Example &amp; Co" in late.text, 'value="Ada Marsh"' in late.text) == (422, True, True)
    assert row_of(console, "Dora Fenn").consented_at is None


def test_a_member_is_told_of_each_photo_and_accepted_with_the_text_that_was_shown(console: Console, registrar: str) -> None:
    path = make(console, registrar, "Ada Marsh", "1042")
    assert agree(console, path).status == 303
    several, blur = png(np.hstack([FACE, FACE])), png(cv2.GaussianBlur(FACE, (0, 0), 14))
    tiny, nobody = png(cv2.resize(FACE, (60, 60))), png(np.full((300, 300, 3), 90, np.uint8))
    got = photo(console, path, ("me.png", PORTRAIT), ("us.png", several), ("blur.png", blur), ("t.png", tiny), ("n.png", nobody))
    assert got.text.count(">kept<") == 1, got.text
    assert got.text.count(">not kept<") == 4
    photo(console, path, ("two.png", BRIGHTER))
    with console.workspace.session() as session:
        kept = session.exec(select(InvitedPhoto).where(InvitedPhoto.invitation_id == row_of(console, "Ada Marsh").id)).all()
        assert session.exec(select(TemplateRow)).first() is None
    assert sorted(each.file_name for each in kept) == ["me.png", "two.png"]
    assert console.ask("GET", f"{path}/photos/{kept[0].id}.jpg").content.startswith(b"\xff\xd8")
    # What was done is there again on another day, and on another phone.
    assert "Kept so far: 2" in console.ask("GET", path).text
    done = console.ask("POST", f"{path}/send", None, "")
    assert "Thank you: it is sent" in done.text
    assert console.ask("GET", path).status == 404

    row = row_of(console, "Ada Marsh")
    assert "waits for you" in console.ask("GET", "/registry/links", registrar).text
    page = console.ask("GET", f"/registry/links/{row.id}", registrar)
    assert "The text that was shown" in page.text
    accepted = console.ask("POST", f"/registry/links/{row.id}/accept", registrar, "")
    assert accepted.text.count(">enrolled<") == 2, accepted.text
    with console.workspace.session() as session:
        subject = session.exec(select(Subject).where(Subject.name == "Ada Marsh")).one()
        assert len(session.exec(select(Reference).where(Reference.subject_id == subject.id)).all()) == 2
        assert session.exec(select(Member.number).where(Member.subject_id == subject.id)).one() == "1042"
        mandate = session.exec(select(Mandate).where(Mandate.subject_id == subject.id)).one()
        assert (mandate.basis, mandate.release_shown_at, mandate.verified_by) == (Basis.CONSENT, row.consented_at, "R. Egistrar")
        text = b"".join(console.workspace.vault.chunks(mandate.document_sha256)).decode()
        decided = session.get_one(Invitation, row.id)
        assert (decided.stage, decided.name, decided.signed, decided.number) == (Stage.ACCEPTED, "", "", "")
        assert session.exec(select(InvitedPhoto).where(InvitedPhoto.invitation_id == row.id)).first() is None
    assert "How do I end it?" in text
    assert "Name, as typed: Ada Marsh" in text
    again = console.ask("POST", f"/registry/links/{row.id}/accept", registrar, "")
    assert (again.status, "waits for no decision" in again.text) == (409, True)


def test_photos_of_somebody_else_keep_it_waiting_and_a_refusal_leaves_nothing(console: Console, registrar: str) -> None:
    path = make(console, registrar, "Eve Marsh")
    before = sealed(console)
    agree(console, path, name="Eve Marsh")
    other = png(cv2.flip(FACE, 1))
    # A member is not told who is enrolled: whoever holds a link could ask about anybody.
    told = photo(console, path, ("me.png", other))
    assert (told.text.count(">kept<"), "Ada" in told.text) == (1, False)
    console.ask("POST", f"{path}/send", None, "")
    row = row_of(console, "Eve Marsh")
    waits = console.ask("POST", f"/registry/links/{row.id}/accept", registrar, "")
    assert "The photo shows &#39;Ada Marsh&#39;" in waits.text
    assert "They are two people who look alike" in waits.text
    with console.workspace.session() as session:
        assert session.get_one(Invitation, row.id).stage is Stage.SENT
        assert session.exec(select(RefusedPhoto)).first() is None
    left_out = console.ask("POST", f"/registry/links/{row.id}/accept", registrar, "without=yes")
    assert (left_out.status, "No photo would be left." in left_out.text) == (409, True)
    assert console.ask("POST", f"/registry/links/{row.id}/refuse", registrar, "").status == 303
    with console.workspace.session() as session:
        assert session.exec(select(Subject).where(Subject.name == "Eve Marsh")).first() is None
        assert (session.get_one(Invitation, row.id).stage, session.get_one(Invitation, row.id).name) == (Stage.REFUSED, "")
    assert sealed(console) == before


def test_whoever_looked_lets_a_photo_in_that_resembles_somebody(console: Console, registrar: str) -> None:
    path = make(console, registrar, "Fay Marsh")
    agree(console, path, name="Fay Marsh")
    photo(console, path, ("me.png", png(cv2.flip(FACE, 1))))
    console.ask("POST", f"{path}/send", None, "")
    accept = f"/registry/links/{row_of(console, 'Fay Marsh').id}/accept"
    assert "resembles somebody" in console.ask("POST", accept, registrar, "").text
    assert ">enrolled<" in console.ask("POST", accept, registrar, "despite=twins").text
    with console.workspace.session() as session:
        assert session.exec(select(RefusedPhoto.ground)).one() == LikenessGround.TWINS
        from registry.erase import erase_subject
        from registry.subjects import find_subject

        erase_subject(session, console.workspace.vault, find_subject(session, "Fay Marsh"), now(), "asked for")


def test_wrong_used_withdrawn_and_late_links_are_answered_alike_and_too_many_are_told_so(
    console: Console, registrar: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong, withdrawn, late = "/enrol/" + "x" * 43, make(console, registrar, "Flo Marsh"), make(console, registrar, "Gia Marsh")
    good = make(console, registrar, "Hal Marsh")
    agree(console, late, name="Gia Marsh")
    photo(console, late, ("me.png", PORTRAIT))
    held = row_of(console, "Flo Marsh").id
    assert console.ask("POST", f"/registry/links/{held}/withdraw", registrar, "").status == 303
    with console.workspace.session() as session:
        row = session.exec(select(Invitation).where(Invitation.name == "Gia Marsh")).one()
        row.until = now() - timedelta(seconds=1)
        session.commit()
    for method, end in (("GET", ""), ("POST", ""), ("POST", "/send"), ("POST", "/photos/x/remove")):
        answers = [
            console.ask(method, f"{path}{end}", None, "" if method == "POST" else None) for path in (wrong, withdrawn, late)
        ]
        assert {(each.status, each.text) for each in answers} == {(404, answers[0].text)}
    assert {photo(console, path, ("a.png", PORTRAIT)).status for path in (wrong, withdrawn, late)} == {404}
    with console.workspace.session() as session:
        assert forget_over(console.workspace, session, now()) == 1
        assert session.exec(select(InvitedPhoto)).first() is None
    monkeypatch.setattr(link_tries, "WITHIN", timedelta(hours=1))
    for _ in range(MOST):
        console.ask("GET", wrong)
    assert console.ask("GET", wrong).status == 429
    assert console.ask("GET", good).status == 200


def test_no_registrar_sees_or_decides_on_what_another_partys_member_sent(console: Console, registrar: str) -> None:
    make(console, registrar, "Ida Marsh")
    with console.workspace.session() as session:
        other = find_party(session, "Other").id
    stranger, key = console.cookie(console.account("O. Ther", Role.REGISTRAR, other)), row_of(console, "Ida Marsh").id
    assert "Ida" not in console.ask("GET", "/registry/links", stranger).text
    for end in ("", "/photos/x.jpg"):
        assert console.ask("GET", f"/registry/links/{key}{end}", stranger).status == 404
    for end in ("accept", "refuse", "withdraw"):
        assert console.ask("POST", f"/registry/links/{key}/{end}", stranger, "").status == 404
    assert row_of(console, "Ida Marsh").stage is Stage.OPEN


def test_a_childs_guardian_is_on_record_and_a_party_may_take_in_at_once(console: Console, registrar: str) -> None:
    with console.workspace.session() as session:
        find_party(session, "Guild").accept_at_once = True
        session.commit()
    with console.workspace.session() as session:
        from registry.erase import erase_subject
        from registry.subjects import find_subject

        erase_subject(session, console.workspace.vault, find_subject(session, "Ada Marsh"), now(), "asked for")
    path = make(console, registrar, "Kit Marsh")
    born = now().date().replace(year=now().year - 9, day=1)
    assert agree(console, path, name="Kit Marsh", age="minor", guardian="G. Marsh", born=str(born)).status == 303
    photo(console, path, ("me.png", PORTRAIT))
    assert "They are checked next." in console.ask("POST", f"{path}/send", None, "").text
    wait_for_taking_in()
    with console.workspace.session() as session:
        kit = session.exec(select(Subject).where(Subject.name == "Kit Marsh")).one()
        mandate = session.exec(select(Mandate).where(Mandate.subject_id == kit.id)).one()
        assert mandate.guardian == "G. Marsh"
        assert kit.minor_until is not None
        assert kit.minor_until.year == born.year + 18
        find_party(session, "Guild").accept_at_once = False
        session.commit()


def test_a_photo_that_is_looked_at_while_the_link_is_withdrawn_is_not_kept(console: Console, registrar: str) -> None:
    from sqlmodel import Session

    from monitor.invited import end_link
    from monitor.self_enrolment import PhotoDesk
    from monitor.sent_files import SentFile

    path = make(console, registrar, "Liv Marsh")
    agree(console, path, name="Liv Marsh")
    before = sealed(console)

    class Withdrawing(PhotoDesk):
        """While it looks, a registrar withdraws the link."""

        def _judge(self, *given: Any) -> tuple[str, ...] | None:
            says = super()._judge(*given)
            with Session(workspace.engine) as other:
                end_link(workspace, other, other.get_one(Invitation, row.id), "R. Egistrar")
            return says

    with console.workspace.acting_for(None, "a test") as workspace, workspace.session() as session:
        row = session.exec(select(Invitation).where(Invitation.name == "Liv Marsh")).one()
        with pytest.raises(InvitationRefused):
            Withdrawing().take(workspace, session, row, SentFile("me.png", PORTRAIT))
        assert session.exec(select(InvitedPhoto).where(InvitedPhoto.invitation_id == row.id)).all() == []
    # The consent went with the link; the photo never stayed.
    assert sealed(console) < before
