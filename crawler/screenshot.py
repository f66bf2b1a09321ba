"""A picture of a page as a browser shows it, where Chromium is installed. The browser reaches the web only through the guard."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from crawler.fetch.proxy import ProxyLimits, guarded_proxy
from crawler.guard import GuardPolicy
from crawler.manners import user_agent

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_SECONDS = 40.0
_BYTES = 200 << 20
_SETTLE_MILLISECONDS = 5_000
_NOBODY = 65_534
_OPTIONS = (
    *("--headless=new", "--disable-gpu", "--hide-scrollbars", "--window-size=1280,1600", "--no-first-run", "--mute-audio"),
    *("--disable-extensions", "--disable-sync", "--disable-background-networking", "--disable-component-update"),
    # Loopback too goes through the proxy, and nothing goes around it.
    *("--proxy-bypass-list=<-loopback>", "--force-webrtc-ip-handling-policy=disable_non_proxied_udp", "--disable-quic"),
    *("--disable-dev-shm-usage", f"--virtual-time-budget={_SETTLE_MILLISECONDS}"),
)


@dataclass(frozen=True)
class Screenshot:
    """png: the picture; None when there is none, with the reason in why. refused: what the page wanted and did not get."""

    png: bytes | None = None
    why: str = ""
    refused: tuple[str, ...] = ()


def browser() -> str | None:
    """The Chromium of this machine, if there is one."""
    return next((path for name in _BROWSERS if (path := shutil.which(name))), None)


def take_screenshot(url: str, policy: GuardPolicy, contact: str = "") -> Screenshot:
    """The top of the page at url, 1280 by 1600 pixels. Raises nothing: a page without a picture is still captured."""
    program = browser()
    if program is None:
        return Screenshot(why="Chromium is not installed.")
    with (
        tempfile.TemporaryDirectory(prefix="semblance-page-", ignore_cleanup_errors=True) as name,
        guarded_proxy(policy, ProxyLimits(_BYTES, _SECONDS)) as proxy,
    ):
        folder = Path(name)
        picture = folder / "page.png"
        command = [
            *(program, *_OPTIONS, f"--proxy-server={proxy.url}", f"--user-data-dir={folder / 'profile'}"),
            *(f"--user-agent={user_agent(contact)}", f"--screenshot={picture}", url),
        ]
        # Chromium's sandbox does not serve root, and a stranger's page is not opened without it.
        servant = _NOBODY if os.geteuid() == 0 else None
        if servant is not None:
            os.chown(folder, _NOBODY, _NOBODY)
        try:
            subprocess.run(  # noqa: S603
                command,
                cwd=folder,
                env={"PATH": os.defpath, "HOME": name},
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=_SECONDS,
                check=True,
                user=servant,
                group=servant,
            )
            return Screenshot(picture.read_bytes(), refused=tuple(proxy.refusals[:20]))
        except subprocess.TimeoutExpired:
            why = f"Chromium did not finish within {_SECONDS:.0f} seconds."
        except (subprocess.CalledProcessError, OSError) as error:
            why = f"Chromium did not picture the page ({type(error).__name__})."
        return Screenshot(why=why, refused=tuple(proxy.refusals[:20]))
