"""The page about the API is true: every example on it runs, in order, against a server."""

import os
import re
import subprocess
from pathlib import Path

import cv2
import numpy as np
from sqlmodel import Session, func, select

from registry.licences import Licence
from reports.review import Review
from tests.support.api_desk import api_desk
from tests.support.check_desk import platform

PAGE = Path("docs/api.md")


def test_every_example_of_the_page_runs_in_order(tmp_path: Path, open_pack: Path) -> None:
    blocks = re.findall(r"^```bash\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 6
    here = tmp_path / "here"
    here.mkdir()
    cv2.imwrite(str(here / "photo.jpg"), np.full((300, 300, 3), 128, np.uint8))
    with api_desk(tmp_path / "work") as desk:
        desk.match("Alpha")
        with desk.workspace.session() as session:
            check = platform(session, "Tube", "Tube Inc.", 10)
            session.commit()
        known = {"BASE": desk.base, "TOKEN": desk.asker("Alpha clerk").token or "", "CHECK": check}
        for block in blocks:
            ran = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", block],
                cwd=here,
                env=os.environ | known,
                capture_output=True,
                text=True,
                check=False,
            )
            assert ran.returncode == 0, (block, ran.stdout, ran.stderr)
        with Session(desk.workspace.engine) as session:
            licences = select(func.count()).select_from(Licence).where(Licence.licensee == "Tube Inc.")
            assert session.exec(licences).one() == 1
            assert session.exec(select(Review).where(Review.reason == "Our model sheet of 2024")).one().reviewer == "Alpha clerk"
