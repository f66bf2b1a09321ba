"""Several holders, each of which may be slow, give back, fail or end at any moment, and one clock: every piece of work has one
result, and nothing but what three ended at is left."""

import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlmodel import Session

from registry.claims import (
    LONGEST_WAIT,
    Claimed,
    ClaimLost,
    Wanted,
    check,
    claim,
    finish,
    give_back,
    known,
    put_off,
    renew,
)
from tests.support.new_database import new_database

KEYS = [f"k{number}" for number in range(6)]
HOLDERS = ("a", "b", "c")
LEASE = 40.0

holders = st.sampled_from(HOLDERS)
picks = st.integers(0, 5)


class Claims(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.engine = new_database(Path(self.folder.name) / "semblance.db")
        self.at = datetime(2026, 5, 1, tzinfo=UTC)
        self.life = dict.fromkeys(HOLDERS, 0)
        self.held: dict[str, list[Claimed]] = {who: [] for who in HOLDERS}
        self.current: dict[str, Claimed] = {}
        self.until: dict[str, datetime] = {}
        self.gone: set[str] = set()
        self.results: Counter[str] = Counter()

    def name(self, who: str) -> str:
        """A holder that ended comes back under another name."""
        return f"{who}{self.life[who]}"

    def left(self) -> list[str]:
        return [key for key in KEYS if not self.results[key]]

    def claim_some(self, who: str, most: int, gone: set[str]) -> list[Claimed]:
        with Session(self.engine) as session:
            given = claim(session, "scan", self.left(), Wanted(self.name(who), LEASE, 1, gone), most, self.at)
            session.commit()
        return given

    @rule(who=holders, most=st.integers(1, 6), tells=st.booleans())
    def claims(self, who: str, most: int, tells: bool) -> None:
        gone = self.gone if tells else set()
        for each in self.claim_some(who, most, gone):
            before = self.current.get(each.key)
            if before is not None:
                assert before.holder in gone or self.until[before.holder] <= self.at
                assert before.holder != each.holder
                assert each.fence > before.fence
            self.current[each.key] = each
            self.held[who].append(each)
        # All that those had whose time is over was taken from them.
        over = {who for who, until in self.until.items() if until <= self.at and who != self.name(who[0])} | gone
        for key, each in list(self.current.items()):
            if each.holder != self.name(who) and (each.holder in over or self.until[each.holder] <= self.at):
                del self.current[key]
        self.until[self.name(who)] = self.at + timedelta(seconds=LEASE)
        self.renews(who)

    @rule(who=holders)
    def renews(self, who: str) -> None:
        with Session(self.engine) as session:
            held = renew(session, self.name(who), LEASE, self.at)
        assert held == sum(each.holder == self.name(who) for each in self.current.values())
        self.until[self.name(who)] = self.at + timedelta(seconds=LEASE)

    @rule(who=holders, pick=picks, goes_on=st.booleans())
    def gives_a_result(self, who: str, pick: int, goes_on: bool) -> None:
        if not self.held[who]:
            return
        mine = self.held[who][pick % len(self.held[who])]
        with Session(self.engine) as session:
            try:
                (check if goes_on else finish)(session, mine)
            except ClaimLost:
                assert self.current.get(mine.key) != mine
                self.held[who].remove(mine)
                return
            session.commit()
        assert self.current[mine.key] == mine
        if not goes_on:
            self.results[mine.key] += 1
            del self.current[mine.key]
            self.held[who].remove(mine)

    @rule(who=holders, pick=picks, fails=st.booleans())
    def lets_go(self, who: str, pick: int, fails: bool) -> None:
        if not self.held[who]:
            return
        mine = self.held[who].pop(pick % len(self.held[who]))
        with Session(self.engine) as session:
            if fails:
                try:
                    put_off(session, mine, self.at)
                except ClaimLost:
                    assert self.current.get(mine.key) != mine
                    return
            else:
                give_back(session, [mine], self.at)
            session.commit()
        if self.current.get(mine.key) == mine:
            del self.current[mine.key]

    @rule(who=holders)
    def ends(self, who: str) -> None:
        self.gone.add(self.name(who))
        self.life[who] += 1
        self.held[who] = []

    @rule(seconds=st.sampled_from([0.5, 15.0, 39.5, 60.0]))
    def time_passes(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    @invariant()
    def nothing_has_two_results(self) -> None:
        assert all(count == 1 for count in getattr(self, "results", {}).values())

    def teardown(self) -> None:
        if not hasattr(self, "engine"):
            return
        self.at += LONGEST_WAIT + timedelta(minutes=5)
        for who in HOLDERS:
            self.ends(who)
        for each in self.claim_some("a", len(KEYS), self.gone):
            with Session(self.engine) as session:
                finish(session, each)
                session.commit()
            self.results[each.key] += 1
        self.nothing_has_two_results()
        with Session(self.engine) as session:
            said = known(session, "scan", KEYS, "nobody")
        assert set(self.left()) == {key for key, each in said.items() if each.set_aside}
        self.engine.dispose()
        self.folder.cleanup()


TestClaims = Claims.TestCase
TestClaims.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
