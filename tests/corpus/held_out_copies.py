"""Snapshots of one list beside each other, in a workbook that counts days from 1904."""

from __future__ import annotations

from datetime import date

from tests.corpus import workbook
from tests.corpus.layout import Book, Col
from tests.corpus.offices import SECTORS, add_months, make_projects, pick, spoil


@workbook("h25_nonprofit_snapshots_counting_from_1904", "held_out", "charity")
def snapshots(book: Book) -> None:
    book.file.date_1904 = True

    def fill(name: str, n: int, factor: float, months: int) -> None:
        ps = make_projects("charity", n, 125)
        s = book.sheet(name)
        s.put("A1", f"Global portfolio - {name}", bold=True)
        place = s.table(
            "A2",
            [
                Col("Proj. ID ", [f"GP-{p.n:03d}" for p in ps]),
                Col("Proj. Name", pick(ps, lambda p: p.name)),
                Col("Program", pick(ps, lambda p: p.programme)),
                Col("Proj. Lead", pick(ps, lambda p: p.manager)),
                Col(
                    "Status", pick(ps, lambda p: ["Idea", "Ok'd", "Live", "Hold", "Done"][p.state])
                ),
                Col("R/Y/G", pick(ps, lambda p: "GYR"[p.rag])),
                Col(
                    "Total Budget (USD)",
                    spoil(
                        pick(ps, lambda p: round(p.cost * factor, -2)), 9, 0.08, "TBD", "$45K", None
                    ),
                    "$#,##0",
                ),
                Col("Spent YTD (USD)", pick(ps, lambda p: round(p.spent * 0.4)), "$#,##0"),
                Col("Spent ITD (USD)", pick(ps, lambda p: round(p.spent)), "$#,##0"),
                Col("Begin", [add_months(p.start, months) for p in ps], "mm/dd/yyyy"),
                Col("End", [add_months(p.finish, months) for p in ps], "mm/dd/yyyy"),
                Col("Lives reached", pick(ps, lambda p: round(p.benefit / 20, -1)), "#,##0"),
            ],
        )
        book.expect(
            place,
            "projects",
            {
                "project_id": "Proj. ID ",
                "name": "Proj. Name",
                "programme": "Program",
                "manager": "Proj. Lead",
                "lifecycle": "Status",
                "rag": "R/Y/G",
                "budget": "Total Budget (USD)",
                "spent_to_date": "Spent ITD (USD)",
                "start": "Begin",
                "finish": "End",
                "value": "Lives reached",
            },
            asks=["value", "spent_to_date"],
            never={
                "spent_to_date": "Spent YTD (USD)",
                "benefit": "Lives reached",
                "cost": ["Spent YTD (USD)", "Spent ITD (USD)"],
            },
            units={"budget": "$", "spent_to_date": "$"},
            notes="The workbook counts days from 1904. YTD is this year, ITD since inception.",
            **({} if name == "Current" else {"copy_of": "Current"}),
        )
        if name.startswith("Snapshot Jan"):
            s.hide()

    fill("Current", 57, 1.0, 0)
    fill("Current (2)", 57, 1.1, 2)
    fill("Snapshot Jan-26", 44, 0.92, -1)
    t = book.sheet("Targets")
    place = t.table(
        "C5",
        [
            Col("Program", SECTORS["charity"].programmes),
            Col("% of spend (goal)", [0.5, 0.3, 0.1, 0.1], "0%"),
            Col("FY26 actual %", [0.46, 0.35, 0.09, 0.1], "0%"),
        ],
        total="Total",
        summed=["% of spend (goal)", "FY26 actual %"],
    )
    book.expect(
        place,
        "categories",
        {"category": "Program", "target_share": "% of spend (goal)"},
        asks=["category"],
        never={"target_share": "FY26 actual %", "max_share": "FY26 actual %"},
        notes="Shares by programme: the balance is wanted over programmes, not over a category"
        " column.",
    )
    f = book.sheet("Funding")
    place = f.form(
        "A1",
        [
            [
                ("Unrestricted funds FY27 (USD)", 2_400_000, "$#,##0"),
                ("Fiscal year begins", "July"),
                ("Reporting date", date(2026, 9, 30)),
                ("Reporting currency", "USD"),
            ]
        ],
    )
    book.expect(
        place,
        "settings",
        {
            "fiscal_first_month": "Fiscal year begins",
            "status_date": "Reporting date",
            "currency": "Reporting currency",
        },
        notes="The first line is a budget for one year among the settings; an analyst would take it"
        " as the budget after asking.",
    )
