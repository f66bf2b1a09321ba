"""The weekly or monthly report as a page and as a PDF. Both are made from the same words, so that they say the same."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from matcher.bands import band
from matcher.sound_bounds import TOO_LITTLE_SPEECH
from registry.counting import counted
from reports.blocks import ORDER, VideoBlock
from reports.coverage import MOST_LISTED, Coverage, Gap
from reports.matches import MatchStatus
from reports.news import NewsLine
from reports.render import coverage
from reports.render import weekly_first as first
from reports.render.addresses import address
from reports.render.html import render_html
from reports.render.pdf import render_pdf
from reports.render.plain import about_weight, day, false_matches, moment, shorten
from reports.render.weekly_blocks import exact_addresses, how_found, provenance_in_full, sections
from reports.render.weekly_tables import OUTCOME_HEADS, tables
from reports.reported_matches import ReportedMatch
from reports.weekly import WeeklyReport, weekly_stem

READING = (
    "A score says how alike an appearance and a reference are, from 0 to 1, on the scale of the model that compared them. "
    "It is no probability, and it does not say who is in a video, nor who, or what, spoke.",
    "The threshold is the lowest score that counts as a match. It rises with the number of enrolled subjects.",
    "“Expected by chance” is the error rate: how many matches at least this strong would be raised by 1,000 videos "
    "without anybody enrolled, with these references, this model and this threshold.",
    "A label that is absent or unknown says nothing about how a video was made: it is neither “AI” nor “real”.",
    "A video that was not captured or not scanned may show anything. It is listed under “Coverage” and counts as neither match "
    "nor no match. One that was looked at in part is listed there with the share that was: where it shows no match, that says "
    "nothing of the rest.",
)


def weekly_html(report: WeeklyReport) -> bytes:
    """The report as one page that needs no other file, in UTF-8."""
    return render_html("weekly", _words(report))


def weekly_pdf(report: WeeklyReport, figures: bytes, scratch: Path) -> bytes:
    """figures: of weekly_json, which the document holds as a file. scratch: as render_pdf has it. Raises RenderFailed."""
    name = f"{weekly_stem(report.week, report.party)}.json"
    data = {**_words(report), "attached": name}
    pictures: dict[str, bytes] = {}
    for section in data["sections"]:
        for block in section["blocks"]:
            for card in block["cards"]:
                for kind in ("still", "reference"):
                    card[f"{kind}_ratio"] = card[kind].width / card[kind].height if card[kind] else 1
                    card[kind] = _file(card[kind].content, pictures) if card[kind] else None
    return render_pdf("weekly", data, pictures, report.made_at, scratch, {name: figures})


def _file(content: bytes, pictures: dict[str, bytes]) -> str:
    """The picture's file name, which is the same for the same picture."""
    name = f"{hashlib.sha256(content).hexdigest()[:24]}.jpg"
    pictures[name] = content
    return name


def _words(report: WeeklyReport) -> dict[str, Any]:
    """Everything that either form prints, as plain values."""
    pending = [(block, found) for block in report.blocks for found in block.findings if found.status is MatchStatus.PENDING]
    ratios = (found.likelihood_ratio for block in report.blocks for found in block.findings)
    untold = {status: report.untold(status) for status in ORDER}
    return {
        "title": f"{report.week.adjective.capitalize()} report, {report.week.title}",
        "week": str(report.week),
        "unit": report.week.unit,
        "days": report.week.days,
        "party": report.party,
        "made": moment(report.made_at),
        "as_of": _as_of(report),
        "headline": _headline(report),
        **_first_page(report),
        "pending_heading": "What needed a decision then" if report.outlook.past else "What needs a decision",
        "pending": [_line(block, found) for block, found in pending[:8]],
        "pending_more": max(0, report.count(MatchStatus.PENDING) - len(pending[:8])),
        "warnings": _warnings(report.coverage),
        "changes": _changes(report),
        "news": [_news(line) for line in report.news],
        "sections": sections(report.blocks, untold, _uploaders(report), show_party=report.party is None),
        "how_found": how_found(report.blocks),
        "provenance": provenance_in_full(report.blocks),
        "addresses": exact_addresses(report.blocks),
        "coverage": coverage.section(report.coverage.sources),
        "gaps": _gaps(report.coverage),
        "reading": (*READING, *about_weight(ratios), *_rates(report)),
        "versions": _versions(report),
    }


def _uploaders(report: WeeklyReport) -> dict[str, str]:
    """Of each match in a campaign of one uploader, by its id, who that is."""
    return {key: one.name for one in report.figures.campaigns if one.why == "uploader" for key in one.match_ids}


def _first_page(report: WeeklyReport) -> dict[str, Any]:
    figures = report.figures
    every = first.wanted_words(figures)
    parties = {counts.party for counts in figures.weeks if counts.party is not None}
    return {
        "wanted_heading": first.wanted_heading(len(every), figures.unit, past=report.outlook.past),
        "wanted": every[: first.FOREMOST],
        "also_wanted": every[first.FOREMOST :],
        "charts": first.charts(figures),
        "charts_note": first.looked_words(figures),
        "sure": first.sure_words(figures),
        "looked": _looked(report),
        "week_heads": first.WEEK_HEADS,
        "week_rows": first.week_rows(figures),
        "by_party": len(parties) > 1,
        "agreed": figures.agreement.words if figures.agreement else (),
        "tables": tables(figures),
        "outcome_heads": OUTCOME_HEADS,
    }


