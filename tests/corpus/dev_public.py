"""Government, councils, hospitals and universities, in British habits."""

from __future__ import annotations

from datetime import date

from tests.corpus import workbook
from tests.corpus.layout import Book, Calculated, Col
from tests.corpus.offices import (
    SECTORS,
    STATUS_DATE,
    fte,
    make_projects,
    millions,
    month_starts,
    pick,
    spoil,
    spread,
    thousands,
)


@workbook("d01_government_major_projects", "dev", "government")
def government_major_projects(book: Book) -> None:
    ps = make_projects("government", 62, 1)
    s = book.sheet("GMPP Data Q2 2627")
    s.lines(
        "A1",
        ["Government Major Projects Portfolio", "Data as at 30 September 2026 (Quarter 2)"],
        bold=True,
        font_size=16,
    )
    s.put("A3", "All figures in £m, nominal, unless stated")
    dca = ["Green", "Amber", "Red"]
    exempt = "Exempt under Section 43 of the Freedom of Information Act 2000 (Commercial Interests)"
    place = s.table(
        "A6",
        [
            Col("GMPP ID\nNumber", [f"GMPP_{p.n:04d}_2627-Q2" for p in ps]),
            Col("Project Name", pick(ps, lambda p: p.name + ("¹" if p.n == 4 else ""))),
            Col("Department", pick(ps, lambda p: p.department)),
            Col("Annual Report Category", pick(ps, lambda p: p.category)),
            Col("Description / Aims", pick(ps, lambda p: p.description)),
            Col(
                "SRO Delivery Confidence\nAssessment (DCA)",
                spoil(pick(ps, lambda p: dca[p.rag]), 3, 0.06, "Reset", "Exempt", "Not rated"),
            ),
            Col(
                "Project - Start Date\n(Latest Approved Start Date)",
                spoil(pick(ps, lambda p: p.start), 4, 0.07, "TBC", exempt, "14/03/2025"),
            ),
            Col(
                "Project - End Date\n(Latest Approved End Date)",
                spoil(pick(ps, lambda p: p.finish), 5, 0.07, "TBC", exempt),
            ),
            Col(
                "Financial Year Baseline (£m)\n(including Non-Government Costs)",
                [round(sum(spread(p, date(2026, 4, 1), 1, 12)[1:2]) / 1e6, 2) for p in ps],
                "#,##0.00",
            ),
            Col(
                "Financial Year Forecast (£m)\n(including Non-Government Costs)",
                [round(spread(p, date(2026, 4, 1), 1, 12)[1] * 1.03 / 1e6, 2) for p in ps],
                "#,##0.00",
            ),
            Col("Financial Year Variance (%)", [round(0.03, 4) for _ in ps], "0%"),
            Col(
                "TOTAL Baseline Whole Life Costs (£m)\n(including Non-Government Costs)",
                spoil(pick(ps, millions(lambda p: p.cost)), 6, 0.05, exempt, 0.0),
                "#,##0.00",
            ),
            Col(
                "TOTAL Baseline Benefits (£m)",
                spoil(pick(ps, millions(lambda p: p.benefit)), 7, 0.1, exempt, 0.0),
                "#,##0.00",
            ),
            Col("Departmental Narrative on Variance", ["Within tolerance."] * 62),
        ],
        describe=[
            [
                "System generated",
                "As on the IPA return",
                "Choose from list",
                "Choose from list",
                "Max 150 words",
                "Red / Amber / Green",
                "dd/mm/yyyy",
                "dd/mm/yyyy",
                "£m, 2 decimal places",
                "£m, 2 decimal places",
                "Calculated",
                "£m, 2 decimal places",
                "£m, 2 decimal places",
                "Explain variances over 5 %",
            ]
        ],
        footnotes=["¹ Project re-baselined in August 2026.", "Source: departmental returns."],
    )
    wlc = "TOTAL Baseline Whole Life Costs (£m)\n(including Non-Government Costs)"
    fy = "Financial Year Baseline (£m)\n(including Non-Government Costs)"
    book.expect(
        place,
        "projects",
        {
            "project_id": "GMPP ID\nNumber",
            "name": "Project Name",
            "department": "Department",
            "category": "Annual Report Category",
            "description": "Description / Aims",
            "rag": "SRO Delivery Confidence\nAssessment (DCA)",
            "start": "Project - Start Date\n(Latest Approved Start Date)",
            "finish": "Project - End Date\n(Latest Approved End Date)",
            "cost": wlc,
            "benefit": "TOTAL Baseline Benefits (£m)",
        },
        never={
            "cost": fy,
            "forecast_cost": "Financial Year Forecast (£m)\n(including Non-Government Costs)",
            "confidence": "SRO Delivery Confidence\nAssessment (DCA)",
            "lifecycle": "SRO Delivery Confidence\nAssessment (DCA)",
        },
        units={"cost": "£m", "benefit": "£m"},
        notes="The year's baseline and forecast are not whole-life; DCA is a RAG, not a chance.",
    )
    r = book.sheet("Risk Register")
    risks = r.table(
        "B3",
        [
            Col("Risk ID", [f"R{i:03d}" for i in range(1, 25)]),
            Col("Project", [ps[i % 62].name for i in range(24)]),
            Col("Risk Description", ["Supplier capacity falls short of the plan"] * 24),
            Col("Likelihood", [i % 5 + 1 for i in range(24)]),
            Col("Impact", [(i * 3) % 5 + 1 for i in range(24)]),
            Col("Score", [(i % 5 + 1) * ((i * 3) % 5 + 1) for i in range(24)]),
            Col("Owner", [ps[i % 62].manager for i in range(24)]),
            Col("Status", ["Open", "Open", "Closed"] * 8),
            Col("Mitigation Cost (£k)", [25 * (i % 7) for i in range(24)]),
            Col("Target Date", [ps[i % 62].finish for i in range(24)]),
        ],
    )
    r.put("B1", "Portfolio risks", bold=True)
    book.expect(risks, None, never={"name": "Project", "cost": "Mitigation Cost (£k)"})


