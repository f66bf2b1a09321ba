"""Forms with files: read in memory alone, bounded, and only for whoever may send them."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from monitor.sent_files import SentFile
from monitor.web.asked import Asked
from registry.errors import SemblanceError

LARGEST = 64 << 20
"""Bytes of a form with all its files."""

MOST_FILES = 50
MOST_FIELDS = 60


class UploadRefused(SemblanceError):
    """A form that is more than may be sent at once, or cannot be read."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


@dataclass(frozen=True)
class Uploaded:
    """fields: those that are no files. refused: why nothing was read; then there are neither."""

    asked: Asked
    fields: Mapping[str, str]
    files: tuple[SentFile, ...]
    refused: UploadRefused | None = None

    def field(self, name: str) -> str:
        """What was typed there; "" where nothing was."""
        return self.fields.get(name, "").strip()


async def _uploaded(request: Request) -> Uploaded:
    asked = Asked(request)
    # Whoever may not send it is told before anything of it is read.
    await run_in_threadpool(asked.admitted)
    try:
        return await _read(asked, request)
    except UploadRefused as refused:
        return Uploaded(asked, {}, (), refused)


async def _read(asked: Asked, request: Request) -> Uploaded:
    said = request.headers.get("content-length", "")
    too_much = UploadRefused(f"That is more than {LARGEST >> 20} MB at once.", "Send fewer files, or smaller ones.")
    if said.isdecimal() and int(said[:20]) > LARGEST:
        raise too_much
    size = 0

    async def stream() -> Any:
        nonlocal size
        async for part in request.stream():
            size += len(part)
            if size > LARGEST:
                raise too_much
            yield part

    parser = MultiPartParser(request.headers, stream(), max_files=MOST_FILES, max_fields=MOST_FIELDS)
    # Never in a file on the disk.
    parser.spool_max_size = LARGEST + 1
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError) as error:
        raise UploadRefused(
            "The form cannot be read.", f"Send at most {MOST_FILES} files at once, from the page's own form."
        ) from error
    held = form.multi_items()
    fields = {key: value for key, value in held if isinstance(value, str)}
    files = [
        SentFile(value.filename, await value.read()) for _, value in held if isinstance(value, UploadFile) and value.filename
    ]
    await form.close()
    return Uploaded(asked, fields, tuple(files))


Uploading = Annotated[Uploaded, Depends(_uploaded)]
