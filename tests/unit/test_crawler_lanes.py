"""Many hosts at once, one host after the other, and a quick end."""

import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.fetch.pace import Pace, Stopped
from crawler.lanes import Done, Workers, in_lanes

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 20.0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.frozensets(st.sampled_from("abcd"), max_size=2), max_size=20), st.integers(1, 3))
def test_each_task_ends_once_and_no_two_with_a_host_in_common_at_a_time(tasks: list[frozenset[str]], count: int) -> None:
    lock, open_now, most = threading.Lock(), [], []

    def do(number: int) -> int:
        with lock:
            assert not any(tasks[other] & tasks[number] for other in open_now)
            open_now.append(number)
            most.append(len(open_now))
        time.sleep(0.0005)
        with lock:
            open_now.remove(number)
        return number

    done = list(in_lanes(range(len(tasks)), lambda number: tasks[number], do, Workers(count)))
    assert all(each.error is None for each in done)
    assert sorted(each.task for each in done) == sorted(each.result for each in done if each.result is not None)
    assert sorted(each.task for each in done) == list(range(len(tasks)))
    assert max(most, default=0) <= count


def test_hosts_have_their_turns_in_rotation() -> None:
    order: list[str] = []
    for done in in_lanes(["a1", "a2", "a3", "b1", "b2", "c1"], lambda task: task[0], order.append, Workers(1)):
        assert done.error is None
    # Threads of different hosts may overtake each other in one round; no host begins its second before others began.
    assert order.index("a3") > order.index("b1")
    assert order.index("a3") > order.index("c1")
    assert [task for task in order if task[0] == "a"] == ["a1", "a2", "a3"]


def test_an_error_is_the_outcome_of_its_own_task() -> None:
    def do(number: int) -> float:
        return 1 / number

    done = {each.task: each for each in in_lanes([0, 1, 2], lambda number: [str(number)], do, Workers(2))}
    assert isinstance(done[0].error, ZeroDivisionError)
    assert done[2] == Done(2, 0.5)


def test_those_who_wait_for_one_host_leave_their_places_to_others() -> None:
    workers = Workers(1)
    pace = Pace(aside=workers.aside)
    free = threading.Event()

    def do(task: str) -> str:
        if task == "other":
            free.set()
            return task
        # What many pages share, such as a redirect to one host of media, which nobody knew of beforehand.
        with pace.turn("shared"):
            return task

    with pace.turn("shared"):
        outcomes = in_lanes(["one", "two", "other"], lambda task: [task], do, workers)
        first = next(outcomes)
        assert (first.task, free.is_set()) == ("other", True)
    assert {each.task for each in outcomes} == {"one", "two"}


def test_one_that_stands_aside_twice_leaves_one_place() -> None:
    workers, free = Workers(1), threading.Semaphore(0)
    inside: list[int] = []

    def other() -> None:
        with workers.working():
            inside.append(1)
            free.acquire()

    threads = [threading.Thread(target=other, daemon=True) for _ in range(2)]
    with workers.working(), workers.aside(), workers.aside():
        for thread in threads:
            thread.start()
        threads[0].join(0.2)
        at_once = len(inside)
        free.release(2)
    for thread in threads:
        thread.join()
    assert at_once <= 1
    assert len(inside) == 2


@pytest.mark.parametrize("how", ["closed", "interrupted"])
def test_the_end_is_quick_and_what_was_not_begun_is_left(how: str) -> None:
    workers = Workers(2)
    pace = Pace(aside=workers.aside)
    begun: list[str] = []

    def do(task: str) -> None:
        begun.append(task)
        if task != "a1":
            with pace.turn("held"):
                pytest.fail("a turn that nobody gave back")

    with pace.turn("held"), closing(in_lanes(["a1", "b1", "b2", "c1"], lambda t: t[0], do, workers, pace.stop)) as outcomes:
        assert next(outcomes).task == "a1"
        if how == "interrupted":
            with pytest.raises(KeyboardInterrupt):
                outcomes.throw(KeyboardInterrupt)
        else:
            outcomes.close()
        assert "b2" not in begun
        with pytest.raises(Stopped):
            pace.go_on()
    assert not [thread for thread in threading.enumerate() if thread.name == "lane" and thread.is_alive()]


def test_ctrl_c_ends_a_run_whose_threads_wait() -> None:
    code = """
import signal
# Whoever is started in the background of a shell inherits that Ctrl-C is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
from crawler.fetch.pace import Pace
from crawler.lanes import Workers, in_lanes
workers = Workers(2)
pace = Pace(aside=workers.aside)
def wait(task):
    print("begun", flush=True)
    with pace.turn("held"):
        pass
with pace.turn("held"):
    list(in_lanes(["a"], str, wait, workers, pace.stop))
"""
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"begun\n"
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=PATIENCE)
    assert b"KeyboardInterrupt" in said
