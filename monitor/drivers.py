"""Drivers: whoever does a part of a run claims its work in the name of one, says that it goes on, and gives back what is left.

A driver's leases are renewed while it lives. That it was killed is known at once by the others of the same folder, whose file of
it is not locked any more, and by those of other machines when its leases are over.
"""

import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from monitor.locks import WorkspaceBusy, held_alone
from registry.claims import (
    Claimed,
    ClaimLost,
    Known,
    Wanted,
    check,
    claim,
    finish,
    give_all_back,
    give_back,
    known,
    others,
    renew,
)
from registry.db import new_id, now
from registry.private import make_folder, opener
from registry.storage.base import FOLDER as DATABASE_ELSEWHERE
from registry.storage.lock import in_turn

LEASE, RENEWED_AFTER, LOOKS_AFTER = 40.0, 10.0, 1.0
"""Seconds that claims hold without a sign of life, from one sign to the next, and from one look for work that others have to the
next."""

FOLDER = Path("cache", "drivers")
STEP, RUN, ALONE = "step", "run", "workspace"
"""Kinds of claims: a step that one takes at a time, a run that takes part, and the workspace as a whole."""

StillMine = Callable[[Session], None]
"""Asked in the transaction that writes a result: raises ClaimLost where another has taken the work over."""

_ALL = "all of it"
_log = logging.getLogger(__name__)


class Driver:
    """Claims work, as one holder. Any thread may use it."""

    def __init__(self, engine: Engine, folder: Path, holder: str) -> None:
        self._engine, self._folder, self.holder = engine, folder, holder
        self._ended = threading.Event()
        self._renews: threading.Thread | None = None
        self._starting = threading.Lock()

    def claim(self, kind: str, keys: Sequence[str], most: int = 1, *, at_once: int = 1, endless: bool = False) -> list[Claimed]:
        """Claim keys that nobody has; see registry.claims.claim. endless: whether they are never set aside."""
        return self._claim(kind, keys, most, at_once, endless, lambda _: None)

    def _claim(
        self, kind: str, keys: Sequence[str], most: int, at_once: int, endless: bool, also: Callable[[Session], None]
    ) -> list[Claimed]:
        if not keys or most < 1:
            return []
        with _gone(self._folder, self.holder) as gone, in_turn(self._engine), Session(self._engine) as session:
            by = Wanted(self.holder, LEASE, at_once, gone, endless)
            given = claim(session, kind, keys, by, most, now())
            also(session)
            session.commit()
        self._renew_from_now_on()
        return given

    def give_back(self, claims: Sequence[Claimed]) -> None:
        """Let others have these at once."""
        if claims:
            with in_turn(self._engine), Session(self._engine) as session:
                give_back(session, claims, now())
                session.commit()

    def finished(self, claims: Sequence[Claimed]) -> None:
        """What needs no result of its own is done. Raises ClaimLost."""
        with in_turn(self._engine), Session(self._engine) as session:
            finish(session, *claims)
            session.commit()

    def known(self, kind: str, keys: Sequence[str]) -> dict[str, Known]:
        """What is known of keys that this driver has not; see registry.claims.known."""
        with Session(self._engine) as session:
            return known(session, kind, keys, self.holder)

    def runs(self) -> int:
        """How many runs share the work now; at least one."""
        with Session(self._engine) as session:
            return max(1, others(session, RUN, "", now()))

    @contextmanager
    def only(self, step: str, say: Callable[[str], None] | None = None) -> Iterator[StillMine]:
        """Be the one who takes a step; waits for whoever takes it now. What it yields is asked in transactions of results.

        say: of a step that may take hours, is told that it waits. Of such a step one waits at a time: raises WorkspaceBusy.
        """
        claims = self.claim(STEP, [step], endless=True) or self._waited_for(step, say)
        try:
            yield partial(check, claimed=claims[0])
        finally:
            # Who was too slow to renew it did nothing wrong by that: each step is done again without harm.
            with suppress(ClaimLost):
                self.finished(claims)

    def _waited_for(self, step: str, say: Callable[[str], None] | None) -> list[Claimed]:
        if say is None:
            return self._waited(step)
        say(f"Another run is at {step}; this one goes on when that is done, or ends.")
        if not (next_one := self.claim(STEP, [f"next at {step}"], endless=True)):
            raise WorkspaceBusy(f"One run is at {step}, and another waits for it.", "Wait until they are done.", retryable=True)
        claims = self._waited(step)
        self.give_back(next_one)
        return claims

    def _waited(self, step: str) -> list[Claimed]:
        while not (claims := self.claim(STEP, [step], endless=True)):
            time.sleep(LOOKS_AFTER)
        return claims

    def be_the_one(self, step: str, busy: str, remedy: str) -> None:
        """Be the one who takes a step, until the driver is closed. Raises WorkspaceBusy with these words while another is."""
        if not self.claim(STEP, [step], endless=True):
            raise WorkspaceBusy(busy, remedy, retryable=True)

    def take_part(self, busy: str, remedy: str) -> None:
        """Be one of the runs. Raises WorkspaceBusy with these words where a machine has the workspace alone."""
        self._claim(RUN, [self.holder], 1, 1, True, lambda session: self._refuse(session, ALONE, busy, remedy))

    def be_alone(self, busy: str, remedy: str) -> None:
        """Have the workspace, for all machines. Raises WorkspaceBusy with these words where another takes part in a run."""
        if not self._claim(ALONE, [_ALL], 1, 1, True, lambda session: self._refuse(session, RUN, busy, remedy)):
            raise WorkspaceBusy(busy, remedy, retryable=True)

    def _refuse(self, session: Session, kind: str, busy: str, remedy: str) -> None:
        if others(session, kind, self.holder, now()):
            raise WorkspaceBusy(busy, remedy, retryable=True)

    def close(self) -> bool:
        """Give all back that is left; False where the database refuses, so that it is to be taken from this driver."""
        self._ended.set()
        if self._renews is None:
            return True
        self._renews.join()
        try:
            with in_turn(self._engine), Session(self._engine) as session:
                give_all_back(session, self.holder, now())
                session.commit()
        except SQLAlchemyError:
            return False
        return True

    def _renew_from_now_on(self) -> None:
        with self._starting:
            if self._renews is None:
                self._renews = threading.Thread(target=self._renew, name="claims", daemon=True)
                self._renews.start()

    def _renew(self) -> None:
        while not self._ended.wait(RENEWED_AFTER):
            try:
                with in_turn(self._engine), Session(self._engine) as session:
                    renew(session, self.holder, LEASE, now())
            except SQLAlchemyError as error:
                # The next sign may come through; where none does, the results are refused.
                _log.warning("claims were not renewed: %s", type(error).__name__)


