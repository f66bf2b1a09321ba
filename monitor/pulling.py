"""Packs pulled from the web, a mirror or a folder, by the rules of the settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from crawler.errors import CrawlerError
from crawler.fetch.base import PartialBody, Validators
from crawler.fetch.http import HttpFetcher
from crawler.guard import GuardPolicy
from crawler.types import Trouble
from matcher.packs.pull.pulling import NotPulled, known_pack, pull, pull_package
from matcher.packs.pull.recipe import InsightfacePackage, Known, PullRecipe, RemoteFile, Unstated
from matcher.packs.pull.seam import Folder, NotReached, Opened, Origin, OtherBytes
from matcher.packs.pull.taking import Progress
from matcher.packs.store import Pack
from matcher.packs.terms import PackNotPermitted
from monitor.settings import Settings
from registry.actions import Action

_MAX_SECONDS = 6 * 3600.0
"""For one answer; whoever gives nothing for twenty seconds is left before."""


@dataclass(frozen=True)
class Web:
    """The publishers' addresses, or one mirror that has all files under their names, behind the guard."""

    fetcher: HttpFetcher
    mirror: str = ""

    @contextmanager
    def open(self, file: RemoteFile, begun: int, validator: str) -> Iterator[Opened]:
        """See Origin."""
        address = f"{self.mirror.rstrip('/')}/{quote(file.name)}" if self.mirror else file.address
        part = PartialBody(begun, validator) if begun else None
        with _told(file), self.fetcher.fetch(address, max_bytes=file.size, max_seconds=_MAX_SECONDS, part=part) as got:
            yield Opened(got.start, Validators.of(got.exchange.headers).exact, got.chunks)


def to_pull(settings: Settings, pack: str, *, accept_licence: bool) -> Known:
    """What is known of the pack, once it may be pulled. Raises NotPulled, and PackNotPermitted where its licence forbids the use
    and nobody declared to hold another."""
    known = known_pack(pack)
    if isinstance(known, Unstated):
        raise NotPulled(f"The pack {pack} cannot be pulled yet. {known.why}", Action.ADD_PACK)
    accepted = accept_licence or pack in settings.accepted_licences
    if settings.commercial and not known.licence.commercial and not accepted:
        raise PackNotPermitted(
            f"The pack {pack} is not licensed for commercial use. {known.licence.text}",
            "Use another pack, if you hold no licence for it.",
            Action.HOLD_LICENCE,
        )
    return known


def pull_known(settings: Settings, known: Known, source: str, progress: Progress) -> Pack:
    """Pull it into the models folder. source: an address or a folder in place of the settings' mirror; "" for that.
    Raises PackError."""
    source = source or settings.models_mirror
    if isinstance(known, PullRecipe):
        return pull(settings.models, known, origin_of(settings, source), progress)
    assert isinstance(known, InsightfacePackage)
    if "://" in source:
        raise NotPulled(f"insightface's packages come from insightface alone, not from {source}.", "Name a folder, or no mirror.")
    return pull_package(settings.models, known, Path(source) if source else None)


def origin_of(settings: Settings, source: str) -> Origin:
    """Where the files are had from: a mirror's address, a folder, or where nothing is named their publishers' addresses."""
    if source and "://" not in source:
        return Folder(Path(source))
    policy = GuardPolicy(
        allowed_networks=settings.crawl.allowed_networks,
        allowed_ports=settings.crawl.allowed_ports or None,
        allowed_schemes=("https",),
        plain_on_loopback=True,
    )
    return Web(HttpFetcher(policy, contact=settings.operator.contact, obey_robots=False), source)


@contextmanager
def _told(file: RemoteFile) -> Iterator[None]:
    try:
        yield
    except CrawlerError as error:
        if error.trouble is Trouble.LIMIT:
            what = f"{file.name} is announced with more than the {file.size:,} bytes that the recipe promises."
            raise OtherBytes(what, "Try another mirror.") from error
        remedy = (*(() if error.retryable else (error.remedy,)), "Pull again later; it goes on where it stopped.")
        raise NotReached(error.what, *remedy, Action.NAME_ORIGIN, retryable=error.retryable) from error
