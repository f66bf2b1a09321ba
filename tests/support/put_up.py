""""""

from pathlib import Path

from tests.support.loopback_site import Site

CONSIDERED = ("--fair-use-by", "C. Ounsel", "--fair-use-on", "2026-11-01", "--fair-use-reason", "No comment, no parody.")


def put_up(site: Site, *videos: Path) -> None:
    links = []
    for video in videos:
        site.file(f"/media/{video.name}", video.read_bytes())
        site.page(f"/watch/{video.stem}", f'<html><body><video src="/media/{video.name}"></video></body></html>')
        links.append(f'<a href="/watch/{video.stem}">{video.stem}</a>')
    site.page("/", f"<html><body>{' '.join(links)}</body></html>")
