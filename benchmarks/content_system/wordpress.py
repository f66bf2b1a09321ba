"""WordPress out of Debian's package, served by Apache and MariaDB of its own, with two weeks of content."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.content_system.clips import write_all, write_pictures
from benchmarks.content_system.markup import Upload, content
from benchmarks.content_system.plan import AUTHORS, PROTECTED, Entry, clips_of, first_week, second_week
from benchmarks.content_system.services import HOST, PLAYER_HOST, apache, free_port, mariadb, require, sql

PACKAGED = Path("/usr/share/wordpress")
ZONE = ZoneInfo("America/New_York")
"""The site's own: what its pages print is not UTC."""
THEMES = ("twentytwentyone", "twentytwentythree")
"""A classic theme and one of blocks."""

_CONFIG = """\
<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{sock}'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('WP_HOME', '{base}'); define('WP_SITEURL', '{base}');
define('DISABLE_WP_CRON', true); define('WP_HTTP_BLOCK_EXTERNAL', true); define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG', false); define('AUTH_KEY', 'a'); define('SECURE_AUTH_KEY', 'b'); define('LOGGED_IN_KEY', 'c');
define('NONCE_KEY', 'd'); define('AUTH_SALT', 'e'); define('SECURE_AUTH_SALT', 'f'); define('LOGGED_IN_SALT', 'g');
define('NONCE_SALT', 'h');
$table_prefix = 'wp_';
if (!defined('ABSPATH')) {{ define('ABSPATH', __DIR__ . '/'); }}
require_once ABSPATH . 'wp-settings.php';
"""
_OPTIONS = {
    "timezone_string": str(ZONE),
    "posts_per_page": 10,
    "posts_per_rss": 10,
    "rss_use_excerpt": 0,
    "blog_public": 1,
    "uploads_use_yearmonth_folders": 1,
}
_PLAYER = '<!doctype html><title>Player</title><video controls><source src="{url}" type="video/mp4"></video>'


def needed() -> None:
    """Raises Missing when the machine lacks what this needs."""
    programs = {"mariadbd": "mariadb-server", "apache2": "apache2", "php": "php-cli"}
    files = {
        "usr/share/wordpress/wp-load.php": "wordpress",
        "usr/lib/apache2/modules/libphp*.so": "libapache2-mod-php",
        "usr/lib/php/*/mysqli.so": "php-mysql",
        "usr/lib/php/*/gd.so": "php-gd",
        "usr/lib/php/*/xml.so": "php-xml",
    } | {f"usr/share/wordpress/wp-content/themes/{theme}/style.css": f"wordpress-theme-{theme}" for theme in THEMES}
    require(programs, files)


@dataclass
class Published:
    """What became of a planned entry. status: publish, private, trash or gone."""

    id: int
    url: str
    title: str
    date: str
    status: str


class WordPress:
    """A running site. entries, files: what was made, by slug and clip; players: pages that play a clip, by its name."""

    name = "wordpress"

    def __init__(self, folder: Path, base: str) -> None:
        self.folder, self.base, self.root = folder, base, folder / "www"
        self.clips = folder / "clips"
        self.port = base.rpartition(":")[2]
        self.entries: dict[str, Published] = {}
        self.files: dict[str, Upload] = {}
        if self._notes.exists():
            said = json.loads(self._notes.read_text("utf-8"))
            self.entries = {slug: Published(**each) for slug, each in said["entries"].items()}
            self.files = {clip: Upload(**each) for clip, each in said["files"].items()}

    @property
    def _notes(self) -> Path:
        return self.folder / "made.json"

    @property
    def feed(self) -> str:
        return f"{self.base}/feed/"

    @property
    def sitemap(self) -> str:
        return f"{self.base}/wp-sitemap.xml"

    @property
    def elsewhere(self) -> str:
        return f"http://{PLAYER_HOST}:{self.port}/embed/elsewhere.html"

    @property
    def elsewhere_media(self) -> str:
        return f"http://{PLAYER_HOST}:{self.port}/elsewhere.mp4"

    def note(self) -> None:
        """Keep what was made, for the next start."""
        said = {"entries": {slug: asdict(each) for slug, each in self.entries.items()}}
        said["files"] = {clip: asdict(each) for clip, each in self.files.items()}
        self._notes.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")

    def ask(self, steps: Sequence[dict[str, Any]]) -> list[Any]:
        """Have WordPress take the steps; what each gave."""
        script = Path(__file__).with_name("content.php")
        command = ["php", "-d", "display_errors=stderr", str(script), str(self.root), f"{HOST}:{self.port}"]
        done = subprocess.run(command, input=json.dumps(steps), capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"WordPress did not do it: {done.stderr[-2000:]}{done.stdout[-500:]}")
        # Whatever else it prints, such as a notice of a deprecation, comes before.
        given: list[Any] = json.loads(done.stdout[done.stdout.rindex("\n[") + 1 :] if "\n[" in done.stdout else done.stdout)
        return given

    def use_theme(self, name: str) -> None:
        # Whole posts on the front page and in archives, as many sites have them: ten videos a page, each with its own byline.
        self.ask([{"do": "theme", "name": name, "mods": {"display_excerpt_or_full_post": "full"}}])

    def upload(self, clip: str, author: int, at: datetime) -> None:
        path = self.clips / f"{clip}.mp4"
        step = {
            "do": "attachment",
            "file": str(path),
            "name": f"{clip}.mp4",
            "title": clip,
            "author": author,
            "month": f"{at:%Y/%m}",
        }
        (given,) = self.ask([{**step, **_dates(at)}])
        self.files[clip] = Upload(given["id"], given["url"], given["path"], given["page"], clip)

    def publish(self, entries: Sequence[Entry], now: datetime) -> None:
        """Upload the clips of the entries and publish those that are not there yet, oldest first."""
        users = self._users()
        for entry in sorted(entries, key=lambda entry: -entry.days):
            if entry.slug not in self.entries:
                self._publish(entry, users[entry.author], now)
                self.note()
        self._write_players(entries)

    def _publish(self, entry: Entry, author: int, now: datetime) -> None:
        at = (now - timedelta(days=entry.days)).replace(microsecond=0)
        for clip in entry.clips:
            if clip not in self.files:
                self.upload(clip, author, min(at, now))
        others = self._pictures(entry, at) | {"elsewhere": self.elsewhere, "lantern": self._url("lantern")}
        fields = {**_fields(entry, author, at), "post_content": content(entry.parts, self.files, others)}
        step = {"do": "post", "fields": fields, "tags": list(entry.tags), "comments": _comments(entry, at)}
        (made,) = self.ask([{**step, "category": entry.category if entry.kind == "post" else None}])
        self.entries[entry.slug] = Published(made["id"], made["url"], entry.title, at.isoformat(), entry.status)

    def _users(self) -> dict[str, int]:
        """WordPress' number of each author."""
        kept = self.folder / "users.json"
        if not self.entries:
            ids = self.ask([{"do": "user", "login": login, "name": name} for login, name in AUTHORS.items()])
            kept.write_text(json.dumps(dict(zip(AUTHORS, ids, strict=True))), encoding="utf-8")
        users: dict[str, int] = json.loads(kept.read_text("utf-8"))
        return users

    def _url(self, slug: str) -> str:
        return self.entries[slug].url if slug in self.entries else ""

    def _pictures(self, entry: Entry, at: datetime) -> dict[str, str]:
        if not any(part.how == "gallery" for part in entry.parts):
            return {}
        found = {}
        for path in write_pictures(self.clips):
            step = {
                "do": "attachment",
                "file": str(path),
                "name": path.name,
                "title": path.stem,
                "author": 1,
                "month": f"{at:%Y/%m}",
            }
            (given,) = self.ask([{**step, **_dates(at)}])
            found[path.stem] = given["url"]
            self.files[path.stem] = Upload(given["id"], given["url"], given["path"], given["page"], path.stem)
        return found

    def _write_players(self, entries: Sequence[Entry]) -> None:
        own = self.root / "player"
        own.mkdir(exist_ok=True)
        for clip in clips_of(entries):
            (own / f"{clip}.html").write_text(_PLAYER.format(url=self.files[clip].url), encoding="utf-8")


