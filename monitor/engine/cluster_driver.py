"""The process that talks to a cluster of Ray. The only importer of ray.

Started by `monitor.engine.cluster` as ``python -m monitor.engine.cluster_driver DESCRIPTOR``. It is a process of its own because
Ray ends whichever process is connected to a cluster that goes away.
"""

import json
import os
import pickle
import signal
import socket
import sys
import threading
import time
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import AuthenticationError, RayActorError, RayError

from isolation.channel import Closed, Kind, receive, send
from monitor.engine.cluster_order import Order
from monitor.engine.cluster_worker import Arrival, Looker
from monitor.engine.scanner import WORKERS_PER_FILE

_GLANCE_SECONDS = 1.0
_CORES = "CPU"


class NoCluster(Exception):
    """Why nothing can be looked at, and what to do about it."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy


@dataclass(frozen=True)
class _Post:
    """What one worker does: begins, or looks at the object with that number. since: by `time.monotonic`."""

    actor: Any
    number: int | None
    since: float


class _Crew:
    """The workers of one order, and what each is at. What a lost worker was at is given to another."""

    def __init__(self, channel: socket.socket, order: Order) -> None:
        self._channel, self._order = channel, order
        self._waiting = deque(range(len(order.sha256s)))
        self._to_come = len(order.sha256s)
        self._ended: Counter[int] = Counter()
        self._lost_at_begin = 0
        self._seen = time.monotonic()
        self._posts: dict[Any, _Post] = {}
        self._errand = ray.put(order.errand)
        self._looker: Any = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0, scheduling_strategy="SPREAD")(Looker)

    def work(self) -> None:
        """Until each object has its answer. Raises NoCluster."""
        cores = int(sum(node["Resources"].get(_CORES, 0) for node in ray.nodes() if node["Alive"]))
        for _ in range(max(1, min(self._order.workers or cores, self._to_come))):
            self._hire()
        while self._to_come:
            ready, _ = ray.wait(list(self._posts), num_returns=1, timeout=_GLANCE_SECONDS)
            for ref in ready:
                self._take(ref, self._posts.pop(ref))
            self._let_go_of_the_silent()
            if all(post.number is None for post in self._posts.values()) and time.monotonic() - self._seen > self._order.patience:
                raise NoCluster(
                    f"No machine of the cluster began to work for {self._order.patience:,.0f} s: none was free or ready.",
                    "See what else runs on it (`ray status`), start more machines, or raise engine.patience_seconds.",
                )

    def _hire(self) -> None:
        actor = self._looker.remote()
        self._posts[actor.begin.remote(*self._order.begin, self._errand)] = _Post(actor, None, time.monotonic())

    def _take(self, ref: Any, post: _Post) -> None:
        try:
            said = ray.get(ref)
        except RayError as error:
            self._lost(post, came=isinstance(error, RayActorError))
            return
        self._seen = time.monotonic()
        if post.number is None:
            _refuse(said)
            self._lost_at_begin = 0
        else:
            self._answer(post.number, said)
        if self._waiting:
            number = self._waiting.popleft()
            self._posts[post.actor.look.remote(self._order.sha256s[number])] = _Post(post.actor, number, time.monotonic())
        else:
            ray.kill(post.actor)

    def _lost(self, post: _Post, *, came: bool) -> None:
        """came: whether there was a worker at all, which ended; else what it runs is not what this process would have it run."""
        with suppress(RayError):
            ray.kill(post.actor)
        if post.number is None:
            self._lost_at_begin += 1
            if not came or self._lost_at_begin >= WORKERS_PER_FILE:
                raise NoCluster(
                    "The workers of the cluster do not come up.",
                    "Install Semblance there with the extra `ray`, in the version that is here, and free memory if it is short; "
                    "Ray's own logs on those machines say more.",
                )
        else:
            self._ended[post.number] += 1
            if self._ended[post.number] < WORKERS_PER_FILE:
                self._waiting.appendleft(post.number)
            else:
                self._answer(post.number, b"")
        if self._waiting:
            self._hire()

    def _let_go_of_the_silent(self) -> None:
        late = time.monotonic() - self._order.job_seconds
        for ref, post in [(ref, post) for ref, post in self._posts.items() if post.number is not None and post.since < late]:
            del self._posts[ref]
            self._lost(post, came=True)

    def _answer(self, number: int, sealed: bytes) -> None:
        """sealed: empty where the object ended too many workers."""
        send(self._channel, Kind.ANSWER, number.to_bytes(8, "big") + sealed)
        self._to_come -= 1


def _refuse(arrival: Arrival) -> None:
    if arrival.against:
        raise NoCluster(f"The machine {arrival.host} cannot take part: {arrival.against}.", arrival.remedy)


def main() -> None:
    """Work on the order that comes by the socket whose descriptor is named, for as long as somebody listens there."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=int(sys.argv[1])) as channel, suppress(Closed, OSError):
        order: Order = pickle.loads(receive(channel)[1])  # noqa: S301  (from the process that started this one)
        threading.Thread(target=_end_with, args=(channel,), daemon=True).start()
        try:
            _connect(order.address)
            _Crew(channel, order).work()
        except NoCluster as none:
            send(channel, Kind.BROKE, json.dumps([none.what, none.remedy]).encode())


def _end_with(channel: socket.socket) -> None:
    """Nobody sends anything more: what comes is the end of who listens, after whom nothing is to be done."""
    channel.recv(1)
    os._exit(0)


def _connect(address: str) -> None:
    try:
        ray.init(address=address, namespace="semblance", log_to_driver=False, configure_logging=False)
    except AuthenticationError as error:
        raise NoCluster(
            "There is no token for the cluster here.",
            "Copy the cluster's token to ~/.ray/auth_token, or name the file that holds it in engine.token_file.",
        ) from error
    except (ConnectionError, RuntimeError, RayError) as error:
        raise NoCluster(
            f"The cluster at {address} does not let this machine in.",
            "See that this machine takes part in it, that engine.address and the cluster's token are "
            "right, and that Python and Ray have the same version here and there.",
        ) from error


if __name__ == "__main__":
    main()
