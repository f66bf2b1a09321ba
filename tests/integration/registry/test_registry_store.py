"""The registry on a real database and vault."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlmodel import Session, select

from registry.erase import Erasure, erase_subject, finish_erasures
from registry.erase import receipt as receipt_of
from registry.errors import Conflict, NotFound
from registry.held_objects import is_needed
from registry.licences import LicenceRefused, add_licence, list_licences, revoke_licence
from registry.mandates import MandateRefused, add_mandate, revoke_mandate
from registry.parties import Party, add_party, find_party, list_parties
from registry.references import ReferenceFileRefused, add_reference, find_reference, list_references
from registry.removal import remove_reference
from registry.standing import standing_of
from registry.subjects import Subject, add_subject, find_subject, list_subjects
from registry.templates import TemplateRow, load_gallery_templates, store_template
from registry.types import PartyKind, SubjectKind, Template
from registry.vault.base import Vault
from tests.support.mandated import mandate_all

AT = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def party(session: Session) -> Party:
    return add_party(session, "Actors' Union", PartyKind.UNION)


@pytest.fixture
def subject(session: Session, party: Party) -> Subject:
    return add_subject(session, party, "Ada Lovelace", SubjectKind.PERSON)


def enrol(session: Session, vault: Vault, subject: Subject, picture: bytes, encoder: str = "face-a") -> Template:
    reference = add_reference(session, vault, subject, picture, file_name="ada.jpg")
    vector = np.frombuffer(picture.ljust(64, b"-")[:64], dtype=np.float32)
    template = Template(subject.id, reference.id, encoder, {"vector": vector})
    store_template(session, template)
    return template


def test_parties_are_found_by_name_or_id_and_listed_as_a_tree(session: Session, party: Party) -> None:
    member = add_party(session, "Member", PartyKind.PERFORMER, parent=party)
    add_party(session, "Zeta Studio", PartyKind.STUDIO)
    assert find_party(session, "actors' union").id == find_party(session, party.id).id == party.id
    assert [(placed.party.name, placed.depth) for placed in list_parties(session)] == [
        ("Actors' Union", 0),
        (member.name, 1),
        ("Zeta Studio", 0),
    ]


def test_what_is_not_there_is_told_with_what_to_do(session: Session) -> None:
    with pytest.raises(NotFound, match="See the parties, or add a party"):
        find_party(session, "nobody")
    with pytest.raises(NotFound, match="See the subjects, or add a subject"):
        find_subject(session, "nobody")
    with pytest.raises(NotFound, match="See the references"):
        find_reference(session, "nothing")


def test_a_name_is_taken_once_per_party_and_kind(session: Session, party: Party, subject: Subject) -> None:
    with pytest.raises(Conflict, match="already"):
        add_party(session, "ACTORS' UNION", PartyKind.UNION)
    with pytest.raises(Conflict, match="already"):
        add_subject(session, party, "ada lovelace", SubjectKind.PERSON)
    other = add_party(session, "Studio", PartyKind.STUDIO)
    add_subject(session, party, "Ada Lovelace", SubjectKind.CHARACTER)
    twin = add_subject(session, other, "Ada Lovelace", SubjectKind.PERSON)
    with pytest.raises(Conflict, match=twin.id):
        find_subject(session, "Ada Lovelace")
    assert find_subject(session, "Ada Lovelace", party=other).id == twin.id


def test_a_reference_is_kept_once_whatever_its_file_is_called(
    session: Session, vault: Vault, subject: Subject, tmp_path: Path
) -> None:
    picture = tmp_path / "a\u202epicture.png"
    picture.write_bytes(b"pixels")
    first = add_reference(session, vault, subject, picture, era=(1990, 1999))
    assert add_reference(session, vault, subject, b"pixels", file_name="other.png").id == first.id
    assert (first.file_name, first.media_type, first.era_from, first.era_to) == ("a_picture.png", "image/png", 1990, 1999)
    assert b"".join(vault.chunks(first.sha256)) == b"pixels"
    assert [reference.id for reference in list_references(session, subject)] == [first.id]


@pytest.mark.parametrize("era", [(2000, 1990), (1700, 1990), (2000, 3000)])
def test_an_impossible_era_is_refused(session: Session, vault: Vault, subject: Subject, era: tuple[int, int]) -> None:
    with pytest.raises(ReferenceFileRefused, match="era"):
        add_reference(session, vault, subject, b"pixels", era=era)


def test_empty_missing_and_huge_files_are_refused_before_the_vault_sees_them(
    session: Session, vault: Vault, subject: Subject, tmp_path: Path
) -> None:
    huge = tmp_path / "huge"
    with huge.open("wb") as stream:
        stream.truncate((64 << 20) + 1)
    for content, why in ((b"", "empty"), (tmp_path / "absent", "cannot be read"), (huge, "64 MiB")):
        with pytest.raises(ReferenceFileRefused, match=why):
            add_reference(session, vault, subject, content)
    assert not list((tmp_path / "vault" / "sha256").iterdir())


def test_a_removed_reference_takes_its_templates_and_unshared_bytes_along(
    session: Session, vault: Vault, party: Party, subject: Subject
) -> None:
    other = add_subject(session, party, "Other", SubjectKind.PERSON)
    shared = add_reference(session, vault, other, b"both")
    for picture in (b"both", b"only"):
        reference_id = enrol(session, vault, subject, picture).reference_id
        remove_reference(session, vault, find_reference(session, reference_id))
    assert not session.exec(select(TemplateRow)).all()
    assert not list_references(session, subject)
    assert is_needed(session, shared.sha256, private=True)
    assert list(vault.sealed()) == [shared.sha256]


def test_a_template_replaces_the_earlier_one_of_its_encoder(session: Session, vault: Vault, subject: Subject) -> None:
    mandate_all(session)
    template = enrol(session, vault, subject, b"picture")
    better = Template(subject.id, template.reference_id, "face-a", {"vector": np.ones(4, dtype=np.float32)})
    store_template(session, better)
    loaded = load_gallery_templates(session, ["face-a"], AT)
    assert [list(found.arrays["vector"]) for found in loaded] == [[1, 1, 1, 1]]
    assert load_gallery_templates(session, ["face-b"], AT) == []


def test_a_subject_with_mandates_is_looked_for_only_while_one_is_valid(session: Session, vault: Vault, subject: Subject) -> None:
    enrol(session, vault, subject, b"picture")
    assert load_gallery_templates(session, ["face-a"], AT) == []
    mandate = add_mandate(session, vault, subject, b"signed", verified_by="R. Reader", starts_at=AT, ends_at=AT + 2 * DAY)
    at = {moment: len(load_gallery_templates(session, ["face-a"], AT + moment * DAY)) for moment in (-1, 0, 1, 2)}
    assert at == {-1: 0, 0: 1, 1: 1, 2: 0}
    revoke_mandate(session, mandate.id, AT + DAY)
    revoke_mandate(session, mandate.id, AT + 2 * DAY)
    assert load_gallery_templates(session, ["face-a"], AT + DAY) == []
    assert not standing_of(session, subject, AT + DAY).allowed
    assert b"".join(vault.chunks(mandate.document_sha256)) == b"signed"


@pytest.mark.parametrize(
    ("changed", "why"), [({"document": b""}, "empty"), ({"verified_by": " "}, "Nobody"), ({"ends_at": AT}, "before it begins")]
)
def test_a_mandate_without_proof_is_refused(
    session: Session, vault: Vault, subject: Subject, changed: dict[str, object], why: str
) -> None:
    terms = {"document": b"signed", "verified_by": "R. Reader", "starts_at": AT, **changed}
    with pytest.raises(MandateRefused, match=why):
        add_mandate(session, vault, subject, **terms)


def test_a_licence_is_recorded_listed_and_revoked_once(session: Session, subject: Subject) -> None:
    licence = add_licence(session, subject, "Fan Club", AT, host="Videos.Example.org.")
    assert licence.host == "videos.example.org"
    assert [found.id for found in list_licences(session, subject)] == [licence.id]
    revoke_licence(session, licence.id, AT + DAY)
    assert revoke_licence(session, licence.id, AT + 2 * DAY).revoked_at == AT + DAY
    with pytest.raises(NotFound, match="See the licences"):
        revoke_licence(session, "nothing", AT)


@pytest.mark.parametrize("host", ["com", "https://example.org", "example.org/path", ".", "0.1", "a b.org", "*.org"])
def test_a_host_that_would_cover_too_much_or_nothing_is_refused(session: Session, subject: Subject, host: str) -> None:
    with pytest.raises(LicenceRefused, match="host name"):
        add_licence(session, subject, "Fan Club", AT, host=host)


def test_an_erasure_that_was_interrupted_is_finished_later(
    session: Session, vault: Vault, subject: Subject, tmp_path: Path
) -> None:
    enrol(session, vault, subject, b"a picture of Ada")
    session.commit()
    reader = Session(session.get_bind())
    reader.connection().exec_driver_sql("BEGIN")
    reader.exec(select(Subject)).all()
    receipt = erase_subject(session, vault, subject, AT, "asked for it")
    assert not receipt.finished
    reader.close()
    assert finish_erasures(session, vault) == 1
    assert finish_erasures(session, vault) == 0
    assert session.exec(select(Erasure)).one().finished_at is not None


def test_a_document_that_cannot_be_removed_is_not_said_to_be_gone(
    session: Session, vault: Vault, subject: Subject, tmp_path: Path
) -> None:
    (tmp_path / "reports").write_text("a file in the folder's place", encoding="utf-8")
    counts = {"references": 0, "templates": 0, "mandates": 0, "others": 0}
    session.add(Erasure(subject_id=subject.id, at=AT, reason="asked for it", paths=["reports/x", "y"], **counts))
    session.commit()
    assert finish_erasures(session, vault) == 0
    erasure = session.exec(select(Erasure)).one()
    assert not receipt_of(session, erasure).finished
    assert erasure.paths == ["y"]
    assert erasure.left == ["reports/x: cannot be removed (Not a directory); remove it yourself"]


def test_an_eraser_that_fails_leaves_everything(session: Session, vault: Vault, subject: Subject) -> None:
    enrol(session, vault, subject, b"picture")
    mandate_all(session)
    session.commit()

    def refuse(session: Session, subject_id: str) -> int:
        raise Conflict("A confirmed case needs the subject.", "Close the case first.")

    with pytest.raises(Conflict):
        erase_subject(session, vault, subject, AT, "asked for it", also=[refuse])
    session.rollback()
    assert [found.name for found in list_subjects(session)] == ["Ada Lovelace"]
    assert len(load_gallery_templates(session, ["face-a"], AT)) == 1
