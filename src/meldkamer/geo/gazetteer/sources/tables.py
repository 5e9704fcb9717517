"""CSV as it comes: comma, semicolon or tab, with or without a byte order mark, header in any case and language."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from meldkamer.geo.gazetteer.import_run import SourceError

MOST_FIELD = 20_000
Fields = Mapping[str, str]


class CsvTable:
    """A CSV file with a header. names: our field -> the headers under which it may stand."""

    def __init__(self, path: Path, names: Mapping[str, tuple[str, ...]], needed: tuple[str, ...]) -> None:
        self.path = path
        header, self._delimiter = self._head()
        self._at = {
            ours: header.index(found)
            for ours, theirs in names.items()
            if (found := next((name for name in theirs if name in header), None)) is not None
        }
        if missing := [name for name in needed if name not in self._at]:
            wanted = "; ".join(f"{name} ({' or '.join(names[name])})" for name in missing)
            raise SourceError(f"{path.name}: the header has no {wanted}")

    def has(self, name: str) -> bool:
        """Whether the file has the field."""
        return name in self._at

    def rows(self) -> Iterator[tuple[int, Fields]]:
        """Line number in the file and fields; a short line gives empty texts."""
        with self.path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
            reader = csv.reader(file, delimiter=self._delimiter)
            next(reader)
            for values in reader:
                if values:
                    given = {n: values[i].strip()[:MOST_FIELD] if i < len(values) else "" for n, i in self._at.items()}
                    yield reader.line_num, given

    def _head(self) -> tuple[list[str], str]:
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                first = file.readline(MOST_FIELD)
        except (OSError, UnicodeDecodeError) as error:
            raise SourceError(f"{self.path.name} is not a CSV file in UTF-8: {error}") from error
        if "\0" in first or not first.strip():
            raise SourceError(f"{self.path.name} is not a CSV file with a header")
        delimiter = max(",;\t", key=first.count)
        return [name.strip().casefold() for name in next(csv.reader([first], delimiter=delimiter))], delimiter
