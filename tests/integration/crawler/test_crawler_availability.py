"""Is a captured video still there? What looks at its addresses find, in words that a letter may rest on."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from crawler.availability import Address, Change, Look, LookOutcome, State, change, judged
from crawler.types import TakenBy
from crawler.videos import Video
from tests.support.loopback_site import Answer
from tests.support.watched_video import AT, OTHER, VIDEO, Watch


def test_what_was_only_captured_was_not_looked_at_since(watch: Watch) -> None:
    assert watch.first().state is State.NOT_LOOKED
    assert watch.look().unchanged
    assert (watch.first().state, watch.first().at) == (State.SEEN, watch.at)
    assert watch.pages() == {watch.page: (LookOutcome.SEEN, "")}


def test_a_removed_file_is_gone_and_then_back(watch: Watch) -> None:
    kept = watch.site.routes.pop("/media/clip.mp4")
    outcome = watch.look()
    assert outcome.change is Change.GONE
    seen = watch.first()
    assert (seen.state, seen.since, seen.last_seen_at) == (State.GONE, watch.at, AT + timedelta(hours=1))
    assert "answered 404" in seen.why
    assert watch.look().change is None  # gone already; nothing new to tell
    assert watch.first().since == seen.since
    watch.site.routes["/media/clip.mp4"] = kept
    assert watch.look().change is Change.BACK
    assert watch.first().state is State.SEEN


def test_other_bytes_in_its_place_are_captured_and_the_first_ones_are_replaced(watch: Watch) -> None:
    watch.site.file("/media/clip.mp4", OTHER)
    outcome = watch.look()
    assert (outcome.new, outcome.change) == (True, Change.REPLACED)
    assert watch.first().state is State.REPLACED
    # The look after finds the other bytes unchanged: for the first ones that means the same as before.
    assert watch.look().change is None
    assert watch.first().state is State.REPLACED
    watch.site.file("/media/clip.mp4", VIDEO)
    assert watch.look().change is Change.REPLACED
    assert watch.first().state is State.SEEN


@pytest.mark.parametrize(
    ("answer", "state", "why"),
    [
        (Answer(status=503), State.UNREACHABLE, "answered 503"),
        (Answer(status=403), State.UNREACHABLE, "answered 403"),
        (Answer(status=410), State.GONE, "answered 410"),
        (Answer(b"<html><h1>Page not found</h1></html>"), State.GONE, "is no video but a web page"),
        (Answer(b'<html><form><input type="password"></form></html>'), State.UNREACHABLE, "it wants a login"),
        (Answer(b"<html>" + b" " * 5000 + b'<div class="g-recaptcha">'), State.UNREACHABLE, "captcha"),
        (Answer(b"", "video/mp4"), State.UNREACHABLE, "is empty"),
        (Answer(b"<html><h1>Down for maintenance</h1></html>"), State.UNREACHABLE, "is no video but a web page"),
        (Answer(b'{"error": "try again"}', "application/json"), State.UNREACHABLE, "is no video but JSON data"),
        (Answer(status=302, headers={"Location": "/"}), State.GONE, "is no video but a web page"),
    ],
)
def test_only_a_clear_answer_means_that_a_video_is_gone(watch: Watch, answer: Answer, state: State, why: str) -> None:
    watch.site.page("/", "<html><h1>Welcome</h1></html>")
    watch.site.routes["/media/clip.mp4"] = answer
    watch.look()
    assert watch.first().state is state
    assert why in watch.first().why


def test_what_we_have_no_tool_for_is_not_gone(watch: Watch) -> None:
    with Session(watch.engine) as session:
        video = session.get_one(Video, watch.video)
        video.via = TakenBy.YTDLP
        session.add(video)
        session.commit()
    watch.look()
    assert watch.first().state is State.UNREACHABLE


def test_trouble_in_between_is_no_change(watch: Watch) -> None:
    kept = watch.site.routes["/media/clip.mp4"]
    for answer, told in ((Answer(status=503), None), (kept, None), (Answer(status=404), Change.GONE), (Answer(status=500), None)):
        watch.site.routes["/media/clip.mp4"] = answer
        assert watch.look().change is told
    watch.site.routes["/media/clip.mp4"] = kept
    assert watch.look().change is Change.BACK


def test_a_site_that_ignores_conditions_is_not_read_to_the_end(watch: Watch) -> None:
    size = len(VIDEO)
    watch.site.routes["/media/clip.mp4"] = Answer(OTHER[:size], "video/mp4", headers={"ETag": '"1"'})
    watch.look()
    taken = watch.first().state
    watch.site.routes["/media/clip.mp4"] = Answer(b"x" * 10, "video/mp4", headers={"ETag": '"1"'}, length=size)
    # Ten bytes of what would be another video are never asked for: the site vouches for what it sent before.
    assert watch.look().unchanged
    assert taken is State.REPLACED


digests = st.sampled_from(["a" * 64, "b" * 64])


def test_a_report_of_the_past_names_no_look_that_was_not_made() -> None:
    """Looks that gave the same are one row, from the first to the last; those in between are only counted."""
    day = timedelta(days=1)
    seen = {"video_id": "v", "address": Address.MEDIA, "url": "u", "outcome": LookOutcome.SEEN, "media_sha256": "a" * 64}
    looks = [Look(**seen, first_at=AT + day, at=AT + 30 * day, looks=2)]
    then = judged(looks, "a" * 64, AT, AT + 7 * day)
    assert (then.state, then.at, then.last_seen_at) == (State.SEEN, AT + day, AT + day)
    # The capture itself may be the first of them.
    looks = [Look(**seen, first_at=AT, at=AT + 30 * day, looks=3)]
    then = judged(looks, "a" * 64, AT, AT + 7 * day)
    assert (then.state, then.at) == (State.SEEN, AT)


answers = st.one_of(digests, st.sampled_from([LookOutcome.GONE, LookOutcome.UNREACHABLE]))


@given(st.lists(answers, max_size=12))
def test_what_is_said_of_bytes_is_what_the_last_look_saw(answered: list[str]) -> None:
    looks: list[Look] = []
    for hour, answer in enumerate(answered, 1):
        seen = answer not in list(LookOutcome)
        look = Look(
            video_id="v",
            address=Address.MEDIA,
            url="u",
            outcome=LookOutcome.SEEN if seen else LookOutcome(answer),
            media_sha256=answer if seen else None,
            first_at=AT + timedelta(hours=hour),
            at=AT + timedelta(hours=hour),
        )
        told = change(looks, look)
        assert told is None or look.outcome is not LookOutcome.UNREACHABLE
        looks.append(look)
    found = judged(looks, "a" * 64, AT)
    expected = {
        None: State.NOT_LOOKED,
        "a" * 64: State.SEEN,
        "b" * 64: State.REPLACED,
        LookOutcome.GONE: State.GONE,
        LookOutcome.UNREACHABLE: State.UNREACHABLE,
    }
    assert found.state is expected[answered[-1] if answered else None]
    if found.state is State.SEEN:
        assert found.last_seen_at == looks[-1].at
    # As of an earlier moment it says what was true then.
    then = judged(looks, "a" * 64, AT, AT + timedelta(hours=len(answered) // 2))
    earlier = answered[: len(answered) // 2]
    assert then.state is expected[earlier[-1] if earlier else None]
