"""The workbooks that travel with the product: built alike everywhere, and what they promise."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from tests.machine import Calc, Validator
from xlportfolio.records import TABLES

CHECKOUT = Path(__file__).resolve().parents[2]
BUILD = CHECKOUT / "workbooks" / "build.py"
TEMPLATE = CHECKOUT / "workbooks" / "template.xlsx"
EXAMPLE = CHECKOUT / "workbooks" / "worked_example.xlsx"
DEFECTS: list[dict[str, Any]] = json.loads(
    (CHECKOUT / "tests" / "oracles" / "worked_example_defects.json").read_text(encoding="utf-8")
)
SELF_CHECK = CHECKOUT / "workbooks" / "self_check.xlsx"
BOTH = pytest.mark.parametrize("path", [TEMPLATE, EXAMPLE], ids=lambda path: path.stem)
ALL = pytest.mark.parametrize("path", [TEMPLATE, EXAMPLE, SELF_CHECK], ids=lambda path: path.stem)

DARK = "FF1F5C70"
FISCAL_YEARS = ("2026/27", "2027/28", "2028/29", "2029/30", "2030/31")
CRITERIA = (
    "Customer service",
    "Environmental outcome",
    "Asset risk reduction",
    "Regulatory commitment",
    "Cost efficiency",
    "Carbon reduction",
    "Deliverability",
    "Disruption",
)


def run_build(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(BUILD), *arguments],
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        check=False,
    )


@pytest.fixture(scope="module")
def template() -> Workbook:
    return load_workbook(TEMPLATE)


@pytest.fixture(scope="module")
def example() -> Workbook:
    return load_workbook(EXAMPLE, data_only=True)


# The files


def test_committed_workbooks_are_what_the_build_writes() -> None:
    check = run_build("--check")
    assert check.returncode == 0, check.stdout + check.stderr
    assert check.stdout.count("up to date") == 3


def test_check_names_the_part_that_differs_and_writes_nothing(tmp_path: Path) -> None:
    assert run_build("-o", str(tmp_path)).returncode == 0
    assert (tmp_path / "template.xlsx").read_bytes() == TEMPLATE.read_bytes()
    with zipfile.ZipFile(EXAMPLE) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    parts["xl/sharedStrings.xml"] = parts["xl/sharedStrings.xml"].replace(b"Okafor", b"Okonjo")
    altered = tmp_path / "worked_example.xlsx"
    with zipfile.ZipFile(altered, "w") as target:
        for name, data in parts.items():
            target.writestr(name, data)
    before = altered.read_bytes()
    check = run_build("--check", "-o", str(tmp_path))
    assert check.returncode == 1
    assert "worked_example.xlsx: differs in xl/sharedStrings.xml\n" in check.stdout
    assert "template.xlsx: up to date" in check.stdout
    assert "Run python workbooks/build.py" in check.stderr
    assert altered.read_bytes() == before


@ALL
def test_package_holds_no_trace_of_the_machine_or_the_day(path: Path) -> None:
    with zipfile.ZipFile(path) as package:
        for part in package.infolist():
            assert part.date_time == (1980, 1, 1, 0, 0, 0), part.filename
            assert part.compress_type == zipfile.ZIP_STORED, part.filename
            assert (part.create_system, part.external_attr) == (0, 0o600 << 16), part.filename
        properties = package.read("docProps/core.xml").decode()
    assert set(re.findall(r">(\d{4}-[^<]*)<", properties)) == {"2026-05-05T09:00:00Z"}


@ALL
def test_open_xml_validator_finds_nothing(path: Path, validator: Validator) -> None:
    assert validator(path) == frozenset()


@BOTH
def test_libreoffice_computes_the_cached_values(path: Path, soffice: Calc) -> None:
    computed = soffice.values(path)
    formulas, cached = load_workbook(path), load_workbook(path, data_only=True)
    count = 0
    for sheet in formulas.worksheets:
        assert sheet.title in computed
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    count += 1
                    here = cached[sheet.title][cell.coordinate].value
                    assert here is not None, (sheet.title, cell.coordinate)
                    there = computed[sheet.title][cell.coordinate]
                    same = here if isinstance(here, datetime) else pytest.approx(here)
                    assert there == same, (sheet.title, cell.coordinate)
    start = 3 + 8 + 1
    assert count == (51 + 19 + 24 if path == EXAMPLE else 0) + start, (
        "rows, columns and months with a total; steps, filled sheets and the data date of Start"
    )


# The template


def headers(sheet: Worksheet) -> dict[str, Any]:
    """The header cells of the sheet's only Excel table, by their text."""
    (table,) = sheet.tables.values()
    left, top, right, _ = range_boundaries(table.ref)
    cells = [sheet.cell(top, column) for column in range(left, right + 1)]
    assert [cell.value for cell in cells] == [column.name for column in table.tableColumns]
    return {str(cell.value): cell for cell in cells}


