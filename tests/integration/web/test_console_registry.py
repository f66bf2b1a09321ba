"""Entering in the registry by forms: what is taken is on record, and what is refused says why and keeps what was typed."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import cv2
import numpy as np
import pytest
from skimage.data import astronaut
from sqlmodel import col, select

from monitor.workspace import init_workspace, open_workspace
from registry.accounts import Role
from registry.audit import AuditEntry
from registry.db import now
from registry.kinds import PartyKind, SubjectKind
from registry.licences import Licence, add_licence
from registry.mandates import Mandate
from registry.members import Member, number_key
from registry.parties import add_party, find_party
from registry.references import Reference
from registry.subjects import Subject, add_subject, find_subject
from tests.support.console import Answer, Console, served
from tests.support.drawn_clips import figure
from tests.support.mandated import a_mandate
from tests.support.sent_forms import KIND, multipart


def png(picture: "np.ndarray") -> bytes:
    made, content = cv2.imencode(".png", picture)
    assert made
    return content.tobytes()


PORTRAIT = png(np.ascontiguousarray(astronaut()[:, :, ::-1]))


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory, open_pack: Path) -> Iterator[Console]:
    root = tmp_path_factory.mktemp("registry") / "work"
    init_workspace(root)
    with open_workspace(root) as workspace:
        with workspace.session() as session:
            for name in ("Studio", "Other"):
                party = add_party(session, name, PartyKind.STUDIO)
                session.flush()
                add_subject(session, party, f"Mascot of {name}", SubjectKind.CHARACTER)
                if name == "Studio":
                    for person in ("Ada Marsh", "Bea Marsh"):
                        add_subject(session, party, person, SubjectKind.PERSON)
            session.commit()
        with served(workspace) as console:
            yield console


@pytest.fixture(scope="module")
def registrar(console: Console) -> str:
    return console.cookie(console.account("R. Egistrar", Role.REGISTRAR, party_id(console, "Studio")))


def party_id(console: Console, name: str) -> str:
    with console.workspace.session() as session:
        return find_party(session, name).id


def subject_id(console: Console, name: str) -> str:
    with console.workspace.session() as session:
        return session.exec(select(Subject.id).where(Subject.name == name)).one()


def post(console: Console, secret: str, path: str, **fields: str) -> Answer:
    return console.ask("POST", path, secret, urlencode(fields))


def send(console: Console, secret: str, path: str, files: list[tuple[str, bytes]], **fields: str) -> Answer:
    body = multipart(fields, [("files", name, content) for name, content in files])
    return console.ask("POST", path, secret, body, Content_Type=KIND)


def held(console: Console, of: str) -> list[Reference]:
    with console.workspace.session() as session:
        return list(session.exec(select(Reference).where(Reference.subject_id == of).order_by(col(Reference.file_name))))


def test_a_registrar_adds_a_subject_and_a_refused_one_keeps_what_was_typed(console: Console, registrar: str) -> None:
    party = party_id(console, "Studio")
    added = post(console, registrar, "/registry/subjects", name="  The   Crest ", kind="mark", party=party)
    assert added.status == 303
    assert "The Crest" in console.ask("GET", added.headers["location"], registrar).text
    again = post(console, registrar, "/registry/subjects", name="the crest", kind="mark", party=party)
    assert (again.status, "has a mark &#39;the crest&#39; already" in again.text) == (409, True)
    assert 'value="the crest"' in again.text
    nothing = post(console, registrar, "/registry/subjects", name=" ", kind="mark", party=party)
    assert (nothing.status, "is empty" in nothing.text) == (422, True)


def test_a_member_is_found_by_number_and_the_page_says_it(console: Console, registrar: str) -> None:
    with console.workspace.session() as session:
        for name, number, called in (
            ("Studio", "00417", "Member of Studio"),
            ("Other", "00418", "Member of Other"),
            ("Studio", "SAG 0055-Q", "Spaced of Studio"),
        ):
            party = find_party(session, name)
            subject = add_subject(session, party, called, SubjectKind.PERSON)
            key = number_key(session, party.id, number)
            session.add(Member(id=key, party_id=party.id, subject_id=subject.id, number=number))
        session.commit()
    found = console.ask("GET", "/registry?q=417", registrar).text
    assert "Member of Studio" in found
    assert "Ada Marsh" not in found
    for typed in ("SAG+0055-Q", "sag0055-q", "0055-Q", "55-q"):
        assert "Spaced of Studio" in console.ask("GET", f"/registry?q={typed}", registrar).text, typed
    assert "No subject is called or numbered" in console.ask("GET", "/registry?q=00418", registrar).text
    with console.workspace.session() as session:
        of_studio = find_subject(session, "Member of Studio").id
    assert "member 00417" in console.ask("GET", f"/registry/subjects/{of_studio}", registrar).text


def test_what_else_a_subject_is_called_is_added_and_removed(console: Console, registrar: str) -> None:
    at = f"/registry/subjects/{subject_id(console, 'Bea Marsh')}"
    assert post(console, registrar, f"{at}/aliases", alias="贝娅·马什").status == 303
    assert "<bdi>贝娅·马什</bdi>" in console.ask("GET", at, registrar).text
    for page in ("/registry", "/search"):
        found = console.ask("GET", f"{page}?{urlencode({'q': '娅·马'})}", registrar).text
        assert at in found, page
        assert "also called <bdi>贝娅·马什</bdi>" in found, page
    refused = post(console, registrar, f"{at}/aliases", alias="BEA MARSH")
    assert (refused.status, "is called" in refused.text, 'value="BEA MARSH"' in refused.text) == (409, True, True)
    assert post(console, registrar, f"{at}/aliases/remove", alias="贝娅·马什").status == 303
    assert "贝娅" not in console.ask("GET", at, registrar).text


def test_nobody_enters_anything_about_another_partys_subject(console: Console, registrar: str) -> None:
    other = f"/registry/subjects/{subject_id(console, 'Mascot of Other')}"
    assert post(console, registrar, "/registry/subjects", name="X", kind="mark", party=party_id(console, "Other")).status == 404
    for path in ("rename", "declare", "licences", "aliases", "aliases/remove"):
        assert post(console, registrar, f"{other}/{path}", name="Mine", licensee="Me", alias="Me").status == 404, path
    assert send(console, registrar, f"{other}/references/upload", [("a.png", png(figure(1)))]).status == 404
    assert send(console, registrar, f"{other}/mandates/upload", [("a.txt", b"We authorise Studio.")]).status == 404
    with console.workspace.session() as session:
        assert session.exec(select(Mandate)).first() is None


def test_several_pictures_at_once_are_each_told_what_became_of_them(console: Console, registrar: str) -> None:
    mascot = subject_id(console, "Mascot of Studio")
    sent = [
        ("C:\\art\\front.png", png(figure(3))),
        ("notes.png", b"no picture at all"),
        ("flat.png", png(np.full((80, 80, 3), 9, np.uint8))),
    ]
    got = send(console, registrar, f"/registry/subjects/{mascot}/references/upload", sent, era="1998-1999")
    assert got.status == 200
    assert got.text.count(">enrolled<") == 1
    assert got.text.count(">refused<") == 2
    (row,) = held(console, mascot)
    assert (row.file_name, row.era_from, row.era_to) == ("front.png", 1998, 1999)
    picture = console.ask("GET", f"/references/{row.id}/picture.jpg", registrar)
    assert picture.content.startswith(b"\xff\xd8")
    wrong = send(console, registrar, f"/registry/subjects/{mascot}/references/upload", sent[:1], era="the nineties")
    assert (wrong.status, 'value="the nineties"' in wrong.text) == (422, True)
    assert console.ask("POST", f"/registry/references/{row.id}/remove", registrar, "").status == 303
    assert held(console, mascot) == []


def test_a_photo_of_somebody_else_is_let_in_by_whoever_looked_and_not_before(console: Console, registrar: str) -> None:
    one, two = (subject_id(console, name) for name in ("Ada Marsh", "Bea Marsh"))
    photo = [("portrait.png", PORTRAIT)]
    assert "enrolled" in send(console, registrar, f"/registry/subjects/{one}/references/upload", photo).text
    refused = send(console, registrar, f"/registry/subjects/{two}/references/upload", photo)
    assert "The photo shows &#39;Ada Marsh&#39;, who is enrolled already" in refused.text
    assert "--despite-likeness" not in refused.text
    assert "They are two people who look alike" in refused.text
    assert held(console, two) == []
    let_in = send(console, registrar, f"/registry/subjects/{two}/references/upload", photo, despite="twins")
    assert ">enrolled<" in let_in.text
    assert len(held(console, two)) == 1


def test_a_document_is_a_mandate_and_a_declaration_needs_none(console: Console, registrar: str) -> None:
    person, mascot = subject_id(console, "Ada Marsh"), subject_id(console, "Mascot of Studio")
    path = f"/registry/subjects/{person}/mandates/upload"
    refused = send(console, registrar, path, [("mandate.txt", b"MZ\x90\0\x03 a program")], from_="2026-01-02", how="by post")
    assert (refused.status, 'value="by post"' in refused.text, "Choose it again" in refused.text) == (422, True, True)
    terms = {"from_": "2026-01-02", "until": "2030-01-01", "territory": "US, CA", "scope": "face", "verified_by": "C. Lerk"}
    assert send(console, registrar, path, [("mandate.txt", b"I authorise Studio. Ada Marsh")], **terms).status == 303
    assert post(console, registrar, f"/registry/subjects/{mascot}/declare").status == 303
    assert post(console, registrar, f"/registry/subjects/{person}/declare").status == 422
    with console.workspace.session() as session:
        by_document, declared = session.exec(select(Mandate).order_by(col(Mandate.created_at))).all()
    assert (by_document.verified_by, sorted(by_document.territory)) == ("C. Lerk (entered by R. Egistrar)", ["CA", "US"])
    assert (by_document.scope, declared.verified_by) == (["face"], "R. Egistrar")
    ended = console.ask("POST", f"/registry/subjects/{mascot}/mandates/{declared.id}/end", registrar, "")
    assert ended.status == 303
    assert "Nobody may act for it now" in console.ask("GET", f"/registry/subjects/{mascot}", registrar).text


def test_a_licence_is_recorded_and_ended(console: Console, registrar: str) -> None:
    mascot = subject_id(console, "Mascot of Studio")
    nobody = post(console, registrar, f"/registry/subjects/{mascot}/licences", licensee=" ", host="video.example")
    assert (nobody.status, 'value="video.example"' in nobody.text) == (422, True)
    typed = {"licensee": "Toys Ltd", "host": "video.example", "licence_until": "2031-01-01"}
    assert post(console, registrar, f"/registry/subjects/{mascot}/licences", **typed).status == 303
    with console.workspace.session() as session:
        row = session.exec(select(Licence)).one()
        assert (row.licensee, row.host, row.revoked_at) == ("Toys Ltd", "video.example", None)
    assert console.ask("POST", f"/registry/subjects/{mascot}/licences/{row.id}/end", registrar, "").status == 303
    with console.workspace.session() as session:
        assert session.exec(select(Licence)).one().revoked_at is not None
        written = session.exec(select(AuditEntry).where(AuditEntry.why == "web licence.end")).all()
    assert [entry.who for entry in written if "R. Egistrar" not in entry.who] == []
    assert written


def test_what_is_too_large_is_refused_before_it_is_read(console: Console, registrar: str) -> None:
    mascot = subject_id(console, "Mascot of Studio")
    path = f"/registry/subjects/{mascot}/references/upload"
    got = send(console, registrar, path, [("large.png", b"\0" * (65 << 20))])
    assert "That is more than 64 MB at once." in got.text
    # Nobody who may not send it has it read: one answers before the end of what is sent.
    assert send(console, "nobody", path, [("a.png", PORTRAIT)]).status == 401
    auditor = console.cookie(console.account("A. Uditor", Role.AUDITOR, party_id(console, "Studio")))
    assert send(console, auditor, path, [("a.png", PORTRAIT)]).status == 403
    assert "Add references" not in console.ask("GET", f"/registry/subjects/{mascot}", auditor).text


def test_what_the_machines_owner_enters_is_logged_in_the_name_that_they_gave(console: Console) -> None:
    owner = console.cookie(None)
    blank = post(console, owner, "/name", name="  ", to="/registry")
    assert (blank.status, "Who are you?" in blank.text, "is empty" in blank.text) == (422, True, True)
    assert post(console, owner, "/name", name="O. Wner", to="/registry").status == 303
    made = post(console, owner, "/registry/subjects", name="The Flag", kind="mark", party=party_id(console, "Studio"))
    assert made.status == 303
    with console.workspace.session() as session:
        last = session.exec(select(AuditEntry).where(AuditEntry.why == "web subject.add")).all()[-1]
    assert last.who.startswith("O. Wner (as ")


def test_an_address_that_takes_forms_alone_says_so_once(console: Console) -> None:
    got = console.ask("GET", "/registry/subjects", console.cookie(None))
    assert (got.status, got.text.count("This address only takes what a form of the console sends")) == (405, 2)
    assert got.text.count("Go to the overview") == 1


def test_a_licence_and_a_mandate_are_ended_on_their_own_subjects_page_alone(console: Console, registrar: str) -> None:
    with console.workspace.session() as session:
        party = find_party(session, "Studio")
        one, other = (add_subject(session, party, name, SubjectKind.PERSON) for name in ("Own Person", "Other Person"))
        licence = add_licence(session, one, "Tube", now())
        mandate = a_mandate(one.id, party.id)
        session.add(mandate)
        session.commit()
        ids = one.id, other.id, licence.id, mandate.id
    for what, key in (("licences", ids[2]), ("mandates", ids[3])):
        wrong = console.ask("POST", f"/registry/subjects/{ids[1]}/{what}/{key}/end", registrar, form="")
        assert "This subject has no" in wrong.text
        with console.workspace.session() as session:
            row = session.get_one(Licence if what == "licences" else Mandate, key)
            assert row.revoked_at is None
        assert console.ask("POST", f"/registry/subjects/{ids[0]}/{what}/{key}/end", registrar, form="").status == 303
        with console.workspace.session() as session:
            row = session.get_one(Licence if what == "licences" else Mandate, key)
            assert row.revoked_at is not None
