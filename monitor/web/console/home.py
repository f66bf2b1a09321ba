"""The overview: what waits for whom, and in an empty workspace what to do first."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from monitor.web.asked import Asking
from monitor.web.console.pages import page
from reports.matches import MatchStatus
from reports.overview import Overview, overview

routes = APIRouter()


@dataclass(frozen=True)
class Step:
    """One step of setting a workspace up. command: what whoever runs the machine types; done: whether it was."""

    what: str
    why: str
    command: str
    done: bool


def steps_of(found: Overview) -> tuple[Step, ...]:
    """What leads from an empty workspace to the first match, in order."""
    return (
        Step(
            "Add the party that holds the rights",
            "A studio, a union, an agency, an estate or a performer. Everything else belongs to one.",
            'semblance party add "Our Studio" --kind studio',
            found.parties,
        ),
        Step(
            "Add whom or what to protect",
            "A person, a character or a mark, by the name that reports and letters will use.",
            'semblance subject add "Our Mascot" --party "Our Studio" --kind character',
            found.subjects > 0,
        ),
        Step(
            "Enrol reference pictures",
            "A few good ones each. They are kept sealed, and you are told where one is too poor to serve.",
            'semblance reference add "Our Mascot" front.png',
            found.references,
        ),
        Step(
            "Say by what right the party acts",
            "Nothing is looked for without a mandate that holds. For a work of one's own a declaration is enough.",
            'semblance mandate declare "Our Mascot" --verified-by "Your Name"',
            found.mandates,
        ),
        Step(
            "Name the places to watch",
            "A feed, a sitemap, a site or a channel.",
            "semblance source add NAME https://example.com/videos.rss --kind feed",
            found.sources > 0,
        ),
        Step(
            "Look for the first time",
            "What is found is captured and compared; what may be yours then waits in the queue.",
            "semblance run --once",
            found.captures,
        ),
    )


@routes.get("/", name="home")
def home(asked: Asking) -> Response:
    """The first page."""
    with asked.acting() as workspace, workspace.session() as session:
        found = overview(session)
    steps = steps_of(found)
    return page(
        "home.html",
        asked.who,
        here="home",
        title="Overview",
        found=found,
        waiting=found.matches[MatchStatus.PENDING],
        steps=steps if not all(step.done for step in steps) else (),
        next_step=next((step for step in steps if not step.done), None),
    )
