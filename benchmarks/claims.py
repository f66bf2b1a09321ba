"""How many claims a second several processes are given and finish, on SQLite and on PostgreSQL."""

import json
import multiprocessing
import shutil
import statistics
import tempfile
import time
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from monitor.migrations import open_up_to_date
from registry.claims import Wanted, claim, finish
from registry.db import now
from tests.support.postgres_server import server

BAR = 1000.0
SECONDS = 5.0


@dataclass(frozen=True)
class Worked:
    """What one process did. began, ended: on the clock that all processes of a machine share. waits: seconds that each batch took
    to be claimed and finished."""

    keys: tuple[str, ...]
    began: float
    ended: float
    waits: tuple[float, ...]


def work(
    folder: Path, address: str, who: int, workers: int, batch: int, ready: Barrier, told: "multiprocessing.Queue[Worked]"
) -> None:
    """Claim batches and finish each in one transaction, for SECONDS. All processes want the same keys, each from its own place on
    in a list that no one comes to the end of."""
    engine = open_up_to_date(folder / "semblance.db", lambda _: None, address=address)
    done, waits, number = list[str](), list[float](), 0
    with Session(engine) as session:
        claim(session, "scan", ["warm"], Wanted(f"warm {who}", 40.0), 1, now())
        session.rollback()
    ready.wait()
    began = time.monotonic()
    while time.monotonic() < began + SECONDS:
        before = time.monotonic()
        # Half of the keys that are asked for are another's.
        keys = [f"{(number + step) * workers + (who + step % 2) % workers}" for step in range(2 * batch)]
        number += 2 * batch
        with Session(engine) as session:
            given = claim(session, "scan", keys, Wanted(str(who), 40.0), batch, now())
            session.commit()
        with Session(engine) as session:
            finish(session, *given)
            session.commit()
        done += [each.key for each in given]
        waits.append(time.monotonic() - before)
    told.put(Worked(tuple(done), began, time.monotonic(), tuple(waits)))
    engine.dispose()


def measured(folder: Path, address: str, workers: int, batch: int) -> dict[str, float]:
    """Claims a second of all processes together."""
    context = multiprocessing.get_context("fork")
    ready, told = context.Barrier(workers), context.Queue()
    processes = [context.Process(target=work, args=(folder, address, who, workers, batch, ready, told)) for who in range(workers)]
    for process in processes:
        process.start()
    found = [told.get(timeout=120) for _ in processes]
    for process in processes:
        process.join()
    seconds = max(each.ended for each in found) - min(each.began for each in found)
    waits = sorted(wait for each in found for wait in each.waits)
    return {
        "workers": workers,
        "claims_a_second": round(sum(len(each.keys) for each in found) / seconds, 1),
        "batch_ms_median": round(statistics.median(waits) * 1000, 1),
        "batch_ms_p99": round(waits[int(len(waits) * 0.99)] * 1000, 1),
    }


def claims(
    workers: Annotated[int, typer.Option(help="Processes that claim at once.")] = 8,
    batch: Annotated[int, typer.Option(help="Keys that each claims at a time.")] = 64,
    folder: Annotated[Path | None, typer.Option(help="Where the databases lie; a temporary folder where none is given.")] = None,
) -> None:
    """Claims that are given and finished, a second, by one process and by several; exits with 1 below 1,000 of the several."""
    place, found = Path(tempfile.mkdtemp(dir=folder)), dict[str, list[dict[str, float]]]()
    try:
        # A commit is on the disk before it is reported, as where this is used.
        with server("fsync=on") as running:
            for kind, address in (("sqlite", ""), ("postgresql", running.new_database())):
                (place / kind).mkdir()
                open_up_to_date(place / kind / "semblance.db", lambda _: None, address=address).dispose()
                found[kind] = [measured(place / kind, address, count, batch) for count in sorted({1, workers})]
    finally:
        shutil.rmtree(place)
    print(json.dumps({"batch": batch, "seconds": SECONDS, **found}, indent=1))
    slowest = min(figures[-1]["claims_a_second"] for figures in found.values())
    print(f"{slowest:.0f} claims a second by {workers} processes on the slower database; asked for are {BAR:.0f}.")
    if slowest < BAR:
        raise typer.Exit(1)
