"""Money and people by month, logos, error cells and tables with a totals row."""

from __future__ import annotations

import struct
import zlib
from datetime import date
from io import BytesIO

from tests.corpus import workbook
from tests.corpus.layout import Book, Calculated, Col
from tests.corpus.offices import (
    SECTORS,
    STATUS_DATE,
    add_months,
    fte,
    make_projects,
    millions,
    month_starts,
    pick,
    spread,
    thousands,
)


def logo(width: int = 120, height: int = 30) -> BytesIO:
    """A plain blue PNG, as a logo."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = b"".join(b"\0" + b"\x1f\x4e\x79" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return BytesIO(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )


@workbook("d21_bank_monthly_phasing", "dev", "bank")
def monthly_phasing(book: Book) -> None:
    ps = make_projects("bank", 34, 21)
    s = book.sheet("Projects")
    s.page.insert_image("A1", "logo.png", {"image_data": logo()})
    s.lines("D1", ["Change Portfolio", "Data as at: 30/09/2026"], bold=True)
    place = s.table(
        "A5",
        [
            Col("Project code", [f"BK{p.n:03d}" for p in ps]),
            Col("Project name", pick(ps, lambda p: p.name)),
            Col(
                "Status",
                pick(
                    ps, lambda p: ["Proposed", "Approved", "Active", "On hold", "Closed"][p.state]
                ),
            ),
            Col("RAG status", pick(ps, lambda p: ["G", "A", "R"][p.rag])),
            Col("Lifecycle stage", pick(ps, lambda p: f"Stage {p.stage}")),
            Col("Whole life cost £k", pick(ps, thousands(lambda p: p.cost)), "#,##0"),
            Col(
                "2026/27 budget £k",
                [round(spread(p, date(2026, 4, 1), 1, 12)[1] / 1e3) for p in ps],
            ),
            Col(
                "2026/27 forecast outturn £k",
                [round(spread(p, date(2026, 4, 1), 1, 12, p.forecast)[1] / 1e3) for p in ps],
            ),
            Col("Total cost of ownership £k", pick(ps, thousands(lambda p: p.cost * 1.4)), "#,##0"),
            Col(
                "Benefit owner lookup",
                [
                    Calculated("=VLOOKUP(A1,Z1:Z2,1,0)", "#N/A") if p.n % 5 == 0 else p.sponsor
                    for p in ps
                ],
            ),
            Col("Benefits (10 yr) £k", pick(ps, thousands(lambda p: p.benefit)), "#,##0"),
            Col("BCR", pick(ps, lambda p: p.bcr), "0.00"),
            Col("ROI %", pick(ps, lambda p: p.irr), "0%"),
            Col("Start date", pick(ps, lambda p: p.start)),
            Col("End date", pick(ps, lambda p: p.finish)),
        ],
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "Project code",
            "name": "Project name",
            "lifecycle": "Status",
            "rag": "RAG status",
            "stage": "Lifecycle stage",
            "cost": "Whole life cost £k",
            "budget": "2026/27 budget £k",
            "benefit": "Benefits (10 yr) £k",
            "bcr": "BCR",
            "irr": "ROI %",
            "start": "Start date",
            "finish": "End date",
        },
        asks=["budget"],
        never={
            "cost": ["2026/27 forecast outturn £k", "2026/27 budget £k"],
            "budget": "Whole life cost £k",
            "forecast_cost": "2026/27 forecast outturn £k",
            "lifecycle": "Lifecycle stage",
            "benefit": "BCR",
        },
        units={"cost": "£k", "benefit": "£k"},
        notes="The budget and outturn are of one year. Error cells in the owner's lookup. A logo"
        " stands in rows 1 to 3. Total cost of ownership is whole life cost and running cost.",
    )
    m = book.sheet("Phasing 26-27")
    m.put("A1", "Spend phasing, £k, actual to Sep then forecast", bold=True)
    months = month_starts(date(2026, 4, 1), 12)
    labels = [f"{d:%Y-%m}" for d in months]
    parts = [[round(v / 1e3, 1) for v in spread(p, months[0], 12, 1)] for p in ps]
    place = m.table(
        "A3",
        [
            Col("Project code", [f"BK{p.n:03d}" for p in ps]),
            Col("Project name", pick(ps, lambda p: p.name)),
            *[
                Col(("Actual" if k < 6 else "Forecast", d), [v[k + 1] for v in parts], "#,##0.0")
                for k, d in enumerate(labels)
            ],
            Col("FY total", [round(sum(v[1:13]), 1) for v in parts], "#,##0.0"),
        ],
        summed=["FY total"],
        total="Total",
    )
    columns = [f"{'Actual' if k < 6 else 'Forecast'} > {d}" for k, d in enumerate(labels)]
    book.expect(
        place,
        "projects",
        {"project_id": "Project code", "name": "Project name", "cost": columns},
        instead={"cost": [columns[6:], ["FY total"]]},
        asks=["cost"],
        periods={"kind": "month", "first": "Apr-26", "last": "Mar-27", "count": 12, "kinds": []},
        subtotals=["FY total"],
        units={"cost": "£k"},
        part_of="Projects",
        notes="Projects by months: the same projects' spend in one year, joined by code; not a"
        " second list of projects. 'Actual' and 'Forecast' are bases, not kinds of money.",
    )
    r = book.sheet("Resource")
    rows = [(p, role) for p in ps[:12] for role in SECTORS["bank"].roles[:2]]
    curves = [fte(700 + i, 12) for i in range(len(rows))]
    place = r.table(
        "A2",
        [
            Col("Project code", [f"BK{p.n:03d}" for p, _ in rows]),
            Col("Role", [x for _, x in rows]),
            *[
                Col(d, [None if c[k] is None else round(c[k] * 20) for c in curves])
                for k, d in enumerate(labels)
            ],
        ],
    )
    r.put("A1", "Person days per month")
    book.expect(
        place,
        "demand",
        {"project_id": "Project code", "role": "Role", "demand": labels},
        periods={"kind": "month", "first": "Apr-26", "last": "Mar-27", "count": 12, "kinds": []},
        units={"demand": "days"},
        notes="Unit in the title line only.",
    )


@workbook("d22_defence_totals_row_table", "dev", "defence")
def totals_row(book: Book) -> None:
    ps = make_projects("defence", 27, 22)
    s = book.sheet("Infra")
    s.put("B2", "Defence estate: infrastructure projects", bold=True)
    headers = [
        "Key",
        "Project / Site",
        "TLB",
        "Project Sponsor",
        "Proj Mgr",
        "RIBA",
        "DCA",
        "Initial Gate",
        "In Service Date",
        "P50 (£m)",
        "P90 (£m)",
        "Contracted (£m)",
        "To go (£m)",
        "Termination liability (£m)",
    ]
    columns = [
        [f"DIO-{p.n:04d}" for p in ps],
        [p.name for p in ps],
        [p.department for p in ps],
        [p.sponsor for p in ps],
        [p.manager for p in ps],
        [p.stage + 1 for p in ps],
        [["Green", "Amber/Green", "Amber", "Amber/Red", "Red"][p.risk - 1] for p in ps],
        [p.start for p in ps],
        [p.finish for p in ps],
        [round(p.cost / 1e6, 1) for p in ps],
        [round(p.cost * 1.25 / 1e6, 1) for p in ps],
        [round(p.committed / 1e6, 1) for p in ps],
        [round(p.to_go / 1e6, 1) for p in ps],
        [round(p.committed * 0.1 / 1e6, 1) for p in ps],
    ]
    place = s.table("B4", [Col(h, v) for h, v in zip(headers, columns, strict=True)])
    s.page.add_table(
        3,
        1,
        31,
        14,
        {
            "name": "Estate",
            "total_row": True,
            "columns": [
                {"header": h}
                | ({"total_string": "Total"} if j == 0 else {})
                | (
                    {"total_function": "sum", "total_value": round(sum(columns[j]), 1)}
                    if j >= 9
                    else {}
                )
                for j, h in enumerate(headers)
            ],
        },
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "Key",
            "name": "Project / Site",
            "department": "TLB",
            "sponsor": "Project Sponsor",
            "manager": "Proj Mgr",
            "stage": "RIBA",
            "rag": "DCA",
            "start": "Initial Gate",
            "finish": "In Service Date",
            "cost": ["P50 (£m)"],
            "committed_cost": "Contracted (£m)",
            "cost_to_go": "To go (£m)",
            "exit_cost": "Termination liability (£m)",
        },
        instead={"cost": [["P90 (£m)"]]},
        asks=["department", "stage", "cost", "start", "finish", "exit_cost"],
        never={"cost": "Contracted (£m)", "confidence": "DCA"},
        units={"cost": "£m", "committed_cost": "£m", "cost_to_go": "£m"},
        excel_table="Estate",
        notes="An Excel table with a totals row, which is no project. P50 and P90 are two estimates"
        " of one cost. Five-point DCA.",
    )
    c = book.sheet("Requirements")
    c.put("A1", "Category guard rails (share of spend)")
    place = c.table(
        "A3",
        [
            Col("Category", SECTORS["defence"].categories),
            Col("Target mix", [0.5, 0.25, 0.15, 0.1], "0%"),
            Col("Current mix", [0.61, 0.2, 0.12, 0.07], "0%"),
        ],
    )
    book.expect(
        place,
        "categories",
        {"category": "Category", "target_share": "Target mix"},
        never={
            "target_share": "Current mix",
            "max_share": "Current mix",
            "min_share": "Current mix",
        },
    )


@workbook("d23_oil_shutdown_sections_in_columns", "dev", "oil")
def shutdown_sections(book: Book) -> None:
    ps = sorted(make_projects("oil", 45, 23), key=lambda p: p.programme)
    s = book.sheet("Sanction list")
    s.put("A1", "Projects for sanction / in execution", bold=True, font_size=14)
    s.put("A2", "Net to company. USD million, money of the day. Status date 30-Sep-26.")
    groups = [
        (f"Programme: {name}", sum(p.programme == name for p in ps))
        for name in sorted({p.programme for p in ps})
    ]
    place = s.table(
        "A5",
        [
            Col("Ref", [f"SP-{p.n:03d}" for p in ps]),
            Col("Opportunity", pick(ps, lambda p: p.name)),
            Col("Operator?", pick(ps, lambda p: "Y" if p.n % 4 else "N")),
            Col(
                "Stage gate",
                pick(ps, lambda p: ["Identify", "Select", "Define", "Execute", "Operate"][p.stage]),
            ),
            Col("Sanction date", pick(ps, lambda p: p.start), "mmm-yy"),
            Col("First production", pick(ps, lambda p: p.finish), "mmm-yy"),
            Col("Gross capex", pick(ps, millions(lambda p: p.capex * 1.6, 1)), "#,##0.0"),
            Col("Net capex", pick(ps, millions(lambda p: p.capex, 1)), "#,##0.0"),
            Col("Net abex", pick(ps, millions(lambda p: p.capex * 0.1, 1)), "#,##0.0"),
            Col("PIR", pick(ps, lambda p: round(p.npv / p.cost, 2)), "0.00"),
            Col("NPV@8%", pick(ps, millions(lambda p: p.npv, 1)), "#,##0.0;(#,##0.0)"),
            Col(
                "Board decision Q2", pick(ps, lambda p: ["Sanction", "Recycle", "Hold"][p.decision])
            ),
            Col("Safety critical", pick(ps, lambda p: "Yes" if p.mandatory else "No")),
            Col("Complete by", [add_months(p.finish, 4) for p in ps], "mmm-yy"),
        ],
        sections=groups,
        gap=1,
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "Ref",
            "name": "Opportunity",
            "stage": "Stage gate",
            "start": "Sanction date",
            "finish": ["First production", "Complete by"],
            "cost": ["Net capex", "Net abex"],
            "npv": "NPV@8%",
            "force": "Safety critical",
            "current_decision": "Board decision Q2",
        },
        instead={"cost": [["Net capex"]]},
        asks=["start", "finish", "cost", "force", "current_decision", "name"],
        never={
            "cost": "Gross capex",
            "force": ["Board decision Q2", "Operator?"],
            "benefit": "PIR",
            "npv": "PIR",
        },
        units={"cost": "$m", "npv": "$m"},
        notes="Gross includes the partners' share: net is ours. PIR is a ratio. Programmes only in"
        " section rows with a blank row under the header.",
        status_date=f"{STATUS_DATE:%Y-%m-%d}",
    )
