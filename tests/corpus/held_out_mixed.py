"""Scoring sheets with weighted columns, look-alike registers, and a book without projects."""

from __future__ import annotations

from datetime import date

from tests.corpus import workbook
from tests.corpus.layout import Book, Calculated, Col
from tests.corpus.offices import (
    PEOPLE,
    SECTORS,
    STATUS_DATE,
    fte,
    make_projects,
    month_starts,
    pick,
    spread,
    thousands,
)


@workbook("h21_university_scoring_raw_and_weighted", "held_out", "university")
def raw_and_weighted(book: Book) -> None:
    ps = make_projects("university", 42, 121)
    words = SECTORS["university"].criteria
    weights = [5, 4, 3, 3, 2]
    s = book.sheet("Prioritisation 2027")
    s.lines("B1", ["Capital Planning Group", "Prioritisation model v7.2 FINAL (2)"], bold=True)
    columns = [
        Col("#", pick(ps, lambda p: p.n)),
        Col("Bid", pick(ps, lambda p: p.name)),
        Col("College", pick(ps, lambda p: p.department)),
        Col("Ask (£k)", pick(ps, thousands(lambda p: p.cost)), "#,##0"),
    ]
    for j, c in enumerate(words):
        raw = [p.ratings[j] for p in ps]
        columns.append(Col((c, "Raw 1-5"), raw))
        columns.append(Col((c, "Wtd"), [weights[j] * r for r in raw]))
    total = [sum(w * r for w, r in zip(weights, p.ratings, strict=True)) for p in ps]
    columns += [
        Col("Total score", total),
        Col(
            "Score per £m",
            [
                Calculated(f"=P{9 + i}/E{9 + i}*1000", round(t / max(1, p.cost / 1e6), 3))
                for i, (p, t) in enumerate(zip(ps, total, strict=True))
            ],
            "0.0",
        ),
        Col("CPG outcome 2026", pick(ps, lambda p: ["Support", "Resubmit", "Decline"][p.decision])),
        Col("Legal / H&S must-do", pick(ps, lambda p: "Y" if p.mandatory else "N")),
    ]
    s.put("E5", "Weight:", italic=True)
    for j, w in enumerate(weights):
        s.cell(4, 6 + 2 * j, w)
    place = s.table(
        "B6",
        columns,
        describe=[
            [
                None,
                "Short title of the bid, as it should appear in committee papers",
                None,
                "Total capital requested from the University, excluding external grants already"
                " secured and any recurrent costs after opening",
                *["Score 1 (poor) to 5 (excellent); leave blank if not applicable", None] * 5,
            ]
        ],
    )
    raws = [f"{c} > Raw 1-5" for c in words]
    book.expect(
        place,
        "projects",
        {
            "project_id": "#",
            "name": "Bid",
            "department": "College",
            "cost": "Ask (£k)",
            "score": "Total score",
            "force": "Legal / H&S must-do",
            "current_decision": "CPG outcome 2026",
        },
        asks=["current_decision", "project_id", "department"],
        never={
            "force": "CPG outcome 2026",
            "budget": "Ask (£k)",
            "bcr": "Score per £m",
            "cost": [f"{words[-1]} > Raw 1-5"],
            "value": "Score per £m",
        },
        subtotals=["Total score"],
        units={"cost": "£k"},
        ratings={"columns": raws, "weights": "G5,I5,K5,M5,O5"},
        notes="Raw ratings and weighted columns alternate under each criterion; only the raw ones"
        " are ratings. Weights stand above them. A row of long guidance under the headers.",
    )


