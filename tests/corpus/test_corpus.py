"""The corpus keeps its word: what index.json says stands in the workbooks."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries

from tests.corpus import write_corpus


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("corpus")
    write_corpus(where)
    return where


def test_every_expected_header_stands_in_its_cell_inside_its_range(folder: Path) -> None:
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    books = {e["workbook"]: load_workbook(folder / e["workbook"]) for e in index}
    for e in index:
        sheet = books[e["workbook"]][e["sheet"]]
        left, top, right, bottom = range_boundaries(e["range"])
        for key, words in e["fields"].items():
            cells = e["cells"][key]
            texts = []
            for address in cells:
                cell = sheet[address]
                assert left <= cell.column <= right and top <= cell.row <= bottom, (e, address)
                value = cell.value
                texts.append(f"{value:%Y-%m-%d}" if isinstance(value, datetime) else value)
            leaves = [w.split(" > ")[-1] for w in words]
            assert {str(t) for t in texts if t is not None} == set(leaves) - {""}, (e, key)


def test_the_rows_counted_fit_between_the_headers_and_the_end_of_the_range(folder: Path) -> None:
    for e in json.loads((folder / "index.json").read_text(encoding="utf-8")):
        left, top, right, bottom = range_boundaries(e["range"])
        if e["orientation"] == "rows":
            body = bottom - top + 1 - e["header_rows"] - e["description_rows"]
        else:
            body = right - left + 1 - e["header_rows"]
        assert 1 <= e["rows"] <= body, e


def test_writing_twice_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_corpus(tmp_path)
    for path in sorted(folder.iterdir()):
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name
