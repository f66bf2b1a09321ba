"""Each party is kept to its own: by rules that say whose rows are whose (rules), and by a wall in each account's connection.

rules are SQL conditions. wall makes the connection of an account one that sees, and writes, what they allow, whatever the
statement. session is what an account is given. questions are the few that concern everybody's rows.
"""

from registry.tenancy.gate import by_way_of
from registry.tenancy.questions import Question, ask, declare, first_column, nothing, whether_any
from registry.tenancy.rules import MAY_WRITE, RULES, SHOWN_AS, Nobody, Public, Rule
from registry.tenancy.session import AccountSession, caller_of, logged, may_write, refuse_accounts, refuse_readers

__all__ = [
    "MAY_WRITE",
    "RULES",
    "SHOWN_AS",
    "AccountSession",
    "Nobody",
    "Public",
    "Question",
    "Rule",
    "ask",
    "by_way_of",
    "caller_of",
    "declare",
    "first_column",
    "logged",
    "may_write",
    "nothing",
    "refuse_accounts",
    "refuse_readers",
    "whether_any",
]
