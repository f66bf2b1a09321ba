"""The registry's share of the promises, each under its number."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlmodel import Session, col, select

from registry.erase import erase_subject
from registry.errors import NotFound
from registry.licences import Use, add_licence, is_permitted, list_licences, revoke_licence
from registry.mandates import add_mandate, list_mandates
from registry.parties import add_party
from registry.references import add_reference, list_references
from registry.subjects import Subject, add_subject, find_subject
from registry.templates import TemplateRow, load_gallery_templates, store_template
from registry.types import Modality, PartyKind, SubjectKind, Template
from registry.vault.local import LocalVault
from tests.support.new_database import new_database

AT = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def test_promise_3_permission_is_checked_first(tmp_path: Path) -> None:
    engine = new_database(tmp_path / "semblance.db")
    use_at_host = "clips.example.org"
    with Session(engine) as session:
        subject = add_subject(session, add_party(session, "Studio", PartyKind.STUDIO), "Mascot", SubjectKind.CHARACTER)
        use = Use(subject.id, Modality.ARTWORK, use_at_host, "fan")
        assert not is_permitted(use, list_licences(session), AT).permitted
        ending = add_licence(session, subject, "Fan", AT, ends_at=AT + DAY, host="example.org")
        session.commit()
        during = is_permitted(use, list_licences(session, subject), AT)
        assert (during.permitted, during.licence_id) == (True, ending.id)
        assert not is_permitted(use, list_licences(session, subject), AT + DAY).permitted
        longer = add_licence(session, subject, "Fan", AT)
        assert is_permitted(use, list_licences(session, subject), AT + DAY).licence_id == longer.id
        revoke_licence(session, longer.id, AT + DAY)
        assert not is_permitted(use, list_licences(session, subject), AT + DAY).permitted
    engine.dispose()


def everything_on_disk(folder: Path) -> bytes:
    return b"\x00".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def sealed_bytes(session: Session, folder: Path, subject: Subject) -> list[bytes]:
    """What lies on the disk of a subject, as it lies there: a stretch of each sealed template and object."""
    references, mandates = list_references(session, subject), list_mandates(session, subject)
    rows = session.exec(select(TemplateRow).where(col(TemplateRow.reference_id).in_([row.id for row in references]))).all()
    digests = [*(row.sha256 for row in references), *(row.document_sha256 for row in mandates)]
    files = [place for digest in digests for place in folder.rglob(digest)]
    return [*(row.arrays[100:164] for row in rows), *(file.read_bytes()[100:164] for file in files)]


def enrolled(session: Session, vault: LocalVault, name: str, photo: bytes, vector: np.ndarray, statement: bytes) -> Subject:
    party = add_party(session, f"Party of {name}", PartyKind.UNION)
    subject = add_subject(session, party, name, SubjectKind.PERSON)
    reference = add_reference(session, vault, subject, photo, file_name="photo.jpg")
    for encoder in ("face-a", "face-b"):
        store_template(session, Template(subject.id, reference.id, encoder, {"vector": vector}))
    add_mandate(session, vault, subject, statement, verified_by="R. Reader", starts_at=AT - DAY)
    session.commit()
    return subject


@pytest.mark.local("looks for erased bytes in the workspace's files")
def test_promise_8_erasure_is_real(tmp_path: Path) -> None:
    random = np.random.default_rng(8)
    photos = [random.bytes(90_000) for _ in range(2)]
    vectors = [random.standard_normal(512, dtype=np.float32) for _ in range(2)]
    statements = [b"I, the first, authorise it. " * 40, b"I, the second, authorise it. " * 40]
    engine = new_database(tmp_path / "semblance.db")
    vault = LocalVault(tmp_path / "vault")
    with Session(engine) as session:
        gone, stays = (
            enrolled(session, vault, name, photo, vector, statement)
            for name, photo, vector, statement in zip(("Grace Gone", "Stella Stays"), photos, vectors, statements, strict=True)
        )
        traces = [photos[0][1000:1064], vectors[0].tobytes()[100:164], statements[0][:60], b"Grace Gone"]
        assert b"Grace Gone" in everything_on_disk(tmp_path)
        sealed = sealed_bytes(session, tmp_path, gone)
        assert len(sealed) == 4
        stays_id = stays.id

        receipt = erase_subject(session, vault, gone, AT, "the member asked for it", also=[lambda _session, _id: 3])

        assert receipt.finished
        assert (receipt.references, receipt.templates, receipt.mandates, receipt.others) == (1, 2, 1, 3)
        assert len(receipt.digests) == 2
        plain = [hashlib.sha256(content).hexdigest() for content in (photos[0], statements[0])]
        assert not any(digest in vault for digest in plain)
        assert not set(plain) & set(receipt.digests)
        after = everything_on_disk(tmp_path)
        # The party bears the name that its founder typed; a party is no subject and is not erased with one.
        left = after.replace(b"Party of Grace Gone", b"")
        assert [trace for trace in (*traces, *sealed) if trace in left] == []
        assert all(trace in after for trace in sealed_bytes(session, tmp_path, stays))
        assert {template.subject_id for template in load_gallery_templates(session, ["face-a", "face-b"], AT)} == {stays_id}
        with pytest.raises(NotFound):
            find_subject(session, "Grace Gone")
        with pytest.raises(NotFound):
            find_subject(session, receipt.subject_id)
    engine.dispose()