def _as_of(report: WeeklyReport) -> str:
    """What moment the report speaks of, and that it is not the first of its week."""
    earlier = (
        f" An earlier report of this {report.week.unit} was made on {moment(report.made_before)}." if report.made_before else ""
    )
    earlier += _of_many(report)
    if not report.outlook.past:
        return f"As of {moment(report.outlook.before)}.{earlier}"
    made = "Made again" if report.made_before else "Made"
    ended = f"As of the end of the {report.week.unit}, {moment(report.outlook.before)}."
    return f"{ended} {made} on {moment(report.made_at)}; what changed since then is marked.{earlier}"


def _of_many(report: WeeklyReport) -> str:
    """That not all matches are told one by one, and where they are."""
    if not (untold := sum(map(report.untold, ORDER))):
        return ""
    return (
        f" {report.total - untold} of the {report.total} matches are told one by one, of each status those of highest score; "
        "the workbook beside this report and the console's list of matches have all."
    )


def _changes(report: WeeklyReport) -> list[str]:
    """What the first page says of changes since the week ended, and of matches that are not shown any more."""
    said = []
    if changed := [found for found in report.findings if found.changed]:
        verb = "match has" if len(changed) == 1 else "matches have"
        said.append(f"{len(changed)} {verb} changed since the {report.week.unit} ended; see “Changed since” beside each.")
    for gone in report.figures.erased:
        matches, verb = ("match", "is") if gone.matches == 1 else ("matches", "are")
        said.append(f"{gone.matches} {matches} of a subject that was erased on {day(gone.at)} {verb} not shown.")
    return said


def _news(line: NewsLine) -> dict[str, Any]:
    made = address(line.url)
    return {"title": line.title, "exact": made.exact, "pieces": made.pieces, "note": made.note, "said": line.said}


def _headline(report: WeeklyReport) -> str:
    if not report.total:
        where = "" if report.coverage.whole else " in what was looked at"
        return f"No match was found this {report.week.unit}{where}, and none awaits a decision."
    parts = [f"{report.count(status)} {status.value}" for status in ORDER if report.count(status)]
    count = report.figures.videos
    videos = f"{count} {'video' if count == 1 else 'videos'}"
    matches = "match" if report.total == 1 else "matches"
    joined = parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
    return f"{report.total} {matches} in {videos}: {joined}."


def _looked(report: WeeklyReport) -> str:
    """What the figures rest on, in a line."""
    seen, (read, sources) = report.coverage, coverage.figure(report.coverage.sources)
    return (
        f"{read} {sources}; {seen.found} videos newly found, {seen.captured} captured, {seen.scanned} scanned; "
        f"{report.figures.subjects} subjects protected."
    )


def _line(block: VideoBlock, entry: ReportedMatch) -> dict[str, str]:
    return {
        "subject": entry.subject,
        "number": str(block.number),
        "title": shorten(block.title, 80),
        "score": f"{entry.score:.2f}",
        "expected": f"{band(entry.expected_false_matches)}: {false_matches(entry.expected_false_matches)}",
        "found": day(entry.found_at),
    }


def _warnings(seen: Coverage) -> list[str]:
    """What the reader of the first page has to know about what this report did not see."""
    said = coverage.warnings(seen.sources)
    if seen.not_captured_count:
        said.append(f"{seen.not_captured_count} {_videos(seen.not_captured_count)} not captured.")
    if seen.not_scanned_count:
        said.append(f"{seen.not_scanned_count} captured {_videos(seen.not_scanned_count)} not scanned.")
    if seen.in_part_count:
        said.append(f"{seen.in_part_count} captured {_videos(seen.in_part_count)} looked at in part only.")
    if seen.little_speech:
        videos = counted(seen.little_speech, "captured video has", "captured videos have")
        said.append(f"{videos} sound with {TOO_LITTLE_SPEECH} to compare a voice: that is no “no match”.")
    if seen.not_again:
        said.append(
            f"{seen.not_again} captured {_videos(seen.not_again)} last looked at before some of those who are protected now were "
            "enrolled: it is not known whether they are in them."
        )
    return said


def _videos(count: int) -> str:
    return "video was" if count == 1 else "videos were"


def _gaps(seen: Coverage) -> list[dict[str, Any]]:
    return [
        {"heading": heading, "count": count, "listed": [_gap(gap) for gap in gaps], "more": max(0, count - MOST_LISTED)}
        for heading, count, gaps in (
            ("Videos that were not captured", seen.not_captured_count, seen.not_captured),
            ("Captures that were not scanned", seen.not_scanned_count, seen.not_scanned),
            ("Captures that were looked at in part", seen.in_part_count, seen.in_part),
        )
    ]


def _gap(gap: Gap) -> dict[str, str]:
    return {"title": gap.title or "Untitled video", "url": shorten(gap.url, 140), "reason": gap.reason}


def _rates(report: WeeklyReport) -> tuple[str, ...]:
    """What no match says of itself: how much of what is looked for is not found."""
    if not report.figures.rates:
        return ()
    return (f"How much is missed depends on who is enrolled; as of {moment(report.made_at)}:", *report.figures.rates)


def _versions(report: WeeklyReport) -> list[tuple[str, str]]:
    seen = report.coverage
    return [
        ("Semblance", report.figures.version),
        ("Packs in use", _joined(seen.packs)),
        ("Encoders in use", _joined(seen.encoders)),
        ("Report made", moment(report.made_at)),
    ]


def _joined(names: Iterable[str]) -> str:
    return ", ".join(names) or "none: nothing was scanned"
