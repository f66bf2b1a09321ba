"""One host is asked for one thing at a time, with a pause between two, however many ask."""

import itertools
import threading
import time
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.fetch.pace import MAX_DELAY, Pace, Stopped
from crawler.lanes import Workers

HOSTS = st.sampled_from(["a.example 443", "b.example 443", "b.example 8080"])
PATIENCE = 20.0


class Notes:
    """When each turn began and ended, by host."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self.turns: dict[str, list[tuple[float, float]]] = defaultdict(list)

    def take(self, hosts: list[str]) -> None:
        for host in hosts:
            with self._pace.turn(host):
                began = time.monotonic()
                time.sleep(0.001)
                self.turns[host].append((began, time.monotonic()))


def together(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(HOSTS, max_size=3), min_size=1, max_size=8), st.sampled_from([0.0, 0.004]))
def test_no_two_requests_to_a_host_overlap_or_come_sooner_than_the_delay(wanted: list[list[str]], delay: float) -> None:
    workers = Workers(2)
    pace = Pace(delay, aside=workers.aside)
    notes = Notes(pace)

    def work(hosts: list[str]) -> None:
        with workers.working():
            notes.take(hosts)

    together([threading.Thread(target=work, args=(hosts,), daemon=True) for hosts in wanted])
    assert sum(map(len, notes.turns.values())) == sum(map(len, wanted))
    for turns in notes.turns.values():
        assert all(later[0] >= earlier[1] + delay for earlier, later in itertools.pairwise(turns))


def test_turns_go_in_the_order_of_asking() -> None:
    pace, order, asked = Pace(), [], threading.Semaphore(0)

    def work(number: int) -> None:
        asked.release()
        with pace.turn("a"):
            order.append(number)

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(6)]
    with pace.turn("a"):
        for number, thread in enumerate(threads):
            thread.start()
            asked.acquire()
            while pace.waiting("a") <= number:
                time.sleep(0.001)
    for thread in threads:
        thread.join(PATIENCE)
    assert order == sorted(order)


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_host_that_asks_for_a_longer_pause_gets_it_within_bounds_and_it_is_said() -> None:
    clock = Clock()
    pace = Pace(1.0, clock=clock)
    pauses = {}
    for host, seconds in (("slow", 5.0), ("quick", 0.1), ("endless", 86_400.0)):
        pace.slow(host, seconds)
        clock.now += MAX_DELAY
        with pace.turn(host):
            pass
        pauses[host] = pace.ready_in(host)
    assert pauses == {"slow": 5.0, "quick": 1.0, "endless": MAX_DELAY}
    assert pace.hurried == ("endless asks for 86400 seconds between two requests; it was given 60.",)


def test_who_waits_when_the_run_ends_gives_up_and_nothing_begins_any_more() -> None:
    pace, ended = Pace(), []

    def wait() -> None:
        try:
            with pace.turn("a"):
                ended.append("had its turn")
        except Stopped:
            ended.append("gave up")

    with pace.turn("a"):
        thread = threading.Thread(target=wait, daemon=True)
        thread.start()
        pace.stop()
        thread.join(PATIENCE)
    assert ended == ["gave up"]
    with pytest.raises(Stopped), pace.turn("b"):
        pytest.fail("a turn began")


def test_a_request_within_another_of_the_same_thread_is_a_fault_and_no_standstill() -> None:
    pace = Pace()
    with pace.turn("a"), pytest.raises(RuntimeError, match="another of its requests is open"), pace.turn("a"):
        pytest.fail("a turn within a turn")
    with pace.turn("a"):
        pass
