"""Defence, water, oil and gas, pharma and banks in continental, American and Australian habits."""

from __future__ import annotations

import random
from datetime import date

from tests.corpus import workbook
from tests.corpus.layout import Book, Col
from tests.corpus.offices import (
    PEOPLE,
    SECTORS,
    STATUS_DATE,
    add_months,
    fte,
    make_projects,
    millions,
    pick,
    spoil,
    spread,
    thousands,
)


@workbook("h09_defense_earned_value", "held_out", "defence")
def earned_value(book: Book) -> None:
    ps = make_projects("defence", 56, 109)
    s = book.sheet("EVMS Rollup")
    s.put("A1", "PEO Integrated Systems - Monthly EVMS Rollup (TEST DATA)", bold=True)
    s.put("A2", "CPR data date: 25 Sep 2026    |    Then-year dollars, millions")
    money = "#,##0.0"
    place = s.table(
        "A4",
        [
            Col("PROGRAM ELEMENT", [f"06{p.n:05d}N" for p in ps]),
            Col("PROJECT", pick(ps, lambda p: p.name)),
            Col("ACAT", pick(ps, lambda p: ["III", "II", "IC"][p.n % 3])),
            Col("PM", pick(ps, lambda p: p.manager)),
            Col(("CUMULATIVE", "BCWS"), pick(ps, millions(lambda p: p.spent * 1.04, 1)), money),
            Col(("CUMULATIVE", "BCWP"), pick(ps, millions(lambda p: p.spent * 0.97, 1)), money),
            Col(("CUMULATIVE", "ACWP"), pick(ps, millions(lambda p: p.spent, 1)), money),
            Col(("CUMULATIVE", "SPI"), [0.93] * 56, "0.00"),
            Col(("CUMULATIVE", "CPI"), [0.97] * 56, "0.00"),
            Col(("AT COMPLETION", "BAC"), pick(ps, millions(lambda p: p.cost, 1)), money),
            Col(("AT COMPLETION", "ETC"), pick(ps, millions(lambda p: p.to_go, 1)), money),
            Col(("AT COMPLETION", "EAC"), pick(ps, millions(lambda p: p.forecast, 1)), money),
            Col(
                ("AT COMPLETION", "VAC"),
                pick(ps, millions(lambda p: p.cost - p.forecast, 1)),
                "#,##0.0;(#,##0.0)",
            ),
            Col(("DATES", "CONTRACT AWARD"), pick(ps, lambda p: p.start), "mm/dd/yy"),
            Col(("DATES", "IOC"), pick(ps, lambda p: p.finish), "mm/dd/yy"),
            Col("STOPLIGHT", pick(ps, lambda p: "GYR"[p.rag])),
        ],
        summed=["CUMULATIVE > ACWP", "AT COMPLETION > BAC", "AT COMPLETION > EAC"],
        total="PEO TOTAL",
        footnotes=["IOC = initial operational capability"],
    )
    for row in (9, 10, 17, 30):
        s.page.set_row(row, None, None, {"hidden": True})
    book.expect(
        place,
        "projects",
        {
            "project_id": "PROGRAM ELEMENT",
            "name": "PROJECT",
            "category": "ACAT",
            "manager": "PM",
            "actual_cost": "CUMULATIVE > ACWP",
            "budget": "AT COMPLETION > BAC",
            "cost_to_go": "AT COMPLETION > ETC",
            "forecast_cost": "AT COMPLETION > EAC",
            "start": "DATES > CONTRACT AWARD",
            "finish": "DATES > IOC",
            "rag": "STOPLIGHT",
        },
        asks=["start", "finish", "rag", "category", "actual_cost"],
        never={
            "budget": ["CUMULATIVE > BCWS", "CUMULATIVE > BCWP"],
            "cost": ["CUMULATIVE > BCWS", "CUMULATIVE > ACWP", "AT COMPLETION > VAC"],
            "cost_to_go": "AT COMPLETION > EAC",
        },
        units={"budget": "$m", "cost_to_go": "$m", "forecast_cost": "$m"},
        notes="Four hidden rows are data. Unit only in the title ('dollars, millions').",
    )


