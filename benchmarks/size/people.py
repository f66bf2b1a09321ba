"""A union's people: subjects, members with numbers, photos, templates, consents, licences."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session

from benchmarks.size.rows import Union, put
from matcher.assemble import recognisers_of
from matcher.face.appraisal import QUALITY
from matcher.packs.store import Pack, load
from monitor.workspace import Workspace
from registry.keys import Keys, keys_of
from registry.kinds import PartyKind, SubjectKind
from registry.licences import Licence
from registry.mandates import Basis, Mandate
from registry.members import Member, loose_number_key, number_key
from registry.names import name_key
from registry.parties import add_party
from registry.references import Reference
from registry.subjects import Subject
from registry.templates import TemplateRow, sealed_row
from registry.types import Template
from reports.matches import content_id

GIVEN = ("Ada", "Bruno", "Chioma", "Dilan", "Eun-ji", "Farah", "Goran", "Hana", "Ines", "Jonas")
FAMILY = ("Abara", "Brandt", "Castillo", "Demir", "Eriksson", "Fontaine", "Gupta", "Haddad", "Ito", "Jansen")


def make_people(workspace: Workspace, session: Session, made: Union) -> None:
    party = add_party(session, "Union of Performers", PartyKind.UNION, email="rights@union.example", signatory="A. Secretary")
    for number in range(20):
        add_party(session, f"Branch {number:02}", PartyKind.UNION, parent=party)
    session.flush()
    made.subjects = [content_id("subject", str(number)) for number in range(made.members)]
    made.references = [content_id("reference", str(number)) for number in range(made.members)]
    put(session, Subject, (_subject(party.id, made, number) for number in range(made.members)))
    put(session, Member, (_member(session, party.id, made, number) for number in range(made.members)))
    with workspace.vault.together():
        put(session, Reference, (_reference(workspace, made, number) for number in range(made.members)))
        statute = workspace.vault.put([b"%PDF-1.7 the statutes of the union"], private=True).sha256
        consents = [workspace.vault.put([f"%PDF-1.7 consent {n}".encode()], private=True).sha256 for n in range(made.members)]
    put(session, TemplateRow, _templates(keys_of(session), made, load(workspace.settings.models, workspace.settings.pack)))
    held = [(Basis.AUTHORITY, None, statute), *((Basis.CONSENT, *pair) for pair in zip(made.subjects, consents, strict=True))]
    put(session, Mandate, (_mandate(party.id, made, *about).model_dump() for about in held))
    licensed = made.subjects[:: max(1, made.members // 200)]
    put(session, Licence, (_licence(made, subject).model_dump() for subject in licensed))
    session.commit()


def _subject(party_id: str, made: Union, number: int) -> dict[str, Any]:
    name = f"{GIVEN[number % 10]} {FAMILY[number // 10 % 10]} {number:05}"
    about = {"name": name, "name_key": name_key(name), "kind": SubjectKind.PERSON, "created_at": made.at - timedelta(days=300)}
    return {"id": made.subjects[number], "party_id": party_id, **about, "erased_at": None}


def _member(session: Session, party_id: str, made: Union, number: int) -> dict[str, Any]:
    typed, name = f"{number:05}", name_key(f"{GIVEN[number % 10]} {FAMILY[number // 10 % 10]} {number:05}")
    row = Member(
        id=number_key(session, party_id, typed),
        party_id=party_id,
        subject_id=made.subjects[number],
        number=typed,
        loose_id=loose_number_key(session, party_id, typed),
        name_key=name,
        row_sha=hashlib.sha256(name.encode()).hexdigest(),
        imported_at=made.at,
    )
    return row.model_dump()


def _reference(workspace: Workspace, made: Union, number: int) -> dict[str, Any]:
    done, picture = cv2.imencode(".jpg", np.random.default_rng(number).integers(0, 255, (24, 24, 3), np.uint8))
    assert done
    stored = workspace.vault.put([picture.tobytes()], private=True)
    row = Reference(
        id=made.references[number],
        subject_id=made.subjects[number],
        sha256=stored.sha256,
        file_name=f"{number:05}.jpg",
        media_type="image/jpeg",
        size=stored.size,
        created_at=made.at - timedelta(days=300),
    )
    return row.model_dump()


def _templates(keys: Keys, made: Union, pack: Pack) -> Iterator[dict[str, Any]]:
    """Directions at random, as long and as many numbers as the pack's own."""
    drawn = np.random.default_rng(11)
    face = recognisers_of(pack)[0]
    size = pack.spec.face.encoder.dimensions if pack.spec.face else 0
    for number in range(made.members):
        vector = drawn.normal(size=size).astype(np.float32)
        arrays: Mapping[str, NDArray[Any]] = {
            "vector": vector / np.linalg.norm(vector),
            QUALITY: np.array([240, 0.3, 0.8], np.float32),
        }
        template = Template(made.subjects[number], made.references[number], face.encoder, arrays)
        yield sealed_row(keys, template).model_dump()


def _mandate(party_id: str, made: Union, basis: Basis, subject: str | None, document: str) -> Mandate:
    begins = made.at - timedelta(days=400)
    return Mandate(
        party_id=party_id,
        basis=basis,
        subject_id=subject,
        document_sha256=document,
        verified_by="R. Egistrar",
        how="read it",
        starts_at=begins,
    )


def _licence(made: Union, subject: str) -> Licence:
    begins = made.at - timedelta(days=90)
    return Licence(subject_id=subject, licensee="Clip House Ltd", host="licensed.example", starts_at=begins, created_at=begins)
