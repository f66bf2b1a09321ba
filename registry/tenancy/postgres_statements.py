"""What an account's statement may be on PostgreSQL, told by its words before the server sees it.

The server keeps the role of an account's statements to its views. What is left is what any role may do there: take another role,
set whose session it is, call what reaches past the database, hold locks. So one statement that reads or writes rows is taken,
which calls functions that compute, and names nothing of the server's own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from registry.tenancy.wall import out_of_reach

READ = "READ"
WRITES = frozenset({"INSERT", "UPDATE", "DELETE"})
_BEGINS = frozenset({"SELECT", "WITH", "VALUES", "("})
_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<given>%\(\w+\)s|%s|%%)"
    r"|(?P<text>'(?:[^']|'')*')"
    r'|(?P<name>"[A-Za-z_][A-Za-z0-9_ ]*")'
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<sign>::|<=|>=|<>|!=|\|\||->>|->|[-+*/%=<>(),.\[\]])"
)
_READ_OTHERWISE = re.compile(r"--|/\*|\*/|[$\\\0]")
"""Comments, texts in dollars and escapes: a quote in one of them is none to the server. Our own statements have none."""

FUNCTIONS = frozenset(
    (  # noqa: SIM905 (a list would have as many lines as words)
        "abs ceil ceiling floor round trunc mod power sqrt sign ln log exp "
        "length char_length octet_length lower upper trim ltrim rtrim btrim replace substr substring strpos left right concat "
        "concat_ws lpad rpad repeat reverse split_part starts_with ascii md5 "
        "coalesce nullif greatest least "
        "count sum avg min max string_agg array_agg bool_and bool_or every json_agg "
        "row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value "
        "json_array_elements_text json_array_elements json_array_length json_typeof json_extract_path_text"
    ).split()
)
_BEFORE_BRACKET = frozenset(
    (  # noqa: SIM905
        "select from where and or not in exists any all some as on using join lateral union intersect except values set by "
        "having over filter within cast case when then else distinct between like ilike is limit offset with returning "
        "materialized partition escape varchar char numeric array"
    ).split()
)
_OF_THE_SERVER = re.compile(r"pg_\w*|information_schema|current_setting|set_config", re.IGNORECASE)
_ELSEWHERE = frozenset({"INTO", "MERGE", "COPY", "CALL", "TABLESAMPLE", "OPERATOR", *WRITES})


@dataclass(frozen=True)
class Statement:
    """kind: READ, or one of WRITES, and then table: what it writes to."""

    kind: str
    table: str = ""


def read_statement(sql: str) -> Statement:
    """What a statement does. Raises AccessRefused for one that an account may not have executed."""
    if type(sql) is not str or _READ_OTHERWISE.search(sql):
        raise out_of_reach()
    tokens = list(_tokens(sql))
    first = tokens[0][1].upper() if tokens else ""
    if first not in _BEGINS and first not in WRITES:
        raise out_of_reach()
    rest = 1 if first in _BEGINS else 3 if first in ("INSERT", "DELETE") else 2
    words = {"INSERT": "INTO", "DELETE": "FROM"}
    if rest == 3 and (len(tokens) < 3 or tokens[1][1].upper() != words[first]):
        raise out_of_reach()
    for place in range(rest, len(tokens)):
        _refuse_token(tokens[place - 1], tokens[place], tokens[place + 1] if place + 1 < len(tokens) else ("", ""))
    if first in _BEGINS:
        return Statement(READ)
    kind, table = tokens[rest - 1] if len(tokens) >= rest else ("", "")
    if kind not in ("word", "name"):
        raise out_of_reach()
    return Statement(first, table.strip('"'))


def _tokens(sql: str) -> Iterator[tuple[str, str]]:
    place = 0
    while place < len(sql):
        found = _TOKEN.match(sql, place)
        # A word before a text makes it one of other rules, with escapes: E'', U&''.
        if found is None or (found["word"] and sql[found.end() : found.end() + 1] in ("'", '"')):
            raise out_of_reach()
        place = found.end()
        if found.lastgroup != "space":
            yield str(found.lastgroup), found.group()


def _refuse_token(before: tuple[str, str], token: tuple[str, str], after: tuple[str, str]) -> None:
    kind, said = token
    if kind not in ("word", "name"):
        return
    name = said.strip('"').lower()
    if _OF_THE_SERVER.fullmatch(name) or (kind == "word" and name.upper() in _ELSEWHERE):
        raise out_of_reach()
    names_itself = before[1].upper() in ("AS", "WITH", "RECURSIVE")
    if after[1] == "(" and not names_itself and not _may_stand_before_bracket(kind, name):
        raise out_of_reach()


def _may_stand_before_bracket(kind: str, name: str) -> bool:
    return name in FUNCTIONS or (kind == "word" and name in _BEFORE_BRACKET)