@workbook("h10_water_period_review_three_levels", "held_out", "water")
def water_review(book: Book) -> None:
    ps = make_projects("water", 73, 110)
    s = book.sheet("CW3a")
    s.lines(
        "B2",
        [
            "Table CW3 - Enhancement expenditure by scheme",
            "Company: Example Water",
            "2022-23 prices",
        ],
        bold=True,
    )
    s.put("B18", "Lines must be completed to three decimal places.")
    years = ["2025-26", "2026-27", "2027-28", "2028-29", "2029-30"]
    parts = [[round(v / 1e6, 3) for v in spread(p, date(2025, 4, 1), 5, 12)] for p in ps]
    columns = [
        Col("Line", [f"CW3.{p.n}" for p in ps]),
        Col("Scheme name", pick(ps, lambda p: p.name)),
        Col("Units", ["£m"] * 73),
        Col("DPs", [3] * 73),
    ]
    labels = []
    for kind, share in (("Capex", 0.85), ("Opex", 0.15)):
        for k, y in enumerate(years):
            values = [round(v[k + 1] * share, 3) for v in parts]
            columns.append(Col(("Period 8 (AMP8)", kind, y), values, "0.000"))
            labels.append(f"Period 8 (AMP8) > {kind} > {y}")
        columns.append(
            Col(
                ("Period 8 (AMP8)", kind, "AMP8 total"),
                [round(sum(round(v[k + 1] * share, 3) for k in range(5)), 3) for v in parts],
                "0.000",
            )
        )
    columns.append(
        Col(
            ("Period 8 (AMP8)", "Totex"),
            [round(sum(v[1:6]), 3) for v in parts],
            "0.000",
        )
    )
    columns.append(Col("After 2029-30", [v[6] for v in parts], "0.000"))
    place = s.table("B20", columns)
    totals = [f"Period 8 (AMP8) > {k} > AMP8 total" for k in ("Capex", "Opex")]
    book.expect(
        place,
        "projects",
        {
            "project_id": "Line",
            "name": "Scheme name",
            "cost": [*labels, "After 2029-30"],
        },
        instead={"cost": [labels, totals, ["Period 8 (AMP8) > Totex"]]},
        asks=["project_id"],
        never={"duration": "DPs", "budget": "After 2029-30"},
        periods={
            "kind": "year",
            "first": "2025/26",
            "last": "2029/30",
            "count": 5,
            "kinds": ["Capex", "Opex"],
        },
        subtotals=[*totals, "Period 8 (AMP8) > Totex"],
        units={"cost": "£m"},
        notes="Kinds over years here, header in rows 20 to 22. The unit stands in a column of its"
        " own. Totals of each kind and of both.",
    )


@workbook("h11_energy_decimal_commas_french", "held_out", "oil")
def decimal_commas(book: Book) -> None:
    ps = make_projects("oil", 38, 111)
    s = book.sheet("Portefeuille")
    s.put("A1", "Portefeuille de projets 2027 - Project portfolio 2027", bold=True)
    s.put("A2", "Montants en M€ / amounts in EUR m")

    def comma(value: float) -> str:
        return f"{value:.1f}".replace(".", ",")

    place = s.table(
        "A5",
        [
            Col("Code projet", [f"EN-{p.n:03d}" for p in ps]),
            Col("Project / Projet", pick(ps, lambda p: p.name)),
            Col("Direction", pick(ps, lambda p: p.department)),
            Col("Chef de projet (PM)", pick(ps, lambda p: p.manager)),
            Col(
                "Statut",
                pick(ps, lambda p: ["Idée", "Validé", "En cours", "Gelé", "Clos"][p.state]),
            ),
            Col("Début", pick(ps, lambda p: f"{p.start:%d.%m.%Y}")),
            Col("Fin", pick(ps, lambda p: f"{p.finish:%d.%m.%Y}")),
            Col("Total cost (M€)", pick(ps, lambda p: comma(p.cost / 1e6))),
            Col(
                "Budget 2027 (M€)", [comma(spread(p, date(2027, 1, 1), 1, 12)[1] / 1e6) for p in ps]
            ),
            Col("Réalisé (M€)", pick(ps, lambda p: comma(p.spent / 1e6))),
            Col("VAN / NPV (M€)", pick(ps, lambda p: comma(p.npv / 1e6))),
            Col("TRI / IRR", pick(ps, lambda p: comma(p.irr * 100) + " %")),
            Col("Avancement %", pick(ps, lambda p: round(p.complete * 100))),
        ],
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "Code projet",
            "name": "Project / Projet",
            "department": "Direction",
            "manager": "Chef de projet (PM)",
            "lifecycle": "Statut",
            "start": "Début",
            "finish": "Fin",
            "cost": "Total cost (M€)",
            "budget": "Budget 2027 (M€)",
            "actual_cost": "Réalisé (M€)",
            "npv": "VAN / NPV (M€)",
            "irr": "TRI / IRR",
            "percent_complete": "Avancement %",
        },
        asks=[
            "project_id",
            "department",
            "manager",
            "lifecycle",
            "start",
            "finish",
            "budget",
            "actual_cost",
            "percent_complete",
            "npv",
            "irr",
        ],
        never={
            "cost": ["Budget 2027 (M€)", "Réalisé (M€)"],
            "direction": "Direction",
            "benefit": "VAN / NPV (M€)",
            "start": "Fin",
        },
        units={"cost": "€m", "npv": "€m"},
        notes="Headers half French; 'Direction' is a department. Money is text with decimal commas,"
        " dates are text with points. The budget is for one year only.",
    )


