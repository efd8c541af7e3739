"""Make raw tables of downloaded reports, by the recipes in exports/files/.

    python exports/convert.py DATA

reads the files in DATA/downloads/<recipe>/ and writes DATA/<table>/<recipe>.csv, for each recipe exports/files/<table>/<recipe>.sql.

A recipe selects from the table `download`, which has one row per row of all its files: `file`, `loaded_at` (when the file was
downloaded, UTC) and `cells`, a map from the name of each column to its text. An empty cell, and Google's `--`, is null. What
stands above the header is left out.
"""

import csv
import io
import json
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path

import duckdb

RECIPES = Path(__file__).parent / "files"
# What identifies a row, what no report may lack, and what to compare with the platform's own figures.
KEYS = {"sessions": "session_id", "conversions": "conversion_id", "campaign_metrics": "metric_date, platform, campaign_id"}
NEEDED = {
    "sessions": ["session_id", "started_at"],
    "conversions": ["conversion_id", "converted_at", "conversion_type", "revenue", "currency"],
    "campaign_metrics": ["metric_date", "platform", "campaign_id", "impressions", "clicks", "spend", "currency"],
}
TOTALS = {
    "sessions": "select count(*) || ' sessions from ' || min(started_at) || ' to ' || max(started_at)",
    "conversions": "select count(*) || ' ' || conversion_type || 's, ' || round(sum(try_cast(revenue as decimal(28, 6))), 2) || ' ' || currency",
    "campaign_metrics": (
        "select min(metric_date) || ' to ' || max(metric_date) || ': ' || sum(try_cast(impressions as bigint)) || ' impressions, '"
        " || sum(try_cast(clicks as bigint)) || ' clicks, ' || round(sum(try_cast(spend as decimal(28, 6))), 2) || ' ' || currency"
    ),
}


def read_rows(file: Path) -> tuple[list[str], list[list[str]]]:
    """The header and the rows of a CSV file in UTF-8 or UTF-16, separated by commas, semicolons or tabs. The header is the first
    row with at least four fields that is no comment (#). Raises ValueError for a file that is none of this."""
    content = file.read_bytes()
    if content[:2] == b"PK":
        raise ValueError("is a workbook of Excel. Download the report as CSV.")
    text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    header, rows = [], []
    for separator in ",;\t":
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
        start = next((number for number, row in enumerate(found) if len(row) >= 4 and not row[0].startswith("#")), None)
        if start is not None and len(found[start]) > len(header):
            header, rows = found[start], found[start + 1 :]
    if not header:
        raise ValueError("has no row with at least four columns. Is it a report as CSV?")
    return [name.strip() for name in header], rows


def load(connection: duckdb.DuckDBPyConnection, files: list[Path]) -> None:
    """Make the table `download` of files."""
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "download.json"
        with lines.open("w", encoding="utf-8") as output:
            for file in files:
                try:
                    header, rows = read_rows(file)
                except (ValueError, csv.Error) as error:
                    raise SystemExit(f"{file}: {error}") from None
                loaded_at = datetime.fromtimestamp(file.stat().st_mtime, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
                for row in rows:
                    # Of two columns of one name the first counts.
                    cells = {name: value.strip() if value.strip() not in ("", "--") else None for name, value in list(zip(header, row))[::-1]}
                    output.write(json.dumps({"file": str(file), "loaded_at": loaded_at, "cells": cells}) + "\n")
        columns = "{file: 'varchar', loaded_at: 'varchar', cells: 'map(varchar, varchar)'}"
        connection.execute(
            f"create or replace table download as from read_json(?, format = 'newline_delimited', columns = {columns})", [str(lines)]
        )


def convert(recipe: Path, files: list[Path], data: Path) -> None:
    """Write the raw table of a recipe, and print its totals. Of a row that several files have the newest file's counts."""
    table = recipe.parent.name
    with duckdb.connect() as connection:
        connection.execute((RECIPES / "macros.sql").read_text(encoding="utf-8"))
        load(connection, files)
        try:
            connection.execute(
                f"create table made as select * from ({recipe.read_text(encoding='utf-8')})"
                f" qualify loaded_at is not distinct from max(loaded_at) over (partition by {KEYS[table]}) order by all"
            )
        except duckdb.Error as error:
            raise SystemExit(f"{recipe.stem}: {str(error).splitlines()[0].removeprefix('Invalid Input Error: ')}") from None
        (counts,) = connection.execute(f"select {', '.join(f'count({name})' for name in NEEDED[table])} from made").fetchall()
        missing = [name for name, count in zip(NEEDED[table], counts) if not count]
        if missing:
            names = connection.execute("select distinct unnest(map_keys(cells)) as name from download order by name").fetchall()
            raise SystemExit(
                f"{recipe.stem}: no row has a value for {', '.join(missing)}. The columns found are: {', '.join(name for (name,) in names)}.\n"
                f"The first lines of {recipe} say which columns the report needs."
            )
        made = data / table / f"{recipe.stem}.csv"
        made.parent.mkdir(parents=True, exist_ok=True)
        connection.table("made").write_csv(str(made), header=True)
        group = {"sessions": "", "conversions": " group by conversion_type, currency order by 1", "campaign_metrics": " group by currency order by 1"}
        for (totals,) in connection.execute(f"{TOTALS[table]} from made{group[table]}").fetchall():
            print(f"{made}: {totals}")


def main(data: Path) -> None:
    """Convert all downloads in a folder."""
    downloads = {recipe: sorted((data / "downloads" / recipe.stem).glob("*.csv")) for recipe in sorted(RECIPES.glob("*/*.sql"))}
    if not any(downloads.values()):
        raise SystemExit(
            f"There is no CSV file to convert. Put each report into its folder:\n"
            f"{', '.join(str(data / 'downloads' / recipe.stem) for recipe in downloads)}."
        )
    for recipe, files in downloads.items():
        if files:
            convert(recipe, files, data)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
