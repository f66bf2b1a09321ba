"""The figures of a weekly report counted from the rows of its database, with statements and loops of their own."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from scipy.stats import CensoredData, ecdf

from tests.support.direct_database import directly
from tests.support.weekly_place import MADE, Workplace

PARTIES = {"mossy": "Larkspur Pictures", "crest": "Larkspur Pictures", "eileen": "Estate of E. Collins"}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


class Oracle:
    """Counts from rows, with SQL and loops of its own."""

    def __init__(self, place: Workplace) -> None:
        self.database = place.root / "semblance.db"
        self.matches = [
            dict(row)
            for row in self.all(
                'SELECT m.*, c.video_id, c.media_sha256, c.captured_at, v.page_url FROM "match" m '
                "JOIN capture c ON c.id = m.capture_id JOIN video v ON v.id = c.video_id"
            )
        ]
        self.reviews: dict[str, list[dict[str, Any]]] = {}
        for row in self.all("SELECT * FROM review ORDER BY id"):
            self.reviews.setdefault(row["match_id"], []).append(row)

    def all(self, query: str) -> list[dict[str, Any]]:
        with directly(self.database) as database:
            found = database.execute(query)
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def licensed(self, match: dict[str, Any], at: datetime) -> bool:
        (licence,) = self.all("SELECT * FROM licence")
        host = re.match(r"https://([^/]+)/", match["page_url"])[1]  # type: ignore[index]
        in_force = moment(licence["created_at"]) < at and moment(licence["starts_at"]) < at <= moment(licence["ends_at"])
        return match["subject_id"] == licence["subject_id"] and host.endswith(licence["host"]) and in_force

    def status(self, match: dict[str, Any], at: datetime) -> str:
        last = [row["decision"] for row in self.reviews.get(match["id"], []) if moment(row["at"]) < at][-1:]
        if last and last[0] != "REOPEN":
            return {"CONFIRM": "confirmed", "REJECT": "rejected", "PERMIT": "permitted"}[last[0]]
        return "licensed" if self.licensed(match, at) else "pending"

    def week(self, starts: datetime, party: str | None) -> dict[str, int]:
        return self.span(starts, starts + timedelta(days=7), party)

    def span(self, starts: datetime, ends: datetime, party: str | None) -> dict[str, int]:
        """What a week or a month came to."""
        now = min(ends, MADE)
        own = [row for row in self.matches if party in (None, PARTIES[row["subject_id"]])]
        known = [row for row in own if moment(row["found_at"]) < ends]
        last = Counter[str]()
        for row in known:
            within = [each["decision"] for each in self.reviews.get(row["id"], []) if starts <= moment(each["at"]) < ends]
            last.update(within[-1:])
        waiting = [row for row in known if self.status(row, now) == "pending"]
        new = [row for row in known if moment(row["found_at"]) >= starts]
        return {
            "new": len(new),
            "confirmed": last["CONFIRM"],
            "rejected": last["REJECT"],
            "permitted": last["PERMIT"],
            "licensed": sum(self.status(row, now) == "licensed" for row in new),
            "gone": sum(starts <= at < ends for key, at in self.went() if self.is_of(key, party)),
            "open": len(waiting),
            "late": sum(moment(row["found_at"]) < now - timedelta(days=7) for row in waiting),
        }

    def confirmed(self) -> dict[str, list[dict[str, Any]]]:
        """The matches that are confirmed now, by video."""
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self.matches:
            if row["status"] == "CONFIRMED":
                found.setdefault(row["video_id"], []).append(row)
        return found

    def is_of(self, video: str, party: str | None) -> bool:
        return any(party in (None, PARTIES[row["subject_id"]]) for row in self.confirmed()[video])

    def looks(self, video: str) -> list[dict[str, Any]]:
        return [
            row
            for row in self.all("SELECT * FROM look WHERE address = 'MEDIA' ORDER BY first_at, id")
            if row["video_id"] == video
        ]

    def went(self) -> Iterator[tuple[str, datetime]]:
        for video in self.confirmed():
            clear = [look for look in self.looks(video) if look["outcome"] != "UNREACHABLE"]
            for before, look in zip([None, *clear], clear, strict=False):
                if look["outcome"] == "GONE" and (before is None or before["outcome"] == "SEEN"):
                    yield video, moment(look["first_at"])

    def outcome(self, video: str) -> tuple[str, float, bool]:
        """The column of the scoreboard, the days it is known to have stood, and whether it was then gone."""
        rows, looks = self.confirmed()[video], self.looks(video)
        start = min(moment(each["at"]) for row in rows for each in self.reviews[row["id"]] if each["decision"] == "CONFIRM")
        last = looks[-1] if looks else None
        own = [moment(look["at"]) for look in looks if look["media_sha256"] == rows[0]["media_sha256"]]
        seen = max([moment(rows[0]["captured_at"]), *own])
        days = lambda at: max(0.0, (at - start).total_seconds() / 86400)  # noqa: E731
        if last is None:
            return "not_looked", days(seen), False
        if last["outcome"] == "GONE":
            at = moment(last["first_at"])
            return ("gone_before", 0, False) if at < start else ("gone", days(at), True)
        if last["outcome"] == "UNREACHABLE":
            return "unreachable", days(seen), False
        if last["media_sha256"] != rows[0]["media_sha256"]:
            return "replaced", days(moment(last["first_at"])), False
        return "seen", days(moment(last["at"])), False


def oracle_median(lasted: list[tuple[float, bool]]) -> float | None:
    """By SciPy's estimate of the survival function."""
    gone, open_ = [days for days, was in lasted if was], [days for days, was in lasted if not was]
    if not gone:
        return None
    curve = ecdf(CensoredData(uncensored=gone, right=open_)).sf
    reached = [days for days, left in zip(curve.quantiles, curve.probabilities, strict=True) if left <= 0.5 + 1e-9]
    return round(float(reached[0]), 2) if reached else None
