"""How long "may I?" takes: a picture of one megapixel, asked of a served workspace with so many templates."""

import json
import os
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import cv2
import numpy as np
import requests
import typer
from sqlalchemy import insert
from sqlmodel import Session

from benchmarks.search import drawn
from matcher.media.pictures import read_picture
from monitor.duplicate_check import recogniser_for
from monitor.photos import recognisers_of
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.accounts import Role, add_account, issue_token
from registry.contracts import add_contract
from registry.db import now
from registry.keys import keys_of
from registry.kinds import Modality, PartyKind, Scope, SubjectKind
from registry.mandates import add_party_mandate
from registry.names import name_key
from registry.parties import add_party
from registry.references import Reference
from registry.subjects import Subject
from registry.template_rows import TemplateRow
from registry.templates import sealed_row
from registry.types import Template
from tests.support.api_desk import served

SIDE = 1000
"""Pixels of each side of the picture."""

LIMIT_MS = 300.0
AT_ONCE = 2000


def check(
    photo: Annotated[Path, typer.Argument(help="A photo of a face.")],
    templates: Annotated[int, typer.Option(min=10)] = 100_000,
    questions: Annotated[int, typer.Option(min=20)] = 100,
    seed: int = 1,
) -> None:
    """Print how long questions take, one after another, the first one (which loads the gallery) apart."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "work"
        init_workspace(root)
        with open_workspace(root) as workspace, workspace.session() as session:
            token = _furnish(workspace, session, photo, templates, np.random.default_rng(seed))
            session.commit()
        picture = cv2.resize(read_picture(photo), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        body = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
        with served(root) as base:
            first, *others = [_asked(base, token, body) for _ in range(questions + 6)]
    taken = sorted(others[5:])
    p95 = taken[int(len(taken) * 0.95) - 1]
    found = {
        "templates": templates,
        "bytes": len(body),
        "questions": len(taken),
        "first_s": round(first / 1000, 1),
        "p50_ms": round(statistics.median(taken), 1),
        "p95_ms": round(p95, 1),
        "cores": len(os.sched_getaffinity(0)),
        "load_average": round(os.getloadavg()[0], 2),
        "within": p95 <= LIMIT_MS,
    }
    print(json.dumps(found))


def _asked(base: str, token: str, body: bytes) -> float:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "image/jpeg"}
    began = time.perf_counter()
    answer = requests.post(f"{base}/v1/check", data=body, headers=headers, timeout=600)
    taken = (time.perf_counter() - began) * 1000
    assert answer.status_code == 200, answer.text
    return taken


def _furnish(workspace: Workspace, session: Session, photo: Path, templates: int, rng: np.random.Generator) -> str:
    """A union whose members have a template each, drawn like embeddings; the token of who asks."""
    recogniser = recogniser_for(recognisers_of(workspace, lambda _: None), Modality.FACE)
    assert recogniser is not None
    dim = recogniser.enrol(read_picture(photo), prominent=True)["vector"].shape[0]
    vectors, keys, at = drawn(rng, templates, dim, templates), keys_of(session), now()
    union = add_party(session, "A union", PartyKind.UNION)
    union.checkable = True
    add_party_mandate(session, workspace.vault, union, b"a mandate", verified_by="A reader", starts_at=at)
    session.flush()
    for first in range(0, templates, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, templates))
        people = [{"id": f"{n:032x}", "party_id": union.id, "kind": SubjectKind.PERSON, "created_at": at} for n in numbers]
        named = [{**each, "name": f"Member {each['id']}", "name_key": name_key(f"Member {each['id']}")} for each in people]
        session.execute(insert(Subject), named)
        photos = [{"id": f"{n:032x}", "subject_id": f"{n:032x}", "sha256": f"{n:064x}", "created_at": at} for n in numbers]
        about = {"file_name": "a.jpg", "media_type": "image/jpeg", "size": 1}
        session.execute(insert(Reference), [each | about for each in photos])
        rows = [sealed_row(keys, Template(f"{n:032x}", f"{n:032x}", recogniser.encoder, {"vector": vectors[n]})) for n in numbers]
        session.execute(insert(TemplateRow), [row.model_dump() for row in rows])
    account = add_account(
        session, "A platform", Role.AUDITOR, "a sentence of several words", add_party(session, "P", PartyKind.STUDIO)
    )
    add_contract(session, account.id, "1", "A platform", 1_000_000, None)
    return issue_token(session, account, "check", scopes=[Scope.CHECK])[1]