@workbook("h12_bank_issue_tracker_epics", "held_out", "bank")
def tracker_export(book: Book) -> None:
    ps = make_projects("bank", 95, 112)
    s = book.sheet("general_report")
    s.put("A1", "Issue export")
    s.put("A2", "Displaying 95 issues at 30/Sep/26 11:02 AM.")
    place = s.table(
        "A4",
        [
            Col("Project", ["Change Portfolio"] * 95),
            Col("Key", [f"CHG-{400 + p.n}" for p in ps]),
            Col("Summary", pick(ps, lambda p: p.name)),
            Col("Issue Type", ["Epic"] * 95),
            Col(
                "Status",
                pick(ps, lambda p: ["Idea", "Ready", "In Progress", "Blocked", "Done"][p.state]),
            ),
            Col(
                "Priority", pick(ps, lambda p: ["Highest", "High", "Medium", "Low"][p.priority - 1])
            ),
            Col("Resolution", pick(ps, lambda p: "Done" if p.state == 4 else "Unresolved")),
            Col("Assignee", spoil(pick(ps, lambda p: p.manager), 3, 0.12, "Unassigned")),
            Col("Reporter", pick(ps, lambda p: p.sponsor)),
            Col(
                "Created",
                [min(date(2026, 9, 2), add_months(p.start, -5)) for p in ps],
                "dd/mmm/yy h:mm AM/PM",
            ),
            Col("Due", pick(ps, lambda p: p.finish), "dd/mmm/yy"),
            Col("Custom field (Target start)", pick(ps, lambda p: p.start), "dd/mmm/yy"),
            Col("Custom field (T-shirt size)", pick(ps, lambda p: "SML"[p.n % 3])),
            Col("Custom field (Investment £k)", pick(ps, thousands(lambda p: p.cost)), "0"),
            Col("Custom field (Annual benefit £k)", pick(ps, thousands(lambda p: p.benefit / 4))),
            Col("Custom field (WSJF)", pick(ps, lambda p: round(3 + p.bcr * 2, 1))),
            Col("Story Points", pick(ps, lambda p: 5 * p.months)),
            Col("Labels", pick(ps, lambda p: p.category.lower())),
            Col("Linked Issues", [f"CHG-{400 + p.n - 2}" if p.n % 7 == 3 else None for p in ps]),
        ],
        footnotes=["Generated at Wed Sep 30 11:02:41 BST 2026"],
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "Key",
            "name": "Summary",
            "lifecycle": "Status",
            "priority": "Priority",
            "manager": "Assignee",
            "start": "Custom field (Target start)",
            "finish": "Due",
            "cost": "Custom field (Investment £k)",
            "benefit": "Custom field (Annual benefit £k)",
            "score": "Custom field (WSJF)",
            "category": "Labels",
        },
        asks=["cost", "benefit", "score", "category", "manager", "finish"],
        never={
            "name": "Project",
            "start": "Created",
            "cost": "Story Points",
            "current_decision": "Resolution",
            "value": "Story Points",
        },
        units={"cost": "£k", "benefit": "£k"},
        notes="The tracker's 'Project' is the same in every row: it is not the project's name.",
    )


