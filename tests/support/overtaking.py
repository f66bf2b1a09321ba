"""Taking over what a run is at, as another does to whom it seems gone."""

from sqlalchemy import Engine
from sqlmodel import Session, select

from monitor.drivers import STEP
from registry.claims import Claim, Claimed, Wanted, claim, finish
from registry.db import now


def take_over(engine: Engine, step: str) -> Claimed:
    """Have a step that somebody has, whose lease is said to be over."""
    with Session(engine) as session:
        holders = set(session.exec(select(Claim.holder).where(Claim.kind == STEP, Claim.key == step)))
        (claimed,) = claim(session, STEP, [step], Wanted("another", 40.0, gone=holders, endless=True), 1, now())
        session.commit()
    return claimed


def end(engine: Engine, claimed: Claimed) -> None:
    """Whoever took it over is done."""
    with Session(engine) as session:
        finish(session, claimed)
        session.commit()