def plain(header: str) -> str:
    """A header without its unit and its star, as the name of a field."""
    return re.sub(r" \(.*\)| \*", "", header).lower().replace(" ", "_")


def test_template_has_every_canonical_table_on_its_own_sheet(template: Workbook) -> None:
    assert template.sheetnames[0] == "Start"
    assert template.sheetnames[-1] == "Lists"
    names = {name: sheet.title for sheet in template.worksheets for name in sheet.tables}
    assert names == {
        "tblProjects": "Projects",
        "tblCriteria": "Criteria",
        "tblRatings": "Ratings",
        "tblBudgets": "Budgets",
        "tblCategories": "Categories",
        "tblLinks": "Links",
        "tblCapacity": "Capacity",
        "tblDemand": "Demand",
        "tblSettings": "Settings",
    }


@pytest.mark.parametrize("table", [name for name in TABLES if name != "settings"])
def test_template_has_every_field_marked_if_required_and_explained(
    template: Workbook, table: str
) -> None:
    sheet = template[table.capitalize()]
    found = headers(sheet)
    fields = {name: spec for name, spec in TABLES[table].inputs.items() if spec.kind != "rating"}
    if table == "projects":
        outputs = TABLES[table].outputs
        fields |= {name: outputs[name] for name in ("proposed_decision", "proposed_start")}
    by_field = {plain(text): cell for text, cell in found.items()}
    assert fields.keys() <= by_field.keys()
    for name, spec in fields.items():
        cell = by_field[name]
        assert cell.value.endswith(" *") == spec.required, cell.value
        help_text = re.sub(r" ?\[[^\]]+\]", "", spec.help)
        assert cell.comment is not None and help_text in cell.comment.text, cell.value
        assert (cell.fill.fgColor.rgb == DARK) == spec.required, cell.value
    assert sheet.freeze_panes is not None and int(re.sub(r"\D", "", sheet.freeze_panes)) == 5


def test_template_units_stand_in_the_headers_that_need_one(template: Workbook) -> None:
    assert {"Duration (months)", "Payback (years)", "RAG", "NPV", "Cost", "Budget"} <= headers(
        template["Projects"]
    ).keys()
    assert "Lag (months)" in headers(template["Links"])
    assert "Capacity (FTE) *" in headers(template["Capacity"])
    assert "Demand (FTE) *" in headers(template["Demand"])


def test_template_ratings_have_the_criteria_of_the_criteria_sheet(template: Workbook) -> None:
    criteria = [row[0] for row in template["Criteria"].iter_rows(5, 9, 1, 1, values_only=True)]
    assert None not in criteria
    assert list(headers(template["Ratings"]))[3:] == criteria  # after ID, option and assessor
    assert template["Criteria"]["A10"].value is None


def rule(sheet: Worksheet, header: str) -> Any:
    """The validation of the first cell under a header."""
    cell = headers(sheet)[header]
    below = f"{cell.column_letter}{cell.row + 1}"
    (found,) = [r for r in sheet.data_validations.dataValidation if below in r.sqref]
    (area,) = found.sqref.ranges
    assert area.max_row == 1004, "rows added below the table are covered too"
    return found


@pytest.mark.parametrize(
    ("sheet", "header", "choices"),
    [
        ("Projects", "RAG", ["Red", "Amber/Red", "Amber", "Amber/Green", "Green"]),
        ("Projects", "Force", ["In", "Out", "Freed"]),
        ("Projects", "Lifecycle", ["Proposed", "Approved", "Active", "On hold", "Closed"]),
        ("Criteria", "Direction", ["max", "min"]),
        ("Links", "Type *", ["Requires", "Excludes", "Together", "Finish-to-start"]),
        ("Budgets", "Kind", ["Capex", "Opex"]),
    ],
)
def test_template_offers_the_words_of_a_field(
    template: Workbook, sheet: str, header: str, choices: list[str]
) -> None:
    found = rule(template[sheet], header)
    assert found.type == "list"
    name, cells = found.formula1.replace("$", "").split("!")
    assert [row[0].value for row in template[name][cells]] == choices


