"""Artwork on photographs and drawings that were not made for this test."""

import csv
from pathlib import Path

import numpy as np
import pytest

from matcher.artwork import ArtworkRecogniser
from matcher.errors import ReferenceRefused
from matcher.media import read_picture
from matcher.types import Frame, Gallery, GallerySubject
from registry.types import Image, SubjectKind, Template


def cropped(row: dict[str, str], picture: Image) -> Image:
    if not row.get("x1"):
        return picture
    x1, y1, x2, y2 = (int(row[corner]) for corner in ("x1", "y1", "x2", "y2"))
    return np.ascontiguousarray(picture[y1:y2, x1:x2])


def enrolled(recogniser: ArtworkRecogniser, folder: Path, rows: list[dict[str, str]]) -> Gallery:
    templates = []
    for row in rows:
        picture = cropped(row, read_picture(folder / row["media"]))
        try:
            templates.append(Template(row["subject"], row["media"], recogniser.encoder, recogniser.enrol(picture)))
        except ReferenceRefused:
            continue  # a few boxes are 17 pixels wide
    return Gallery({t.subject_id: GallerySubject(t.subject_id, t.subject_id, SubjectKind.MARK) for t in templates}, templates)


def matched(recogniser: ArtworkRecogniser, gallery: Gallery, picture: Image) -> set[str]:
    watcher = recogniser.watch(gallery)
    watcher.see(Frame(0.0, picture, 0))
    threshold = recogniser.threshold(len(gallery.subjects))
    return {c.subject_id for finding in watcher.conclude() for c in finding.candidates if c.score >= threshold}


@pytest.fixture(scope="module")
def marks(shared_data: Path) -> tuple[Path, list[dict[str, str]]]:
    with (shared_data / "marks" / "truth.csv").open(newline="", encoding="utf-8") as table:
        return shared_data / "marks", list(csv.DictReader(table))


def test_brands_with_detail_are_found_in_photos_and_nothing_else_is(marks: tuple[Path, list[dict[str, str]]]) -> None:
    folder, rows = marks
    recogniser = ArtworkRecogniser()
    gallery = enrolled(recogniser, folder, [r for r in rows if r["role"] == "reference"])
    probes = [r for r in rows if r["role"] != "reference"]
    found = [(row, matched(recogniser, gallery, read_picture(folder / row["media"]))) for row in probes]
    wrong = [(row["media"], names - {row["subject"]}) for row, names in found if names - {row["subject"]}]
    detailed = [row["subject"] in names for row, names in found if row["role"] == "mated" and row["subject"] in DETAILED]
    assert len(wrong) <= 1, wrong
    assert np.mean(detailed) >= 0.6


DETAILED = {"Fedex", "Ford", "Google", "Sprite", "Texaco"}
"""Brands whose mark has lettering or ornament; a swoosh or two chevrons have next to no local features."""
