"""All laws that are known here, by their ids."""

from collections.abc import Mapping

from reports.notices.laws import (
    california_deceased,
    california_living,
    denmark,
    dmca,
    dsa,
    lanham,
    new_york_deceased,
    new_york_living,
    no_fakes,
    prc,
    prc_person,
    take_it_down,
    tennessee,
)
from reports.notices.laws.base import Law

RIGHTS_OF_PEOPLE: tuple[Law, ...] = (
    california_living.LAW,
    california_deceased.LAW,
    new_york_living.LAW,
    new_york_deceased.LAW,
    tennessee.LAW,
    denmark.LAW,
    no_fakes.LAW,
)
"""Those by which a letter demands that the use of a person ends."""

FALSE_ENDORSEMENT: Law = lanham.LAW

TO_PLATFORMS: tuple[Law, ...] = (dmca.LAW, dsa.LAW, take_it_down.LAW, prc.LAW, prc_person.LAW)
"""Those by which a platform is told what to remove."""

LAWS: Mapping[str, Law] = {law.id: law for law in (*RIGHTS_OF_PEOPLE, FALSE_ENDORSEMENT, *TO_PLATFORMS)}
