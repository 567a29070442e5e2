"""What is wrong on purpose in the worked example, so that the checks have something to find."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Key = tuple[str, str]
"""How a sheet names its rows: project ID and option, or whatever two words it joins on."""


@dataclass(frozen=True)
class Defect:
    """One wrong cell: on which sheet, in the row with `key`, under the header `column`."""

    id: str
    sheet: str
    key: Key
    column: str
    value: float | str | datetime | None
    what: str
    message_contains: str
    severity: Literal["error", "warning", "question"] = "error"


REGISTER = "Project register"
ASSESSMENTS = "Assessments"
BUDGETS = "Budgets"
DEPENDENCIES = "Dependencies"
DEMAND = "Resource demand"

UNNUMBERED = "Rainwater planters at schools"
RENUMBERED = "Meter box replacement, estates"
EXEMPTION = "Exempt under Section 24 of the Freedom of Information Act (national security)"
HEADER: Key = ("", "")

DEFECTS: tuple[Defect, ...] = (
    Defect(
        "duplicate-id",
        REGISTER,
        ("NW-203", RENUMBERED),
        "Project ID",
        "NW-203",
        "the ID of another project, and not an option of it",
        "NW-203",
    ),
    Defect(
        "missing-id",
        REGISTER,
        ("", UNNUMBERED),
        "Project ID",
        None,
        "a project with a name and money but no ID",
        "ID",
    ),
    Defect(
        "cost-tbc",
        REGISTER,
        ("NW-206", ""),
        "2027/28 Capex",
        "tbc",
        "a word in a cost cell",
        "tbc",
    ),
    Defect(
        "cost-with-unit",
        REGISTER,
        ("NW-306", ""),
        "2026/27 Capex",
        "£1.2m",
        "an amount typed with currency and unit in a column of GBP k",
        "£1.2m",
        "warning",
    ),
    Defect(
        "decimal-comma",
        REGISTER,
        ("NW-204", ""),
        "2027/28 Opex",
        "12,5",
        "a decimal comma, or a thousands separator in the wrong place",
        "12,5",
        "question",
    ),
    Defect(
        "dash",
        REGISTER,
        ("NW-405", ""),
        "2029/30 Opex",
        " - ",
        "a dash that may mean none or not known",
        "-",
        "warning",
    ),
    Defect(
        "exemption",
        REGISTER,
        ("NW-506", ""),
        "2027/28 Capex",
        EXEMPTION,
        "a sentence in place of a cost",
        "Exempt",
    ),
    Defect(
        "text-date-iso",
        REGISTER,
        ("NW-106", ""),
        "Start date",
        "2026-09-01",
        "a date typed as text that can be read in one way",
        "2026-09-01",
        "warning",
    ),
    Defect(
        "text-date-month-name",
        REGISTER,
        ("NW-108", ""),
        "Finish date",
        "31 Aug 2027",
        "a date typed as text that can be read in one way",
        "31 Aug 2027",
        "warning",
    ),
    Defect(
        "text-date-day-first",
        REGISTER,
        ("NW-406", ""),
        "Finish date",
        "28.02.2027",
        "a date typed as text that can be read in one way",
        "28.02.2027",
        "warning",
    ),
    Defect(
        "text-date-ambiguous",
        REGISTER,
        ("NW-205", ""),
        "Start date",
        "03/04/2026",
        "3 April or 4 March: no other text date of the column settles it",
        "03/04/2026",
        "question",
    ),
    Defect(
        "text-date-unreadable",
        REGISTER,
        ("NW-407", ""),
        "Start date",
        "after spillway",
        "words in place of a date",
        "after spillway",
    ),
    Defect(
        "finish-before-start",
        REGISTER,
        ("NW-308", ""),
        "Finish date",
        datetime(2026, 3, 31),
        "finishes before it starts (2029 was meant)",
        "NW-308",
    ),
    Defect(
        "percent-as-40",
        REGISTER,
        ("NW-502", ""),
        "% complete",
        40,
        "40 in a column of fractions formatted as per cent",
        "40",
    ),
    Defect(
        "other-currency",
        REGISTER,
        ("NW-403", ""),
        "2028/29 Capex",
        "EUR 2.4m",
        "an amount in another currency",
        "EUR",
    ),
    Defect(
        "green-against-figures",
        REGISTER,
        ("NW-303", ""),
        "RAG",
        "Green",
        "Green, although far more is spent than was approved",
        "NW-303",
        "warning",
    ),
    Defect(
        "zero-means-missing",
        REGISTER,
        ("NW-408", ""),
        "2026/27 Capex",
        0,
        "the only cost of the project is a zero",
        "NW-408",
        "warning",
    ),
    Defect(
        "same-project-twice",
        REGISTER,
        ("NW-508", ""),
        "Project name",
        "Leakage satellite survey",
        "name and money of NW-207, entered again by another department",
        "NW-207",
        "warning",
    ),
    Defect(
        "unknown-criterion",
        ASSESSMENTS,
        HEADER,
        "Innovation",
        "Innovation",
        "ratings for a criterion that is not among the criteria",
        "Innovation",
    ),
    Defect(
        "rating-outside-scale",
        ASSESSMENTS,
        ("NW-208", "Engineering"),
        "Deliverability",
        7,
        "a 7 on a scale of 1 to 5",
        "7",
    ),
    Defect(
        "budget-missing",
        BUDGETS,
        ("2029/30", "Opex"),
        "Budget (GBP k)",
        None,
        "no budget for a fiscal year and kind that projects need money in",
        "2029/30",
    ),
    Defect(
        "dependency-cycle",
        DEPENDENCIES,
        ("NW-506", "NW-507"),
        "To project",
        "NW-507",
        "NW-506 before NW-507, although the next row has NW-507 before NW-506",
        "NW-507",
    ),
    Defect(
        "unknown-project",
        DEMAND,
        ("NW-099", "Civil engineer"),
        "Project ID",
        "NW-099",
        "people for a project that the register does not have",
        "NW-099",
    ),
    Defect(
        "unknown-role",
        DEMAND,
        ("NW-308", "Drone pilot"),
        "Role",
        "Drone pilot",
        "people of a role that the capacity table does not have",
        "Drone pilot",
    ),
)
