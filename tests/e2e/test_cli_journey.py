"""The commands one after another, as a studio's legal team types them, against a site on loopback."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_desk import Desk
from tests.support.direct_database import directly
from tests.support.drawn_clips import encode, figure, pan, save, scene
from tests.support.loopback_site import Site
from tests.support.watched_site import publish

ROOT = Path(__file__).resolve().parents[2]


def test_from_an_empty_folder_to_a_verified_bundle(desk: Desk, site: Site, tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    publish(site, tmp_path / "clips", [1, None])
    desk.run("party", "add", "Studio", "--kind", "studio", "--email", "legal@studio.example", "--signatory", "S. Igner")
    desk.run("subject", "add", "Mascot", "--kind", "character", "--party", "Studio", "--own-verified-by", "R. Reader")
    plain = save(tmp_path / "plain.png", scene(5))
    refused = desk.run("reference", "add", "Mascot", save(tmp_path / "mascot.png", figure(1)), plain, code=1)
    assert "plain.png: refused" in refused.stderr
    assert [row["file_name"] for row in desk.json("reference", "list", "Mascot")] == ["mascot.png"]
    desk.run("source", "add", "front", site.url("/"), "--kind", "page")
    assert desk.json("source", "check")[0]["state"] == "read"

    assert desk.json("run", "--once")["new_matches"] == 1
    assert desk.json("source", "show", "front")["percent"] == 100
    (match,) = desk.json("review", "list")
    assert (match["subject"], match["status"]) == ("Mascot", "pending")
    assert "case list" in desk.run("evidence", "export", match["id"], code=2).stderr
    desk.run("review", "confirm", match["id"][:10], "--reviewer", "R. Viewer", "--reason", "It is our mascot.")
    (case,) = desk.json("case", "list")
    assert desk.json("case", "show", case["id"])["matches"][0]["status"] == "confirmed"

    refusal = desk.run("notice", "draft", case["id"], "--by", "C. Ounsel", code=2)
    assert "--fair-use-by" in refusal.stderr
    considered = ("--fair-use-by", "C. Ounsel", "--fair-use-on", "2026-11-01", "--fair-use-reason", "No comment, no parody.")
    notice = desk.json("notice", "draft", case["id"], "--by", "C. Ounsel", *considered)
    assert Path(notice["pdf"]).read_bytes().startswith(b"%PDF")
    assert Path(notice["docx"]).read_bytes().startswith(b"PK")
    assert sorted(path.name for path in Path(notice["enclosures"]).glob("*.png")) == ["still-1-marked.png", "still-1.png"]
    assert "purpose of the use" in desk.run("notice", "approve", notice["id"], "--by", "S. Igner", code=2).stderr
    whole = (
        "--sender-address",
        "1 Lot",
        "--jurisdiction",
        "California",
        "--purpose",
        "an advert",
        "--law-confirmed-by",
        "C. Ounsel",
    )
    to = ("--recipient", "Tube", "--recipient-address", "abuse@tube.example", *whole)
    draft = desk.json("notice", "draft", case["id"], "--by", "C. Ounsel", *considered, *to)
    assert draft["missing"] == ["signature"]
    kept = site.routes.pop("/media/0.mp4")
    assert "it was gone" in desk.run("notice", "approve", draft["id"][:12], "--by", "S. Igner", code=2).stderr
    assert "at no address" in desk.run("notice", "draft", case["id"], "--by", "C. Ounsel", *considered, code=2).stderr
    site.routes["/media/0.mp4"] = kept
    approved = desk.json("notice", "approve", draft["id"][:12], "--by", "S. Igner")
    assert (approved["state"], approved["approved_by"]) == ("approved", "S. Igner")
    assert Path(approved["pdf"]).name == f"notice-{draft['id'][:12]}-approved.pdf"
    assert [row["state"] for row in desk.json("notice", "list", case["id"])] == ["draft", "approved"]
    shown = desk.json("notice", "show", draft["id"])
    assert [look["there"] for look in shown["seen_for_approval"]] == [True, True]
    assert site.url("/media/0.mp4") in desk.run("notice", "show", draft["id"]).stdout

    report = desk.json("report", "weekly", "--party", "Studio")
    assert report["confirmed"] == 1
    assert Path(report["pdf"]).read_bytes().startswith(b"%PDF")

    bundle = Path(desk.json("evidence", "export", case["id"])["bundle"])
    assert "Whole" in desk.run("evidence", "verify", bundle).stdout
    (replay,) = desk.json("evidence", "replay", bundle)
    assert (replay["match_id"], replay["same_model"], replay["holds"]) == (match["id"], True, True)
    assert replay["now"]["score"] == pytest.approx(replay["then"]["score"], abs=0.01)
    assert "Found again" in desk.run("evidence", "replay", bundle).stdout
    victim = next(path for path in sorted(bundle.rglob("*.png")))
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.chmod(0o600)
    victim.write_bytes(content)
    assert victim.name in desk.run("evidence", "verify", bundle, code=4).stdout
    assert victim.name in desk.run("evidence", "replay", bundle, code=4).stderr

    desk.run("review", "reopen", match["id"], "--reviewer", "R. Viewer", "--reason", "To look again.")
    assert desk.run("evidence", "export", case["id"], code=2).stderr


def test_licences_mandates_and_erasure(desk: Desk, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clips").mkdir()
    publish(site, tmp_path / "clips", [1])
    desk.run("party", "add", "Studio", "--kind", "studio")
    desk.run("subject", "add", "Mascot", "--kind", "character", "--party", "Studio")
    desk.run("reference", "add", "Mascot", save(tmp_path / "mascot.png", figure(1)))
    desk.run("source", "add", "front", site.url("/"), "--kind", "page")
    assert any("no mandate for them is valid" in problem for problem in desk.json("run", "--once")["problems"])
    statement = tmp_path / "statement.txt"
    statement.write_text("signed", encoding="utf-8")
    mandate = desk.json("mandate", "add", "Mascot", statement, "--verified-by", "R. Reader", "--from", "2026-01-01")
    licence = desk.json("licence", "add", "Mascot", "--licensee", "Fan Club", "--from", "2026-01-01", "--host", "127.0.0.1")
    desk.run("run", "--once")
    assert desk.json("review", "list") == []
    (licensed,) = desk.json("review", "list", "--status", "licensed")
    assert "licensed" in desk.run("review", "confirm", licensed["id"], "--reviewer", "R", "--reason", "r", code=2).stderr
    desk.run("licence", "revoke", licence["id"])
    assert [match["id"] for match in desk.json("review", "list")] == [licensed["id"]]

    ending = desk.json("licence", "add", "Mascot", "--licensee", "Fan Club", "--from", "2026-01-01", "--until", "2099-01-01")
    assert desk.json("review", "list") == []
    with directly(desk.root / "semblance.db") as database:
        database.execute(f"UPDATE licence SET ends_at = '2026-02-01T00:00:00.000000Z' WHERE id = '{ending['id']}'")
        # The last run was before that day.
        database.execute("UPDATE licences_applied SET at = '2026-01-31T00:00:00.000000Z'")
    assert [match["id"] for match in desk.json("review", "list")] == [licensed["id"]]

    desk.run("mandate", "revoke", mandate["id"])
    assert "1 revoked" in desk.run("review", "confirm", licensed["id"], "--reviewer", "R", "--reason", "r", code=2).stderr
    assert any("no subject has a reference" in problem for problem in desk.json("run", "--once")["problems"])

    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    assert "Nothing was erased" in desk.run("erase", "Mascot", "--reason", "asked for", code=2).stderr
    receipt = desk.json("erase", "Mascot", "--reason", "asked for", "--yes")
    assert (receipt["references"], receipt["templates"], receipt["mandates"], receipt["finished"]) == (1, 1, 1, True)
    assert desk.json("subject", "list") == []
    assert "There is no subject" in desk.run("subject", "show", "Mascot", code=2).stderr


def test_scan_needs_no_workspace_and_goes_on_after_bad_files(tmp_path: Path) -> None:
    media, references = tmp_path / "media", tmp_path / "references"
    for folder in (media, references / "Mascot"):
        folder.mkdir(parents=True)
    encode(media / "a.clip", pan(figure(1), scene(3)))
    (media / "b\u202e.mp4").write_bytes(b"<html>not a video</html>")
    encode(media / "c.mp4", pan(None, scene(4)))
    save(references / "Mascot" / "one.png", figure(1))
    (references / "Mascot" / "two.png").write_bytes(b"no picture")
    save(references / "Other.png", figure(2))
    page = tmp_path / "page.html"
    command = [sys.executable, "-m", "monitor.cli.main", "scan", str(media), "--references", str(references), "--pack", ""]
    done = subprocess.run([*command, "--html", str(page)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "two.png: not used as a reference" in done.stderr
    lines = done.stdout.splitlines()
    assert any(line.startswith("Mascot") and "character" in line for line in lines)
    assert not any(line.startswith("Other") for line in lines)
    assert "b<U+202E>.mp4: could not be looked at" in done.stdout
    assert "c.mp4: 0 seen, 0 matched" in done.stdout
    assert "Mascot" in page.read_text("utf-8")

    done = subprocess.run([*command, "--json"], cwd=ROOT, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert [Path(result["media"]).name for result in found["results"]] == ["a.clip", "b\u202e.mp4", "c.mp4"]
    assert [match["subject"] for match in found["results"][0]["matches"]] == ["Mascot"]
    assert found["results"][1]["failure"]["remedy"]


def test_a_missing_pack_is_an_outside_cause_that_says_how_to_get_it(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEMBLANCE_MODELS", str(tmp_path / "nothing"))
    monkeypatch.setenv("SEMBLANCE_PACK", "edge")
    assert "semblance models add FOLDER" in desk.run("doctor", code=1).stdout
    assert "semblance models add FOLDER" in desk.run("run", code=3).stderr


@pytest.mark.parametrize("listing", ["party", "subject", "reference", "licence", "mandate", "source", "review", "case", "models"])
def test_every_listing_has_json(desk: Desk, listing: str) -> None:
    assert isinstance(desk.json(listing, "list"), list)
