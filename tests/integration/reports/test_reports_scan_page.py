"""The page of a folder's scan: pictures beside each other, failures said, strangers counted, nothing obeyed."""

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.media import write_clip
from matcher.types import Appearance, Box, Failure, Gallery, GallerySubject, Match, Observation, ScanResult
from registry.types import Modality, SubjectKind
from reports.evidence.stills import BOX_COLOUR, close_up, jpeg, with_box
from reports.render.scan_page import write_scan_page

SEEN = Appearance(Modality.ARTWORK, 0.2, 1.4, Observation(0.8, Box(40, 30, 160, 150)), (Observation(0.8, Box(40, 30, 160, 150)),))


def ball() -> np.ndarray:
    picture = np.full((180, 320, 3), (210, 200, 190), np.uint8)
    cv2.circle(picture, (100, 90), 50, (80, 160, 60), -1)
    return picture


def a_result(media: Path, *, matches: tuple[Match, ...] = (), seen: int = 0, failure: Failure | None = None) -> ScanResult:
    return ScanResult(
        str(media), "video", 320, 180, 2.0, ((0, 2),), 8, (SEEN,) * seen, matches, ("sift",), ("drawn",), 0.5, failure=failure
    )


def a_match(subject: str = "s1") -> Match:
    return Match(SEEN, subject, "r1", 0.82, 0.4, 0.3, 0.31, "sift", "drawn", ("42 points agree",))


def a_gallery(name: str = "Mossy") -> Gallery:
    return Gallery({"s1": GallerySubject("s1", name, SubjectKind.CHARACTER)})


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "clip & co.mp4"
    write_clip(path, (ball() for _ in range(50)))
    return path


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    path = tmp_path / "ball.png"
    assert cv2.imwrite(str(path), ball()[30:150, 40:160])
    return path


def page_of(tmp_path: Path, results: list[ScanResult], references: dict[str, Path], name: str = "Mossy") -> str:
    path = tmp_path / "out" / "scan.html"
    write_scan_page(path, results, a_gallery(name), references)
    return path.read_text()


class Reader(HTMLParser):
    """Collects the words between tags and the tags themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


def test_a_match_shows_its_still_with_the_box_beside_its_reference(tmp_path: Path, media: Path, reference: Path) -> None:
    page = page_of(tmp_path, [a_result(media, matches=(a_match(),), seen=1)], {"r1": reference})
    pictures = [base64.b64decode(found) for found in re.findall(r"data:image/jpeg;base64,([\w+/=]+)", page)]
    still, beside = (cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) for content in pictures)
    assert still.shape == (180, 320, 3)
    assert beside.shape == (120, 120, 3)
    assert np.abs(still[30, 60:140].astype(int) - BOX_COLOUR).mean() < 60
    for words in (
        "Mossy",
        "0:00.2 – 0:01.4",
        "0:00.8",
        "0.82",
        "0.40",
        "about 0.3 in 1,000 videos",
        "42 points agree",
        "One match",
    ):
        assert words in page


def test_no_match_is_said_with_how_many_were_seen(tmp_path: Path, media: Path) -> None:
    page = page_of(tmp_path, [a_result(media, seen=3), a_result(media)], {})
    assert (
        "No enrolled subject found. 3 appearances were seen; they resemble nobody enrolled and nothing of them was kept." in page
    )
    assert "Nothing was seen or heard that could be somebody enrolled." in page


def test_a_failure_is_neither_match_nor_no_match(tmp_path: Path, media: Path) -> None:
    page = page_of(tmp_path, [a_result(media, failure=Failure("It is empty.", "Check that it plays."))], {})
    assert "It is empty.</strong> Check that it plays." in page
    assert "Nothing is known of what this file shows" in page
    assert "1 file could not be scanned" in page


def test_pictures_that_are_gone_cost_no_page(tmp_path: Path) -> None:
    gone = a_result(tmp_path / "gone.mp4", matches=(a_match(),), seen=1)
    for references in ({}, {"r1": tmp_path / "gone.png"}):
        page = page_of(tmp_path, [gone], references)
        assert page.count('class="gone"') == 2
        assert "gone.mp4 is not a file" in page


def test_nothing_scanned_is_a_page_too(tmp_path: Path) -> None:
    assert "No file was given." in page_of(tmp_path, [], {})


@settings(max_examples=40, deadline=None)
@given(name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_any_name_is_text_and_nothing_else(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    hostile = f"<img src=x onerror=alert(1)>{name}"
    folder = tmp_path_factory.mktemp("page")
    result = a_result(folder / "x.mp4", matches=(a_match(),), seen=1)
    reader = read(page_of(folder, [result], {}, name=hostile))
    assert "img" not in [tag for tag, _ in reader.tags]
    assert not [attribute for _, attributes in reader.tags for attribute in attributes if attribute.startswith("on")]


def test_a_file_name_with_markup_and_bidi_is_shown_as_it_is(tmp_path: Path) -> None:
    page = page_of(tmp_path, [a_result(tmp_path / "<script>alert(1)<\u202emp4.exe")], {})
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;⟨U+202E⟩mp4.exe" in page


def test_boxes_are_drawn_inside_the_picture_wherever_they_lie() -> None:
    for box in (Box(-50, -50, 5000, 5000), Box(319, 179, 400, 400), Box(10, 10, 10, 10)):
        assert with_box(ball(), box).shape == (180, 320, 3)
        assert min(close_up(ball(), box).shape[:2]) >= 1


def test_pictures_on_pages_have_a_bounded_size() -> None:
    small = cv2.imdecode(np.frombuffer(jpeg(ball(), 100), np.uint8), cv2.IMREAD_COLOR)
    assert small.shape == (56, 100, 3)
