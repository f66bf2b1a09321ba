"""What a match's score weighs stands beside its error rate wherever that is printed; where it is not known it is said why."""

import pytest
from sqlmodel import select

from reports.match_lines import chosen_lines
from reports.matches import MatchRow
from reports.render.plain import ABOUT_WEIGHT, NO_WEIGHT, about_weight, weight
from reports.render.weekly import weekly_html
from reports.selection import Selection
from tests.support.weekly_place import Workplace, furnish

SAID = weight(64.0, 90.0, ())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    return furnish(tmp_path_factory.mktemp("weights"))


def test_a_match_keeps_its_ratio_with_the_bounds(place: Workplace) -> None:
    kept = {
        (row.modality.value, row.likelihood_ratio, row.ratio_least, row.ratio_most)
        for row in place.session.exec(select(MatchRow))
    }
    assert kept == {("face", 64.0, 0.0034, 90.0), ("artwork", None, None, None)}


def test_lists_say_it_with_both_propositions_or_why_there_is_none(place: Workplace) -> None:
    every = Selection(ids=tuple(row.id for row in place.session.exec(select(MatchRow))))
    said = {line.modality: line.weight for line in chosen_lines(place.session, every)}
    assert said == {"face": SAID, "artwork": NO_WEIGHT}
    assert "shows the subject" in SAID
    assert "shows somebody else" in SAID
    assert "no more than 90 is ever said" in SAID


def test_the_weekly_report_prints_it_and_what_it_means(place: Workplace) -> None:
    page = weekly_html(place.report()).decode()
    assert SAID in page
    assert NO_WEIGHT in page
    assert ABOUT_WEIGHT in page


def test_how_a_ratio_is_read_stands_where_one_is_given_and_nowhere_else() -> None:
    assert about_weight([None, 64.0]) == (ABOUT_WEIGHT,)
    assert about_weight([None, None]) == about_weight([]) == ()