@workbook("d02_council_capital_programme", "dev", "council")
def council_capital_programme(book: Book) -> None:
    ps = sorted(make_projects("council", 58, 2), key=lambda p: p.department)
    s = book.sheet("Capital Programme")
    s.lines(
        "A2",
        ["MILLBROOK BOROUGH COUNCIL", "Appendix C - Capital Programme 2026/27 to 2030/31", "£'000"],
        bold=True,
        font_size=14,
    )
    parts = [[round(v / 1e3) for v in spread(p, date(2026, 4, 1), 5, 12)] for p in ps]
    columns = [
        Col("Scheme Ref", [f"CP{100 + p.n}" for p in ps]),
        Col("Scheme", pick(ps, lambda p: p.name)),
        Col("Lead Officer", pick(ps, lambda p: p.manager)),
        Col("Prior Years", [v[0] for v in parts], "#,##0"),
    ]
    years = ["2026/27", "2027/28", "2028/29", "2029/30", "2030/31"]
    for k, year in enumerate(years):
        share = [p.capex / p.cost for p in ps]
        cap = [round(v[k + 1] * f) for v, f in zip(parts, share, strict=True)]
        columns.append(Col((year, "Capital"), cap, "#,##0;(#,##0);-"))
        columns.append(
            Col((year, "Revenue"), [v[k + 1] - c for v, c in zip(parts, cap, strict=True)], "#,##0")
        )
    contingency = [round(sum(v) * 0.05) for v in parts]
    total = [sum(v) + c for v, c in zip(parts, contingency, strict=True)]
    columns += [
        Col("Later Years", [v[6] for v in parts], "#,##0"),
        Col("Contingency", contingency, "#,##0"),
        Col("Total Scheme Cost", total, "#,##0"),
        Col("Approved Budget", pick(ps, thousands(lambda p: p.approved)), "#,##0"),
        Col("Funding Source", ["Borrowing", "Grant"] * 29),
    ]
    departments = sorted({p.department for p in ps})
    groups = [(d.upper(), sum(p.department == d for p in ps)) for d in departments]
    money = ["Prior Years", "Later Years", "Contingency", "Total Scheme Cost", "Approved Budget"]
    money += [f"{y} > {k}" for y in years for k in ("Capital", "Revenue")]
    place = s.table(
        "A7",
        columns,
        sections=groups,
        summed=money,
        subtotal="Directorate total",
        total="TOTAL CAPITAL PROGRAMME",
        footnotes=["Schemes in italics are subject to business case."],
    )
    profile = [f"{y} > {k}" for y in years for k in ("Capital", "Revenue")]
    book.expect(
        place,
        "projects",
        {
            "project_id": "Scheme Ref",
            "name": "Scheme",
            "manager": "Lead Officer",
            "cost": ["Prior Years", *profile, "Later Years", "Contingency"],
            "budget": "Approved Budget",
        },
        instead={"cost": [["Total Scheme Cost"], [*profile, "Later Years", "Contingency"]]},
        never={"spent_to_date": "Contingency", "budget": "Total Scheme Cost"},
        asks=["spent_to_date"],
        periods={
            "kind": "year",
            "first": "2026/27",
            "last": "2030/31",
            "count": 5,
            "kinds": ["Capital", "Revenue"],
        },
        subtotals=["Total Scheme Cost"],
        units={"cost": "£k", "budget": "£k"},
        notes="Unit only in a title line. Departments stand only in section rows."
        " Prior Years may be offered as spent_to_date, asked.",
    )
    b = book.sheet("Resources")
    b.put("A1", "Capital resources available (£'000)", bold=True)
    budget = b.table(
        "A3",
        [
            Col("Financial Year", years),
            Col("Capital", [18500, 16250, 12000, 9500, 8000], "#,##0"),
            Col("Revenue", [1200, 1100, 950, 900, 900], "#,##0"),
            Col("Total", [19700, 17350, 12950, 10400, 8900], "#,##0"),
        ],
    )
    book.expect(
        budget,
        "budgets",
        {"period": "Financial Year", "budget": ["Capital", "Revenue"]},
        instead={"budget": [["Total"]]},
        subtotals=["Total"],
        units={"budget": "£k"},
        notes="Kinds stand in the headers, periods in the rows.",
    )


