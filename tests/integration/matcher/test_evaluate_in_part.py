"""What evaluate says of media of which it could not look at all: no rate hides it."""

import json
from pathlib import Path

import pytest

from monitor.cli.main import main
from tests.support.drawn_clips import encode, figure, pan, save, scene


@pytest.mark.parametrize("as_json", [True, False])
def test_a_probe_that_is_cut_off_is_said_to_be_looked_at_in_part(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    save(tmp_path / "figure.png", figure(1))
    whole = encode(tmp_path / "whole.ts", pan(figure(1), scene(1)))
    part = len(whole) // 4
    # As long as it was: what stands at its end says by places where everything lies.
    (tmp_path / "cut.ts").write_bytes(whole[:part] + bytes(len(whole) - 2 * part) + whole[-part:])
    (tmp_path / "truth.csv").write_text(
        "role,subject,media\nreference,figure,figure.png\nmated,figure,whole.ts\nnonmated,,cut.ts\n", encoding="utf-8"
    )
    asked = ["semblance", "evaluate", str(tmp_path / "truth.csv"), "--pack", "built-in", *(["--json"] if as_json else [])]
    monkeypatch.setattr("sys.argv", asked)
    assert main() == 0
    said = capsys.readouterr()
    if not as_json:
        assert "cut.ts (nonmated): looked at in part, " in said.err
        return
    (in_part,) = json.loads(said.out)["in_part"]
    assert (in_part["media"], in_part["role"]) == ("cut.ts", "nonmated")
    assert 0 < in_part["share"] < 1
    assert in_part["unseen"]
