"""Rosters that were sent to a server: tried first, and taken in when somebody says so, while they look on or are away.

The files are in memory alone, and so is what came of each row, for an hour after anybody last looked. What is taken in is on
record batch by batch, as by the command: whoever sends the same roster again after a server was stopped goes on, and nothing is
done twice.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock, Thread

from monitor.roster.bounds import SENT
from monitor.roster.outcomes import Outcome
from monitor.roster_import import Imported, RosterFile, Take, Wanted, take_in
from monitor.sent_files import SentFile, at_paths
from monitor.sent_roster_files import RosterNotSent, roster_and_photos
from monitor.workspace import Workspace
from registry.accounts import Caller
from registry.causes import in_plain_words
from registry.db import new_id, now
from registry.errors import Conflict, NotFound, SemblanceError

LOG = logging.getLogger("monitor.sent_rosters")

MOST, KEPT = 3, timedelta(hours=1)
"""So many are held at once, by everybody together and one by each account, and so long after anybody looked at one."""


class _Ended(Exception):
    """Nobody wants it any more."""


class Step(StrEnum):
    """How far one is. TRIED: everything was looked at, and nothing written."""

    TRYING = "being looked at"
    TRIED = "looked at"
    TAKING_IN = "being taken in"
    DONE = "taken in"
    FAILED = "stopped"


@dataclass(frozen=True)
class Reading:
    """How the roster is to be read; "" for what is found out."""

    encoding: str = ""
    sheet: str = ""
    number_column: str = ""


@dataclass(frozen=True)
class SentRoster:
    """One as it stands. whose: the account's id, "" for the machine's owner. done, of: members that were looked at. says: what a
    person should know. error: why it stopped."""

    id: str
    whose: str
    party: str
    file_name: str
    sent_at: datetime
    seen_at: datetime
    step: Step = Step.TRYING
    done: int = 0
    of: int = 0
    says: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    made: Imported | None = None
    error: SemblanceError | None = None

    @property
    def runs(self) -> bool:
        """Whether something is being done about it now."""
        return self.step in (Step.TRYING, Step.TAKING_IN)


@dataclass
class _Held:
    """What is needed to do it, and what came of it so far, which grows in place. unwanted: it was discarded while it ran; it
    counts until its thread has ended, and nobody sees it."""

    shown: SentRoster
    caller: Caller | None
    name: str
    roster: SentFile
    photos: SentFile
    reading: Reading
    lock: Lock = field(default_factory=Lock)
    says: list[str] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    unwanted: bool = False

    def begin(self, caller: Caller | None, step: Step) -> None:
        """Whoever asks now is whose right to it is looked at from here on. The lock is held."""
        self.caller, self.says, self.outcomes = caller, [], []
        self.shown = replace(self.shown, step=step, done=0, made=None, error=None)


class RosterDesk:
    """The rosters that a server holds."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace, self._lock = workspace, Lock()
        self._held: dict[str, _Held] = {}

    def send(self, caller: Caller | None, name: str, party: str, files: Sequence[SentFile], reading: Reading) -> str:
        """Begin to try a roster: everything is looked at, and nothing written. name: of whoever sends it. Its id. Raises
        RosterNotSent."""
        roster, photos = roster_and_photos(files)
        at = now()
        shown = SentRoster(new_id(), _key(caller), party, roster.plain_name, at, at)
        held = _Held(shown, caller, name, roster, photos, reading)
        with self._lock:
            self._forget_old(at)
            self._make_room(shown.whose)
            self._held[shown.id] = held
        self._start(held, Wanted(dry_run=True))
        return shown.id

    def look(self, caller: Caller | None, roster_id: str) -> SentRoster:
        """As it stands. Raises NotFound for one that is somebody else's, too."""
        held = self._find(caller, roster_id)
        with held.lock:
            held.shown = replace(held.shown, seen_at=now())
            return replace(held.shown, says=tuple(held.says), outcomes=tuple(held.outcomes))

    def of(self, caller: Caller | None) -> list[SentRoster]:
        """Those that somebody sent, the latest first."""
        with self._lock:
            self._forget_old(now())
            found = [held.shown for held in self._held.values() if held.shown.whose == _key(caller) and not held.unwanted]
        return sorted(found, key=lambda each: each.sent_at, reverse=True)

    def take_in(self, caller: Caller | None, roster_id: str, *, new_consent: bool, sure: bool) -> None:
        """Begin to take in what was tried; asked twice, it is done once. Raises NotFound and Conflict."""
        held = self._find(caller, roster_id)
        with held.lock:
            if held.shown.step in (Step.TAKING_IN, Step.DONE):
                return
            if held.shown.step is Step.TRYING:
                raise Conflict("The roster is still being looked at.", "Wait until that is done.")
            held.begin(caller, Step.TAKING_IN)
        self._start(held, Wanted(dry_run=False, new_consent=new_consent, sure=sure))

    def try_again(self, caller: Caller | None, roster_id: str, *, new_consent: bool, sure: bool) -> None:
        """Look at it again, as things stand now, or with another answer. Raises NotFound and Conflict."""
        held = self._find(caller, roster_id)
        with held.lock:
            if held.shown.runs:
                raise Conflict("The roster is being read.", "Wait until that is done.")
            held.begin(caller, Step.TRYING)
        self._start(held, Wanted(dry_run=True, new_consent=new_consent, sure=sure))

    def discard(self, caller: Caller | None, roster_id: str) -> None:
        """Hold it no more; what was taken in stays. One that runs ends with the batch that it is at. Raises NotFound."""
        held = self._find(caller, roster_id)
        with self._lock, held.lock:
            held.unwanted = True
            if not held.shown.runs:
                self._held.pop(roster_id, None)

    def _find(self, caller: Caller | None, roster_id: str) -> _Held:
        with self._lock:
            self._forget_old(now())
            held = self._held.get(roster_id)
        if held is None or held.unwanted or held.shown.whose != _key(caller):
            raise NotFound("That roster is not held here any more.", "Send it again: what was taken in stays, and is done once.")
        return held

    def _forget_old(self, at: datetime) -> None:
        for key, held in list(self._held.items()):
            if not held.shown.runs and at - held.shown.seen_at > KEPT:
                del self._held[key]

    def _make_room(self, whose: str) -> None:
        """For one more of that account: of others', the one that nobody looked at for longest gives way. The lock is held."""
        for held in self._held.values():
            if held.shown.whose == whose:
                what = "is still being ended" if held.unwanted else "is held here already"
                remedy = "Try again in a moment." if held.unwanted else "Finish or discard it first."
                raise RosterNotSent(f"A roster of yours {what}.", remedy, retryable=True)
        if len(self._held) < MOST:
            return
        idle = [held for held in self._held.values() if not held.shown.runs]
        if not idle:
            raise RosterNotSent(
                f"Others have {MOST} rosters read just now, which is all that this server reads at once.",
                "Try again in some minutes.",
                retryable=True,
            )
        del self._held[min(idle, key=lambda held: held.shown.seen_at).shown.id]

    def _start(self, held: _Held, wanted: Wanted) -> None:
        Thread(target=self._run, args=(held, wanted), daemon=True, name="roster").start()

    def _run(self, held: _Held, wanted: Wanted) -> None:
        step = Step.TRIED if wanted.dry_run else Step.DONE
        try:
            made = self._done(held, wanted)
        except _Ended:
            self._fail(held, RosterNotSent("It was discarded.", ""))
        except SemblanceError as error:
            self._fail(held, error)
        except Exception as error:
            LOG.exception("a roster was not read")
            fault = SemblanceError("This failed, by a fault of the program.", "Look into the server's log.")
            self._fail(held, in_plain_words(error) or fault)
        else:
            self._note(held, lambda shown: replace(shown, step=step, made=made, seen_at=now()))
        with self._lock, held.lock:
            if held.unwanted:
                self._held.pop(held.shown.id, None)

    def _fail(self, held: _Held, error: SemblanceError) -> None:
        self._note(held, lambda shown: replace(shown, step=Step.FAILED, error=error, seen_at=now()))

    def _done(self, held: _Held, wanted: Wanted) -> Imported:
        def say(line: str) -> None:
            held.says.append(line)

        def looked(done: int, of: int) -> None:
            self._note(held, lambda shown: replace(shown, done=done, of=of))
            self._check(held)

        def take(some: Sequence[Outcome]) -> None:
            held.outcomes.extend(some)
            self._check(held)

        @contextmanager
        def kept(_party_id: str) -> Iterator[Take]:
            yield take

        reading, party = held.reading, held.shown.party
        with (
            self._workspace.acting_for(held.caller, "web roster", held.name) as workspace,
            workspace.session() as session,
            at_paths([held.roster, held.photos]) as (roster, photos),
        ):
            file = RosterFile(roster, reading.encoding or None, reading.sheet or None, reading.number_column or None, SENT)
            made = take_in(workspace, session, party, file, photos, kept, wanted, say, looked)
            session.commit()
            return made

    def _check(self, held: _Held) -> None:
        """Whether to go on, after each batch: it may take hours, in which somebody signs out, or is given another role."""
        if held.unwanted:
            raise _Ended
        with self._workspace.acting_for(held.caller, "web roster", held.name):
            pass

    def _note(self, held: _Held, change: Callable[[SentRoster], SentRoster]) -> None:
        with held.lock:
            held.shown = change(held.shown)


def _key(caller: Caller | None) -> str:
    return caller.account_id if caller else ""