@pytest.mark.parametrize(
    ("sheet", "header", "kind", "operator", "limits"),
    [
        ("Projects", "Confidence", "decimal", "between", ("0", "1")),
        ("Categories", "Min Share", "decimal", "between", ("0", "1")),
        ("Criteria", "Weight", "decimal", "greaterThanOrEqual", ("0", None)),
        ("Projects", "Duration (months)", "decimal", "greaterThanOrEqual", ("0", None)),
        ("Capacity", "Capacity (FTE) *", "decimal", "greaterThanOrEqual", ("0", None)),
        ("Projects", "Start", "date", "between", ("32874", "73050")),
        ("Projects", "Cost", "decimal", "between", ("-1000000000000", "1000000000000")),
    ],
)
def test_template_limits_what_a_field_takes(
    template: Workbook,
    sheet: str,
    header: str,
    kind: str,
    operator: str,
    limits: tuple[str, str | None],
) -> None:
    found = rule(template[sheet], header)
    assert (found.type, found.operator or "between") == (kind, operator)
    assert (found.formula1, found.formula2) == limits
    assert found.error, "a refusal says what to enter"


@pytest.mark.parametrize(
    ("sheet", "header", "first_cell"),
    [
        ("Ratings", "Project ID *", "Projects!$A$5"),
        ("Demand", "Project ID *", "Projects!$A$5"),
        ("Links", "From *", "Projects!$A$5"),
        ("Links", "To *", "Projects!$A$5"),
        ("Projects", "Category", "Categories!$A$5"),
        ("Demand", "Role *", "Capacity!$A$5"),
    ],
)
def test_template_joins_its_tables_by_reference_and_warns_only(
    template: Workbook, sheet: str, header: str, first_cell: str
) -> None:
    found = rule(template[sheet], header)
    assert first_cell in found.formula1
    assert found.errorStyle == "warning"


def test_template_settings_are_all_there_with_their_defaults(template: Workbook) -> None:
    rows = list(template["Settings"].iter_rows(5, 30, 1, 3, values_only=True))
    given = {plain(str(name)): (value, note) for name, value, note in rows if name}
    assert given.keys() == TABLES["settings"].fields.keys()
    assert {name: value for name, (value, _) in given.items() if value is not None} == {
        "fiscal_first_month": 1,
        "period": "month",
        "seed": 1,
    }
    for name, (_, note) in given.items():
        assert note == TABLES["settings"].fields[name].help


# The worked example


class Register:
    """The project register of the example as a person reads it, written without its builder."""

    def __init__(self, book: Workbook) -> None:
        self.sheet = book["Project register"]
        tops = {cell.value: cell.column for cell in self.sheet[5] if cell.value}
        self.cost = tops.pop("Cost (GBP k, 2026/27 prices)")
        self.columns = tops
        for column in range(self.cost, self.cost + 10, 2):
            year = self.sheet.cell(6, column).value
            for place, kind in ((column, "Capex"), (column + 1, "Opex")):
                assert self.sheet.cell(7, place).value == kind
                self.columns[f"{year} {kind}"] = place
        for column in range(self.cost + 10, self.cost + 14):
            self.columns[str(self.sheet.cell(6, column).value)] = column
        self.rows = [
            {name: self.sheet.cell(row, column).value for name, column in self.columns.items()}
            for row in range(8, self.sheet.max_row + 1)
            if self.sheet.cell(row, self.columns["Programme"]).value
        ]

    def numbered(self) -> dict[str, dict[str, Any]]:
        """The main row of each project, by ID, without the row that took another's ID."""
        return {
            row["Project ID"]: row
            for row in self.rows
            if row["Project ID"]
            and row["Option"] in (None, "A")
            and row["Project name"] != "Meter box replacement, estates"
        }


@pytest.fixture(scope="module")
def register(example: Workbook) -> Register:
    return Register(example)


def test_every_planted_defect_stands_in_its_cell(example: Workbook) -> None:
    for defect in DEFECTS:
        value = example[defect["sheet"]][defect["cell"]].value
        if isinstance(value, datetime):
            value = value.date().isoformat()
        assert value == defect["value"], defect
        assert type(value) is type(defect["value"]), defect


