"""The pack text-open finds and reads lines of writing, and bounds what it is shown."""

import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from benchmarks.drawn_words import FONTS
from matcher.artwork import ArtworkRecogniser
from matcher.assemble import word_models_of
from matcher.errors import PackDamaged, PackError
from matcher.packs.store import load, load_folder
from matcher.sample import Frame
from matcher.scan import scan
from matcher.text.finding import cut_out
from matcher.text.reading import WordModels
from matcher.text.watching import WordWatch
from matcher.types import Gallery, GallerySubject
from registry.types import SubjectKind, Template
from tests.support.drawn_clips import figure

FONT = Path(FONTS) / "NotoSansCJK-Regular.ttc"


@pytest.fixture(scope="module")
def models(text_pack: Path) -> WordModels:
    return word_models_of(load_folder(text_pack))


def picture(*lines: str, size: int = 28) -> np.ndarray:
    """A moving background's colours, with white lines of writing."""
    random = np.random.default_rng(0)
    soft = Image.fromarray(random.integers(20, 160, (9, 16, 3), dtype=np.uint8)).resize((1280, 720), Image.Resampling.BICUBIC)
    for number, line in enumerate(lines):
        font = ImageFont.truetype(str(FONT), size) if FONT.exists() else pytest.skip("the system has no Noto Sans CJK")
        ImageDraw.Draw(soft).text((60, 60 + 100 * number), line, font=font, fill=(255, 255, 255))
    return np.ascontiguousarray(np.asarray(soft)[..., ::-1])


def read(models: WordModels, image: np.ndarray) -> list[str]:
    lines = models.finder.lines(image)
    return [one.text for one in models.reader.read([cut_out(image, line.corners) for line in lines])]


def test_lines_of_two_scripts_are_read_where_they_stand(models: WordModels) -> None:
    image = picture("Seedance", "人工智能生成", "Made with care", "海螺视频")
    lines = models.finder.lines(image)
    assert [round(float(line.corners[0, 1]), -2) for line in lines] == [100, 200, 300, 400]
    assert all(40 < float(line.corners[0, 0]) < 65 for line in lines)
    assert read(models, image) == ["Seedance", "人工智能生成", "Made with care", "海螺视频"]


def test_cuttings_that_are_looked_at_together_have_the_lines_they_have_alone(models: WordModels) -> None:
    image = picture("Vidu", "可灵AI")
    parts = [image[40:110, 40:260], image[140:210, 40:200], image[400:464, 600:800]]
    together = models.finder.lines_in_each(parts)
    assert [len(lines) for lines in together] == [1, 1, 0]
    assert models.finder.lines_in_each([]) == []


SCRIPTS = ("مولد بالذكاء الاصطناعي", "ελληνικά", "한국어 자막")


@pytest.mark.parametrize("line", ["", *SCRIPTS, "Ω" * 10_000, "AI生成" * 2_500, "a\u202eb c\u200b"])
def test_words_in_every_script_and_of_every_length_are_bounded(models: WordModels, line: str) -> None:
    watch = WordWatch(models)
    watch.see(Frame(0.0, picture(line), 0))
    seen = watch.conclude()
    assert all(len(one.line) <= 40 and one.line.isprintable() for one in seen)


def test_a_picture_of_one_pixel_has_no_words(models: WordModels) -> None:
    watch = WordWatch(models)
    watch.see(Frame(0.0, np.zeros((1, 1, 3), np.uint8), 0))
    assert watch.conclude() == []


def test_a_match_says_where_its_subjects_name_stands_and_a_name_alone_is_none(models: WordModels, tmp_path: Path) -> None:
    recogniser, shown = ArtworkRecogniser(), picture("Wanda the Wolf 第二季", "狼外婆")
    drawn = figure(1)
    shown[300 : 300 + drawn.shape[0], 600 : 600 + drawn.shape[1]] = drawn
    Image.fromarray(shown[..., ::-1]).save(tmp_path / "shown.png")
    names = {"s1": ("Wanda the Wolf", "第二季"), "s2": ("狼外婆",), "s3": ("Bo Lindgren",)}
    subjects = {key: GallerySubject(key, own[0], SubjectKind.CHARACTER, aliases=own[1:]) for key, own in names.items()}
    templates = [Template(f"s{n}", f"r{n}", recogniser.encoder, recogniser.enrol(figure(n))) for n in (1, 2, 3)]
    found = scan(tmp_path / "shown.png", Gallery(subjects, tuple(templates)), [recogniser], words=partial(WordWatch, models))
    (match,) = found.matches
    assert match.subject_id == "s1"
    assert sum("name stands on the screen" in reason for reason in match.reasons) == len(names["s1"])
    assert found.words is not None
    assert (found.words.marks, found.words.names) == ((), ())


def test_a_line_in_which_a_name_stands_late_is_told_with_the_name(models: WordModels) -> None:
    line = "The song of the lighthouse and the harbour as sung by Wanda the Wolf"
    watch = WordWatch(models, ["Wanda the Wolf"])
    watch.see(Frame(0.0, picture(line), 0))
    (seen,) = watch.conclude()
    assert (seen.kind, seen.name) == ("name", "Wanda the Wolf")
    assert seen.line.replace(" ", "").endswith("WandatheWolf")


def test_the_pack_is_checked_like_any_other_and_others_read_nothing(text_pack: Path, open_pack: Path, tmp_path: Path) -> None:
    spec = load_folder(text_pack).spec
    assert (spec.licence.commercial, spec.licence.names) == (True, ("Apache-2.0",))
    shutil.copytree(text_pack, tmp_path / "text-open")
    with (tmp_path / "text-open" / "PP-OCRv6_rec_small.onnx").open("r+b") as file:
        file.write(b"other")
    with pytest.raises(PackDamaged, match="rec_small"):
        load(tmp_path, "text-open")
    with pytest.raises(PackError, match="no models for words"):
        word_models_of(load_folder(open_pack))
