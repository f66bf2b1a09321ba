"""Drawn characters from the command line: several styles are enrolled, one is found in a video, and it comes to a letter."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.command_desk import Desk
from tests.support.drawn_clips import RATE, encode, save, scene
from tests.support.letters_desk import docx_text
from tests.support.loopback_site import Site
from tests.support.put_up import CONSIDERED, put_up
from tests.support.tiny_pictures import exported

STYLES = {"cel": 11, "plush": 12, "sketch": 13}
"""Pictures of soft patches without a detail to hold on to, so that nothing but their colours as a whole tells them apart."""


def style(seed: int) -> np.ndarray:
    return scene(seed, 300, 300)


def shown(seed: int, seconds: float = 6.0) -> Iterator[np.ndarray]:
    """The picture of a style in the middle of a grey film."""
    frame = np.full((240, 426, 3), 128, np.uint8)
    frame[:, 93:333] = scene(seed, 240, 240)
    for _ in range(int(seconds * RATE)):
        yield frame


@pytest.fixture
def drawn(desk: Desk, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A workspace with an image encoder as its publisher exports it, and one character in three styles."""
    monkeypatch.setenv("SEMBLANCE_MODELS", str(tmp_path / "models"))
    added = desk.run("models", "add", exported(tmp_path / "tiny", "siglip")).stdout
    assert "apache-2.0, as the card in its folder states" in added
    assert "beside its others" in desk.run("models", "use", "figure-tiny").stdout
    desk.run("party", "add", "Studio", "--kind", "studio", "--email", "legal@studio.example", "--signatory", "S. Igner")
    desk.run("subject", "add", "Mascot", "--kind", "character", "--party", "Studio", "--own-verified-by", "R. Reader")
    for name, seed in STYLES.items():
        (enrolled,) = desk.json("reference", "add", "Mascot", save(tmp_path / f"{name}.png", style(seed)))
        assert [encoder.partition("@")[0] for encoder in enrolled["encoders"]] == ["encoder"]
    desk.run("source", "add", "front", site.url("/"), "--kind", "page")
    return desk


def test_from_several_styles_to_a_possible_match_and_a_letter(drawn: Desk, site: Site, tmp_path: Path) -> None:
    encode(tmp_path / "copy.mp4", shown(STYLES["plush"]))
    encode(tmp_path / "strange.mp4", shown(40))
    put_up(site, tmp_path / "copy.mp4", tmp_path / "strange.mp4")
    assert drawn.json("run", "--once")["new_matches"] == 1, "of the copy one, of the strange film none"
    (match,) = drawn.json("review", "list")
    assert (match["subject"], match["modality"], match["pack"]) == ("Mascot", "artwork", "figure-tiny")
    assert match["media_url"].endswith("copy.mp4")
    assert match["band"] == "possible"
    reasons = " ".join(match["reasons"])
    assert "another one in the same style, no score tells" in reasons
    assert "possible at most" in reasons
    drawn.run("review", "confirm", match["id"], "--reviewer", "R. Viewer", "--reason", "It is our mascot.")
    (case,) = drawn.json("case", "list")
    notice = drawn.json("notice", "draft", case["id"], "--by", "C. Ounsel", *CONSIDERED, "--law", "dmca")
    assert "Mascot" in docx_text(Path(notice["docx"]))
    bundle = Path(drawn.json("evidence", "export", case["id"])["bundle"])
    assert "Whole" in drawn.run("evidence", "verify", bundle).stdout


def test_a_folder_without_a_licence_is_not_used_commercially(drawn: Desk, tmp_path: Path) -> None:
    added = drawn.run("models", "add", exported(tmp_path / "bare", "dinov2", licence=None)).stdout
    assert "Its licence does not allow commercial use." in added