def test_planted_defects_are_of_all_the_kinds_and_told_apart() -> None:
    assert len({defect["id"] for defect in DEFECTS}) == len(DEFECTS) == 24
    assert len({(defect["sheet"], defect["cell"]) for defect in DEFECTS}) == len(DEFECTS)
    assert sum(defect["id"].startswith("text-date") for defect in DEFECTS) == 5
    assert Counter(defect["severity"] for defect in DEFECTS) == {
        "error": 14,
        "warning": 8,
        "question": 2,
    }


def test_register_has_forty_projects_in_five_programmes(register: Register) -> None:
    projects = register.numbered()
    assert len(projects) == 40
    assert Counter(row["Programme"] for row in projects.values()) == {
        "Water resources and treatment": 8,
        "Networks and leakage": 8,
        "Wastewater and environment": 8,
        "Energy and net zero": 8,
        "Digital and customer": 8,
    }
    unnumbered = [row["Project name"] for row in register.rows if row["Project ID"] is None]
    assert unnumbered == ["Rainwater planters at schools"]


def test_twelve_projects_are_in_flight_and_only_they_have_figures_so_far(
    register: Register,
) -> None:
    projects = register.numbered()
    active = {key for key, row in projects.items() if row["Project status"] == "Active"}
    assert len(active) == 12
    for name in ("RAG", "% complete", "Approved budget (GBP k)", "Spent to date (GBP k)", "Prior"):
        assert {key for key, row in projects.items() if row[name] is not None} == active, name
    for key in active:
        row = projects[key]
        assert row["Spent to date (GBP k)"] + row["Cost to go (GBP k)"] == row["Total"], key
        assert row["Committed cost (GBP k)"] <= row["Cost to go (GBP k)"], key


def test_only_the_planted_green_project_is_overspent(register: Register) -> None:
    over = {
        key: row["RAG"]
        for key, row in register.numbered().items()
        if row["RAG"] and row["Total"] > 1.1 * row["Approved budget (GBP k)"]
    }
    assert over == {"NW-301": "Red", "NW-303": "Green"}
    row = register.numbered()["NW-303"]
    assert row["Spent to date (GBP k)"] > 1.5 * row["Approved budget (GBP k)"]


def test_six_projects_have_options(register: Register) -> None:
    options: dict[str, list[str]] = defaultdict(list)
    for row in register.rows:
        if row["Option"]:
            options[row["Project ID"]].append(row["Option"])
    assert Counter(tuple(names) for names in options.values()) == {
        ("A", "B", "Do minimum"): 3,
        ("A", "B"): 3,
    }


def test_header_is_stacked_and_merged_and_the_total_is_the_sum_of_the_row(
    register: Register,
) -> None:
    sheet, cost = register.sheet, register.cost
    merged = {str(area) for area in sheet.merged_cells.ranges}
    band = f"{get_column_letter(cost)}5:{get_column_letter(cost + 13)}5"
    assert band in merged
    for n, year in enumerate(FISCAL_YEARS):
        first = cost + 2 * n
        assert sheet.cell(6, first).value == year
        assert f"{get_column_letter(first)}6:{get_column_letter(first + 1)}6" in merged
    assert [sheet.cell(6, cost + 10 + n).value for n in range(4)] == [
        "Prior",
        "Later",
        "Contingency",
        "Total",
    ]
    for row in register.rows:
        parts = list(row.values())[list(row).index("2026/27 Capex") :]
        assert row["Total"] == sum(v for v in parts[:-1] if isinstance(v, int | float)), row
    assert sheet.column_dimensions["I"].hidden and sheet["I5"].value == "Cost centre"


def test_costs_are_skewed_as_costs_are(register: Register) -> None:
    damaged = {"NW-206", "NW-306", "NW-403", "NW-408", "NW-506"}
    totals = [float(row["Total"]) for key, row in register.numbered().items() if key not in damaged]
    assert 450 <= statistics.median(totals) <= 750
    assert 24_000 <= max(totals) <= 26_000
    assert statistics.mean(totals) > 3 * statistics.median(totals)


def test_fifteen_per_cent_of_the_optional_cells_are_blank(register: Register) -> None:
    cells: list[object] = []
    for row in register.rows:
        names = ["Department", "Sponsor", "Project manager", "Stage", "Benefit (GBP k)"]
        names += ["Risk", "Confidence"]
        if row["Project status"] != "Active" and row["Project ID"] and row["Stage"] != "0 Idea":
            names += ["Earliest start", "Latest start"]
        cells += [row[name] for name in names]
    assert sum(cell is None for cell in cells) / len(cells) == pytest.approx(0.15, abs=0.02)


