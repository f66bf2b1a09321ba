"""The units for systemd are ones that systemd takes, and start commands that there are."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
PROGRAM = "/opt/semblance/bin/semblance"


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    here = Path(sys.executable).with_name("semblance")
    units = sorted(DEPLOY.glob("semblance*"))
    assert len(units) == 3
    for unit in units:
        # The program is installed elsewhere here, and there is no such user.
        text = (
            unit.read_text()
            .replace(PROGRAM, str(here))
            .replace("User=semblance", "User=root")
            .replace("Group=semblance", "Group=root")
        )
        (tmp_path / unit.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(map(str, tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"},
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if str(tmp_path) in line or "semblance" in line]) == (
        0,
        [],
    )


@pytest.mark.parametrize("unit", ["semblance.service", "semblance-run.service"])
def test_what_a_unit_starts_is_a_command_with_those_options(unit: str) -> None:
    started = next(line for line in (DEPLOY / unit).read_text().splitlines() if line.startswith("ExecStart="))
    words = started.removeprefix(f"ExecStart={PROGRAM} ").split()
    here = Path(sys.executable).with_name("semblance")
    helped = subprocess.run([here, *words[:3], "--help"], capture_output=True, text=True, check=True).stdout
    assert [word for word in words[3:] if word not in helped] == []
