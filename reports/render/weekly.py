"""The weekly report as a page and as a PDF. Both are made from the same words, so that they say the same."""

from collections.abc import Iterable
from typing import Any

from matcher.calibration import band
from reports.coverage import MOST_LISTED, Coverage, Gap
from reports.findings import Finding
from reports.matches import MatchStatus
from reports.render import coverage
from reports.render.html import render_html
from reports.render.pdf import render_pdf
from reports.render.plain import chance, day, false_matches, moment, shorten
from reports.weekly import ORDER, WeeklyReport

HEADINGS = {
    MatchStatus.PENDING: ("Needs a decision", "Nobody has judged these matches yet. Nothing here accuses anybody."),
    MatchStatus.CONFIRMED: ("Confirmed", "A named person confirmed each of these. Evidence and notices can be made of them."),
    MatchStatus.LICENSED: ("Licensed", "A licence in force covers each of these. They reopen when it ends."),
    MatchStatus.PERMITTED: ("Permitted", "A named person, or the allow-list, lets each of these uses be without a licence."),
    MatchStatus.REJECTED: ("Rejected", "A named person decided that these are no uses of the subject."),
}

READING = (
    "A score says how alike an appearance and a reference are, from 0 to 1, on the scale of the model that compared them. "
    "It is no probability, and it does not say who is in a video.",
    "The threshold is the lowest score that counts as a match. It rises with the number of enrolled subjects.",
    "“Expected by chance” is the error rate: how many matches at least this strong would be raised by 1,000 videos that show "
    "nobody enrolled, with these references, this model and this threshold.",
    "A label that is absent or unknown says nothing about how a video was made: it is neither “AI” nor “real”.",
    "A video that was not captured or not scanned may show anything. It is listed under “Coverage” and counts as neither match "
    "nor no match.",
)


def weekly_html(report: WeeklyReport) -> str:
    return render_html("weekly", _words(report))


def weekly_pdf(report: WeeklyReport) -> bytes:
    """Raises RenderFailed."""
    data = _words(report)
    pictures: dict[str, bytes] = {}
    for group in data["groups"]:
        for entry in group["findings"]:
            for kind in ("still", "reference"):
                content = entry[kind]
                entry[kind] = f"{kind}-{entry['id']}.jpg" if content else None
                if content:
                    pictures[entry[kind]] = content
    return render_pdf("weekly", data, pictures, report.made_at)


def _words(report: WeeklyReport) -> dict[str, Any]:
    """Everything that either form prints, as plain values."""
    pending = report.groups[MatchStatus.PENDING]
    return {
        "title": f"Weekly report, week {report.week.number} of {report.week.year}",
        "week": str(report.week),
        "days": report.week.days,
        "party": report.party,
        "made": moment(report.made_at),
        "headline": _headline(report),
        "figures": _figures(report),
        "pending": [_line(entry) for entry in pending[:8]],
        "pending_more": max(0, len(pending) - 8),
        "warnings": _warnings(report.coverage),
        "groups": [_group(report, status) for status in ORDER if report.groups[status]],
        "coverage": coverage.section(report.coverage.sources),
        "gaps": _gaps(report.coverage),
        "reading": READING,
        "versions": _versions(report),
    }


def _headline(report: WeeklyReport) -> str:
    if not report.total:
        return "No match was found this week, and none awaits a decision."
    parts = [f"{report.count(status)} {status.value}" for status in ORDER if report.count(status)]
    matches = "match" if report.total == 1 else "matches"
    joined = parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
    return f"{report.total} {matches}: {joined}."


def _figures(report: WeeklyReport) -> list[tuple[str, str]]:
    seen = report.coverage
    return [
        coverage.figure(seen.sources),
        (str(seen.found), "videos newly found"),
        (str(seen.captured), "captured"),
        (str(seen.scanned), "scanned"),
        (str(report.subjects), "subjects protected"),
        (str(report.count(MatchStatus.PENDING)), "matches await a decision"),
        (str(report.count(MatchStatus.CONFIRMED)), "confirmed"),
        (str(report.count(MatchStatus.LICENSED)), "licensed"),
    ]


def _line(entry: Finding) -> dict[str, str]:
    return {
        "subject": entry.subject,
        "title": shorten(entry.title, 80),
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
    return said


def _videos(count: int) -> str:
    return "video was" if count == 1 else "videos were"


def _group(report: WeeklyReport, status: MatchStatus) -> dict[str, Any]:
    heading, note = HEADINGS[status]
    return {
        "status": status.value,
        "heading": heading,
        "note": note,
        "findings": [_entry(entry, show_party=report.party is None) for entry in report.groups[status]],
    }


def _entry(entry: Finding, *, show_party: bool) -> dict[str, Any]:
    carried = f"; carried over from {day(entry.found_at)}" if entry.carried_over else ""
    facts = [
        ("Video", entry.title),
        ("Page", entry.page_url or "not known"),
        ("Media", entry.media_url),
        ("Uploader", entry.uploader),
        ("Seen", f"{entry.span}, best at {entry.best}"),
        ("Expected by chance", chance(entry.expected_false_matches)),
        ("Why", " ".join(entry.reasons) or "No further reasons."),
        ("Provenance", "; ".join(entry.labels)),
        ("Decision", entry.decision),
        ("Found", f"{moment(entry.found_at)}{carried}, with {entry.encoder} of pack {entry.pack}; match {entry.id[:12]}"),
    ]
    return {
        "id": entry.id,
        "status": entry.status.value,
        "subject": entry.subject,
        "kind": entry.kind if not show_party else f"{entry.kind} of {entry.party}",
        "best": entry.best,
        "score": entry.score,
        "threshold": entry.threshold,
        "facts": facts,
        "still": entry.still,
        "still_gone": entry.still_gone,
        "reference": entry.reference,
        "reference_gone": entry.reference_gone,
    }


def _gaps(seen: Coverage) -> list[dict[str, Any]]:
    return [
        {"heading": heading, "count": count, "listed": [_gap(gap) for gap in gaps], "more": max(0, count - MOST_LISTED)}
        for heading, count, gaps in (
            ("Videos that were not captured", seen.not_captured_count, seen.not_captured),
            ("Captures that were not scanned", seen.not_scanned_count, seen.not_scanned),
        )
    ]


def _gap(gap: Gap) -> dict[str, str]:
    return {"title": gap.title or "Untitled video", "url": shorten(gap.url, 140), "reason": gap.reason}


def _versions(report: WeeklyReport) -> list[tuple[str, str]]:
    seen = report.coverage
    return [
        ("Semblance", report.version),
        ("Packs in use", _joined(seen.packs)),
        ("Encoders in use", _joined(seen.encoders)),
        ("Report made", moment(report.made_at)),
    ]


def _joined(names: Iterable[str]) -> str:
    return ", ".join(names) or "none: nothing was scanned"
