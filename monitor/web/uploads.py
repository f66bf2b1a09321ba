"""Forms with files: read in memory alone, bounded in size, number and time, and only for whoever may send them."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from monitor.sent_files import SentFile
from monitor.web.asked import Asked
from monitor.web.upload_seats import UploadsBusy, UploadSeats, UploadTooSlow, in_time
from registry.errors import SemblanceError

LARGEST = 64 << 20
"""Bytes of a form with all its files."""

MOST_FILES = 50
MOST_FIELDS = 60


class UploadRefused(SemblanceError):
    """A form that is more than may be sent at once, or cannot be read."""


@dataclass(frozen=True)
class Form:
    """What was sent. fields: those that are no files. refused: why nothing was read; then there are neither."""

    fields: Mapping[str, str]
    files: tuple[SentFile, ...]
    refused: SemblanceError | None = None

    def field(self, name: str) -> str:
        """What was typed there; "" where nothing was."""
        return self.fields.get(name, "").strip()


@dataclass(frozen=True)
class Uploaded:
    """asked: who sent it, and may. form: what was sent."""

    asked: Asked
    form: Form

    @property
    def files(self) -> tuple[SentFile, ...]:
        return self.form.files

    @property
    def refused(self) -> SemblanceError | None:
        return self.form.refused

    def field(self, name: str) -> str:
        """As Form.field."""
        return self.form.field(name)


async def _uploaded(request: Request) -> AsyncIterator[Uploaded]:
    asked = Asked(request)
    # Whoever may not send it is told before anything of it is read.
    caller = await run_in_threadpool(asked.admitted)
    async with form_of(request, request.app.state.upload_seats, caller.account_id if caller else "") as form:
        yield Uploaded(asked, form)


@asynccontextmanager
async def form_of(request: Request, seats: UploadSeats, whose: str) -> AsyncIterator[Form]:
    """What is sent, in memory until the context ends. seats: one of them is taken so long. whose: the account's or link's."""
    with ExitStack() as held:
        try:
            held.enter_context(seats.one(whose))
            form = await _read(request)
        except (UploadRefused, UploadsBusy, UploadTooSlow) as refused:
            form = Form({}, (), refused)
        yield form


async def _read(request: Request) -> Form:
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said[:20]) > LARGEST:
        raise too_much()
    parser = MultiPartParser(request.headers, _bounded(request), max_files=MOST_FILES, max_fields=MOST_FIELDS)
    # Never in a file on the disk.
    parser.spool_max_size = LARGEST + 1
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError) as error:
        raise UploadRefused(
            "The form cannot be read.", f"Send at most {MOST_FILES} files at once, from the page's own form."
        ) from error
    except ClientDisconnect as error:
        raise UploadTooSlow from error
    held = form.multi_items()
    fields = {key: value for key, value in held if isinstance(value, str)}
    files = [
        SentFile(value.filename, await value.read()) for _, value in held if isinstance(value, UploadFile) and value.filename
    ]
    await form.close()
    return Form(fields, tuple(files))


async def _bounded(request: Request) -> AsyncGenerator[bytes]:
    size = 0
    async for part in in_time(request.stream()):
        size += len(part)
        if size > LARGEST:
            raise too_much()
        yield part


def too_much() -> UploadRefused:
    """What is said of a form of more than LARGEST bytes."""
    return UploadRefused(f"That is more than {LARGEST >> 20} MB at once.", "Send fewer files, or smaller ones.")


Uploading = Annotated[Uploaded, Depends(_uploaded)]