@workbook("d03_hospital_trust_excel_tables", "dev", "health")
def hospital_trust(book: Book) -> None:
    ps = make_projects("health", 44, 3)
    words = ["Pipeline", "Approved", "In delivery", "Paused", "Closed"]
    gates = ["SOC", "OBC", "FBC", "Build", "Closed"]
    f = book.sheet("Front sheet")
    f.lines("B2", ["Northshire NHS Foundation Trust", "Capital & Digital Programme"], bold=True)
    f.put("B5", "Version 14 DRAFT - not for onward circulation")
    s = book.sheet("Schemes")
    place = s.table(
        "A1",
        [
            Col("Scheme ID", [f"NT-{p.n:03d}" for p in ps]),
            Col("Scheme name", pick(ps, lambda p: p.name)),
            Col("Division", pick(ps, lambda p: p.department)),
            Col("Programme", pick(ps, lambda p: p.programme)),
            Col("SRO", pick(ps, lambda p: p.sponsor)),
            Col("PM", spoil(pick(ps, lambda p: p.manager), 1, 0.15, None, "tbc", "Vacant")),
            Col("Gateway", pick(ps, lambda p: gates[p.stage])),
            Col("Status", pick(ps, lambda p: words[p.state])),
            Col("Overall RAG", pick(ps, lambda p: "GAR"[p.rag])),
            Col("Start", pick(ps, lambda p: p.start)),
            Col("Go-live", pick(ps, lambda p: p.finish)),
            Col("CRL ask £k", pick(ps, thousands(lambda p: p.cost)), "#,##0"),
            Col("Approved £k", pick(ps, thousands(lambda p: p.approved)), "#,##0"),
            Col("Spend to date £k", pick(ps, thousands(lambda p: p.spent)), "#,##0"),
            Col("Forecast outturn £k", pick(ps, thousands(lambda p: p.forecast)), "#,##0"),
            Col("% complete", pick(ps, lambda p: p.complete), "0%"),
            Col("Statutory?", pick(ps, lambda p: "Y" if p.mandatory else "N")),
            Col("CIP benefit £k pa", pick(ps, thousands(lambda p: p.benefit / 5)), "#,##0"),
        ],
        excel_table="tblSchemes",
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "Scheme ID",
            "name": "Scheme name",
            "department": "Division",
            "programme": "Programme",
            "sponsor": "SRO",
            "manager": "PM",
            "stage": "Gateway",
            "lifecycle": "Status",
            "rag": "Overall RAG",
            "start": "Start",
            "finish": "Go-live",
            "cost": "CRL ask £k",
            "budget": "Approved £k",
            "spent_to_date": "Spend to date £k",
            "forecast_cost": "Forecast outturn £k",
            "percent_complete": "% complete",
            "force": "Statutory?",
            "benefit": "CIP benefit £k pa",
        },
        asks=["cost", "force", "benefit"],
        never={"percent_complete": "CRL ask £k", "cost": "Spend to date £k"},
        units={"cost": "£k", "budget": "£k", "spent_to_date": "£k", "forecast_cost": "£k"},
        notes="'CRL ask' is what is requested; an analyst would confirm it. Benefit is per year.",
        excel_table="tblSchemes",
    )
    b = book.sheet("Funding")
    rows = [(y, k) for y in ("2026/27", "2027/28", "2028/29") for k in ("Capital", "Revenue")]
    budget = b.table(
        "B4",
        [
            Col("FY", [y for y, _ in rows]),
            Col("Type", [k for _, k in rows]),
            Col("Allocation (£k)", [14200, 1900, 12800, 1850, 11000, 1700], "#,##0"),
        ],
        excel_table="tblFunding",
    )
    book.expect(
        budget,
        "budgets",
        {"period": "FY", "kind": "Type", "budget": "Allocation (£k)"},
        units={"budget": "£k"},
        periods={"kind": "year", "first": "2026/27", "last": "2028/29", "count": 3, "kinds": []},
    )
    c = book.sheet("Staffing")
    roles = SECTORS["health"].roles
    months = month_starts(date(2026, 10, 1), 18)
    place = c.table(
        "A3",
        [
            Col("Staff group", roles),
            Col("Team", ["Digital", "Digital", "Estates", "Digital", "Clinical"]),
            *[
                Col(m, [round(3 + 2 * (i % 3) - 0.2 * (k // 6), 1) for i in range(5)], "0.0")
                for k, m in enumerate(months)
            ],
        ],
        excel_table=None,
    )
    c.put("A1", "Available WTE by month")
    book.expect(
        place,
        "capacity",
        {"role": "Staff group", "capacity": [f"{m:%Y-%m-%d}" for m in months]},
        never={"role": "Team"},
        periods={"kind": "month", "first": "Oct-26", "last": "Mar-28", "count": 18, "kinds": []},
        units={"capacity": "FTE"},
        notes="WTE (whole-time equivalents) are FTE.",
    )
    lists = book.sheet("Lists")
    lists.grid("A1", [["Status", "RAG", "Gateway"], *zip(words, [*"GARB", ""], gates, strict=True)])
    lists.hide(very=True)


@workbook("d04_university_project_forms", "dev", "university")
def university_forms(book: Book) -> None:
    ps = make_projects("university", 9, 4)
    index = book.sheet("Index")
    index.put("A1", "Estates projects - summary sheets", bold=True)
    place = index.table(
        "A3",
        [
            Col("Sheet", [f"EST-{p.n:02d}" for p in ps]),
            Col("Project", pick(ps, lambda p: p.name)),
            Col("Updated", [STATUS_DATE] * 9),
        ],
    )
    book.expect(
        place,
        None,
        notes="A table of contents for the forms; ID and name only. Reading it as projects is a"
        " question, never certain over the forms.",
    )
    for p in ps:
        s = book.sheet(f"EST-{p.n:02d}")
        s.put("A1", "UNIVERSITY OF ASHBY - CAPITAL PROJECT SUMMARY", bold=True, font_size=14)
        form = s.form(
            "A3",
            [
                [
                    ("Project No.", f"EST-{p.n:02d}"),
                    ("Project title", p.name),
                    ("Faculty", p.department),
                    ("Sponsor", p.sponsor),
                    ("Project Manager", p.manager),
                    (),
                    ("FINANCE",),
                    ("Estimated total cost (£)", round(p.cost, -3), "£#,##0"),
                    ("Approved budget (£)", round(p.approved, -3), "£#,##0"),
                    ("Spend to date (£)", round(p.spent), "£#,##0"),
                    (),
                    ("TIMETABLE",),
                    ("Start on site", p.start),
                    ("Practical completion", p.finish),
                    ("RIBA Stage", p.stage + 1),
                    ("RAG", ["Green", "Amber", "Red"][p.rag]),
                    (),
                    ("Brief", p.description),
                ]
            ],
        )
        book.expect(
            form,
            "projects",
            {
                "project_id": "Project No.",
                "name": "Project title",
                "department": "Faculty",
                "sponsor": "Sponsor",
                "manager": "Project Manager",
                "cost": "Estimated total cost (£)",
                "budget": "Approved budget (£)",
                "spent_to_date": "Spend to date (£)",
                "start": "Start on site",
                "finish": "Practical completion",
                "stage": "RIBA Stage",
                "rag": "RAG",
                "description": "Brief",
            },
            units={"cost": "£", "budget": "£"},
            form=True,
            notes="One project per sheet; start on site and practical completion are its dates.",
        )


@workbook("d05_it_board_ratings_weights_above", "dev", "it")
def it_board_ratings(book: Book) -> None:
    ps = make_projects("it", 36, 5)
    criteria = SECTORS["it"].criteria
    weights = [0.3, 0.25, 0.2, 0.15, 0.1]
    s = book.sheet("Scoring")
    s.put("A1", "IT Investment Board - prioritisation, October 2026", bold=True, font_size=14)
    s.put("D4", "Weight", italic=True)
    for j, w in enumerate(weights):
        s.cell(3, 4 + j, w, "0%")
    score = [round(sum(w * r for w, r in zip(weights, p.ratings, strict=True)), 2) for p in ps]
    order = sorted(range(36), key=lambda i: -score[i])
    rank = [order.index(i) + 1 for i in range(36)]
    place = s.table(
        "A5",
        [
            Col("Ref", [f"IT{p.n:03d}" for p in ps]),
            Col("Initiative", pick(ps, lambda p: p.name)),
            Col("Business Owner", pick(ps, lambda p: p.sponsor)),
            Col("Est. cost ($k)", pick(ps, thousands(lambda p: p.cost)), "#,##0"),
            *[Col(c, [p.ratings[j] for p in ps]) for j, c in enumerate(criteria)],
            Col(
                "Weighted score",
                [
                    Calculated(f"=SUMPRODUCT($E$4:$I$4,E{6 + i}:I{6 + i})", v)
                    for i, v in enumerate(score)
                ],
                "0.00",
            ),
            Col("Rank", rank),
            Col("Decision (Mar-26)", pick(ps, lambda p: ["Fund", "Hold", "Reject"][p.decision])),
            Col("Comments", spoil(["See business case"] * 36, 2, 0.7, None)),
        ],
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "Ref",
            "name": "Initiative",
            "sponsor": "Business Owner",
            "cost": "Est. cost ($k)",
            "score": "Weighted score",
            "priority": "Rank",
            "current_decision": "Decision (Mar-26)",
        },
        asks=["current_decision", "priority"],
        never={
            "force": "Decision (Mar-26)",
            "value": "Business value",
            "cost": "Cost",
            "risk": "Delivery risk",
        },
        units={"cost": "$k"},
        ratings={"columns": list(criteria), "weights": "E4:I4"},
        notes="Five ratings stand in the projects table, their weights in the row above; 'Cost' is"
        " a rating of 1 to 5, not money. The score is calculated from them.",
    )
    c = book.sheet("Criteria")
    c.put("B2", "Scoring criteria", bold=True)
    place = c.table(
        "B4",
        [
            Col("Criterion", criteria),
            Col("Weighting", weights, "0%"),
            Col(
                "Sense",
                [
                    "Higher is better",
                    "Higher is better",
                    "Lower is better",
                    "Higher is better",
                    "Lower is better",
                ],
            ),
            Col("Scale", ["1-5"] * 5),
            Col("What it means", [f"How the project serves {c.lower()}" for c in criteria]),
        ],
        footnotes=["Weights agreed by the Board on 12 May 2026"],
        total="Total",
        summed=["Weighting"],
    )
    book.expect(
        place,
        "criteria",
        {"criterion": "Criterion", "weight": "Weighting", "direction": "Sense"},
        notes="The scale is one text '1-5'.",
    )


@workbook("d06_options_beside_each_other", "dev", "council")
def options_form(book: Book) -> None:
    ps = make_projects("council", 6, 6)
    for p in ps[:4]:
        s = book.sheet(f"BC {p.n}")
        s.lines("A1", ["Business case summary", f"{p.name}"], bold=True, font_size=13)
        names = ["Do minimum", "Option A", "Option B"]
        scale = [0.3, 1.0, 1.4]
        place = s.transposed(
            "A4",
            [
                Col("", names),
                Col("Project code", [f"BC-{p.n}"] * 3),
                Col("Description", ["Patch and repair", p.description, "As A, with extension"]),
                Col("Capital cost (£k)", [round(p.cost * k / 1e3) for k in scale], "#,##0"),
                Col("Revenue cost (£k p.a.)", [12, 30, 41], "#,##0"),
                Col(
                    "NPV (£k)", [round((p.npv * k - 2e4) / 1e3) for k in scale], "#,##0;[Red]-#,##0"
                ),
                Col("BCR", [0.8, p.bcr, round(p.bcr * 0.93, 2)], "0.00"),
                Col("Start", [p.start] * 3),
                Col("Completion", [p.base_finish, p.finish, p.finish]),
                Col("Preferred?", ["", "Yes", ""]),
            ],
        )
        book.expect(
            place,
            "projects",
            {
                "project_id": "Project code",
                "option": "",
                "description": "Description",
                "cost": ["Capital cost (£k)", "Revenue cost (£k p.a.)"],
                "npv": "NPV (£k)",
                "bcr": "BCR",
                "start": "Start",
                "finish": "Completion",
            },
            instead={"cost": [["Capital cost (£k)"]]},
            never={"force": "Preferred?", "benefit": "BCR"},
            asks=["cost", "option"],
            units={"cost": "£k", "npv": "£k"},
            form=True,
            notes="The option names stand in row 4 over the columns; A4 is blank. The project's"
            " name stands in A2. Revenue cost is per year, so adding it to capital is asked.",
        )


@workbook("d07_several_tables_on_one_sheet", "dev", "charity")
def several_tables(book: Book) -> None:
    ps = make_projects("charity", 24, 7)
    s = book.sheet("Plan")
    s.put("A1", "Annual plan 2027 - everything on one page", bold=True, font_size=14)
    place = s.table(
        "A4",
        [
            Col("Code", [f"P{p.n:02d}" for p in ps]),
            Col("Project ", pick(ps, lambda p: p.name)),
            Col("Theme", pick(ps, lambda p: p.programme)),
            Col("Type", pick(ps, lambda p: p.category)),
            Col("Lead", pick(ps, lambda p: p.manager)),
            Col(
                "Cost\u00a0(£)",
                spoil(pick(ps, lambda p: round(p.cost, -2)), 1, 0.1, "tbc", " - ", None),
            ),
            Col("Income raised (£)", pick(ps, lambda p: round(p.benefit * 0.4, -2))),
            Col("Starts", pick(ps, lambda p: p.start)),
            Col("Ends", pick(ps, lambda p: p.finish)),
            Col("Must do?", pick(ps, lambda p: "Y" if p.mandatory else "")),
        ],
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "Code",
            "name": "Project ",
            "programme": "Theme",
            "category": "Type",
            "manager": "Lead",
            "cost": "Cost\u00a0(£)",
            "start": "Starts",
            "finish": "Ends",
            "force": "Must do?",
            "benefit": "Income raised (£)",
        },
        asks=["force", "benefit", "programme"],
        units={"cost": "£"},
    )
    s.put("L3", "Budget by year")
    budget = s.table(
        "L4", [Col("Year", [2027, 2028, 2029]), Col("£", [620000, 640000, 655000], "#,##0")]
    )
    book.expect(
        budget,
        "budgets",
        {"period": "Year", "budget": "£"},
        units={"budget": "£"},
        periods={"kind": "year", "first": "2027", "last": "2029", "count": 3, "kinds": []},
        notes="The title says budget; the header is only a currency sign.",
        asks=["budget"],
    )
    s.put("L10", "Balance we want")
    balance = s.table(
        "L11",
        [
            Col("Type", SECTORS["charity"].categories),
            Col("Min", [0.4, 0.1, 0.05, 0.05], "0%"),
            Col("Target", [0.55, 0.2, 0.1, 0.15], "0%"),
            Col("Max", [0.7, 0.3, 0.2, 0.25], "0%"),
        ],
    )
    book.expect(
        balance,
        "categories",
        {"category": "Type", "min_share": "Min", "target_share": "Target", "max_share": "Max"},
    )
    s.put("L18", "Settings")
    settings = s.form(
        "L19",
        [
            [
                ("Currency", "GBP"),
                ("Year starts in month", 1),
                ("Plan starts", date(2027, 1, 1)),
                ("Data date", STATUS_DATE),
                ("Discount rate", 0.035, "0.0%"),
            ]
        ],
    )
    book.expect(
        settings,
        "settings",
        {
            "currency": "Currency",
            "fiscal_first_month": "Year starts in month",
            "first_period": "Plan starts",
            "status_date": "Data date",
            "discount_rate": "Discount rate",
        },
        notes="Label and value side by side; no header row.",
    )
    s.put("A32", "What depends on what", bold=True)
    links = s.table(
        "A33",
        [
            Col("Project", ["P03", "P07", "P11", "P15"]),
            Col("Depends on", ["P01", "P02", "P10", "P14"]),
            Col("How", ["Requires", "Requires", "Excludes", "Finish-to-start"]),
            Col("Lag (months)", [None, None, None, 2]),
        ],
    )
    book.expect(
        links,
        "links",
        {"from": "Project", "to": "Depends on", "type": "How", "lag": "Lag (months)"},
    )


@workbook("d08_capacity_and_demand_one_sheet", "dev", "health")
def capacity_and_demand(book: Book) -> None:
    ps = make_projects("health", 16, 8)
    roles = SECTORS["health"].roles
    p_sheet = book.sheet("Pipeline")
    p_sheet.put("A1", "Digital pipeline")
    place = p_sheet.table(
        "A2",
        [
            Col("#", pick(ps, lambda p: p.n)),
            Col("Project Name", pick(ps, lambda p: p.name)),
            Col("Baseline Start", pick(ps, lambda p: p.base_start)),
            Col("Forecast Start", pick(ps, lambda p: p.start)),
            Col("Baseline Finish", pick(ps, lambda p: p.base_finish)),
            Col("Forecast Finish", pick(ps, lambda p: p.finish)),
            Col("Duration (m)", pick(ps, lambda p: p.months)),
            Col("Total cost £m", pick(ps, millions(lambda p: p.cost, 3)), "0.000"),
        ],
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "#",
            "name": "Project Name",
            "start": ["Forecast Start"],
            "finish": ["Forecast Finish"],
            "duration": "Duration (m)",
            "cost": "Total cost £m",
        },
        asks=["start", "finish", "project_id"],
        never={"start": "Baseline Start", "finish": "Baseline Finish"},
        units={"cost": "£m"},
        notes="Two starts and two finishes: the forecast is current, the baseline the approved"
        " plan; an analyst would choose forecast but may ask.",
    )
    s = book.sheet("Resourcing")
    labels = [f"{m:%b-%y}" for m in month_starts(date(2027, 1, 1), 12)]
    s.put("A1", "Demand (FTE) by project, role and month", bold=True)
    pairs = [(p, roles[(p.n + k) % 5]) for p in ps for k in (0, 2)]
    curves = [fte(10 + i, 12) for i in range(len(pairs))]
    demand = s.table(
        "A3",
        [
            Col("Project #", [p.n for p, _ in pairs]),
            Col("Project", [p.name for p, _ in pairs]),
            Col("Resource", [r for _, r in pairs]),
            *[Col(m, [c[k] for c in curves], "0.00") for k, m in enumerate(labels)],
            Col("Total", [sum(v or 0 for v in c) for c in curves], "0.00"),
        ],
        total="Total demand",
        summed=labels,
    )
    book.expect(
        demand,
        "demand",
        {"project_id": "Project #", "role": "Resource", "demand": labels},
        subtotals=["Total"],
        periods={"kind": "month", "first": "Jan-27", "last": "Dec-27", "count": 12, "kinds": []},
        units={"demand": "FTE"},
        notes="Total row under it; 'Total' adds FTE over months.",
    )
    s.put("A41", "Capacity (FTE)", bold=True)
    capacity = s.table(
        "A42",
        [
            Col("Resource", roles),
            Col("Headcount", [4, 3, 5, 2, 2]),
            *[Col(m, [3.5, 3, 4.5 if k < 6 else 4, 2, 1.5], "0.00") for k, m in enumerate(labels)],
        ],
    )
    book.expect(
        capacity,
        "capacity",
        {"role": "Resource", "capacity": labels},
        never={"capacity": "Headcount"},
        periods={"kind": "month", "first": "Jan-27", "last": "Dec-27", "count": 12, "kinds": []},
        units={"capacity": "FTE"},
    )
