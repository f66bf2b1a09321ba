"""Faces through the pipeline: who may be enrolled, who is found, and that nobody else is kept."""

import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from sqlmodel import select

from crawler.health import SourceKind, SourceRow
from matcher.errors import ReferenceRefused
from matcher.face.recogniser import FaceRecogniser
from matcher.media import read_picture
from matcher.packs.adding import add
from matcher.types import Gallery, GallerySubject, Recogniser
from monitor.enrolment import enrol_file, renew_templates
from monitor.recognisers import RecogniserSpec, build_recognisers, recogniser_spec
from monitor.reference_folder import NoReferences, load_references
from monitor.runs.once import run_once
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.keys import keys_of
from registry.kinds import PartyKind, SubjectKind
from registry.parties import add_party
from registry.references import Reference
from registry.subjects import Subject, add_subject
from registry.templates import TemplateRow, arrays_of
from registry.types import Template
from reports.matches import MatchRow, Scan
from tests.support.drawn_clips import figure, save, scene
from tests.support.face_vectors import vectors_of
from tests.support.loopback_site import open_site
from tests.support.mandated import mandate_all
from tests.support.watched_site import everything_on_disk


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, shared_models: Path) -> Path:
    folder = tmp_path_factory.mktemp("models")
    add(folder, shared_models / "edge")
    return folder


@pytest.fixture(scope="module")
def recognisers(models: Path) -> list[Recogniser]:
    return build_recognisers(RecogniserSpec(models, ("edge",), True, ()))


@pytest.fixture
def workspace(tmp_path: Path, models: Path) -> Iterator[Workspace]:
    root = tmp_path / "work"
    init_workspace(root)
    settings = f'pack = "edge"\nmodels = "{models}"\n[crawl]\nallowed_networks = ["127.0.0.0/8"]\ndelay_seconds = 0.0\n'
    (root / "semblance.toml").write_text(settings, encoding="utf-8")
    with open_workspace(root) as workspace:
        yield workspace


@pytest.fixture
def people(shared_data: Path) -> Path:
    return shared_data / "real_video" / "references"


def photo(people: Path, name: str) -> Path:
    return min((people / name).iterdir())


def person(workspace: Workspace, name: str) -> str:
    with workspace.session() as session:
        party = add_party(session, f"Agency of {name}", PartyKind.AGENCY)
        subject = add_subject(session, party, name, SubjectKind.PERSON)
        session.commit()
        return subject.id


def test_a_refused_photo_says_why_and_leaves_nothing(
    workspace: Workspace, recognisers: list[Recogniser], people: Path, tmp_path: Path
) -> None:
    subject_id = person(workspace, "Somebody")
    one, other = (read_picture(photo(people, name)) for name in ("joe_biden", "barack_obama"))
    both = np.hstack([cv2.resize(picture, (400, 400)) for picture in (one, other)])
    vault_before = sorted((workspace.root / "vault").rglob("*"))
    for file, why in ((save(tmp_path / "both.png", both), "2 faces"), (save(tmp_path / "none.png", scene(1)), "No face")):
        with workspace.session() as session, pytest.raises(ReferenceRefused, match=why) as refusal:
            enrol_file(workspace, session, recognisers, session.get_one(Subject, subject_id), file)
        assert refusal.value.remedy
    with workspace.session() as session:
        assert not session.exec(select(Reference)).all()
        assert not session.exec(select(TemplateRow)).all()
    assert sorted((workspace.root / "vault").rglob("*")) == vault_before


def test_another_pack_gets_templates_of_its_own(
    workspace: Workspace, recognisers: list[Recogniser], people: Path, open_pack: Path
) -> None:
    subject_id = person(workspace, "Somebody")
    with workspace.session() as session:
        enrolled = enrol_file(workspace, session, recognisers, session.get_one(Subject, subject_id), photo(people, "joe_biden"))
        session.commit()
        assert len(enrolled.encoders) == 1
        assert renew_templates(workspace, session, recognisers) == (0, ())
        others = build_recognisers(RecogniserSpec(open_pack.parent, ("open",), True, ()))
        assert renew_templates(workspace, session, others) == (1, ())
        assert len({row.encoder for row in session.exec(select(TemplateRow))}) == 2


