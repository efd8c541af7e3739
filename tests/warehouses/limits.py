"""Limits from the documentation of each warehouse that no emulator notices. `broken` names the limits that a statement breaks."""

import re

import sqlglot
from sqlglot import exp

# Functions that are documented for the warehouse under this name and with these arguments. A new one is looked up there first.
EVERYWHERE = set(
    "abs cast chr coalesce count dense_rank greatest lag lead least length ln lower max min mod nullif power rank regexp_replace replace"
    " round row_number sqrt substr sum trim upper".split()
)
FUNCTIONS = {
    "bigquery": EVERYWHERE
    | set(
        "array_agg current_timestamp date date_add regexp_contains regexp_extract safe_cast string_agg strpos timestamp_add timestamp_trunc"
        " to_json_string offset options".split()
    ),
    "snowflake": EVERYWHERE
    | set(
        "array_agg convert_timezone date_trunc dateadd listagg object_construct_keep_null position regexp_instr regexp_like regexp_substr"
        " to_json try_cast".split()
    ),
    "redshift": EVERYWHERE
    | set(
        "convert_timezone date_trunc dateadd datediff json_serialize listagg lpad object position regexp_instr regexp_substr split_part try_cast".split()
    ),
    "databricks": EVERYWHERE
    | set(
        "array_join array_sort collect_list current_timezone date_trunc from_utc_timestamp map max_by min_by position regexp_extract struct"
        " timestampadd to_json transform try_cast xxhash64".split()
    ),
}
KEYWORDS = set("and as by from group in not on or over select tblproperties then values when where with rlike numeric varchar all distinct else".split())
# Type names that a cast or a table may use. On BigQuery without parameters: the documentation of CAST knows none.
TYPES = {
    "bigquery": r"string|int64|bigint|integer|float64|numeric|bignumeric|bool|date|timestamp",
    "snowflake": r"text|varchar|bigint|integer|double precision|numeric\(\d+, \d+\)|boolean|date|timestamp",
    "redshift": r"varchar\(\d+\)|bigint|integer|double precision|numeric\(\d+, \d+\)|boolean|date|timestamp",
    "databricks": r"string|bigint|integer|int|double|numeric\(\d+, \d+\)|boolean|date|timestamp",
}
# A name that is reserved must not be a column, a table or an alias.
RESERVED = {
    "bigquery": "all and any array as asc at between by case cast collate create cross cube current default define desc distinct else end enum escape"
    " except exclude exists extract false fetch following for from full group grouping groups hash having if ignore in inner intersect interval into is"
    " join lateral left like limit lookup merge natural new no not null nulls of on or order outer over partition preceding proto qualify range"
    " recursive respect right rollup rows select set some struct tablesample then to treat true unbounded union unnest using when where window with within",
    "snowflake": "account all alter and any as between by case cast check column connect connection constraint create cross current current_date"
    " current_time current_timestamp current_user database delete distinct drop else exists false following for from full grant group gscluster having"
    " ilike in increment inner insert intersect into is issue join lateral left like localtime localtimestamp minus natural not null of on or order"
    " organization qualify regexp revoke right rlike row rows sample schema select set some start table tablesample then to trigger true try_cast union"
    " unique update using values view when whenever where with",
    "redshift": "aes128 aes256 all allowoverwrite analyse analyze and any array as asc authorization az64 backup between binary both bzip2 case cast check"
    " collate column constraint create cross current_date current_time current_timestamp current_user default deferrable deflate defrag delta desc disable"
    " distinct do else enable encode encrypt encryption end except explicit false for foreign freeze from full grant group gzip having identity ignore ilike"
    " in initially inner intersect interval into is isnull join leading left like limit localtime localtimestamp lun luns lzo lzop minus natural new not"
    " notnull null nulls off offline offset oid old on only open or order outer overlaps parallel partition percent permissions pivot placing primary raw"
    " readratio recover references rejectlog resort respect restore right select session_user similar snapshot some sysdate system table tag tdes then"
    " timestamp to top trailing true truncatecolumns union unique unnest unpivot user using verbose wallet when where with without",
    "databricks": "anti cross except full inner intersect join lateral left minus natural on right semi union using",
}
NAME_LENGTHS = {"bigquery": 300, "snowflake": 255, "redshift": 127, "databricks": 255}
STATEMENT_LENGTHS = {"bigquery": 1_000_000, "snowflake": 1_000_000, "redshift": 16_000_000, "databricks": 16_000_000}
TRANSACTION = (r"^\s*(begin|commit|rollback|start transaction)\b", "a transaction, which this adapter does not keep over several statements")
# Patterns in what is left of a statement without its comments and texts, and why the warehouse refuses them.
RULES = {
    "bigquery": [
        TRANSACTION,
        (r"\bunion(?!\s+(all|distinct)\b)", "union needs all or distinct"),
        (r"\blike\s+''\s+escape\b", "like has no escape"),
        (r"''''", "a quote in a text is \\'"),
        (r"\bat\s+time\s+zone\b", "at time zone is only for extract and format"),
        (r"::", "there is no :: cast"),
    ],
    "snowflake": [
        (r"\btry_cast\s*\(\s*(?!cast\s*\()", "try_cast takes a text only"),
        (r"\btrim\s*\(\s*both\b", "trim takes its characters as an argument"),
        (r"\)\s*~\s|\w\s+~\s", "there is no operator ~"),
    ],
    "redshift": [
        TRANSACTION,
        (r"\bis\s+(not\s+)?distinct\s+from\b", "there is no is distinct from"),
        (r"\bfilter\s*\(\s*where\b", "an aggregate has no filter"),
        (r"\blateral\b|\bgenerate_series\b", "tables are not made on the compute nodes"),
        (r"\bcollate\b", "there is no such collation"),
        (r"~(?!\s*''(\s*\)|$))", "the pattern of ~ must be a literal"),
    ],
    "databricks": [TRANSACTION],
}
# Regular expressions, as texts after the functions that take one.
PATTERNS = re.compile(r"(?:\brlike\s*\(|~|\bregexp_\w+\s*\((?:[^()']|\([^()]*\))*,)\s*r?'((?:[^'\\]|''|\\.)*)'", re.IGNORECASE)
REGEX_RULES = {
    "bigquery": (r"\(\?[=!<]|\\[1-9]", "RE2 has no look-around and no back references"),
    "snowflake": (r"\(\?", "groups of other kinds are unknown"),
    "redshift": (r"\(\?|\\\\?[dwsDWS1-9]", "POSIX knows only plain groups and classes"),
    "databricks": (r"\[\[:", "Java has no POSIX classes"),
}
NO_SQL = r"/\*.*?\*/|--[^\n]*|`[^`]*`|\"[^\"]*\"|"
TEXTS = re.compile(NO_SQL + r"\$\w*\$.*?\$\w*\$|'(?:[^'\\]|''|\\.)*'", re.DOTALL)
BIGQUERY_TEXTS = re.compile(NO_SQL + r"'''(?:[^\\]|\\.)*?'''|'(?:[^'\\]|\\.)*'", re.DOTALL)


