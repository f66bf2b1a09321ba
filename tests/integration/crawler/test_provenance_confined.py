"""Labels are read by a process that sees the captured files and nothing else."""

import os
import shutil
import threading
from pathlib import Path

import pytest

from crawler.fetch.pace import Stopped
from crawler.provenance.labels import LabelReader
from crawler.types import LabelOutcome


@pytest.fixture
def labelled(shared_data: Path, tmp_path: Path) -> Path:
    """A file with an AIGC label and one with a manifest, each in a folder of its own."""
    for name, sample in (("aigc", "aigc/aigc_label1_mdta.mp4"), ("c2pa", "c2pa/C.jpg")):
        (tmp_path / name).mkdir()
        shutil.copy(shared_data / "provenance" / sample, tmp_path / name / Path(sample).name)
    return tmp_path


def test_a_reader_sees_its_own_folder_only(labelled: Path) -> None:
    inside, outside = labelled / "aigc" / "aigc_label1_mdta.mp4", labelled / "c2pa" / "C.jpg"
    with LabelReader(labelled / "aigc") as reader:
        found = {finding.kind: finding for finding in reader.read(inside, None)}
        assert found["aigc"].outcome is LabelOutcome.PRESENT
        refused = {finding.kind: finding for finding in reader.read(outside, None)}
    assert {refused[kind].outcome for kind in ("aigc", "c2pa", "iptc")} == {LabelOutcome.UNKNOWN}
    assert "could not be read" in refused["c2pa"].detail
    with LabelReader(labelled / "c2pa") as reader:
        assert reader.read(outside, None)[1].outcome is LabelOutcome.PRESENT


def test_threads_share_a_reader(labelled: Path) -> None:
    outcomes: list[tuple[LabelOutcome, LabelOutcome]] = []
    with LabelReader(labelled) as reader:

        def read() -> None:
            first = reader.read(labelled / "aigc" / "aigc_label1_mdta.mp4", None)
            second = reader.read(labelled / "c2pa" / "C.jpg", None)
            outcomes.append((first[0].outcome, second[1].outcome))

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert outcomes == [(LabelOutcome.PRESENT, LabelOutcome.PRESENT)] * 4


def test_a_reader_that_is_closed_says_nothing_of_a_file(labelled: Path) -> None:
    reader = LabelReader(labelled)
    reader.close()
    with pytest.raises(Stopped):
        reader.read(labelled / "c2pa" / "C.jpg", None)


def test_a_file_that_ends_its_reader_costs_that_finding_alone(labelled: Path) -> None:
    """The reader of one part is killed while it reads, as a crash would end it; the other part is read by the next one."""
    huge = labelled / "aigc" / "huge.mp4"
    with huge.open("wb") as file:
        file.write((labelled / "aigc" / "aigc_label1_mdta.mp4").read_bytes())
        file.truncate(300 << 30)
    with LabelReader(labelled) as reader:
        killer = threading.Thread(target=kill_whoever_reads, args=(huge,))
        killer.start()
        found = {finding.kind: finding for finding in reader.read(huge, None)}
        killer.join()
    assert (found["c2pa"].outcome, found["c2pa"].detail) == (
        LabelOutcome.UNKNOWN,
        "The C2PA manifest could not be read: it crashed (by signal SIGKILL).",
    )
    assert found["aigc"].outcome is LabelOutcome.PRESENT


def kill_whoever_reads(path: Path) -> None:
    """Kills the process of ours that has read far into the file."""
    while True:
        for task in Path(f"/proc/{os.getpid()}/task").iterdir():
            for child in (task / "children").read_text().split():
                if far_into(path, child):
                    os.kill(int(child), 9)
                    return


def far_into(path: Path, pid: str) -> bool:
    try:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            if descriptor.readlink() == path:
                said = Path(f"/proc/{pid}/fdinfo/{descriptor.name}").read_text()
                return int(said.split()[1]) > 100 << 20
    except OSError:
        return False
    return False
