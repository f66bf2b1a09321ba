"""What this machine and this workspace lack, and how to get it."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import SystemRandom

from sqlalchemy import text
from sqlmodel import Session, select

from crawler.browser import browser_isolation
from crawler.fetch.ytdlp import ytdlp_isolation
from isolation.level import REMEDIES
from isolation.limits import Layer
from matcher.errors import MatcherError
from matcher.packs.store import DEFAULT_PACK, installed, lacks_background, load
from matcher.packs.terms import check_permitted
from monitor.confinement import level
from monitor.restored import restored_from
from monitor.settings import FILE_NAME, Settings, load_settings
from monitor.vaults import FOLDER
from monitor.workspace import Workspace, open_workspace
from registry.actions import Action, Step
from registry.contracts import alerted
from registry.counting import counted
from registry.db import now
from registry.errors import SemblanceError
from registry.identities import undecided
from registry.references import Reference
from registry.storage.known import storage_of
from registry.template_rows import clear_templates

ALERTED_FOR = timedelta(days=7)
"""For so long it is told that somebody seemed to probe."""

LITTLE_SPACE = 2 << 30
MOST_READ = 200
"""References whose bytes are read: reading all of a union's takes a minute."""


@dataclass(frozen=True)
class Check:
    """state: ok, missing (something will fail) or optional (something is left out). advice, steps: what to do about it."""

    check: str
    state: str
    says: str
    advice: str = ""
    steps: tuple[Step, ...] = ()


def examine(root: Path, say: Callable[[Check], None] = lambda _: None) -> list[Check]:
    """Every finding; say is given each as soon as it is known. Raises only for settings that cannot be read."""
    settings = load_settings(root)
    findings = []
    for finding in _all(root, settings):
        say(finding)
        findings.append(finding)
    return findings


def _all(root: Path, settings: Settings) -> Iterator[Check]:
    # Each of these starts a process and waits for it: they come up while all else is looked at.
    with ThreadPoolExecutor(3) as started:
        apart = {name: started.submit(ask) for name, ask in (("browser", browser_isolation), ("yt-dlp", ytdlp_isolation))}
        held = started.submit(level)
        yield from (_pack(settings, pack) for pack in settings.packs)
        if installed(settings.models) == [DEFAULT_PACK]:
            yield _only_open()
        yield _space(root)
        others = [_contact(settings), *_authorities(root, settings), _cjk_fonts(), *_of_the_folder(root)]
        yield _isolation(*held.result())
        for name, says in apart.items():
            yield _apart(name, says.result())
        yield from others


def _of_the_folder(root: Path) -> Iterator[Check]:
    if not (root / FILE_NAME).is_file():
        yield Check("workspace", "missing", f"{root} is no workspace.", "", (Step(Action.MAKE_WORKSPACE),))
        return
    yield from _restored(root)
    with open_workspace(root) as workspace:
        yield from _workspace(workspace)


def _pack(settings: Settings, pack: str) -> Check:
    try:
        found = load(settings.models, pack)
        check_permitted(found, commercial=settings.commercial, accepted=settings.accepted_licences)
    except MatcherError as error:
        return Check(f"pack {pack}", "missing", error.what, error.advice, error.steps)
    if lacks_background(settings.models, pack):
        says = "It is from an earlier version, and its error rates no longer hold. The next run measures it on drawn pictures."
        return Check(f"pack {pack}", "optional", says, "Run once, or add the pack again.", (Step(Action.ADD_PACK),))
    return Check(f"pack {pack}", "ok", f"{counted(len(found.spec.files), 'file')}, each as promised.")


def _only_open() -> Check:
    says = "Only the pack open is here. It misses a third of the appearances in AI-made clips where edge misses a sixth."
    return Check("models", "optional", says, "", (Action.PULL_PACK.of("edge"),))