def texts_of(engine: str) -> re.Pattern:
    return BIGQUERY_TEXTS if engine == "bigquery" else TEXTS


def plain(engine: str, sql: str) -> str:
    """Without comments; each text is '', and each quoted name is a name."""

    def replacement(found: re.Match) -> str:
        return " " if found[0].startswith(("/*", "--")) else "quoted" if found[0][0] in '`"' else "''"

    return texts_of(engine).sub(replacement, sql)


def broken(engine: str, sql: str) -> list[str]:
    """Each limit that the statement breaks, in words."""
    text = plain(engine, sql).lower()
    words = re.findall(r"[\w.]+|[^\s\w]", text)
    found = [reason for pattern, reason in RULES[engine] if re.search(pattern, text)]
    found += [f"{name}() is not in the list of documented functions" for name in sorted(called(words) - FUNCTIONS[engine] - KEYWORDS)]
    found += [f"there is no type {kind}" for kind in cast_types(words) if not re.fullmatch(TYPES[engine], kind)]
    aliases = {word for before, word, after in zip(words, words[1:], words[2:]) if before == "as" and after in (",", "from", "on", "where", "inner", "left")}
    found += [f"the name {name} is reserved" for name in sorted(aliases & set(RESERVED[engine].split()))]
    found += [f"the name {name} is too long" for name in set(words) if len(name.split(".")[-1]) > NAME_LENGTHS[engine]]
    pattern, reason = REGEX_RULES[engine]
    found += [f"{reason}: {expression}" for expression in PATTERNS.findall(sql) if re.search(pattern, expression)]
    if len(sql.encode()) > STATEMENT_LENGTHS[engine]:
        found.append("the statement is too long")
    if engine == "bigquery":
        found += ["a text ends on another line" for text in BIGQUERY_TEXTS.findall(sql) if re.match(r"'(?!'').*\n", text)]
        found += outer_joins_without_equality(sql)
    return found


def called(words: list[str]) -> set[str]:
    """Names that are called like functions. A list of columns after the name of a table is no call."""
    behind = {"into", "table", "view", "exists", "as", "overwrite"}
    return {name for before, name, after in zip(words, words[1:], words[2:]) if after == "(" and re.fullmatch(r"[a-z_]\w*", name) and before not in behind}


def cast_types(words: list[str]) -> list[str]:
    """The types to which something is cast."""
    types = []
    for start, word in enumerate(words):
        if word in ("cast", "safe_cast", "try_cast") and words[start + 1] == "(":
            depth, kind = 0, None
            for word in words[start + 1 :]:
                depth += (word == "(") - (word == ")")
                if depth == 0:
                    break
                if depth == 1 and word == "as":
                    kind = []
                elif kind is not None:
                    kind.append(word)
            types.append(re.sub(r" ?([(),]) ?", r"\1", " ".join(kind or [])).replace(",", ", "))
    return types


def outer_joins_without_equality(sql: str) -> list[str]:
    """BigQuery joins the rows without a partner only where columns of both sides must be equal."""
    if not re.search(r"\b(left|full|right)\b", sql, re.IGNORECASE):
        return []
    joins = [join for statement in sqlglot.parse(sql, read="bigquery") if statement for join in statement.find_all(exp.Join) if join.side]
    return [f"an outer join without an equality: {join.sql('bigquery')}" for join in joins if not (join.args.get("on") and join.args["on"].find(exp.EQ))]
