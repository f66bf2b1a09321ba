"""Every figure of the weekly report, counted again from the database by other means, and read from each of its forms."""

import io
import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.weekly_files import WrittenReport, write_weekly
from reports.weekly_scores import median_days
from tests.support.weekly_history import ten_weeks
from tests.support.weekly_oracle import PARTIES, Oracle, moment, oracle_median
from tests.support.weekly_place import MADE, WEEK, Workplace, both_texts, page_text, pdf_text, poppler

LATER = WEEK.ends + timedelta(days=12)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    made = ten_weeks(tmp_path_factory.mktemp("history"))
    yield made
    made.session.close()


@pytest.fixture(scope="module")
def written(place: Workplace) -> WrittenReport:
    return write_weekly(place.report(), place.root / "reports")


@pytest.fixture(scope="module")
def figures(written: WrittenReport) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(written.json.read_text("ascii"))
    return said


def test_each_week_of_each_party_is_what_the_rows_say(place: Workplace, figures: dict[str, Any]) -> None:
    oracle, seen = Oracle(place), 0
    for party in (None, *sorted(set(PARTIES.values()))):
        for back in range(8, -1, -1):
            starts = WEEK.starts - timedelta(weeks=back)
            year, number, _ = starts.isocalendar()
            (said,) = [row for row in figures["weeks"] if (row["week"], row["party"]) == (f"{year}-W{number:02}", party)]
            assert {key: value for key, value in said.items() if key not in ("week", "party")} == oracle.week(starts, party), said
            seen += 1
    assert seen == len(figures["weeks"])
    total = Counter[str]()
    for row in figures["weeks"]:
        total.update({key: value for key, value in row.items() if isinstance(value, int)})
    assert min(total[key] for key in ("new", "confirmed", "rejected", "permitted", "licensed", "gone", "open", "late")) > 9, total


def test_a_past_week_that_is_reported_later_has_the_figures_that_it_had(place: Workplace, figures: dict[str, Any]) -> None:
    again = place.report(at=LATER).figures
    then = place.report(at=WEEK.ends - timedelta(seconds=1)).figures
    assert again.weeks == then.weeks
    assert (again.platforms, again.statuses) == (then.platforms, then.statuses)


def test_the_matches_of_the_week_are_those_of_the_rows(place: Workplace, figures: dict[str, Any]) -> None:
    oracle = Oracle(place)
    expected = {}
    for row in oracle.matches:
        judged = any(WEEK.starts <= moment(each["at"]) < WEEK.ends for each in oracle.reviews.get(row["id"], []))
        status = oracle.status(row, MADE)
        if moment(row["found_at"]) < WEEK.ends and (moment(row["found_at"]) >= WEEK.starts or judged or status == "pending"):
            expected[row["id"]] = (status, row["subject_id"], row["score"], row["media_sha256"])
    subjects = {"Mossy the Fern": "mossy", "Larkspur crest": "crest", "Eileen Collins": "eileen"}
    said = {row["id"]: (row["status"], subjects[row["subject"]], row["score"], row["media_sha256"]) for row in figures["matches"]}
    assert said == expected
    assert figures["total"] == len(expected) == sum(figures["statuses"].values())
    assert figures["statuses"] == {**dict.fromkeys(figures["statuses"], 0), **Counter(one[0] for one in expected.values())}
    assert figures["videos"] == len({one[3] for one in expected.values()})
    new = [row for row in oracle.matches if WEEK.starts <= moment(row["found_at"]) < WEEK.ends]
    bands = Counter(
        "strong" if row["expected_false_matches"] <= 1 else "likely" if row["expected_false_matches"] <= 5 else "possible"
        for row in new
    )
    assert figures["bands"] == {**dict.fromkeys(figures["bands"], 0), **bands}


