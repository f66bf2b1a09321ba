"""From measured costs to a month of many videos: cores, storage, database and money. It measures nothing itself."""

from dataclasses import dataclass
from typing import Annotated

import typer

HOURS = 730.0
"""Of a month."""

CORE_SECONDS = {"edge": 154.0, "open": 280.0}
"""Processor seconds for an hour of video with faces alone: `benchmarks throughput`, two cores for 293 s of 720p and 480p."""

BYTES_A_SECOND = 108_000.0
"""Of a captured clip: the 57 AI-made clips of the throughput benchmark, 31.7 MB for 293 s."""

ROW_BYTES = {"video": 4_300.0, "match": 1_200.0, "person": 3_900.0}
"""What one adds to the database with indexes, custody and audit log: `benchmarks size`, by SQLite's dbstat."""

VECTOR_BYTES = 512.0
"""Of one template of `edge` in the index, 256 numbers of two bytes: `benchmarks search`."""


@dataclass(frozen=True)
class Load:
    """videos: a month, of so many seconds each. matched: share of them with a match. people: enrolled. days: kept unmatched."""

    videos: int
    seconds: float
    matched: float
    people: int
    days: float


@dataclass(frozen=True)
class Prices:
    """core_hour and terabyte_month: in one currency. They are the reader's: nobody's list price stands here."""

    core_hour: float
    terabyte_month: float


@dataclass(frozen=True)
class Need:
    """What a month takes. video_hours; cores busy all month; captures a second; terabytes: captured and held at once;
    database_gigabytes: added in a month, and for those enrolled; gallery_megabytes in each process; video_hour: money."""

    video_hours: float
    cores: float
    captures_a_second: float
    terabytes: float
    database_gigabytes: float
    enrolled_gigabytes: float
    gallery_megabytes: float
    video_hour: float


def needed(load: Load, prices: Prices, pack: str) -> Need:
    """What that load takes with that pack. Matched captures are counted for one month: they are few beside the others."""
    hours = load.videos * load.seconds / 3600
    core_hours = hours * CORE_SECONDS[pack] / 3600
    captured = load.videos * load.seconds * BYTES_A_SECOND / 1e12
    months = (load.matched + (1 - load.matched) * load.days * 24 / HOURS) if load.videos else 0.0
    rows = load.videos * (ROW_BYTES["video"] + load.matched * ROW_BYTES["match"])
    money = core_hours * prices.core_hour + captured * months * prices.terabyte_month
    return Need(
        video_hours=hours,
        cores=core_hours / HOURS,
        captures_a_second=load.videos / HOURS / 3600,
        terabytes=captured * months,
        database_gigabytes=rows / 1e9,
        enrolled_gigabytes=load.people * ROW_BYTES["person"] / 1e9,
        gallery_megabytes=load.people * VECTOR_BYTES / 1e6,
        video_hour=money / hours if hours else 0.0,
    )


def table(prices: Prices) -> list[str]:
    """The lines of docs/scale.md: a small team, a union, and a trade body that watches for all its studios."""
    loads = {
        "a small team": Load(10_000, 60, 0.01, 500, 90),
        "a union": Load(1_000_000, 60, 0.01, 20_000, 90),
        "a trade body": Load(10_000_000, 60, 0.01, 160_000, 90),
        "a trade body, unmatched videos kept for 7 days": Load(10_000_000, 60, 0.01, 160_000, 7),
    }
    lines = [
        "| who | pack | videos a month | cores | captures a second | held at once | database a month | gallery | a video-hour |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for who, load in loads.items():
        for pack in CORE_SECONDS:
            need = needed(load, prices, pack)
            lines.append(
                f"| {who} | `{pack}` | {load.videos:,} | {need.cores:.2f} | {need.captures_a_second:.3f} | "
                f"{need.terabytes:.1f} TB | {need.database_gigabytes:.2f} GB | "
                f"{need.gallery_megabytes:.1f} MB | {need.video_hour:.4f} |"
            )
    return lines


def scale(
    core_hour: Annotated[float, typer.Option(min=0, help="What a core costs an hour, in your currency.")] = 0.04,
    terabyte_month: Annotated[float, typer.Option(min=0, help="What a terabyte costs a month.")] = 20.0,
) -> None:
    """Print what a month of many videos takes, worked out from the figures that the other benchmarks measured."""
    for line in table(Prices(core_hour, terabyte_month)):
        print(line)
