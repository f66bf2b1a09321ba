"""All that a weekly or monthly report states as figures: counted once, here and in the modules named below, for all of its forms.

`weekly_counts` counts the weeks, `weekly_addresses` what became of confirmed uses, `weekly_scores` the platforms and generators,
`weekly_wanted` what wants a decision, `weekly_lines` the matches one by one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crawler.types import Reading
from reports.agreed import Agreed
from reports.coverage import Coverage
from reports.weekly_campaigns import Campaign
from reports.weekly_counts import LATE_AFTER, PAST_WEEKS, WeekCounts, WeekLooked
from reports.weekly_lines import LicensedUse, MatchLine
from reports.weekly_scores import FEWEST, Score
from reports.weekly_wanted import Wanted

FORMATS = {"week": "semblance-weekly/1", "month": "semblance-monthly/1"}
"""By what a report is about."""

DEFINITIONS: Mapping[str, str] = {
    "new": "matches that were found in the week",
    "confirmed": "matches that were decided in the week, the last time as confirmed",
    "rejected": "matches that were decided in the week, the last time as rejected",
    "permitted": "matches that were decided in the week, the last time as permitted by a person",
    "bands": "the week's new matches by how sure they are; see the report's “How to read the scores”",
    "licensed": "of the week's new matches, those that a licence or the allow-list covered when it ended",
    "gone": "addresses of confirmed uses that were seen to be gone in the week, after they had been there",
    "open": "matches that awaited a decision when the week ended, whenever they were found",
    "late": f"of the open ones, those that were found more than {LATE_AFTER.days} days before",
    "weeks": f"the week of the report is the last, after {PAST_WEEKS} others. One that is not over counts as far as it is",
    "erased": "matches of subjects that were erased are in no figure but this",
    "removal": "gone since it was confirmed, of all confirmed addresses but those that were gone before; no share of fewer than "
    f"{FEWEST}",
    "median_days": "from the first confirmation to the look that found it gone (Kaplan-Meier): an address that is not gone "
    "counts up to the last look that tells of it. Empty where fewer than half are gone by that reckoning, or fewer than "
    f"{FEWEST} are gone at all",
}
"""What each figure of a weekly report counts, in words."""


def in_unit(words: str, unit: str) -> str:
    """What is said of weeks, said of months where the unit is one."""
    return words.replace("week", unit).replace("Week", unit.capitalize())


def definitions(unit: str) -> Mapping[str, str]:
    """What each figure counts, in words."""
    return {in_unit(key, unit): in_unit(words, unit) for key, words in DEFINITIONS.items()}


@dataclass(frozen=True)
class Erased:
    """That matches are not shown any more, because their subject was erased on that day."""

    matches: int
    at: datetime


@dataclass(frozen=True)
class Looked:
    """What the week's figures rest on: sources, and videos; not_captured and the rest are all that are open when it ends."""

    sources: int
    sources_read: int
    sources_whole: int
    pages_due: int
    pages_read: int
    found: int
    captured: int
    scanned: int
    not_captured: int
    not_scanned: int
    in_part: int
    not_again: int


def looked(coverage: Coverage) -> Looked:
    """The numbers of a coverage."""
    said, last = [source.said for source in coverage.sources], [source.last for source in coverage.sources if source.last]
    return Looked(
        sources=len(said),
        sources_read=sum(word in (Reading.READ, Reading.PARTLY) for word in said),
        sources_whole=said.count(Reading.READ),
        pages_due=sum(report.share.due or 0 for report in last),
        pages_read=sum(report.pages for report in last if report.share.due is not None),
        found=coverage.found,
        captured=coverage.captured,
        scanned=coverage.scanned,
        not_captured=coverage.not_captured_count,
        not_scanned=coverage.not_scanned_count,
        in_part=coverage.in_part_count,
        not_again=coverage.not_again,
    )


@dataclass(frozen=True)
class WeeklyFigures:
    """party: whose report it is; None for everybody's. as_of: the moment of which it speaks; past: that is before it was made.

    statuses: how many of the week's matches stand in each; bands: how many of the new ones are how sure. weeks: each week for all
    (party None) and for each party, the report's own week last; looked_weeks: what was found and scanned in each. told: how many
    matches are told one by one. agreement: how far reviewers agree, until as_of; None where nothing is
    reviewed twice.
    """

    week: str
    starts: datetime
    ends: datetime
    party: str | None
    made_at: datetime
    as_of: datetime
    past: bool
    version: str
    total: int
    videos: int
    told: int
    statuses: Mapping[str, int]
    bands: Mapping[str, int]
    subjects: int
    held_twice: int
    erased: tuple[Erased, ...]
    weeks: tuple[WeekCounts, ...]
    looked_weeks: tuple[WeekLooked, ...]
    looked: Looked
    wanted: tuple[Wanted, ...]
    platforms: tuple[Score, ...]
    generators: tuple[Score, ...]
    campaigns: tuple[Campaign, ...]
    licensed: tuple[LicensedUse, ...]
    matches: tuple[MatchLine, ...]
    rates: tuple[str, ...] = ()
    agreement: Agreed | None = None
    format_: str = FORMATS["week"]

    @property
    def unit(self) -> str:
        """What it is about: week or month."""
        return next(unit for unit, name in FORMATS.items() if name == self.format_)

    @property
    def series(self) -> tuple[WeekCounts, ...]:
        """The weeks for all parties together, the report's own last."""
        return tuple(counts for counts in self.weeks if counts.party is None)
