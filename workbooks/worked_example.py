"""The worked example: a utility's portfolio as its own PMO keeps it, with what PMOs get wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import utility_figures as figures
import utility_portfolio as portfolio
from appearance import ACCENT, GREY, LINE, PALE
from example_page import A4, AS_AT, DAY, MONEY, PRICES, SEED, ExampleBook, Page
from planted_defects import (
    ASSESSMENTS,
    BUDGETS,
    DEFECTS,
    DEMAND,
    DEPENDENCIES,
    HEADER,
    REGISTER,
    Key,
)
from project_register import Register, year_label
from start_sheet import NAME as START
from start_sheet import Filled, Listed, Step, steps, write_start
from utility_portfolio import KINDS, MONTHS, PROJECTS, STATUS_DATE
from xlsxwriter.utility import xl_col_to_name

SHEETS = (
    (REGISTER, "Every project and option: governance, status, dates, money by year"),
    (ASSESSMENTS, "Ratings of three assessors against the criteria"),
    ("Criteria", "Weights, directions and scales, agreed in February"),
    (BUDGETS, "Money there is, by fiscal year and kind"),
    ("Balance", "Shares of the money by kind of investment"),
    (DEPENDENCIES, "What needs, excludes or follows what"),
    (DEMAND, "People needed by project, role and month"),
    ("Resource capacity", "People there are, by role and month"),
    ("Settings", "What holds for the whole portfolio"),
)


def worked_example() -> tuple[bytes, list[dict[str, object]]]:
    """The workbook, and each planted defect with its cell."""
    example = WorkedExample()
    return example.written(), example.defects()


class WorkedExample:
    """The sheets of the worked example, in order."""

    def __init__(self) -> None:
        self.book = ExampleBook()
        self.look = self.book.look

    def written(self) -> bytes:
        start = Page(
            self.book,
            START,
            "Start",
            f"The portfolio of {portfolio.ORGANISATION}, with problems in its data on purpose",
        )
        self._cover()
        Register(self.book).write()
        self._assessments()
        self._criteria()
        self._budgets()
        self._balance()
        self._dependencies()
        self._demand()
        self._capacity()
        self._settings()
        self._start(start)
        return self.book.close()

    def defects(self) -> list[dict[str, object]]:
        return [
            {
                "id": defect.id,
                "sheet": defect.sheet,
                "cell": self.book.planted[defect.id],
                "value": f"{defect.value:%Y-%m-%d}"
                if isinstance(defect.value, datetime)
                else defect.value,
                "what": defect.what,
                "severity": defect.severity,
                "message_contains": defect.message_contains,
            }
            for defect in DEFECTS
        ]

    def _start(self, page: Page) -> None:
        """Write the first sheet, once it is known what the others hold."""
        # The second column of the register: rows of programmes have something in the first, too.
        counted = {name: 1 if name == REGISTER else 0 for name, _ in SHEETS if name != "Settings"}
        filled = {name: self._filled(name, column) for name, column in counted.items()}
        look_at_it = Step(
            "Look around",
            "A water utility's 40 projects as its own office keeps them: one stands there "
            "twice, some costs are words, some dates are texts. Nothing has to be filled in.",
            "",
            f"COUNTA({filled[REGISTER].cells})>0",
            is_done=True,
        )
        write_start(
            page.sheet,
            self.look,
            steps=steps(look_at_it, "worked_example.xlsx"),
            note="Then try it on your own workbook, as it is: tables are recognised by what they "
            "hold, and nothing of yours is moved.",
            listed=[
                Listed("Cover", "The cover of the office's own workbook"),
                *(Listed(name, text, filled.get(name)) for name, text in SHEETS),
            ],
            data_date=STATUS_DATE,
        )
        page.sheet.set_paper(A4)

    def _filled(self, name: str, column: int) -> Filled:
        """What counts the filled rows of a sheet by one of its columns."""
        rows = self.book.pages[name].filled[column]
        letter = xl_col_to_name(column)
        sheet = f"'{name}'" if " " in name else name
        return Filled(f"{sheet}!${letter}${min(rows) + 1}:${letter}${max(rows) + 1}", len(rows))

    def _cover(self) -> None:
        page = Page(
            self.book,
            "Cover",
            f"{portfolio.ORGANISATION} - investment portfolio 2026/27",
            f"{AS_AT} - {PRICES} - working draft for the Investment Committee",
        )
        lines = (
            ("Owner", "Portfolio Office, portfolio.office@northmere.example"),
            ("Next committee", "18 June 2026"),
            ("Question", "Which projects do we fund to 2030/31, and do we have the people?"),
        )
        for row, (name, text) in enumerate(lines, start=3):
            page.sheet.write_string(row, 0, name, self.look.format(bold=True))
            page.sheet.write_string(row, 1, text, self.look.format())
        page.sheet.write_string(7, 0, "Sheets", self.look.format(bold=True, size=12, colour=ACCENT))
        for row, (name, text) in enumerate(SHEETS, start=8):
            page.sheet.write_url(
                row,
                0,
                f"internal:'{name}'!A1",
                self.look.format(colour=ACCENT, underline=True),
                name,
            )
            page.sheet.write_string(row, 1, text, self.look.format())
        page.sheet.write_string(
            19,
            0,
            f"{portfolio.ORGANISATION} does not exist. The people, places and figures are made up.",
            self.look.format(italic=True, colour=GREY),
        )
        page.sheet.set_column(0, 0, 24)
        page.sheet.set_column(1, 1, 80)
        page.sheet.set_paper(A4)

    def _assessments(self) -> None:
        page = Page(
            self.book,
            ASSESSMENTS,
            "Assessments against the criteria",
            "Three assessors, March 2026 - 1 is low, 5 is high; carbon from 1 to 10",
        )
        names = [criterion.name for criterion in portfolio.CRITERIA]
        headers = ["Project ID", "Project", "Assessor", *names]
        page.headers(3, headers, centred=names)
        extra = len(headers)
        page.write(3, extra, "Innovation", HEADER, "Innovation", self.look.header(align="center"))
        row = 4
        for (project_id, assessor), ratings in figures.ratings(SEED).items():
            key = (project_id, assessor)
            last = assessor == portfolio.ASSESSORS[-1]
            line = {"bottom": LINE} if last else {}
            page.put(row, 0, project_id, key, "Project ID", **line)
            page.put(row, 1, portfolio.project(project_id).name, key, "Project", **line)
            page.put(row, 2, assessor, key, "Assessor", **line)
            for column, (name, rating) in enumerate(zip(names, ratings, strict=True), start=3):
                page.put(row, column, rating, key, name, align="center", **line)
            innovation = 1 + int(self.book.chance.random() * 5) if assessor == "Strategy" else None
            page.put(row, extra, innovation, key, "", align="center", **line)
            row += 1
        page.sheet.freeze_panes(4, 3)
        page.sheet.repeat_rows(3)
        page.widths([11, 44, 23, *[14.5] * 9])

    def _criteria(self) -> None:
        page = Page(
            self.book, "Criteria", "Criteria", "Agreed by the Investment Committee, 12 Feb 2026"
        )
        headers = ("Criterion", "Weight", "Direction", "Scale min", "Scale max", "Objective")
        middle = headers[1:5]
        for row, criterion in enumerate(portfolio.CRITERIA, start=4):
            values = (
                criterion.name,
                criterion.weight,
                criterion.direction,
                1,
                criterion.scale_max,
                criterion.objective,
            )
            for column, (header, value) in enumerate(zip(headers, values, strict=True)):
                look = {"align": "center"} if header in middle else {}
                page.put(row, column, value, (criterion.name, ""), header, **look)
        page.table("tblCriteria", 3, 3 + len(portfolio.CRITERIA), headers, centred=middle)
        page.sheet.write_string(
            13,
            0,
            "Disruption to streets and customers: less is better.",
            self.look.format(italic=True, colour=GREY),
        )
        page.sheet.set_paper(A4)
        page.widths([26, 10, 12, 12, 12, 30])

    def _budgets(self) -> None:
        page = Page(
            self.book,
            BUDGETS,
            "Budgets by fiscal year and kind",
            f"Business plan, March 2026 - {PRICES}",
        )
        headers = ("Fiscal year", "Kind", "Budget (GBP k)", "Source")
        page.headers(3, headers, centred=headers[2:3])
        there = figures.budgets()
        for row, (year, kind) in enumerate(sorted(there), start=4):
            key = (year_label(year), kind)
            line = {"bottom": LINE} if kind == KINDS[-1] else {}
            page.put(row, 0, year_label(year), key, headers[0], **line)
            page.put(row, 1, kind, key, headers[1], **line)
            page.put(row, 2, there[year, kind], key, headers[2], number_format=MONEY, **line)
            source = "Approved" if year <= 2028 else "Indicative"
            page.put(row, 3, source, key, headers[3], **line)
        page.sheet.set_paper(A4)
        page.widths([14, 12, 17, 16])

    def _balance(self) -> None:
        page = Page(
            self.book, "Balance", "Balance of the portfolio", "Shares of the money to 2030/31"
        )
        headers = ("Category", "Min share", "Max share", "Target share")
        page.headers(3, headers, centred=headers[1:])
        for row, values in enumerate(portfolio.CATEGORY_SHARES, start=4):
            for column, (header, value) in enumerate(zip(headers, values, strict=True)):
                look = {"number_format": "0%", "align": "center"} if column else {}
                page.put(row, column, value, (values[0], ""), header, **look)
        page.sheet.set_paper(A4)
        page.widths([18, 13, 13, 14])

    def _dependencies(self) -> None:
        page = Page(
            self.book,
            DEPENDENCIES,
            "Dependencies between projects",
            "From depends on To; in time, From comes first",
        )
        headers = ("From project", "To project", "Dependency type", "Lag (months)", "Notes")
        cycle = ("NW-506", "NW-507", "Finish-to-start", None, "Firewalls before new lines")
        rows = (*portfolio.LINKS[:-1], cycle, portfolio.LINKS[-1])
        for row, values in enumerate(rows, start=4):
            for column, (header, value) in enumerate(zip(headers, values, strict=True)):
                page.put(row, column, value, (values[0], values[1]), header)
        page.table("tblDependencies", 3, 3 + len(rows), headers)
        page.sheet.set_paper(A4)
        page.widths([15, 15, 18, 14, 46])

    def _demand(self) -> None:
        page = Page(
            self.book,
            DEMAND,
            "Resource demand by project, role and month",
            f"FTE - {AS_AT} - project managers' estimates",
        )
        fixed = ("Project ID", "Project", "Role")
        self._month_headers(page, fixed)
        rows: list[tuple[Key, str, dict[date, float]]] = []
        for project in PROJECTS:
            if project.id == "NW-508":
                continue
            for role, months in figures.demand(project).items():
                rows.append(((project.id, role), project.name, months))
            if project.id == "NW-308":
                summer = dict.fromkeys(MONTHS[12:17], 0.4)
                rows.append(((project.id, "Drone pilot"), project.name, summer))
        closed = dict.fromkeys(MONTHS[:4], 0.5)
        rows.append((("NW-099", "Civil engineer"), "Weir repairs, Low Mill", closed))
        before = ""
        for row, (key, name, months) in enumerate(rows, start=4):
            line = {"top": LINE} if key[0] != before else {}
            before = key[0]
            page.put(row, 0, key[0], key, "Project ID", **line)
            page.put(row, 1, name, key, "Project", **line)
            page.put(row, 2, key[1], key, "Role", **line)
            for column, month in enumerate(MONTHS, start=3):
                page.put(row, column, months.get(month), key, "", number_format="0.0", **line)
        last = 3 + len(rows)
        page.sheet.conditional_format(
            4,
            3,
            last,
            2 + len(MONTHS),
            {
                "type": "cell",
                "criteria": ">",
                "value": 0,
                "format": self.book.file.add_format({"bg_color": f"#{PALE}"}),
            },
        )
        page.sheet.freeze_panes(4, 3)
        page.sheet.repeat_rows(3)
        page.widths([11, 44, 20, *[7.5] * len(MONTHS)])

    def _month_headers(self, page: Page, fixed: Sequence[str]) -> None:
        page.headers(3, fixed)
        style = self.look.header(number_format="mmm-yy", align="center")
        for column, month in enumerate(MONTHS, start=len(fixed)):
            page.sheet.write_datetime(3, column, datetime(month.year, month.month, 1), style)

    def _capacity(self) -> None:
        page = Page(
            self.book,
            "Resource capacity",
            "Resource capacity by role and month",
            f"FTE available to projects - {AS_AT} - HR plan 2026 to 2028",
        )
        self._month_headers(page, ("Role",))
        first, last = 4, 3 + len(portfolio.ROLES)
        totals = dict.fromkeys(MONTHS, 0.0)
        for row, role in enumerate(portfolio.ROLES, start=first):
            page.put(row, 0, role, (role, ""), "Role")
            for column, (month, fte) in enumerate(figures.capacity(role).items(), start=1):
                page.put(row, column, fte, (role, ""), "", number_format="0.0")
                totals[month] += fte
        style = self.look.format(bold=True, top=ACCENT, number_format="0.0", fill=PALE)
        page.sheet.write_string(last + 1, 0, "Total", style)
        for column, total in enumerate(totals.values(), start=1):
            name = xl_col_to_name(column)
            formula = f"=SUM({name}{first + 1}:{name}{last + 1})"
            page.sheet.write_formula(last + 1, column, formula, style, total)
        page.sheet.freeze_panes(4, 1)
        page.widths([22, *[7.5] * len(MONTHS)])

    def _settings(self) -> None:
        page = Page(self.book, "Settings", "Settings", "What holds for the whole portfolio")
        page.headers(3, ("Setting", "Value", "Note"))
        rows: tuple[tuple[str, Any, str, str], ...] = (
            ("Currency", "GBP", "", ""),
            ("Unit", "thousands", "", "All money on all sheets"),
            ("Price base", "2026/27", "", "No inflation within the plan"),
            ("Fiscal first month", 4, "0", "April to March"),
            ("Period", "month", "", "Of the resource plan"),
            ("First period", MONTHS[0], "mmm-yy", ""),
            ("Horizon", len(MONTHS), "0", "Months"),
            ("Status date", STATUS_DATE, DAY, ""),
            ("Days per FTE", 18, "0", "A month, after leave and training"),
            ("Hours per FTE", 133, "0", "A month"),
            ("Discount rate", 0.035, "0.0%", "Green Book"),
            ("Seed", SEED, "0", ""),
        )
        for row, (name, value, number_format, note) in enumerate(rows, start=4):
            page.put(row, 0, name, (name, ""), "Setting")
            page.put(
                row,
                1,
                value,
                (name, ""),
                "Value",
                align="left",
                indent=1,
                number_format=number_format,
            )
            page.put(row, 2, note or None, (name, ""), "Note", colour=GREY)
        page.sheet.set_paper(A4)
        page.widths([22, 16, 38])
