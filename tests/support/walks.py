"""Which of our functions a command passes, in which order, and which rooms it enters."""

import re
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType

ROOMS = frozenset({"isolation", "registry", "crawler", "matcher", "reports", "monitor"})
_STEP = re.compile(r"(\(confined\) )?`([\w.]+)`")


def steps_in(page: Path, about: str) -> list[str]:
    """The functions of one way in the documentation, in their order, but for those in confined processes, which nobody sees
    here. about: the line above its list."""
    text = page.read_text("utf-8").partition(f"\n{about}\n\n")[2]
    lines = re.match(r"(?:(?:\d\.|  ) .*\n|  .*\n)+", text)
    assert lines, about
    return [name for confined, name in _STEP.findall(lines.group()) if not confined]


@dataclass
class Walk:
    """passed: the steps that were called, each as often as it was. entered: functions that were called out of another room, by
    that room and their own."""

    passed: list[str] = field(default_factory=list)
    entered: dict[tuple[str, str], list[str]] = field(default_factory=dict)


class _Tracer:
    def __init__(self, steps: Sequence[str]) -> None:
        self.walk = Walk()
        self._steps = steps
        self._known: dict[CodeType, tuple[str, str, str | None]] = {}
        self._seen: list[FrameType] = []
        self._stacks = threading.local()

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        if event not in ("call", "return"):
            return
        room, name, step = self._known.get(frame.f_code) or self._named(frame)
        if not room:
            return
        stack: list[str] = self._stacks.__dict__.setdefault("rooms", [])
        if event == "return":
            if stack:
                stack.pop()
            return
        if stack and stack[-1] != room:
            self.walk.entered.setdefault((stack[-1], room), []).append(name)
        stack.append(room)
        # A generator is called once, and goes on after each of its values.
        if step is not None and not any(frame is seen for seen in self._seen):
            self._seen.append(frame)
            self.walk.passed.append(step)

    def _named(self, frame: FrameType) -> tuple[str, str, str | None]:
        module = frame.f_globals.get("__name__", "")
        name = f"{module}.{frame.f_code.co_qualname}"
        room = module.partition(".")[0]
        step = next((step for step in self._steps if name == step or name.endswith(f".{step}")), None)
        found = (room if room in ROOMS else "", name, step)
        self._known[frame.f_code] = found
        return found


@contextmanager
def walked(steps: Sequence[str]) -> Iterator[Walk]:
    """What is passed within the block, by all threads that begin in it; to be read behind it."""
    tracer = _Tracer(steps)
    threading.setprofile(tracer)
    sys.setprofile(tracer)
    try:
        yield tracer.walk
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
