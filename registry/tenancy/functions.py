"""The functions of SQL that an account's statements may call: those that only compute."""

import math
import re

FUNCTIONS = frozenset(
    (  # noqa: SIM905 (a list would have as many lines as words)
        # core
        "abs char coalesce concat concat_ws format glob hex if ifnull iif instr length like likelihood likely lower "
        "ltrim max min nullif octet_length printf quote random randomblob replace round rtrim sign soundex substr substring "
        "trim typeof unhex unicode unlikely upper zeroblob regexp floor "
        # aggregates and windows
        "avg count group_concat string_agg sum total row_number rank dense_rank percent_rank cume_dist ntile lag lead "
        "first_value last_value nth_value "
        # dates
        "date time datetime julianday unixepoch strftime timediff current_date current_time current_timestamp "
        # JSON
        "json json_array json_array_length json_extract -> ->> json_insert json_object json_patch json_remove json_replace "
        "json_set json_type json_valid json_quote json_group_array json_group_object json_error_position "
        # mathematics
        "acos acosh asin asinh atan atan2 atanh ceil ceiling cos cosh degrees exp ln log log10 log2 mod pi pow power radians "
        "sin sinh sqrt tan tanh trunc"
    ).split()
)


def regexp(pattern: str, text: str | None) -> bool | None:
    """As SQLAlchemy gives it to every other connection."""
    return None if text is None else re.search(pattern, text) is not None


def floor(number: float) -> int:
    """As SQLAlchemy gives it to every other connection."""
    return math.floor(number)