@workbook("h13_pharma_quarterly_resourcing", "held_out", "pharma")
def pharma_resourcing(book: Book) -> None:
    ps = make_projects("pharma", 22, 113)
    roles = SECTORS["pharma"].roles
    quarters = [f"FY{y} Q{q}" for y in (27, 28) for q in (1, 2, 3, 4)]
    s = book.sheet("Resource demand")
    s.put("A1", "FTE demand by function")
    rows = [(p, r) for p in ps for r in (roles[p.n % 5], roles[(p.n + 3) % 5])]
    curves = [fte(500 + i, 8, 5.0) for i in range(len(rows))]
    place = s.table(
        "A3",
        [
            Col("Compound", [p.name for p, _ in rows]),
            Col("Function", [r for _, r in rows]),
            Col("Location", [["Basel", "Boston", "Leiden"][p.n % 3] for p, _ in rows]),
            *[Col(q, [c[k] for c in curves], "0.00") for k, q in enumerate(quarters)],
        ],
    )
    book.expect(
        place,
        "demand",
        {"project_id": "Compound", "role": "Function", "demand": quarters},
        asks=["project_id"],
        periods={"kind": "quarter", "first": "FY27 Q1", "last": "FY28 Q4", "count": 8, "kinds": []},
        units={"demand": "FTE"},
    )
    s.put("A50", "FTE available by function")
    place = s.table(
        "A51",
        [
            Col("Function", roles),
            Col("Location", ["All"] * 5),
            Col("Site lead", PEOPLE[4:9]),
            *[Col(q, [14, 22, 9, 6, 5 + k % 2], "0.0") for k, q in enumerate(quarters)],
        ],
    )
    book.expect(
        place,
        "capacity",
        {"role": "Function", "capacity": quarters},
        periods={"kind": "quarter", "first": "FY27 Q1", "last": "FY28 Q4", "count": 8, "kinds": []},
        units={"capacity": "FTE"},
    )
    c = book.sheet("Compounds")
    place = c.table(
        "A2",
        [
            Col("Compound", pick(ps, lambda p: p.name)),
            Col("TA", pick(ps, lambda p: p.programme)),
            Col("P(TS)", pick(ps, lambda p: p.confidence), "0%"),
            Col("rNPV (CHF m)", pick(ps, millions(lambda p: p.npv, 1)), "#,##0.0"),
            Col("R&D cost to launch (CHF m)", pick(ps, millions(lambda p: p.cost, 1)), "#,##0.0"),
            Col("FPI", pick(ps, lambda p: p.start), "dd-mmm-yyyy"),
            Col("LPLV", pick(ps, lambda p: p.finish), "dd-mmm-yyyy"),
            Col("RAG", pick(ps, lambda p: ["G", "A", "R"][p.rag])),
            Col("Cumul. spend (CHF m)", pick(ps, millions(lambda p: p.spent, 1)), "#,##0.0"),
        ],
    )
    book.expect(
        place,
        "projects",
        {
            "name": "Compound",
            "programme": "TA",
            "confidence": "P(TS)",
            "npv": "rNPV (CHF m)",
            "cost": "R&D cost to launch (CHF m)",
            "start": "FPI",
            "finish": "LPLV",
            "rag": "RAG",
            "spent_to_date": "Cumul. spend (CHF m)",
        },
        asks=["programme", "confidence", "npv", "cost", "start", "finish", "spent_to_date"],
        never={"risk": "P(TS)", "cost": "Cumul. spend (CHF m)"},
        units={"cost": "CHFm", "npv": "CHFm"},
        notes="FPI, LPLV: first patient in, last patient's last visit. The name is the key.",
    )


@workbook("h14_mining_two_lists_side_by_side", "held_out", "oil")
def side_by_side(book: Book) -> None:
    s = book.sheet("FY27 Capex")
    s.lines("A1", ["Sustaining and growth capital, A$m", "Year ends 30 June"], bold=True)
    for k, (title, at, label) in enumerate(
        (("Sustaining", "A5", "A4"), ("Growth", "I5", "I4")),
    ):
        ps = make_projects("oil", 26 - 8 * k, 114 + k)
        s.put(label, title, bold=True)
        place = s.table(
            at,
            [
                Col("Proj No", [f"{'SG'[k]}{700 + p.n}" for p in ps]),
                Col("Project", pick(ps, lambda p: p.name)),
                Col("GM", pick(ps, lambda p: p.sponsor)),
                Col("FY27", [round(p.cost * 0.5 / 1e6, 2) for p in ps], "0.00"),
                Col("FY28", [round(p.cost * 0.3 / 1e6, 2) for p in ps], "0.00"),
                Col("FY29+", [round(p.cost * 0.2 / 1e6, 2) for p in ps], "0.00"),
                Col("Total", pick(ps, millions(lambda p: p.cost)), "0.00"),
            ],
        )
        book.expect(
            place,
            "projects",
            {
                "project_id": "Proj No",
                "name": "Project",
                "sponsor": "GM",
                "cost": ["FY27", "FY28", "FY29+"],
            },
            instead={"cost": [["Total"]]},
            asks=["sponsor"],
            periods={
                "kind": "year",
                "first": "2026/27",
                "last": "2027/28",
                "count": 2,
                "kinds": [],
            },
            subtotals=["Total"],
            units={"cost": "A$m"},
            part_of="two lists of one portfolio",
            notes="Two lists of different projects beside each other, one blank column between."
            " Which to take, or both, is a question. FY29+ is 'later'.",
        )