@contextmanager
def driving(engine: Engine, root: Path) -> Iterator[Driver]:
    """A driver of the workspace in root, for as long as the block lasts."""
    with _alive(root / FOLDER) as file:
        driver = Driver(engine, root / FOLDER, file.name)
        try:
            yield driver
        finally:
            # By a file that nobody locks the next one knows that this driver ended, and takes what it could not give back.
            if driver.close():
                file.unlink(missing_ok=True)


@contextmanager
def alone_at(engine: Engine, root: Path, step: str, busy: str, remedy: str) -> Iterator[None]:
    """Be the one who takes a step in the workspace in root, on whatever machine. Raises WorkspaceBusy with these words.

    No session of this thread may have written and not committed when it is entered.
    """
    with held_alone(root / f".{step}.lock", busy, remedy):
        if not is_shared(engine):
            yield
            return
        with driving(engine, root) as driver:
            driver.be_the_one(step, busy, remedy)
            yield


def is_shared(engine: Engine) -> bool:
    """Whether other machines may work in the database, whom no lock of this folder keeps out."""
    return DATABASE_ELSEWHERE in engine.get_execution_options()


@contextmanager
def _alive(folder: Path) -> Iterator[Path]:
    """The file of a new driver, called as it, which is locked for as long as the block lasts."""
    make_folder(folder)
    while True:
        path = folder / new_id()
        descriptor = opener(str(path), os.O_RDWR | os.O_CREAT)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # Another may have found the file in the instant before it was locked, and taken its driver for gone.
        if path.exists():
            break
        os.close(descriptor)
    try:
        yield path
    finally:
        os.close(descriptor)


@contextmanager
def _gone(folder: Path, but: str) -> Iterator[list[str]]:
    """The drivers of the folder whose processes ended; once the block has ended well their files go, too."""
    with ExitStack() as held:
        beside = folder.iterdir() if folder.is_dir() else iter(())
        found = [path for path in beside if path.name != but and _is_free(path, held)]
        yield [path.name for path in found]
        for path in found:
            path.unlink(missing_ok=True)


def _is_free(path: Path, held: ExitStack) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        # Of another user's file it cannot be told: that one's leases tell, as those of another machine do.
        return False
    held.callback(os.close, descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return path.exists()
