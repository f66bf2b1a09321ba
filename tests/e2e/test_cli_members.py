"""A union's roster on the command line, with real faces: dry run, import, again, rotation of the key, and the privacy report."""

import csv
import shutil
from pathlib import Path

import pytest

from registry.db import now
from tests.support.command_desk import Desk


@pytest.fixture
def clerk(tmp_path: Path, open_pack: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    """With the packs where the tests have them."""
    monkeypatch.setenv("SEMBLANCE_MODELS", str(open_pack.parent))
    clerk = Desk(tmp_path / "work", monkeypatch, capsys)
    clerk.run("init")
    clerk.run("party", "add", "Union", "--kind", "union")
    return clerk


def several_photos(faces: Path, people: int) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for file in sorted(faces.glob("*.jpg")):
        found.setdefault(file.stem.rsplit("_", 1)[0], []).append(file)
    return dict([pair for pair in found.items() if len(pair[1]) >= 3][:people])


def test_a_roster_goes_in_and_the_same_again_changes_nothing(clerk: Desk, shared_data: Path, tmp_path: Path) -> None:
    people = several_photos(shared_data / "faces" / "lfw", 4)
    photos = tmp_path / "photos"
    for number, files in enumerate(people.values(), 1):
        (photos / str(number)).mkdir(parents=True)
        for file in files:
            shutil.copy(file, photos / str(number))
    shutil.copy(next(iter(people.values()))[1], photos / "swapped.jpg")
    names = ["王小明", "李雷", "韩梅梅", "赵六"]
    roster = tmp_path / "roster.csv"
    with roster.open("w", encoding="gb18030", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["姓名", "会员号", "照片", "备注", "版本"])
        writer.writerows([name, number, "", "=cmd|' /C calc'!A0", "v1"] for number, name in enumerate(names, 1))
        writer.writerow(["张三", 5, "swapped.jpg", "", ""])
        writer.writerow(["=1+1", 6, "", "", ""])

    told = clerk.run("members", "import", roster, "--photos", photos, "--party", "Union", "--dry-run", code=1)
    assert "Read as gb18030" in told.stderr
    assert "备注, 版本" in told.stderr
    assert "No consent is put on record by this" in told.stderr
    assert "Nothing was changed" in told.stdout
    assert "1 photo seems to show somebody else and stays out until a person decides" in told.stdout
    assert clerk.json("subject", "list") == []
    summary = clerk.json("members", "import", roster, "--photos", photos, "--party", "Union", code=1)
    assert (summary["enrolled"], summary["refused"], summary["photos"]) == (4, 2, 12)
    assert [line.startswith("Among 4 enrolled people with 3 photos each") for line in summary["rates"]] == [True]
    assert [made["id"] for made in clerk.json("members", "imports", "--party", "Union")] == [summary["import"]]
    with Path(summary["outcome"]).open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["result"] for row in rows] == ["enrolled"] * 4 + ["refused"] * 2
    assert "It shows '王小明' (row 2), who is enrolled already" in rows[4]["says"]
    assert "never run" in rows[5]["says"]
    assert rows[5]["name"] == "'=1+1"
    again = clerk.json("members", "import", roster, "--photos", photos, "--party", "Union", code=1)
    assert (again["unchanged"], again["enrolled"], again["updated"], again["photos"]) == (4, 0, 0, 0)

    appraisal = clerk.json("reference", "check", "王小明")
    assert len(appraisal["references"]) == 3
    assert any("mong 4 enrolled people" in line for line in appraisal["says"])
    assert all(row["agreement"] > 0.9 and row["width"] > 60 for row in appraisal["references"])
    assert clerk.json("subject", "show", "3", "--party", "Union")["name"] == "韩梅梅"
    for nobody in (("99", "--party", "Union"), ("3",)):
        assert "There is no subject" in clerk.run("subject", "show", *nobody, code=2).stderr
    before = clerk.json("keys", "check")
    assert clerk.json("keys", "rotate") == {"templates": 12, "objects": 12, "were_clear": 0, "finished": True}
    after = clerk.json("keys", "check")
    assert (after["older_keys"], after["templates_in_the_clear"]) == (0, 0)
    assert before["key"] != after["key"]
    assert len(clerk.json("reference", "check", "赵六")["references"]) == 3
    held = {row["what"]: row["count"] for row in clerk.json("privacy", "report")["holdings"]}
    waiting = held["people without a mandate or consent that is needed"]
    assert (waiting, held["rows of rosters"], held["templates (vectors)"]) == (4, 4, 12)
    assert len(clerk.json("privacy", "retention")) == 4

    links = tmp_path / "links.csv"
    clerk.run(
        "members",
        "invite",
        roster,
        "--party",
        "Union",
        "--until",
        f"{now().year + 1}-01-01",
        "--encoding",
        "gb18030",
        "--out",
        links,
    )
    with links.open(encoding="utf-8-sig", newline="") as stream:
        data = [row["link"] for row in csv.DictReader(stream)]
    assert [clerk.json("members", "check-link", text)["number"] for text in data[:1]] == ["1"]
    assert "does not work" in clerk.run("members", "check-link", data[0][:-4] + "AAAA", code=2).stderr


def test_what_is_said_after_an_import_fits_what_happened(clerk: Desk, shared_data: Path, tmp_path: Path) -> None:
    """A row without a name is refused, and none shows somebody else; one member, one minor, and the party by its name."""
    shutil.copy(min((shared_data / "faces" / "lfw").glob("*.jpg")), tmp_path / "a.jpg")
    roster = tmp_path / "roster.csv"
    roster.write_text("member id,name,photo\n1,Ada,a.jpg\n2,,a.jpg\n", "utf-8")
    clerk.run("party", "add", "Actors' Guild", "--kind", "union")
    told = clerk.run("members", "import", roster, "--photos", tmp_path, "--party", "Actors' Guild", code=1).stdout
    assert "somebody else" not in told
    assert "their own consent are on record: semblance mandate add-for-all" in told
    assert '--party "Actors\' Guild"' in told
    clerk.run("privacy", "minor", "Ada", "--born", str(now().date()))
    (record,) = [row for row in clerk.json("privacy", "records") if row["controller"] == "Actors' Guild"]
    assert record["categories_of_people"] == "1 person, 1 minor among them"
    assert [basis.split(":")[0] for basis in record["legal_bases"]] == ["1 person"]