@contextmanager
def open_wordpress(folder: Path) -> Iterator[WordPress]:
    """The site in the folder while the context lasts; made with its first week when it is not there yet."""
    needed()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    kept = folder / "port"
    port = int(kept.read_text()) if kept.exists() else free_port(HOST, PLAYER_HOST)
    base = f"http://{HOST}:{port}"
    with mariadb(folder / "db") as sock:
        new = not kept.exists()
        if new:
            _unpack(folder, base, sock)
            sql(sock, "DROP DATABASE IF EXISTS wordpress; CREATE DATABASE wordpress CHARACTER SET utf8mb4")
        with apache(folder / "web", {HOST: folder / "www", PLAYER_HOST: folder / "elsewhere"}, port, php=True):
            site = WordPress(folder, base)
            if new:
                now = datetime.now(UTC)
                site.ask([{"do": "install", "options": _OPTIONS}])
                site.use_theme(THEMES[0])
                write_all(site.clips, clips_of([*first_week(), *second_week()]))
                site.publish(first_week(), now)
                kept.write_text(str(port))
            yield site


def _unpack(folder: Path, base: str, sock: Path) -> None:
    for place in ("www", "elsewhere", "made.json"):
        path = folder / place
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
    shutil.copytree(PACKAGED, folder / "www", ignore=_useless)
    (folder / "www" / "wp-config.php").write_text(_CONFIG.format(base=base, sock=sock), encoding="utf-8")
    other = folder / "elsewhere"
    (other / "embed").mkdir(parents=True)
    write_all(other, ["elsewhere"])
    (other / "embed" / "elsewhere.html").write_text(_PLAYER.format(url="/elsewhere.mp4"), encoding="utf-8")


def _useless(folder: str, names: list[str]) -> list[str]:
    """Links into nothing, and settings of the packaged Apache."""
    return [name for name in names if name == ".htaccess" or not (Path(folder) / name).exists()]


def _dates(at: datetime) -> dict[str, str]:
    return {"date": f"{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}", "date_gmt": f"{at:%Y-%m-%d %H:%M:%S}"}


def _fields(entry: Entry, author: int, at: datetime) -> dict[str, Any]:
    dates = {f"post_{name}": moment for name, moment in _dates(at).items()}
    fields = {"post_title": _typed(entry.title), "post_name": entry.slug, "post_author": author, "post_type": entry.kind}
    status = {"post_status": "publish", "post_password": "friend"} if entry.status == PROTECTED else {"post_status": entry.status}
    return {**fields, **dates, **status}


def _typed(title: str) -> str:
    """A title as somebody types it who wants signs and no markup."""
    return title.replace("<", "&lt;").replace(">", "&gt;")


def _comments(entry: Entry, at: datetime) -> list[dict[str, str]]:
    moments = [at + timedelta(hours=5 + 7 * number) for number in range(entry.comments)]
    return [
        {
            "comment_author": f"Visitor {number}",
            "comment_author_url": "https://visitor.example/",
            "comment_content": f"A comment on {entry.slug}.",
            **{f"comment_{name}": moment for name, moment in _dates(when).items()},
        }
        for number, when in enumerate(moments, 1)
    ]
