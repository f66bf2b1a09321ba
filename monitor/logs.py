"""Logs for machines: a line of JSON for each event, with ids and numbers, and with nobody's name, address or secret.

What a library or a page gives to be logged may hold anything. So a line has the code's own words, in which each value stands that
is a number or an id, and no other; of an error its kind and where it was raised, and not what it says.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from monitor.settings_log import LogFormat, LogSettings

LOG = logging.getLogger("monitor")
_CONTEXT: ContextVar[Mapping[str, str] | None] = ContextVar("logged context", default=None)
_ID = re.compile(r"[0-9a-f]{8,64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LEFT_OUT = "[left out]"
FIELDS = "semblance"
OURS = ("monitor", "reports", "crawler", "matcher", "registry", "isolation")
"""Whose words are the code's own. Libraries put what they were given into theirs."""
_DIRECTIVE = re.compile(r"%(?:%|(?:\((\w+)\))?[-#0 +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[a-zA-Z])")


def set_up(settings: LogSettings) -> bool:
    """Have this process log as the settings say; whether that is for machines."""
    if settings.format is not LogFormat.JSON:
        return False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(level=settings.level.upper(), handlers=[handler], force=True)
    return True


@contextmanager
def logged_with(**ids: str) -> Iterator[None]:
    """What is logged within has these ids, too: what is being done, for which account, in which run."""
    token = _CONTEXT.set({**(_CONTEXT.get() or {}), **ids})
    try:
        yield
    finally:
        _CONTEXT.reset(token)


def remember(**ids: str) -> None:
    """The same until this process ends: what the one command is that it does."""
    _CONTEXT.set({**(_CONTEXT.get() or {}), **ids})


def event(what: str, **values: int | float | str) -> None:
    """Log that something of ours happened. values: numbers and ids."""
    LOG.info(what, extra={FIELDS: values})


def failed(error: BaseException, code: int) -> None:
    """Log that a command ended by an error: its kind and the exit code."""
    LOG.error("a command failed", extra={FIELDS: {"exit_code": code}}, exc_info=error)


class Lines(logging.Formatter):
    """A record as a line of JSON. for_machines: by which the command line knows that its standard error is for them."""

    for_machines = True

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _words(record),
            **(_CONTEXT.get() or {}),
            **{name: _safe(value) for name, value in getattr(record, FIELDS, {}).items()},
        }
        if record.exc_info and record.exc_info[1] is not None:
            told["error"], told["where"] = _error(record.exc_info[1])
        return json.dumps(told, ensure_ascii=True)


def _words(record: logging.LogRecord) -> str:
    """The message with what is harmless put in."""
    if not isinstance(record.msg, str) or record.name.partition(".")[0] not in OURS:
        return LEFT_OUT
    args = record.args
    if isinstance(args, Mapping):
        return _DIRECTIVE.sub(lambda found: str(_safe(args.get(found[1]))) if found[1] else "%", record.msg)
    left = iter(args or ())
    return _DIRECTIVE.sub(lambda found: "%" if found[0] == "%%" else str(_safe(next(left, None))), record.msg)


def _safe(value: object) -> object:
    if isinstance(value, bool | int | float):
        return value
    return value if isinstance(value, str) and _ID.fullmatch(value) else LEFT_OUT


def _error(error: BaseException) -> tuple[str, list[str]]:
    """Its kind, and the functions of ours it came through."""
    frames = traceback.extract_tb(error.__traceback__)
    return type(error).__name__, [f"{frame.name}:{frame.lineno}" for frame in frames][-8:]
