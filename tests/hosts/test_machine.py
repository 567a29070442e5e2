"""The programs that judge our workbooks see what they are meant to see."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from tests import machine
from tests.machine import AbsentError, Calc, Validator, shared_folder


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("machine") / "sound book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Projects")
        sheet.write_column("A1", [2, 3, "text"])
        # Cached values that are wrong on purpose: what comes back was computed anew.
        sheet.write_formula("B1", "=A1*A2", None, 99)
        sheet.write_formula("B2", "=NA()", None, 99)
        book.add_worksheet("Empty")
    return path


def _with_part(path: Path, part: str, old: bytes, new: bytes) -> Path:
    broken = path.with_name(f"broken-{len(old)}.xlsx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(broken, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == part:
                assert old in content
                content = content.replace(old, new)
            target.writestr(entry, content)
    return broken


def test_libreoffice_computes_every_formula_anew(soffice: Calc, sound: Path) -> None:
    assert soffice.values(sound) == {
        "Projects": {"A1": 2, "A2": 3, "A3": "text", "B1": 6, "B2": "#N/A"},
        "Empty": {},
    }


def test_libreoffice_prints_a_workbook(soffice: Calc, sound: Path) -> None:
    assert soffice.convert(sound, "pdf").read_bytes().startswith(b"%PDF")


def test_workbook_that_libreoffice_cannot_open_fails(soffice: Calc, tmp_path: Path) -> None:
    path = tmp_path / "broken.xlsx"
    path.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(AssertionError, match=r"LibreOffice did not open broken\.xlsx"):
        soffice.values(path)


def test_libreoffice_that_does_not_answer_is_ended(
    soffice: Calc, sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calc = Calc(tmp_path / "libreoffice")
    calc.program = tmp_path / "hangs"
    calc.program.write_text(f"#!/bin/sh\necho $$ >{tmp_path}/pid\nsleep 600\n")
    calc.program.chmod(0o755)
    monkeypatch.setattr(machine, "SECONDS_TO_CONVERT", 1)
    with pytest.raises(
        AssertionError, match=r"did not open sound book\.xlsx: no answer within 1 s"
    ):
        calc.convert(sound, "pdf")
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_validator_passes_a_sound_workbook(validator: Validator, sound: Path) -> None:
    assert validator(sound) == frozenset()


def test_validator_names_the_part_that_is_wrong(validator: Validator, sound: Path) -> None:
    part = "xl/worksheets/sheet1.xml"
    broken = _with_part(sound, part, b"<sheetData>", b"<sheetDatum/><sheetData>")
    findings = validator(broken)
    assert {(finding.part, finding.id) for finding in findings} == {
        (f"/{part}", "Sch_InvalidElementContentExpectingComplex")
    }
    assert validator.new_findings(sound, broken) == findings
    assert validator.new_findings(broken, broken) == frozenset()


def test_file_that_is_no_package_is_not_valid(validator: Validator, tmp_path: Path) -> None:
    path = tmp_path / "text.xlsx"
    path.write_text("no workbook")
    assert [finding.description for finding in validator(path)] == ["File contains corrupted data."]


def test_absent_shared_data_are_named_with_their_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XLPORTFOLIO_SHARED", str(tmp_path))
    with pytest.raises(AbsentError, match="set XLPORTFOLIO_SHARED to them"):
        shared_folder()


def test_absent_validator_is_named_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, validator: Validator
) -> None:
    assert validator.program.is_file()
    monkeypatch.setenv("XLPORTFOLIO_NPM", str(tmp_path))
    with pytest.raises(AbsentError, match=r"run \.ci/install-programs"):
        Validator()