@workbook("h15_bank_pivot_and_hidden_lists", "held_out", "bank")
def pivot_summary(book: Book) -> None:
    ps = make_projects("bank", 210, 115)
    v = book.sheet("Summary")
    v.grid(
        "A3",
        [
            ["Sum of FY27 Ask", "Column Labels"],
            ["Row Labels", "Grow", "Regulatory", "Run", "Transform", "Grand Total"],
            *[[d, 4.1, 6.5, 2.2, 3.3, 16.1] for d in SECTORS["bank"].departments],
            ["Grand Total", 20.5, 32.5, 11.0, 16.5, 80.5],
        ],
        bold=True,
    )
    s = book.sheet("Book of Work")
    s.put("A1", "BoW FY27 - frozen 30 Sep 2026. USD thousands unless stated.")
    place = s.table(
        "A2",
        [
            Col("BoW ID", [f"BOW{p.n:04d}" for p in ps]),
            Col("Clarity ID", [f"PR{77000 + p.n * 3}" if p.state else None for p in ps]),
            Col("Initiative Name", pick(ps, lambda p: p.name)),
            Col("L1 Programme", pick(ps, lambda p: p.programme)),
            Col("CTB / RTB", pick(ps, lambda p: "RTB" if p.category == "Run" else "CTB")),
            Col("Driver", pick(ps, lambda p: p.category)),
            Col("Sponsor Function", pick(ps, lambda p: p.department)),
            Col("Accountable Exec", pick(ps, lambda p: p.sponsor)),
            Col("Health", pick(ps, lambda p: ["Green", "Amber", "Red"][p.rag])),
            Col("ITD Actuals", pick(ps, thousands(lambda p: p.spent)), "#,##0"),
            Col("FY27 Ask", pick(ps, thousands(lambda p: p.to_go * 0.6)), "#,##0"),
            Col("FY27 Approved", pick(ps, thousands(lambda p: p.approved * 0.4)), "#,##0"),
            Col("FY28+ Outlook", pick(ps, thousands(lambda p: p.to_go * 0.4)), "#,##0"),
            Col("Total Project Cost", pick(ps, thousands(lambda p: p.spent + p.to_go)), "#,##0"),
            Col("Run-rate benefit", pick(ps, thousands(lambda p: p.benefit / 3)), "#,##0"),
            Col("ROI %", pick(ps, lambda p: p.irr), "0%"),
            Col("Start", pick(ps, lambda p: p.start), "yyyy-mm-dd"),
            Col("End", pick(ps, lambda p: p.finish), "yyyy-mm-dd"),
            Col("Must Do", pick(ps, lambda p: "Y" if p.mandatory else None)),
            Col("Must Do rationale", pick(ps, lambda p: "Regulator" if p.mandatory else None)),
            Col("IC Decision FY26", pick(ps, lambda p: ["Funded", "Cut", "Deferred"][p.decision])),
        ],
    )
    s.page.autofilter(1, 0, 211, 20)
    book.expect(
        place,
        "projects",
        {
            "project_id": "BoW ID",
            "name": "Initiative Name",
            "programme": "L1 Programme",
            "category": ["Driver", "CTB / RTB"],
            "department": "Sponsor Function",
            "sponsor": "Accountable Exec",
            "rag": "Health",
            "spent_to_date": "ITD Actuals",
            "cost": ["FY27 Ask", "FY28+ Outlook"],
            "budget": "FY27 Approved",
            "benefit": "Run-rate benefit",
            "irr": "ROI %",
            "start": "Start",
            "finish": "End",
            "force": "Must Do",
            "reason": "Must Do rationale",
            "current_decision": "IC Decision FY26",
        },
        instead={"cost": [["Total Project Cost"], ["ITD Actuals", "FY27 Ask", "FY28+ Outlook"]]},
        asks=["cost", "budget", "benefit", "current_decision", "category", "spent_to_date"],
        never={
            "project_id": "Clarity ID",
            "force": "IC Decision FY26",
            "benefit": "ROI %",
            "sponsor": "Sponsor Function",
        },
        subtotals=["Total Project Cost"],
        units={"cost": "$k", "budget": "$k"},
        notes="Two IDs, one partly blank. Asked, approved and total cost beside each other: the"
        " approved money is for one year.",
    )
    lists = book.sheet("Lists")
    lists.grid(
        "A1", [["Health", "Driver"], ["Green", "Run"], ["Amber", "Grow"], ["Red", "Transform"]]
    )
    lists.hide(very=True)
    m = book.sheet("Issue log")
    m.hide()
    place = m.table(
        "A1",
        [
            Col("Issue ID", [f"I{i}" for i in range(1, 16)]),
            Col("BoW ID", [f"BOW{i * 7:04d}" for i in range(1, 16)]),
            Col("Issue", ["Vendor late"] * 15),
            Col("Severity", ["High", "Low", "Medium"] * 5),
            Col("Owner", PEOPLE[:15]),
            Col("Raised", [STATUS_DATE] * 15),
            Col("Status", ["Open"] * 15),
        ],
    )
    book.expect(place, None, never={"name": "Issue"}, notes="A hidden sheet.")


