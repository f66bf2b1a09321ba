"""Whether the logs that only grow are whole: that of writes, and the chain of custody."""

from dataclasses import dataclass

from sqlmodel import Session

from crawler.custody import chain_verdict
from registry.audit import verify_audit
from registry.chain import ChainVerdict
from registry.tenancy import caller_of


@dataclass(frozen=True)
class Chains:
    """own: whether it is told to an account of a party, which is told of its own entries alone."""

    audit: ChainVerdict
    custody: ChainVerdict
    own: bool

    @property
    def whole(self) -> bool:
        """Whether no entry of either was changed or cut off."""
        return self.audit.ok and self.custody.ok

    @property
    def set_back(self) -> bool:
        """Whether the clock was set back between two entries of either."""
        return bool(self.audit.set_back or self.custody.set_back)


def verify_chains(session: Session, audit_head: str | None = None, custody_head: str | None = None) -> Chains:
    """Both logs, entry by entry. Heads: digests that were noted earlier, and must still be there; see Chain.verify."""
    caller = caller_of(session)
    own = caller is not None and caller.party_id is not None
    return Chains(verify_audit(session, audit_head), chain_verdict(session, custody_head), own)