@workbook("h22_rail_look_alike_registers", "held_out", "rail")
def look_alikes(book: Book) -> None:
    ps = make_projects("rail", 39, 122)
    names = [p.name for p in ps]
    a = book.sheet("RAID")
    place = a.table(
        "A3",
        [
            Col("ID", [f"{'RAID'[i % 4]}-{i:03d}" for i in range(1, 51)]),
            Col(
                "Type", [["Risk", "Assumption", "Issue", "Dependency"][i % 4] for i in range(1, 51)]
            ),
            Col("Name", [f"Possession clash at {ps[i % 39].site}" for i in range(50)]),
            Col("Programme", [ps[i % 39].programme for i in range(50)]),
            Col("Owner", [PEOPLE[i % 25] for i in range(50)]),
            Col("Priority", [i % 4 + 1 for i in range(50)]),
            Col("Status", ["Open", "Closed"] * 25),
            Col("RAG", ["R", "A", "G", "G", "A"] * 10),
            Col("Start date", [ps[i % 39].start for i in range(50)]),
            Col("End date", [ps[i % 39].finish for i in range(50)]),
            Col("Cost exposure (£k)", [15 * (i % 11) for i in range(50)]),
        ],
    )
    book.expect(
        place,
        None,
        never={"name": "Name", "cost": "Cost exposure (£k)"},
        notes="A RAID log with every header of a projects table but 'Project'.",
    )
    m = book.sheet("Milestones")
    place = m.table(
        "A1",
        [
            Col("Milestone ID", [f"M{i:03d}" for i in range(1, 79)]),
            Col("Project", [names[i // 2] for i in range(78)]),
            Col("Milestone", ["Contract award", "Entry into service"] * 39),
            Col(
                "Baseline date",
                [(ps[i // 2].base_start, ps[i // 2].base_finish)[i % 2] for i in range(78)],
            ),
            Col("Forecast date", [(ps[i // 2].start, ps[i // 2].finish)[i % 2] for i in range(78)]),
            Col("% complete", [ps[i // 2].complete for i in range(78)], "0%"),
            Col("RAG", ["G", "A"] * 39),
        ],
        excel_table="tMilestones",
    )
    book.expect(place, None, never={"name": "Project", "finish": "Forecast date"})
    t = book.sheet("Team")
    place = t.table(
        "A1",
        [
            Col("Staff no", [4400 + i for i in range(20)]),
            Col("Name", PEOPLE[:20]),
            Col("Role", [SECTORS["rail"].roles[i % 5] for i in range(20)]),
            Col("Grade", ["B3", "B2", "B4", "B1"] * 5),
            Col("FTE", [1, 1, 0.8, 0.6] * 5),
            Col("Day rate £", [410, 380, 520, 610] * 5),
        ],
    )
    book.expect(
        place,
        "capacity",
        {"role": "Role", "capacity": "FTE"},
        asks=["role", "capacity"],
        never={"name": "Name", "capacity": "Day rate £"},
        units={"capacity": "FTE"},
        notes="A staff list: capacity by role can be summed from it, with no periods. An analyst"
        " would ask first; leaving it alone is right too.",
        optional=True,
    )
    s = book.sheet("Schemes")
    s.cell(50000, 701, None, border=1)
    s.cell(49999, 2, None, bg_color="#FFFF00", border=1)
    place = s.table(
        "A2",
        [
            Col("Ref.", [f"EC{p.n:03d}" for p in ps]),
            Col("Scheme", names),
            Col("Sub-programme", pick(ps, lambda p: p.programme)),
            Col("Current stage", pick(ps, lambda p: f"ES{p.stage + 1}")),
            Col("DCA", pick(ps, lambda p: ["Green", "Amber", "Red"][p.rag])),
            Col("Initial start", pick(ps, lambda p: p.base_start), "dd/mm/yy"),
            Col("Current start", pick(ps, lambda p: p.start), "dd/mm/yy"),
            Col("Initial EIS", pick(ps, lambda p: p.base_finish), "dd/mm/yy"),
            Col("Current EIS", pick(ps, lambda p: p.finish), "dd/mm/yy"),
            Col("WLC £k", pick(ps, thousands(lambda p: p.cost)), "#,##0"),
            Col("CP7 budget £k", pick(ps, thousands(lambda p: p.approved)), "#,##0"),
            Col("EAC £k", pick(ps, thousands(lambda p: p.forecast)), "#,##0"),
            Col("Spend LTD £k", pick(ps, thousands(lambda p: p.spent)), "#,##0"),
            Col("Needs", [f"EC{p.n - 3:03d}" if p.n % 8 == 5 else None for p in ps]),
        ],
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "Ref.",
            "name": "Scheme",
            "programme": "Sub-programme",
            "stage": "Current stage",
            "rag": "DCA",
            "start": ["Current start"],
            "finish": ["Current EIS"],
            "cost": "WLC £k",
            "budget": "CP7 budget £k",
            "forecast_cost": "EAC £k",
            "spent_to_date": "Spend LTD £k",
        },
        asks=["start", "finish", "spent_to_date", "budget"],
        never={"confidence": "DCA", "start": "Initial start", "finish": "Initial EIS"},
        units={"cost": "£k", "budget": "£k", "forecast_cost": "£k"},
        notes="The last sheet; two formatted stray cells at C50000 and ZZ50001. EIS: entry into"
        " service. LTD: life to date.",
    )


@workbook("h23_council_no_projects_table", "held_out", "council")
def no_projects(book: Book) -> None:
    s = book.sheet("Debtors")
    s.put("A1", "Aged debt by customer", bold=True)
    place = s.table(
        "A3",
        [
            Col("Account", [f"AC{70 + i}" for i in range(30)]),
            Col("Customer name", [f"{x} Ltd" for x in (PEOPLE * 2)[:30]]),
            Col("0-30 days", [round(120.5 * (i % 7), 2) for i in range(30)], "£#,##0.00"),
            Col("31-60 days", [round(80.25 * (i % 5), 2) for i in range(30)], "£#,##0.00"),
            Col("Total", [120.5 * (i % 7) + 80.25 * (i % 5) for i in range(30)], "£#,##0.00"),
            Col("Status", ["Active", "On stop"] * 15),
        ],
        summed=["0-30 days", "31-60 days", "Total"],
        total="Total",
    )
    book.expect(place, None, never={"name": "Customer name", "cost": "Total"})
    r = book.sheet("Rota")
    place = r.table(
        "B2",
        [
            Col("Name", PEOPLE[:10]),
            *[Col(d, ["E", "L", None, "N", "E"] * 2) for d in ("Mon", "Tue", "Wed", "Thu", "Fri")],
        ],
    )
    book.expect(place, None, notes="No workbook of a portfolio: there is no projects table at all.")


@workbook("h24_defence_spend_and_people_by_project", "held_out", "defence")
def spend_and_people(book: Book) -> None:
    ps = make_projects("defence", 18, 124)
    s = book.sheet("Programme Board Pack")
    s.lines("A1", ["Programme board pack", "Section 1: projects"], bold=True)
    half_years = ["H2 26", "H1 27", "H2 27", "H1 28"]
    parts = [[round(v / 1e6, 1) for v in spread(p, date(2026, 7, 1), 4, 6)] for p in ps]
    place = s.table(
        "A4",
        [
            Col("Project ID", [f"D/{p.n:02d}" for p in ps]),
            Col("Project", pick(ps, lambda p: p.name)),
            Col(
                "State", pick(ps, lambda p: ["New", "Ready", "Running", "Paused", "Shut"][p.state])
            ),
            Col("Cost so far", [v[0] for v in parts], "#,##0.0"),
            *[Col(h, [v[k + 1] for v in parts], "#,##0.0") for k, h in enumerate(half_years)],
            Col("Thereafter", [v[5] for v in parts], "#,##0.0"),
            Col("Cost in total", [round(sum(v), 1) for v in parts], "#,##0.0"),
            Col("Effect (0-100)", pick(ps, lambda p: 20 * p.ratings[0])),
        ],
        total="All projects",
        summed=["Cost in total"],
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "Project ID",
            "name": "Project",
            "lifecycle": "State",
            "spent_to_date": "Cost so far",
            "cost": [*half_years, "Thereafter"],
            "value": "Effect (0-100)",
        },
        instead={"cost": [["Cost in total"], ["Cost so far", *half_years, "Thereafter"]]},
        asks=["cost", "value", "spent_to_date"],
        never={"cost": "Cost so far"},
        subtotals=["Cost in total"],
        notes="Half years are no period we know, so the total is the safe reading. No unit at all.",
    )
    s.put("A26", "Section 2: people needed (FTE)", bold=True)
    months = month_starts(date(2026, 10, 1), 15)
    labels = [f"{m:%b %Y}" for m in months]
    roles = SECTORS["defence"].roles
    rows = [(p, roles[(p.n * 2 + k) % 5]) for p in ps[:10] for k in range(2)]
    curves = [fte(900 + i, 15, 6.0) for i in range(len(rows))]
    place = s.table(
        "A27",
        [
            Col("Project ID", [f"D/{p.n:02d}" for p, _ in rows]),
            Col("Skill", [r for _, r in rows]),
            *[Col(m, [c[k] for c in curves]) for k, m in enumerate(labels)],
        ],
    )
    book.expect(
        place,
        "demand",
        {"project_id": "Project ID", "role": "Skill", "demand": labels},
        periods={"kind": "month", "first": "Oct-26", "last": "Dec-27", "count": 15, "kinds": []},
        units={"demand": "FTE"},
    )
    s.put("A49", "Section 3: people we have (FTE)", bold=True)
    place = s.table(
        "A50",
        [
            Col("Skill", roles),
            Col("Contractors?", ["N", "N", "Y", "N", "Y"]),
            *[Col(m, [8, 12, 5, 3, 4]) for m in labels],
        ],
        footnotes=[f"Position at {STATUS_DATE:%d %B %Y}"],
    )
    book.expect(
        place,
        "capacity",
        {"role": "Skill", "capacity": labels},
        periods={"kind": "month", "first": "Oct-26", "last": "Dec-27", "count": 15, "kinds": []},
        units={"capacity": "FTE"},
        notes="Three sections under each other, each under its title.",
    )