def test_the_scoreboard_holds_every_outcome_and_its_denominator(place: Workplace, figures: dict[str, Any]) -> None:
    oracle, named = Oracle(place), {"words": "Sora", "c2pa": "Maker 3", "aigc": "Kling"}
    query = "SELECT c.video_id, l.kind FROM label l JOIN capture c ON c.id = l.capture_id WHERE l.outcome = 'PRESENT'"
    labels = {row["video_id"]: named[row["kind"]] for row in oracle.all(f"{query} AND c.video_id LIKE 'h%'")}
    hosts = {row["video_id"]: re.sub(r"^(www|m)\.", "", row["page_url"].split("/")[2]) for row in oracle.matches}
    for kind, name in (("platforms", hosts.__getitem__), ("generators", lambda video: labels.get(video, "not stated"))):
        groups: dict[str, list[tuple[str, float, bool]]] = {}
        for video in oracle.confirmed():
            groups.setdefault(name(video), []).append(oracle.outcome(video))
        assert {row["name"]: row["n"] for row in figures[kind]} == {key: len(group) for key, group in groups.items()}
        for row in figures[kind]:
            group = groups[row["name"]]
            outcomes = Counter(outcome for outcome, _, _ in group)
            for key in ("gone", "gone_before", "replaced", "seen", "unreachable", "not_looked"):
                assert row[key] == outcomes[key]
            counted = [one for one in group if one[0] != "gone_before"]
            if len(counted) < 5:
                assert row["removal"] is None
            else:
                assert row["removal"] == pytest.approx(outcomes["gone"] / len(counted), abs=1e-4)
            lasted = [(days, gone) for _, days, gone in counted]
            assert row["median_days"] == (oracle_median(lasted) if outcomes["gone"] >= 5 else None)
    assert any(row["removal"] is None for row in figures["platforms"])
    assert any(row["removal"] for row in figures["platforms"])
    assert any(row["median_days"] for row in figures["platforms"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
@given(st.lists(st.tuples(st.integers(0, 40).map(float), st.booleans()), min_size=1, max_size=40))
def test_the_median_counts_open_cases_as_scipy_does(lasted: list[tuple[float, bool]]) -> None:
    assert median_days(lasted) == oracle_median(lasted)


def test_what_is_wanted_is_counted_over_all_weeks(place: Workplace, figures: dict[str, Any]) -> None:
    oracle, wanted = Oracle(place), {row["kind"]: row for row in figures["wanted"]}
    written = {key for row in oracle.all("SELECT match_ids FROM notice") for key in json.loads(row["match_ids"])}
    open_ = [video for video in oracle.confirmed() if oracle.outcome(video)[0] not in ("gone", "gone_before", "replaced")]
    to_write = [row for video in open_ for row in oracle.confirmed()[video] if row["id"] not in written]
    assert wanted["write"]["count"] == len(to_write)
    assert wanted["write"]["videos"] == len({row["video_id"] for row in to_write})
    assert dict(wanted["write"]["parties"]) == Counter(PARTIES[row["subject_id"]] for row in to_write)
    assert wanted["approve"]["count"] == 1
    assert wanted["approve"]["oldest"] == "2026-11-17T17:00:00Z"
    waiting = [row for row in oracle.matches if oracle.status(row, MADE) == "pending" and moment(row["found_at"]) < WEEK.ends]
    assert wanted["review"]["count"] == len(waiting)
    assert wanted["review"]["late"] == sum(moment(row["found_at"]) < MADE - timedelta(days=7) for row in waiting)
    assert moment(wanted["review"]["oldest"]) == min(moment(row["found_at"]) for row in waiting)
    assert (wanted["sources"]["count"], wanted["sources"]["names"]) == (1, ["Channel of someone"])
    assert (wanted["mandates"]["count"], wanted["licences"]["count"]) == (1, 1)
    assert list(wanted) == ["write", "approve", "review", "sources", "mandates", "licences"]


def test_campaigns_and_licensed_uses_are_of_the_weeks_matches(figures: dict[str, Any]) -> None:
    rows = {row["id"]: row for row in figures["matches"]}
    makers: dict[tuple[str, str], set[str]] = {}
    for row in rows.values():
        makers.setdefault((row["platform"], row["uploader"].casefold()), set()).add(row["media_sha256"])
    by_uploader = [one for one in figures["campaigns"] if one["why"] == "uploader"]
    assert len(by_uploader) == sum(len(media) > 1 for media in makers.values()) > 0
    for one in figures["campaigns"]:
        own = [rows[key] for key in one["match_ids"]]
        assert (one["matches"], one["videos"]) == (len(own), len({row["video_id"] for row in own}))
        assert one["open"] == sum(row["status"] == "pending" for row in own)
    assert {use["match_id"] for use in figures["licensed"]} == {key for key, row in rows.items() if row["status"] == "licensed"}


def test_the_pdf_holds_the_json_and_every_form_says_its_figures(
    written: WrittenReport, figures: dict[str, Any], tmp_path: Path
) -> None:
    subprocess.run([poppler("pdfdetach"), "-saveall", "-o", str(tmp_path), str(written.pdf)], check=True, capture_output=True)
    assert (tmp_path / written.json.name).read_bytes() == written.json.read_bytes()
    # Some checkers count such a stream for one byte shorter than it says.
    assert b"\r\nendstream" not in written.pdf.read_bytes()
    page = " ".join(re.sub(r"<style>.*?</style>|<svg.*?</svg>|<[^>]+>", " ", page_text(written.html), flags=re.DOTALL).split())
    for text in (page, " ".join(pdf_text(written.pdf).split())):
        for row in (one for one in figures["weeks"] if one["party"] is None):
            cells = (row[key] for key in ("new", "open", "late", "confirmed", "rejected", "licensed", "gone"))
            assert " ".join((row["week"], *map(str, cells))) in text
        for kind in ("platforms", "generators"):
            for row in figures[kind]:
                outcomes = (row[key] for key in ("n", "gone", "gone_before", "replaced", "seen", "unreachable", "not_looked"))
                assert " ".join((row["name"], *map(str, outcomes))) in text
        assert f"{figures['total']} matches in {figures['videos']} videos" in text
    charts = re.findall(r"<desc[^>]*>(.*?)</desc>", written.html.read_text("utf-8"))
    series = [row for row in figures["weeks"] if row["party"] is None]
    for key, chart in zip(("new", "open", "late", "confirmed", "rejected", "licensed", "gone"), charts, strict=False):
        assert "; ".join(f"{row['week']}: {row[key]}" for row in series) in chart


def test_the_workbook_says_what_the_json_says(written: WrittenReport, figures: dict[str, Any]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(written.xlsx.read_bytes()))
    for name, key in (
        ("Weeks", "weeks"),
        ("Looked at", "looked_weeks"),
        ("Matches", "matches"),
        ("Platforms", "platforms"),
        ("Generators", "generators"),
        ("Licensed uses", "licensed"),
        ("Campaigns", "campaigns"),
    ):
        heads, *rows = book[name].iter_rows(values_only=True)
        said = [dict(zip(map(str, heads), map(plain, row), strict=True)) for row in rows]
        assert said == [{key: plain_json(value) for key, value in row.items()} for row in figures[key]]
    told = dict(row[:2] for row in book["Report"].iter_rows(min_row=2, values_only=True))
    assert (told["total"], told["week"], told["looked at: scanned"]) == (
        figures["total"],
        "2026-W47",
        figures["looked"]["scanned"],
    )
    assert [tuple(row[:4]) for row in book["Wanted"].iter_rows(min_row=2, values_only=True)] == [
        (row["kind"], row["count"], row["videos"], row["late"]) for row in figures["wanted"]
    ]


def plain(value: object) -> object:
    return f"{value.isoformat(timespec='seconds')}Z" if isinstance(value, datetime) else value or None


def plain_json(value: object) -> object:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", value):
        return f"{value[:19]}Z"
    if isinstance(value, str):
        return re.sub("[\u202a-\u202e\x00-\x1f]", lambda found: f"⟨U+{ord(found[0]):04X}⟩", value) or None
    return value or None


def test_one_partys_figures_hold_nothing_of_anothers(place: Workplace) -> None:
    made = write_weekly(place.report("union"), place.root / "union")
    said = json.loads(made.json.read_text("ascii"))
    assert {row["party"] for row in said["weeks"]} == {None, "Estate of E. Collins"}
    for content in (made.json.read_text("ascii"), *both_texts(made)):
        assert [word for word in ("Mossy", "crest", "Larkspur", "Clip House") if word in content] == []


def test_harm_comes_first_and_what_one_uploader_put_up_stands_together(place: Workplace, written: WrittenReport) -> None:
    report = place.report()
    lines = {line.id: line for line in report.figures.matches}
    for status in ("pending", "confirmed"):
        told = [lines[block.findings[0].id] for block in report.blocks if block.status.value == status]
        groups = [(line.platform, line.uploader) for line in told]
        assert len({key for key, _ in groupby(groups)}) == len([key for key, _ in groupby(groups)]) > 1
        heads = [next(run) for _, run in groupby(told, key=lambda line: (line.platform, line.uploader))]
        ranks = [(line.availability in ("gone", "replaced"), line.kind != "person", -(line.views or 0)) for line in heads]
        assert ranks == sorted(ranks)
    largest = max((one for one in report.figures.campaigns if one.why == "uploader"), key=lambda one: one.open_)
    told = sum(lines[key].told and lines[key].status == "pending" for key in largest.match_ids)
    for text in both_texts(written):
        assert f"{told} videos by {largest.name}" in text