def test_text_in_money_and_date_columns_is_all_planted(register: Register) -> None:
    sheet, odd = register.sheet, set()
    for name, column in register.columns.items():
        money = "GBP k" in name or name[:2] == "20" or name in ("Prior", "Later", "Contingency")
        is_date = name.endswith("start") or name in ("Start date", "Finish date")
        for row in range(8, sheet.max_row + 1):
            cell = sheet.cell(row, column)
            wanted: Any = (int, float) if money else datetime
            typed = cell.value is None or isinstance(cell.value, wanted)
            if (money or is_date) and not typed:
                odd.add(cell.coordinate)
    planted_words = {
        defect["cell"]
        for defect in DEFECTS
        if defect["sheet"] == "Project register"
        and defect["id"]
        in {
            "cost-tbc",
            "cost-with-unit",
            "decimal-comma",
            "dash",
            "exemption",
            "other-currency",
            "text-date-iso",
            "text-date-month-name",
            "text-date-day-first",
            "text-date-ambiguous",
            "text-date-unreadable",
        }
    }
    assert odd == planted_words


def rows_of(sheet: Worksheet, first: int = 5) -> Iterator[tuple[Any, ...]]:
    for row in sheet.iter_rows(min_row=first, values_only=True):
        if row[0] is not None:
            yield row


def test_three_assessors_rate_every_project_by_eight_criteria(
    example: Workbook, register: Register
) -> None:
    assert [row[0] for row in rows_of(example["Criteria"])][:8] == list(CRITERIA)
    sheet = example["Assessments"]
    assert [cell.value for cell in sheet[4]] == [
        "Project ID",
        "Project",
        "Assessor",
        *CRITERIA,
        "Innovation",
    ]
    rows = list(rows_of(sheet))
    assert len(rows) == 120
    assert {row[0] for row in rows} == register.numbered().keys()
    assert len({row[2] for row in rows}) == 3
    tops = [row[4] for row in rows_of(example["Criteria"]) if row[0] in CRITERIA]
    outside = {
        f"{get_column_letter(column)}{number}"
        for number, row in enumerate(rows, start=5)
        for column, top in enumerate(tops, start=4)
        if not 1 <= row[column - 1] <= top
    }
    assert outside == {d["cell"] for d in DEFECTS if d["id"] == "rating-outside-scale"}


def months(sheet: Worksheet, first: int) -> list[date]:
    cells = [cell for cell in sheet[4] if cell.column >= first]
    assert {cell.number_format for cell in cells} == {"mmm-yy"}
    return [cell.value.date() for cell in cells]


