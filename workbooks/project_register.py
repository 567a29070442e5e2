"""The project register: header over three rows, a row per programme, options, a total."""

from __future__ import annotations

from datetime import date
from typing import Any

import utility_figures as figures
import utility_portfolio as portfolio
from appearance import ACCENT, BAND, GREY, LINE, PALE, RAG_COLOURS
from example_page import AS_AT, DAY, MONEY, PRICES, ExampleBook, Page
from planted_defects import DEFECTS, REGISTER, RENUMBERED, UNNUMBERED, Key
from utility_portfolio import FISCAL_YEARS, KINDS, PROJECTS, Project
from xlsxwriter.utility import xl_col_to_name

from xlportfolio.periods import Period


def year_label(year: int) -> str:
    return Period("year", year, fiscal=True).label


class Register:
    """The project register: header over three rows, a row per programme, options, a total."""

    BEFORE = (
        ("Project ID", 10.0),
        ("Project name", 46.0),
        ("Option", 12.5),
        ("Programme", 30.0),
        ("Category", 11.0),
        ("Department", 22.0),
        ("Sponsor", 16.0),
        ("Project manager", 16.0),
        ("Cost centre", 11.0),
        ("Stage", 13.0),
        ("Project status", 11.0),
        ("RAG", 8.0),
        ("% complete", 10.0),
        ("Start date", 14.0),
        ("Finish date", 12.0),
        ("Earliest start", 11.0),
        ("Latest start", 11.0),
        ("Force in/out", 8.0),
        ("Reason", 40.0),
        ("Benefit (GBP k)", 12.5),
        ("Risk", 9.0),
        ("Confidence", 11.0),
        ("Approved budget (GBP k)", 12.5),
        ("Spent to date (GBP k)", 12.5),
        ("Committed cost (GBP k)", 12.5),
        ("Cost to go (GBP k)", 12.5),
        ("Exit cost (GBP k)", 12.5),
    )
    AFTER = ("Prior", "Later", "Contingency", "Total")
    WRITTEN_BACK = (("Proposed decision", 13.0), ("Proposed start", 12.0))
    OPTIONAL = (
        "Department",
        "Sponsor",
        "Project manager",
        "Stage",
        "Earliest start",
        "Latest start",
        "Benefit (GBP k)",
        "Risk",
        "Confidence",
    )
    BLANK_SHARE = 0.15
    FIRST = 4  # the first of three header rows

    def __init__(self, book: ExampleBook) -> None:
        self.page = Page(
            book,
            REGISTER,
            f"{portfolio.ORGANISATION} - project register",
            f"{AS_AT} - {PRICES} - version 0.7, working draft",
        )
        self.names = [name for name, _ in self.BEFORE]
        self.first_money = len(self.BEFORE)
        self.total_column = self.first_money + len(FISCAL_YEARS) * len(KINDS) + 3
        self.comment_column = self.total_column + 1
        self.last_column = self.comment_column + len(self.WRITTEN_BACK)
        first_summed = self.names.index("Approved budget (GBP k)")
        self.summed: dict[int, float] = dict.fromkeys(
            range(first_summed, self.total_column + 1), 0.0
        )

    def write(self) -> None:
        self._header()
        first = row = self.FIRST + 3
        rows = self._rows()
        for programme in portfolio.PROGRAMMES:
            self._section(row, programme)
            row += 1
            for of, option, values in rows:
                if of.programme == programme:
                    self._project(row, of, option, values)
                    row += 1
        self._total(row, first)
        for offset, text in enumerate(
            (
                "1  Contingency is held by the Portfolio Office and released by the committee.",
                "2  The total counts option A where a project has options.",
                f"Source: finance system, April close; project managers' returns. {AS_AT}.",
            )
        ):
            style = self.page.book.look.format(italic=True, colour=GREY)
            self.page.sheet.write_string(row + 2 + offset, 0, text, style)
        sheet = self.page.sheet
        sheet.freeze_panes(self.FIRST + 3, 3)
        sheet.repeat_rows(self.FIRST, self.FIRST + 2)
        sheet.repeat_columns(0, 2)
        sheet.fit_to_pages(2, 0)
        sheet.autofilter(self.FIRST + 2, 0, row - 1, self.last_column)
        rag = self.names.index("RAG")
        for word, (fill, ink) in RAG_COLOURS.items():
            look = {"bg_color": f"#{fill}", "font_color": f"#{ink}", "bold": True}
            sheet.conditional_format(
                first,
                rag,
                row - 1,
                rag,
                {
                    "type": "cell",
                    "criteria": "==",
                    "value": f'"{word}"',
                    "format": self.page.book.file.add_format(look),
                },
            )
        sheet.data_validation(
            first, rag, row - 1, rag, {"validate": "list", "source": list(RAG_COLOURS)}
        )

    def _header(self) -> None:
        sheet, look = self.page.sheet, self.page.book.look
        top, years, kinds = self.FIRST, self.FIRST + 1, self.FIRST + 2
        plain, band = look.header(), look.header(align="center")
        for column, (name, width) in enumerate(self.BEFORE):
            style = band if self._look(name) else plain
            sheet.merge_range(top, column, kinds, column, name, style)
            hidden = {"hidden": True} if name == "Cost centre" else {}
            sheet.set_column(column, column, width, None, hidden)
        sheet.merge_range(
            top, self.first_money, top, self.total_column, "Cost (GBP k, 2026/27 prices)", band
        )
        column = self.first_money
        for n, year in enumerate(FISCAL_YEARS):
            tint = look.header(fill=BAND if n % 2 else PALE, colour=ACCENT, align="center")
            sheet.merge_range(years, column, years, column + 1, year_label(year), tint)
            for kind in KINDS:
                sheet.write_string(kinds, column, kind, tint)
                column += 1
        for name in self.AFTER:
            tint = look.header(
                fill=PALE if name != "Total" else BAND, colour=ACCENT, align="center"
            )
            sheet.merge_range(years, column, kinds, column, name, tint)
            column += 1
        sheet.merge_range(top, column, kinds, column, "Comments", plain)
        sheet.set_column(self.first_money, self.total_column - 2, 9.5)
        sheet.set_column(self.total_column - 1, self.total_column, 12)
        sheet.set_column(column, column, 44)
        for column, (name, width) in enumerate(self.WRITTEN_BACK, self.comment_column + 1):
            style = band if self._look(name) else plain
            sheet.merge_range(top, column, kinds, column, name, style)
            sheet.set_column(column, column, width)
        for row in (top, years, kinds):
            sheet.set_row(row, 17)

    def _rows(self) -> list[tuple[Project, str, dict[str, Any]]]:
        """Every row's values by header, with 15 % of the optional ones blank."""
        rows: list[tuple[Project, str, dict[str, Any]]] = []
        for of in PROJECTS:
            for option, factor in (of.options or {"": 1.0}).items():
                rows.append((of, option, self._values(of, option, factor)))
            if of.id == "NW-203":
                rows.append(self._stray(of, "NW-203", RENUMBERED, 140))
            if of.id == "NW-308":
                rows.append(self._stray(of, "", UNNUMBERED, 36))
        filled = [
            (self.page.book.chance.random(), n, name)
            for n, (_, _, values) in enumerate(rows)
            for name in self.OPTIONAL
            if values[name] is not None
        ]
        filled.sort()
        for _, n, name in filled[: int(len(filled) * self.BLANK_SHARE + 0.5)]:
            rows[n][2][name] = None
        return rows

    def _values(self, of: Project, option: str, factor: float) -> dict[str, Any]:
        chance = self.page.book.chance
        flight = of.flight
        spent = figures.spent_to_date(of)
        to_go = figures.spend(of, factor).total - spent if flight else 0
        managers = portfolio.MANAGERS[of.programme]
        number = int(of.id[-1])
        wait = 6 if of.mandate else 12
        latest = figures.months_between(of.start, date(of.start.year + 2, 1, 1))[:wait][-1]
        return {
            "Project ID": of.id,
            "Project name": of.name,
            "Option": option or None,
            "Programme": of.programme,
            "Category": of.category,
            "Department": portfolio.DEPARTMENTS[of.programme],
            "Sponsor": portfolio.SPONSORS[of.programme],
            "Project manager": managers[number % len(managers)],
            "Cost centre": f"CC{4000 + 10 * int(of.id[3])}",
            "Stage": of.stage,
            "Project status": "Active" if flight else "Proposed",
            "RAG": flight.rag if flight else None,
            "% complete": flight.percent_complete if flight else None,
            "Start date": of.start,
            "Finish date": of.finish,
            "Earliest start": None if flight else of.start,
            "Latest start": None if flight else latest,
            "Force in/out": "In" if of.mandate else None,
            "Reason": of.mandate or None,
            "Benefit (GBP k)": int(of.total * of.benefit * factor**0.5 / 10 + 0.5) * 10,
            "Risk": ("Low", "Medium", "Medium", "High")[int(chance.random() * 4)],
            "Confidence": int(11 + chance.random() * 8) * 5 / 100,
            "Approved budget (GBP k)": flight.approved if flight else None,
            "Spent to date (GBP k)": spent or None,
            "Committed cost (GBP k)": to_go * 7 // 10 if flight else None,
            "Cost to go (GBP k)": to_go if flight else None,
            "Exit cost (GBP k)": to_go // 6 if flight else None,
        }

    def _stray(
        self, near: Project, project_id: str, name: str, total: int
    ) -> tuple[Project, str, dict[str, Any]]:
        """A late return from a department: a row whose ID is wrong or missing."""
        start, finish = date(2026, 10, 1), date(2027, 3, 31)
        of = Project(
            project_id,
            name,
            near.programme,
            "Enhance",
            "study",
            "0 Idea",
            start,
            finish,
            total,
            0.1,
            1.2,
        )
        values = self._values(portfolio.project(near.id), "", 1.0) | {
            "Project ID": project_id or None,
            "Project name": name,
            "Category": "Enhance",
            "Stage": of.stage,
            "Project status": "Proposed",
            "Start date": start,
            "Finish date": finish,
            "Benefit (GBP k)": int(total * 1.2),
        }
        blank = ("RAG", "% complete", "Earliest start", "Latest start", *self.names[-5:])
        return of, "", values | dict.fromkeys(blank)

    def _section(self, row: int, programme: str) -> None:
        style = self.page.book.look.format(bold=True, fill=BAND, colour=ACCENT, indent=1)
        self.page.sheet.merge_range(row, 0, row, 2, programme, style)
        for column in range(3, self.last_column + 1):
            self.page.sheet.write_blank(row, column, None, style)

    def _project(self, row: int, of: Project, option: str, values: dict[str, Any]) -> None:
        """Write one row; its numbers count in the total unless it is an option other than A."""
        stray = of.name in (UNNUMBERED, RENUMBERED)
        key = (of.id, of.name if stray else option)
        counts = option in ("", "A")
        wrote: dict[int, Any] = {}
        for column, name in enumerate(self.names):
            look = {"bottom": LINE} | self._look(name)
            wrote[column] = self.page.put(row, column, values[name], key, name, **look)
        money = {"number_format": MONEY, "align": "right", "bottom": LINE}
        for column, (name, amount) in enumerate(self._amounts(of, option, key), self.first_money):
            wrote[column] = self.page.put(row, column, amount or None, key, name, **money)
        numbers = [
            wrote[column]
            for column in range(self.first_money, self.total_column)
            if isinstance(wrote[column], int | float)
        ]
        ends = [xl_col_to_name(c) for c in (self.first_money, self.total_column - 1)]
        formula = f"=SUM({ends[0]}{row + 1}:{ends[1]}{row + 1})"
        style = self.page.book.look.format(bold=True, **money)
        self.page.sheet.write_formula(row, self.total_column, formula, style, sum(numbers))
        wrote[self.total_column] = sum(numbers)
        comment = of.comment if counts else ""
        look = {"colour": GREY, "bottom": LINE}
        self.page.put(row, self.comment_column, comment or None, key, "Comments", **look)
        for column, (name, _) in enumerate(self.WRITTEN_BACK, self.comment_column + 1):
            blank = self.page.book.look.format(bottom=LINE, **self._look(name))
            self.page.sheet.write_blank(row, column, None, blank)
        if counts:
            for column in self.summed:
                if isinstance(wrote[column], int | float):
                    self.summed[column] += wrote[column]

    def _amounts(self, of: Project, option: str, key: Key) -> list[tuple[str, int | None]]:
        """The cost cells of a row, by header."""
        spend = figures.spend(of, of.options[option] if option else 1.0)
        cells: list[tuple[str, int | None]] = [
            (f"{year_label(year)} {kind}", spend.years.get((year, kind)))
            for year in FISCAL_YEARS
            for kind in KINDS
        ]
        cells += [("Prior", spend.prior), ("Later", spend.later)]
        cells.append(("Contingency", spend.contingency))
        if any(defect.id == "zero-means-missing" and defect.key == key for defect in DEFECTS):
            return [(name, None) for name, _ in cells]
        return cells

    def _total(self, row: int, first: int) -> None:
        style = self.page.book.look.format(bold=True, top=ACCENT, fill=PALE, number_format=MONEY)
        for column in range(self.last_column + 1):
            self.page.sheet.write_blank(row, column, None, style)
        self.page.sheet.write_string(row, 0, "Total", style)
        options = self.names.index("Option")
        choice = xl_col_to_name(options)
        for column, total in self.summed.items():
            name = xl_col_to_name(column)
            cells = f"{name}{first + 1}:{name}{row}"
            option = f"{choice}{first + 1}:{choice}{row}"
            formula = f'=SUMIFS({cells},{option},"<>B",{option},"<>Do minimum")'
            self.page.sheet.write_formula(row, column, formula, style, total)

    def _look(self, name: str) -> dict[str, Any]:
        if name.endswith("(GBP k)"):
            return {"number_format": MONEY, "align": "right"}
        if name.endswith(("start", "date")):
            return {"number_format": DAY, "align": "center"}
        if name in ("% complete", "Confidence"):
            return {"number_format": "0%", "align": "center"}
        if name in ("RAG", "Force in/out", "Risk"):
            return {"align": "center"}
        return {}