@workbook("h16_it_transposed_with_groups", "held_out", "it")
def transposed_groups(book: Book) -> None:
    ps = make_projects("it", 25, 116)
    s = book.sheet("One-pagers compare")
    s.put("B2", "Digital Council: project comparison", bold=True, font_size=13)
    place = s.transposed(
        "B4",
        [
            Col(("Identity", "Project"), pick(ps, lambda p: p.name)),
            Col((None, "Short code"), [f"DC{p.n:02d}" for p in ps]),
            Col((None, "Business area"), pick(ps, lambda p: p.department)),
            Col(("People", "Accountable executive"), pick(ps, lambda p: p.sponsor)),
            Col((None, "Delivery manager"), pick(ps, lambda p: p.manager)),
            Col(("Time", "Start month"), pick(ps, lambda p: p.start), "mmm yyyy"),
            Col((None, "End month"), pick(ps, lambda p: p.finish), "mmm yyyy"),
            Col(("Money (AUD '000)", "One-off"), pick(ps, thousands(lambda p: p.capex)), "#,##0"),
            Col(
                (None, "Ongoing p.a."),
                pick(ps, thousands(lambda p: p.cost * 0.12)),
                "#,##0",
            ),
            Col((None, "Benefits p.a."), pick(ps, thousands(lambda p: p.benefit / 4)), "#,##0"),
            Col((None, "NPV"), pick(ps, thousands(lambda p: p.npv)), "#,##0;-#,##0"),
            Col(("Assessment", "Risk (H/M/L)"), pick(ps, lambda p: "LLMMH"[p.risk - 1])),
            Col((None, "Traffic light"), pick(ps, lambda p: ["Green", "Amber", "Red"][p.rag])),
        ],
        label_columns=2,
    )
    book.expect(
        place,
        "projects",
        {
            "name": "Identity > Project",
            "project_id": "Short code",
            "department": "Business area",
            "sponsor": "People > Accountable executive",
            "manager": "Delivery manager",
            "start": "Time > Start month",
            "finish": "End month",
            "cost": ["Money (AUD '000) > One-off", "Ongoing p.a."],
            "benefit": "Benefits p.a.",
            "npv": "NPV",
            "risk": "Assessment > Risk (H/M/L)",
            "rag": "Traffic light",
        },
        instead={"cost": [["Money (AUD '000) > One-off"]]},
        asks=["cost", "benefit"],
        never={"budget": "Money (AUD '000) > One-off", "start": "End month"},
        units={"cost": "A$k", "benefit": "A$k", "npv": "A$k"},
        notes="Fields down column C, their groups in column B (only in a group's first row); the"
        " unit stands in the group label and holds for its four rows.",
    )


@workbook("h17_defence_named_ranges", "held_out", "defence")
def named_ranges(book: Book) -> None:
    ps = make_projects("defence", 31, 117)
    s = book.sheet("IIP")
    s.put("A1", "Integrated Investment Program (training data)")
    place = s.table(
        "B8",
        [
            Col("Proj", [f"LAND {p.n * 5 + 100}" for p in ps]),
            Col("Phase", [p.n % 3 + 1 for p in ps]),
            Col("Name", pick(ps, lambda p: p.name)),
            Col("Domain", pick(ps, lambda p: p.programme)),
            Col("Type", pick(ps, lambda p: p.category)),
            Col("Capability manager", pick(ps, lambda p: p.sponsor)),
            Col("Approved (A$m)", pick(ps, millions(lambda p: p.approved, 1)), "#,##0.0"),
            Col(
                "Unapproved (A$m)",
                pick(ps, millions(lambda p: max(0.0, p.cost - p.approved), 1)),
                "#,##0.0",
            ),
            Col("Spent at 30 Jun 26 (A$m)", pick(ps, millions(lambda p: p.spent, 1)), "#,##0.0"),
            Col("Govt second pass", pick(ps, lambda p: p.start), "mmm-yy"),
            Col("FOC", pick(ps, lambda p: p.finish), "mmm-yy"),
            Col("Priority band", pick(ps, lambda p: "ABCD"[p.priority - 1])),
            Col("Cannot start before", [add_months(p.start, -3) for p in ps], "mmm-yy"),
        ],
        name="Portfolio_Projects",
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "Proj",
            "name": "Name",
            "programme": "Domain",
            "category": "Type",
            "sponsor": "Capability manager",
            "budget": "Approved (A$m)",
            "spent_to_date": "Spent at 30 Jun 26 (A$m)",
            "start": "Govt second pass",
            "finish": "FOC",
            "priority": "Priority band",
            "earliest_start": "Cannot start before",
        },
        asks=["start", "finish", "sponsor", "budget", "programme"],
        never={"cost": "Unapproved (A$m)", "manager": "Capability manager", "stage": "FOC"},
        units={"budget": "A$m", "spent_to_date": "A$m"},
        named_range="Portfolio_Projects",
        notes="The cost is approved plus unapproved; no column holds it. 'Phase' is a part number"
        " of the project, not a stage of its life.",
    )
    b = book.sheet("Rules")
    place = b.table(
        "A1",
        [
            Col("Investment type", SECTORS["defence"].categories),
            Col("At least", [0.35, 0.1, 0.1, 0.05], "0%"),
            Col("At most", [0.6, 0.3, 0.25, 0.2], "0%"),
        ],
        name="Balance_Rules",
    )
    book.expect(
        place,
        "categories",
        {"category": "Investment type", "min_share": "At least", "max_share": "At most"},
        named_range="Balance_Rules",
    )
    place = b.form(
        "F1",
        [
            [
                ("Dollars are", "A$ million"),
                ("Price basis", "2026-27 out-turned"),
                ("Financial year starts", "July"),
                ("As at", STATUS_DATE),
                ("Planning periods (quarters)", 16),
                ("Random seed", 7),
            ]
        ],
    )
    book.expect(
        place,
        "settings",
        {
            "unit": "Dollars are",
            "price_base": "Price basis",
            "fiscal_first_month": "Financial year starts",
            "status_date": "As at",
            "horizon": "Planning periods (quarters)",
            "seed": "Random seed",
        },
        notes="Beside the balance rules. 'A$ million' gives currency and unit; July is month 7.",
    )


