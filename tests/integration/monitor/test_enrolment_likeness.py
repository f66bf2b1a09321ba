"""Photos that come one by one are compared with the person's others and with everybody else's."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from benchmarks.patterns import PatternRecogniser, save_photo
from matcher.errors import MediaUnreadable, ReferenceRefused
from matcher.sample import Sample
from monitor.duplicate_check import Comparison
from monitor.enrolment import enrol_file, read_photo
from monitor.reference_quality import appraise_photos
from monitor.workspace import init_workspace, open_workspace
from registry.parties import add_party
from registry.references import list_references
from registry.subjects import add_subject
from registry.types import PartyKind, SubjectKind

HALVES = {side: (slice(0, side // 2), slice(side // 2, side)) for side in (480, 640)}


def test_a_mix_up_is_refused_until_a_person_has_looked(tmp_path: Path) -> None:
    recogniser = PatternRecogniser()
    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as workspace, workspace.session() as session:
        union, studio = add_party(session, "Union", PartyKind.UNION), add_party(session, "Studio", PartyKind.STUDIO)
        ada, bo = (add_subject(session, union, name, SubjectKind.PERSON) for name in ("Ada", "Bo"))
        hers = add_subject(session, studio, "Ada", SubjectKind.PERSON)

        def enrol(subject, person: int, shot: int, *, compare: bool = True):  # type: ignore[no-untyped-def]
            photo = save_photo(tmp_path / f"{person}-{shot}.png", person, shot)
            against = [Comparison(session, recogniser, subject.party_id)] if compare else []
            return enrol_file(workspace, session, [recogniser], subject, photo, era=(2001, 2003), compare=against)

        for shot in range(3):
            enrol(ada, 1, shot)
        enrol(bo, 2, 0)
        with pytest.raises(ReferenceRefused, match="shows 'Ada', who is enrolled already"):
            enrol(bo, 1, 7)
        with pytest.raises(ReferenceRefused, match="does not agree with the other photos of 'Bo'"):
            enrol(bo, 3, 0)
        # What another party enrolled is neither compared with nor named.
        enrol(hers, 1, 8)
        assert len(list_references(session, bo)) == 1
        enrol(bo, 3, 0, compare=False)
        found = appraise_photos(session, bo, recogniser)
        assert [row.says for row in found.references] == [("It does not agree with the other photos: check for a mix-up.",)] * 2
        advice = "2 of the 3 photos that are advised: with three, of different days, far fewer videos are missed. "
        unknown = "among 2 enrolled people is not known for this size with this pack."
        assert found.says == (f"{advice}How many of this person's appearances are missed {unknown}",)
        good = appraise_photos(session, ada, recogniser)
        assert good.says == (f"How many of this person's appearances are missed {unknown}",)
        assert all(row.agreement is not None and row.agreement > 0.6 for row in good.references)


def test_the_photo_of_a_phone_is_read_upright_whatever_its_name(tmp_path: Path) -> None:
    plain = np.zeros((480, 640, 3), np.uint8)
    plain[:240, :320] = (30, 220, 10)
    lying = Pillow.Exif()
    lying[0x0112] = 6  # to be turned by a quarter, clockwise
    for name in ("IMG_0001.HEIC", "renamed.jpg"):
        pillow_heif.from_pillow(Pillow.fromarray(plain)).save(tmp_path / name, quality=90, exif=lying.tobytes(), format="HEIF")
        upright = read_photo(tmp_path / name)
        assert upright.shape == (640, 480, 3)
        means = [upright[half, side].mean(axis=(0, 1)) for half in HALVES[640] for side in HALVES[480]]
        assert [bool(mean[1] > 200) for mean in means] == [False, True, False, False]


def test_a_heic_that_is_cut_off_is_said_to_be_no_picture(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(100))
    with pytest.raises(MediaUnreadable, match=r"photo\.jpg cannot be read as a picture: it is damaged"):
        read_photo(tmp_path / "photo.jpg")


def test_advice_on_real_faces(shared_data: Path, open_pack: Path, tmp_path: Path) -> None:
    import cv2

    from matcher.assemble import recognisers_of
    from matcher.packs.store import load
    from monitor.enrolment import encode_sample, read_photo

    recognisers = recognisers_of(load(open_pack.parent, open_pack.name))
    photo = cv2.imread(str(shared_data / "faces" / "lfw" / "Aaron_Sorkin_0001.jpg"))
    assert photo is not None
    cv2.imwrite(str(tmp_path / "blur.png"), cv2.GaussianBlur(photo, (0, 0), 7))
    cv2.imwrite(str(tmp_path / "small.png"), cv2.resize(photo, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA))
    assert encode_sample(recognisers, SubjectKind.PERSON, photo).warnings == ()
    small = encode_sample(recognisers, SubjectKind.PERSON, read_photo(tmp_path / "small.png"))
    assert any("use a frontal photo at least 200 px wide" in line for line in small.warnings)
    with pytest.raises(ReferenceRefused, match="blur"):
        encode_sample(recognisers, SubjectKind.PERSON, read_photo(tmp_path / "blur.png"))


def test_a_photo_that_is_replaced_while_it_is_looked_at_is_kept_as_it_was_seen(tmp_path: Path) -> None:
    photo, other = save_photo(tmp_path / "photo.png", 1, 0), save_photo(tmp_path / "other.png", 2, 0).read_bytes()
    seen = photo.read_bytes()

    class Slow(PatternRecogniser):
        """Somebody writes over the file while this one looks."""

        def enrol(self, sample: Sample, *, prominent: bool = False) -> Mapping[str, NDArray[Any]]:
            photo.write_bytes(other)
            return super().enrol(sample, prominent=prominent)

    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as workspace, workspace.session() as session:
        ada = add_subject(session, add_party(session, "Union", PartyKind.UNION), "Ada", SubjectKind.PERSON)
        made = enrol_file(workspace, session, [Slow()], ada, photo)
        assert b"".join(workspace.vault.chunks(made.reference.sha256)) == seen
        assert (made.reference.file_name, made.reference.size) == ("photo.png", len(seen))
    assert photo.read_bytes() == other