def demand_and_capacity(
    example: Workbook, wanted: Callable[[str], bool]
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    demand: dict[str, list[float]] = defaultdict(lambda: [0.0] * 24)
    for row in rows_of(example["Resource demand"]):
        if wanted(row[0]):
            for n, fte in enumerate(row[3:27]):
                demand[row[2]][n] += fte or 0.0
    capacity = {
        row[0]: list(row[1:25])
        for row in rows_of(example["Resource capacity"])
        if row[0] != "Total"
    }
    return demand, capacity


def test_demand_and_capacity_cover_the_same_24_months(example: Workbook) -> None:
    planned = months(example["Resource demand"], 4)
    assert len(planned) == 24
    assert (planned[0], planned[-1]) == (date(2026, 4, 1), date(2028, 3, 1))
    assert months(example["Resource capacity"], 2) == planned


def test_one_role_is_over_capacity_in_autumn_2026_and_no_other_ever(example: Workbook) -> None:
    demand, capacity = demand_and_capacity(example, lambda project: project != "NW-099")
    planned = months(example["Resource demand"], 4)
    over = {
        (role, planned[n])
        for role in capacity
        for n in range(24)
        if demand[role][n] > capacity[role][n] + 1e-9
    }
    assert over == {
        ("Process engineer", date(2026, 9, 1)),
        ("Process engineer", date(2026, 10, 1)),
        ("Process engineer", date(2026, 11, 1)),
    }


def test_what_is_in_flight_or_mandatory_already_overloads_the_role(
    example: Workbook, register: Register
) -> None:
    projects = register.numbered()
    bound = {
        key
        for key, row in projects.items()
        if row["Project status"] == "Active" or row["Force in/out"] == "In"
    }
    demand, capacity = demand_and_capacity(example, bound.__contains__)
    assert demand["Process engineer"][5] > capacity["Process engineer"][5]


def test_demand_names_one_unknown_project_and_one_unknown_role(
    example: Workbook, register: Register
) -> None:
    _, capacity = demand_and_capacity(example, lambda project: True)
    rows = list(rows_of(example["Resource demand"]))
    assert {row[0] for row in rows} - register.numbered().keys() == {"NW-099"}
    assert {row[2] for row in rows} - capacity.keys() == {"Drone pilot"}


def test_budgets_are_six_tenths_of_what_is_asked_and_cover_what_is_bound(
    example: Workbook, register: Register
) -> None:
    projects = register.numbered()
    budgets = {(row[0], row[1]): row[2] for row in rows_of(example["Budgets"])}
    assert set(budgets) == {(year, kind) for year in FISCAL_YEARS for kind in ("Capex", "Opex")}
    assert [key for key, amount in budgets.items() if amount is None] == [("2029/30", "Opex")]
    asked = 0.0
    for (year, kind), there in budgets.items():
        cells = {key: row[f"{year} {kind}"] for key, row in projects.items()}
        numbers = {key: cell for key, cell in cells.items() if isinstance(cell, int | float)}
        asked += sum(numbers.values())
        bound = sum(
            amount
            for key, amount in numbers.items()
            if projects[key]["Project status"] == "Active" or projects[key]["Force in/out"]
        )
        assert there is None or there >= bound, (year, kind)
    share = sum(amount for amount in budgets.values() if amount) / asked
    assert 0.57 <= share <= 0.66


def test_three_projects_are_mandatory_and_say_why(register: Register) -> None:
    forced = {key: row["Reason"] for key, row in register.numbered().items() if row["Force in/out"]}
    assert set(forced) == {"NW-102", "NW-105", "NW-302"}
    assert all(forced.values())


def test_links_are_four_requires_two_excludes_and_one_sequence_with_its_reverse(
    example: Workbook, register: Register
) -> None:
    links = [row[:3] for row in rows_of(example["Dependencies"])]
    assert Counter(kind for _, _, kind in links) == {
        "Requires": 4,
        "Excludes": 2,
        "Finish-to-start": 2,
    }
    named = {end for link in links for end in link[:2]}
    assert named <= register.numbered().keys()
    first, second = [link[:2] for link in links if link[2] == "Finish-to-start"]
    assert first == second[::-1]


def test_category_shares_can_be_met_together(example: Workbook, register: Register) -> None:
    shares = {row[0]: row[1:4] for row in rows_of(example["Balance"])}
    assert shares.keys() == {row["Category"] for row in register.rows}
    assert all(least <= target <= most for least, most, target in shares.values())
    assert sum(least for least, _, _ in shares.values()) <= 1
    assert sum(most for _, most, _ in shares.values()) >= 1
    assert sum(target for _, _, target in shares.values()) == pytest.approx(1)


def test_the_same_survey_stands_twice_with_the_same_money(register: Register) -> None:
    names = Counter(row["Project name"] for row in register.numbered().values())
    assert [name for name, count in names.items() if count > 1] == ["Leakage satellite survey"]
    projects = register.numbered()
    money = [name for name in register.columns if name[:2] == "20" or name == "Total"]
    assert [projects["NW-207"][name] for name in money] == [
        projects["NW-508"][name] for name in money
    ]


def test_example_looks_like_an_office_s_own_workbook(register: Register) -> None:
    sheet = register.sheet
    assert sheet["A1"].value == "Northmere Water - project register"
    assert "Data as at 30 April 2026" in sheet["A2"].value
    assert "GBP k, 2026/27 prices" in sheet["A2"].value
    sections = [
        cell.value
        for (cell,) in sheet.iter_rows(8, sheet.max_row, 1, 1)
        if cell.value and sheet.cell(cell.row, 2).value is None
    ]
    assert sections[:5] == [
        "Water resources and treatment",
        "Networks and leakage",
        "Wastewater and environment",
        "Energy and net zero",
        "Digital and customer",
    ]
    assert sections[5] == "Total"
    assert sections[6].startswith("1  Contingency")
