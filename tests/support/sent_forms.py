"""Forms with files, as browsers send them."""

from collections.abc import Iterable, Mapping

BOUNDARY = "a-boundary-of-tests"
KIND = f"multipart/form-data; boundary={BOUNDARY}"


def multipart(fields: Mapping[str, str], files: Iterable[tuple[str, str, bytes]]) -> bytes:
    """The body. files: field, name, content."""
    parts = [_head(f'name="{name}"') + value.encode() for name, value in fields.items()]
    for field, name, content in files:
        parts.append(_head(f'name="{field}"; filename="{name}"\r\nContent-Type: application/octet-stream') + content)
    return b"\r\n".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


def _head(said: str) -> bytes:
    return f"--{BOUNDARY}\r\nContent-Disposition: form-data; {said}\r\n\r\n".encode()
