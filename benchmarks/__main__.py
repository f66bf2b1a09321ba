"""`python -m benchmarks NAME ...`: one measurement, printed as JSON and as a line for people."""

import typer

from benchmarks.artwork import artwork
from benchmarks.calibrate import calibrate
from benchmarks.capturing import capturing
from benchmarks.chaos.command import chaos
from benchmarks.characters import characters
from benchmarks.check import check
from benchmarks.claims import claims
from benchmarks.cohorts import cohorts
from benchmarks.confinement import confinement
from benchmarks.console_keys import console_keys
from benchmarks.console_size import console_size
from benchmarks.content_system.command import content_system
from benchmarks.coverage import coverage
from benchmarks.crawl import crawl
from benchmarks.crossed.command import faces_crossed
from benchmarks.engines import engines
from benchmarks.footage.command import footage
from benchmarks.footage.families import families
from benchmarks.full_disk import full_disk
from benchmarks.galleries import galleries
from benchmarks.hostile_crawl import hostile_crawl
from benchmarks.kinds import kinds
from benchmarks.likelihood.command import likelihood
from benchmarks.misses import misses
from benchmarks.modalities import modalities
from benchmarks.references import references
from benchmarks.rerun import rerun
from benchmarks.roster import roster
from benchmarks.scale import scale
from benchmarks.search import search
from benchmarks.server_size.command import server_size
from benchmarks.size.command import size
from benchmarks.sound_copies import sound_copies
from benchmarks.startup import startup
from benchmarks.structure import structure
from benchmarks.tampering import tampering
from benchmarks.throughput import throughput
from benchmarks.two_reviewers import two_reviewers
from benchmarks.verifying import verifying
from benchmarks.voice import voice
from benchmarks.weekly import weekly
from benchmarks.words import words

app = typer.Typer(no_args_is_help=True, add_completion=False)
app.command()(artwork)
app.command()(calibrate)
app.command()(capturing)
app.command()(chaos)
app.command()(characters)
app.command()(check)
app.command()(claims)
app.command()(cohorts)
app.command()(confinement)
app.command()(console_keys)
app.command()(console_size)
app.command()(two_reviewers)
app.command()(content_system)
app.command()(coverage)
app.command()(crawl)
app.command()(engines)
app.command(name="faces_crossed")(faces_crossed)
app.command()(families)
app.command()(footage)
app.command()(full_disk)
app.command()(galleries)
app.command()(hostile_crawl)
app.command()(kinds)
app.command()(likelihood)
app.command()(misses)
app.command()(modalities)
app.command()(references)
app.command()(rerun)
app.command()(roster)
app.command()(scale)
app.command()(search)
app.command()(server_size)
app.command()(size)
app.command()(sound_copies)
app.command()(startup)
app.command()(structure)
app.command()(tampering)
app.command()(throughput)
app.command()(verifying)
app.command()(voice)
app.command()(weekly)
app.command()(words)


@app.callback()
def benchmarks() -> None:
    """Measurements of Semblance; benchmarks/README.md says what they gave."""


if __name__ == "__main__":
    app()