@workbook("h18_pharma_ratings_by_assessor", "held_out", "pharma")
def assessor_ratings(book: Book) -> None:
    ps = make_projects("pharma", 20, 118)
    words = SECTORS["pharma"].criteria
    rng = random.Random(118)
    s = book.sheet("Scorecards")
    s.lines("A1", ["Portfolio Committee scorecards", "1 = poor ... 9 = outstanding"], bold=True)
    rows = [(p, a) for p in ps for a in PEOPLE[3:6]]
    place = s.table(
        "A4",
        [
            Col("Programme ID", [f"RD-{p.n:02d}" for p, _ in rows]),
            Col("Reviewer", [a for _, a in rows]),
            *[
                Col(
                    c,
                    [
                        None
                        if rng.random() < 0.05
                        else min(9, max(1, 2 * p.ratings[j] - 1 + rng.choice([-1, 0, 0, 1])))
                        for p, _ in rows
                    ],
                )
                for j, c in enumerate(words)
            ],
            Col("Remarks", [None] * 60),
        ],
    )
    book.expect(
        place,
        "ratings",
        {"project_id": "Programme ID", "assessor": "Reviewer", "ratings": list(words)},
        never={"value": "Peak sales"},
        notes="Three reviewers for each project; 'Peak sales' is a rating here.",
    )
    w = book.sheet("Weights")
    place = w.transposed(
        "A2",
        [
            Col("Criterion", list(words)),
            Col("Weight (points)", [30, 25, 20, 15, 10]),
            Col("Orientation", ["benefit", "benefit", "benefit", "benefit", "cost"]),
        ],
    )
    book.expect(
        place,
        "criteria",
        {
            "criterion": "Criterion",
            "weight": "Weight (points)",
            "direction": "Orientation",
        },
        notes="Criteria across, as over the scorecards.",
    )
    d = book.sheet("Programmes")
    place = d.table(
        "A1",
        [
            Col("Programme ID", [f"RD-{p.n:02d}" for p in ps]),
            Col("Programme name", pick(ps, lambda p: p.name)),
            Col("Head", pick(ps, lambda p: p.manager)),
            Col("Budget FY27 [kEUR]", pick(ps, thousands(lambda p: p.cost * 0.2)), "#,##0"),
            Col("Total budget [kEUR]", pick(ps, thousands(lambda p: p.cost)), "#,##0"),
            Col("Active?", pick(ps, lambda p: "yes" if p.state == 2 else "no")),
        ],
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "Programme ID",
            "name": "Programme name",
            "manager": "Head",
            "budget": "Total budget [kEUR]",
            "lifecycle": "Active?",
        },
        asks=["manager", "lifecycle"],
        never={
            "budget": "Budget FY27 [kEUR]",
            "cost": "Budget FY27 [kEUR]",
            "programme": "Programme ID",
            "force": "Active?",
        },
        units={"budget": "€k"},
        notes="Here a programme is the row itself: its ID and name are the project's.",
    )