def _space(root: Path) -> Check:
    there = next(folder for folder in (root, *root.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    state = "ok" if free > LITTLE_SPACE else "missing"
    return Check("disk", state, f"{free / (1 << 30):.1f} GiB are free.", "" if state == "ok" else "Free at least 2 GiB.")


def _isolation(says: str, remedy: str) -> Check:
    return Check("isolation", "missing" if remedy else "ok", says, remedy)


def _apart(check: str, says: str) -> Check:
    """What keeps a program that reads strangers' pages to the guarded proxy."""
    if "a network of its own" in says:
        return Check(check, "ok", says)
    return Check(check, "missing", says, REMEDIES[Layer.NETWORK])


def _contact(settings: Settings) -> Check:
    if settings.operator.contact:
        return Check("contact", "ok", f"Sites are shown {settings.operator.contact}.")
    return Check(
        "contact", "optional", "Sites that are read are not told whom to write to.", f"Set operator.contact in {FILE_NAME}."
    )


def _authorities(root: Path, settings: Settings) -> Iterator[Check]:
    """Whether the authorities can be known by their certificates; nothing is asked of them."""
    asked = settings.timestamps
    if not asked.authorities:
        yield Check(
            "timestamps",
            "optional",
            "No timestamp authority states when captures were there; their times are by this machine's clock.",
            f"Name one in {FILE_NAME}, under timestamps.authorities.",
        )
        return
    # What knows certificates takes longer to load than all else here takes to be looked at.
    from monitor.runs.stamping import authority_of

    for named in asked.authorities:
        try:
            authority_of(root, named, asked.seconds)
        except SemblanceError as error:
            yield Check(f"timestamps of {named.name}", "missing", error.what, error.advice, error.steps)
        else:
            yield Check(f"timestamps of {named.name}", "ok", f"Each new capture is shown to {named.url}.")


def _cjk_fonts() -> Check:
    lister = shutil.which("fc-list")
    found = subprocess.run([lister, ":lang=zh", "family"], capture_output=True, check=False).stdout if lister else b""  # noqa: S603
    if found.strip():
        return Check("CJK fonts", "ok", "Chinese, Japanese and Korean text is set in the PDF.")
    return Check(
        "CJK fonts",
        "optional",
        "Chinese, Japanese and Korean text may be spelt out as code points in the PDF.",
        "Install a font such as Noto Sans CJK (fonts-noto-cjk).",
    )


def _workspace(workspace: Workspace) -> Iterator[Check]:
    with workspace.engine.connect() as connection:
        broken = storage_of(connection).what_is_broken(connection)
        counts = {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in ("reference", "source")}  # noqa: S608
    if broken is None:
        yield Check("database", "ok", "It is whole.")
    else:
        yield Check("database", "missing", broken, "Restore a backup.")
    for name, step in (("reference", Action.ADD_REFERENCE), ("source", Action.ADD_SOURCE)):
        some = counts[name] > 0
        yield Check(f"{name}s", "ok" if some else "missing", f"{counts[name]} of them.", "", () if some else (Step(step),))
    yield from _left_in_folder(workspace)
    with workspace.session() as session:
        yield _at_rest(session)
        yield _asking(session)
        yield _identities(session)
    try:
        with workspace.session() as session:
            says = _check_references(workspace, session)
    except SemblanceError as error:
        yield Check("vault", "missing", error.what, error.advice, error.steps)
    else:
        yield Check("vault", "ok", says)


def _left_in_folder(workspace: Workspace) -> Iterator[Check]:
    """What a move to a bucket left behind: no erasure reaches it."""
    folders = (workspace.root / FOLDER / name for name in ("private", "sha256"))
    if workspace.settings.vault.url and any(True for folder in folders for _ in folder.glob("??/??/*")):
        says = "Objects lie in the workspace's folder as well as in the bucket, and no erasure reaches them there."
        yield Check("old vault", "missing", says, "", (Step(Action.CLEAR_FOLDER),))


def _asking(session: Session) -> Check:
    """Whether anybody who may ask before publishing seems to probe whom the registry holds."""
    if probing := alerted(session, now() - ALERTED_FOR):
        says = f"Many questions in a row found nobody: {', '.join(probing)}."
        return Check("questions", "missing", says, "Ask what that account asks for, or end its contract.")
    return Check("questions", "ok", "Nobody seems to probe.")


def _restored(root: Path) -> Iterator[Check]:
    if (found := restored_from(root)) is not None:
        says = f"It was restored from the backup of {found.made_at}; runs, schedules and mail wait until somebody says so."
        yield Check(
            "restored", "missing", says, "See first that the workspace it was made from does nothing.", (Step(Action.RESUME),)
        )


def _at_rest(session: Session) -> Check:
    if clear := clear_templates(session):
        says = f"{counted(clear, 'template of an earlier version lies', 'templates of an earlier version lie')} in the clear."
        return Check("data at rest", "missing", says, "", (Step(Action.ROTATE_KEYS),))
    return Check("data at rest", "ok", "Templates are sealed.")


def _identities(session: Session) -> Check:
    if open_ := undecided(session):
        says = f"{counted(open_, 'likeness is', 'likenesses are')} held twice, and nobody decided whether that is one person."
        return Check("identities", "optional", says, "", (Step(Action.SEE_IDENTITIES), Step(Action.DECIDE_IDENTITY)))
    return Check("identities", "ok", "None is open.")


def _check_references(workspace: Workspace, session: Session) -> str:
    """Look for the bytes of each reference, and read those of some, another choice each time. What to say of it, where all is
    well; raises what the vault raises."""
    held = list(session.exec(select(Reference.sha256).distinct()))
    # A list of all is a few requests to a bucket, where asking for each would be as many.
    sealed = set(workspace.vault.sealed())
    absent = [sha256 for sha256 in held if sha256 not in sealed and sha256 not in workspace.vault]
    read = held if len(held) <= MOST_READ else SystemRandom().sample(held, MOST_READ)
    for sha256 in absent or read:
        workspace.vault.verify(sha256)
    return "Every reference has its bytes" + (f"; of {len(held)}, {len(read)} were read." if len(read) < len(held) else ".")
