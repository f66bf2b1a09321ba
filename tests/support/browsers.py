"""Which browsers a process has started."""

from pathlib import Path


def is_browser(pid: int) -> bool:
    """Whether that process is a Chromium, living, that pictures pages."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return b"--remote-debugging-pipe" in words and b"semblance-browser-" in words and b"--type=" not in words


def browsers(owner: int) -> set[int]:
    """The browsers that a process has started."""
    children = list(Path(f"/proc/{owner}/task").glob("*/children"))
    found = {int(pid) for place in children if place.exists() for pid in place.read_text().split()}
    return {pid for pid in found if is_browser(pid)}