@workbook("h19_utility_repeated_headers_and_links", "held_out", "water")
def utility_print_layout(book: Book) -> None:
    ps = make_projects("water", 130, 119)
    s = book.sheet("CIP Detail")
    s.lines(
        "A1",
        ["Metropolitan Water District", "Capital Improvement Plan - Detail by Project", ""],
        bold=True,
        font_size=14,
    )
    s.put("A4", "Page 1 of 4", italic=True)
    pairs = {i: i - 4 for i in range(5, 130, 11)}
    place = s.table(
        "A6",
        [
            Col("CIP\nNo.", [f"15-{p.n:03d}" for p in ps]),
            Col("Project\nTitle", pick(ps, lambda p: p.name)),
            Col("Facility", pick(ps, lambda p: p.site)),
            Col("Driver\n(G, R, S)", pick(ps, lambda p: "GRS"[p.n % 3])),
            Col("Est.\nStart", pick(ps, lambda p: p.start), "mm/yyyy"),
            Col("Est.\nFinish", pick(ps, lambda p: p.finish), "mm/yyyy"),
            Col("Engineer's\nEstimate", pick(ps, lambda p: round(p.cost, -3)), "$#,##0"),
            Col("Board\nAuthorized", pick(ps, lambda p: round(p.approved, -3)), "$#,##0"),
            Col("Expended\nto Date", pick(ps, lambda p: round(p.spent)), "$#,##0"),
            Col("Encum-\nbered", pick(ps, lambda p: round(p.committed - p.spent)), "$#,##0"),
            Col("Remarks", spoil(["See note 2"] * 130, 5, 0.8, None)),
        ],
        page=36,
        footnotes=["1. Costs in current dollars.", "2. Subject to permit."],
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "CIP\nNo.",
            "name": "Project\nTitle",
            "department": "Facility",
            "category": "Driver\n(G, R, S)",
            "start": "Est.\nStart",
            "finish": "Est.\nFinish",
            "cost": "Engineer's\nEstimate",
            "budget": "Board\nAuthorized",
            "spent_to_date": "Expended\nto Date",
            "committed_cost": "Encum-\nbered",
        },
        asks=["department", "category", "committed_cost", "budget", "cost"],
        never={"cost": "Encum-\nbered", "budget": "Expended\nto Date"},
        units={"cost": "$", "budget": "$"},
        notes="Whole dollars by the number format only. Encumbered is contracted but unpaid:"
        " committed_cost without what is spent.",
    )
    d = book.sheet("Sequencing")
    place = d.table(
        "B3",
        [
            Col("From project", [f"15-{ps[a].n:03d}" for a in pairs]),
            Col("To project", [f"15-{ps[b].n:03d}" for b in pairs.values()]),
            Col(
                "Relation",
                [["needs", "either/or", "together"][k % 3] for k, _ in enumerate(pairs)],
            ),
        ],
    )
    d.put("B1", "Sequencing constraints (From needs To)")
    book.expect(
        place,
        "links",
        {"from": "From project", "to": "To project", "type": "Relation"},
        asks=["type"],
        notes="Link words are the office's own: needs = Requires, either/or = Excludes.",
    )


@workbook("h20_charity_options_and_annual_forms", "held_out", "charity")
def charity_options(book: Book) -> None:
    ps = make_projects("charity", 5, 120)
    for p in ps:
        s = book.sheet(p.name[:28])
        s.put("A1", p.name, bold=True, font_size=14)
        s.put("A2", f"Proposal C-{p.n}; amounts in US$", italic=True)
        names = ["Do nothing", "Do minimum", "Option A", "Option B"]
        factor = [0.0, 0.4, 1.0, 1.25]
        columns = [
            Col("Appraisal", names),
            Col("Cost 2027", [round(p.cost * 0.6 * f, -1) for f in factor], "#,##0"),
            Col("Cost 2028", [round(p.cost * 0.3 * f, -1) for f in factor], "#,##0"),
            Col("Cost 2029", [round(p.cost * 0.1 * f, -1) for f in factor], "#,##0"),
            Col("Total cost", [0.0] * 4, "#,##0"),
            Col("Beneficiaries reached", [0, 900, 3200, 3900], "#,##0"),
            Col("Risk (1 low - 5 high)", [5, 4, 2, 3]),
            Col("Recommended", [None, None, "X", None]),
        ]
        total = [
            round(sum(c.values[k] for c in columns[1:4]), 2)  # the three years
            for k in range(4)
        ]
        columns[4] = Col("Total cost", total, "#,##0")
        place = s.transposed("A4", columns)
        book.expect(
            place,
            "projects",
            {
                "option": "Appraisal",
                "cost": ["Cost 2027", "Cost 2028", "Cost 2029"],
                "value": "Beneficiaries reached",
                "risk": "Risk (1 low - 5 high)",
            },
            instead={"cost": [["Total cost"]]},
            asks=["option", "value"],
            never={"force": "Recommended", "benefit": "Beneficiaries reached"},
            periods={"kind": "year", "first": "2027", "last": "2029", "count": 3, "kinds": []},
            subtotals=["Total cost"],
            units={"cost": "$"},
            form=True,
            notes="Four options across; the name stands in A1, the code within the sentence of A2.",
        )
    i = book.sheet("Overview")
    place = i.table(
        "A3",
        [
            Col("Proposal", [f"C-{p.n}" for p in ps]),
            Col("Title", pick(ps, lambda p: p.name)),
            Col("Country lead", pick(ps, lambda p: p.manager)),
            Col("Starts", pick(ps, lambda p: p.start), "d mmm yyyy"),
            Col("Ends", pick(ps, lambda p: p.finish), "d mmm yyyy"),
            Col("Budget US$", pick(ps, lambda p: round(p.cost, -1)), "#,##0"),
            Col("Donor", ["EU", "Trust", "Public", "EU", "Public"]),
        ],
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "Proposal",
            "name": "Title",
            "manager": "Country lead",
            "start": "Starts",
            "finish": "Ends",
            "budget": "Budget US$",
        },
        asks=["project_id", "manager"],
        units={"budget": "$"},
        notes="Same projects as the forms, which add the options.",
    )