def test_a_reference_whose_bytes_are_gone_is_told_and_stops_nobody_elses_templates(
    workspace: Workspace, recognisers: list[Recogniser], people: Path
) -> None:
    subject_id = person(workspace, "Somebody")
    with workspace.session() as session:
        enrolled = enrol_file(workspace, session, recognisers, session.get_one(Subject, subject_id), photo(people, "joe_biden"))
        session.delete(session.exec(select(TemplateRow)).one())
        session.commit()
        for kept in (workspace.root / "vault").rglob(f"{enrolled.reference.sha256}*"):
            kept.unlink()
        renewed, problems = renew_templates(workspace, session, recognisers)
        assert renewed == 0
        assert [enrolled.reference.id in problem for problem in problems] == [True]


def test_a_folder_tells_people_from_drawings(recognisers: list[Recogniser], people: Path, tmp_path: Path) -> None:
    folder = tmp_path / "references"
    for name in ("Person", "Group", "Drawing", "Empty"):
        (folder / name).mkdir(parents=True)
    one, other = (read_picture(photo(people, name)) for name in ("joe_biden", "barack_obama"))
    save(folder / "Person" / "photo.png", one)
    save(folder / "Group" / "two.png", np.hstack([cv2.resize(picture, (400, 400)) for picture in (one, other)]))
    save(folder / "Drawing" / "drawn.png", figure(1))
    save(folder / "Loose.png", figure(2))
    os.mkfifo(folder / "Pipe.png")  # nobody writes into it: reading would wait for ever
    loaded = load_references(folder, recognisers)
    kinds = {subject.name: subject.kind for subject in loaded.gallery.subjects.values()}
    assert kinds == {"Person": SubjectKind.PERSON, "Drawing": SubjectKind.CHARACTER, "Loose": SubjectKind.CHARACTER}
    assert [(path.name, "2 faces" in why) for path, why in loaded.refused] == [("two.png", True)]
    with pytest.raises(NoReferences, match=r"two\.png"):
        load_references(folder / "Group", recognisers)


def test_promise_1_no_stranger_is_kept(
    workspace: Workspace, recognisers: list[Recogniser], people: Path, shared_data: Path
) -> None:
    media = shared_data / "real_video" / "short_hamilton_clip.mp4"
    with workspace.session() as session, open_site() as site:
        subject = session.get_one(Subject, person(workspace, "Joe Biden"))
        enrol_file(workspace, session, recognisers, subject, photo(people, "joe_biden"))
        mandate_all(session)
        site.file("/clip.mp4", media.read_bytes())
        site.page("/", '<html><body><video src="/clip.mp4"></video></body></html>')
        session.add(SourceRow(name="front", kind=SourceKind.PAGE, url=site.url("/")))
        session.commit()
        summary = run_once(workspace)
    assert (summary.scanned, summary.new_matches, summary.problems) == (1, 0, [])
    with workspace.session() as session:
        assert session.exec(select(Scan)).one().appearances > 5
        assert not session.exec(select(MatchRow)).all()
        # Templates lie sealed; a stranger's among them would be found once they are opened.
        unsealed = [arrays_of(row, keys_of(session))["vector"].tobytes() for row in session.exec(select(TemplateRow)).all()]
    (face,) = [one for one in build_recognisers(recogniser_spec(workspace.settings)) if isinstance(one, FaceRecogniser)]
    enrolled = face.enrol(read_picture(photo(people, "joe_biden")))
    somebody = GallerySubject("somebody", "Somebody", SubjectKind.PERSON)
    gallery = Gallery({"somebody": somebody}, (Template("somebody", "photo", face.encoder, enrolled),))
    strangers = [vector.tobytes() for vector in vectors_of(face, gallery, media)]
    assert len(strangers) > 20
    disk = everything_on_disk(workspace) + b"".join(unsealed)
    known = enrolled["vector"].tobytes()
    # What is enrolled is found this way, so that not finding the others means something.
    assert len(unsealed) == 1
    assert known[:32] in disk
    assert [vector for vector in strangers if vector[:16] in disk or vector[-16:] in disk] == []
