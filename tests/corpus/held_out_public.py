"""Public bodies outside the first half: Australian, American, Irish, charity and rail habits."""

from __future__ import annotations

from datetime import date

from tests.corpus import workbook
from tests.corpus.layout import Book, Calculated, Col
from tests.corpus.offices import (
    PEOPLE,
    SECTORS,
    STATUS_DATE,
    add_months,
    fte,
    make_projects,
    millions,
    month_starts,
    pick,
    spoil,
    spread,
    thousands,
)


@workbook("h01_australian_state_infrastructure", "held_out", "government")
def australian_infrastructure(book: Book) -> None:
    ps = sorted(make_projects("rail", 47, 101), key=lambda p: p.programme)
    s = book.sheet("Budget Paper 4")
    s.lines(
        "A1",
        ["2026-27 State Capital Program", "Table 2: Existing and new projects ($ million)"],
        bold=True,
    )
    s.put("A4", "Estimates as at 31 May 2026. Financial years end 30 June.", italic=True)
    labels = ["2026-27", "2027-28", "2028-29", "2029-30"]
    parts = [[round(v / 1e6, 1) for v in spread(p, date(2026, 7, 1), 4, 12)] for p in ps]
    columns = [
        Col("Project", pick(ps, lambda p: p.name)),
        Col("Agency", pick(ps, lambda p: p.department)),
        Col("Estimated total investment ($m)", pick(ps, millions(lambda p: p.cost, 1)), "#,##0.0"),
        Col("Estimated expenditure to 30 Jun 2026", [v[0] for v in parts], "#,##0.0"),
        *[
            Col(("Budget and forward estimates", y), [v[k + 1] for v in parts], "#,##0.0")
            for k, y in enumerate(labels)
        ],
        Col("Remaining expenditure", [v[5] for v in parts], "#,##0.0"),
        Col(
            "Estimated completion (financial year)",
            [f"{p.finish.year}-{(p.finish.year + 1) % 100:02d}" for p in ps],
        ),
        Col("Gate", pick(ps, lambda p: f"Gate {p.stage + 1}")),
    ]
    groups = [(d, sum(p.programme == d for p in ps)) for d in sorted({p.programme for p in ps})]
    years = [f"Budget and forward estimates > {y}" for y in labels]
    place = s.table(
        "A6",
        columns,
        sections=groups,
        summed=["Estimated total investment ($m)", *years],
        subtotal="Sub-total",
        total="Total capital program",
        footnotes=["(a) TEI excludes land.", "na = not available"],
    )
    book.expect(
        place,
        "projects",
        {
            "name": "Project",
            "department": "Agency",
            "cost": [*years, "Remaining expenditure"],
            "spent_to_date": "Estimated expenditure to 30 Jun 2026",
            "stage": "Gate",
            "finish": "Estimated completion (financial year)",
        },
        instead={
            "cost": [
                ["Estimated total investment ($m)"],
                ["Estimated expenditure to 30 Jun 2026", *years, "Remaining expenditure"],
                years,
            ]
        },
        asks=["finish", "cost"],
        never={"budget": "Remaining expenditure", "start": "Estimated completion (financial year)"},
        periods={"kind": "year", "first": "2026/27", "last": "2029/30", "count": 4, "kinds": []},
        subtotals=["Estimated total investment ($m)"],
        units={"cost": "$m", "spent_to_date": "$m"},
        notes="No ID: the name is the key. Programmes stand in section rows. The spend to June plus"
        " the years is the total.",
    )


@workbook("h02_hospital_two_column_pair_forms", "held_out", "health")
def pair_forms(book: Book) -> None:
    ps = make_projects("health", 7, 102)
    cover = book.sheet("READ ME")
    cover.lines("B3", ["Bid pro-formas, round 3", "One sheet per bid. Do not add rows."], bold=True)
    for p in ps:
        s = book.sheet(f"Bid {p.n}")
        s.put("B1", "BID PRO-FORMA", bold=True, font_size=16)
        s.put("B2", "Please complete the white cells only")
        form = s.form(
            "B4",
            [
                [
                    ("Bid ref:", f"R3/{p.n:02d}"),
                    ("Bid title:", p.name),
                    ("Care group:", p.department),
                    ("Clinical sponsor:", p.sponsor),
                    ("Bid author:", p.manager),
                    ("Aim:", p.description),
                ],
                [
                    ("Capital requested (£):", round(p.cost, -2), "#,##0"),
                    ("Recurrent cost (£ p.a.):", round(p.cost * 0.04, -2), "#,##0"),
                    ("Proposed start:", f"{p.start:%d.%m.%y}" if p.n % 3 else p.start),
                    ("Expected end:", p.finish),
                    ("Payback (yrs):", p.payback if p.n != 4 else "n/k"),
                    ("Mandatory?", "Y" if p.mandatory else "N"),
                ],
            ],
        )
        s.put("B12", "For office use", italic=True)
        office = s.form(
            "B13", [[("Panel score /100", 40 + 7 * p.n)], [("Panel decision", "Defer")]]
        )
        book.expect(
            form,
            "projects",
            {
                "project_id": "Bid ref:",
                "name": "Bid title:",
                "department": "Care group:",
                "sponsor": "Clinical sponsor:",
                "manager": "Bid author:",
                "description": "Aim:",
                "cost": ["Capital requested (£):", "Recurrent cost (£ p.a.):"],
                "start": "Proposed start:",
                "finish": "Expected end:",
                "payback": "Payback (yrs):",
                "force": "Mandatory?",
            },
            instead={"cost": [["Capital requested (£):"]]},
            asks=["cost", "manager"],
            never={"benefit": "Recurrent cost (£ p.a.):", "budget": "Capital requested (£):"},
            units={"cost": "£"},
            form=True,
            also={"range": office.range, "fields": {"score": "Panel score /100"}},
            notes="Label and value in two column pairs side by side; B13:F13 continues the form."
            " The panel's decision must not become force.",
        )


@workbook("h03_federal_it_investments", "held_out", "it")
def federal_it(book: Book) -> None:
    ps = make_projects("it", 140, 103)
    s = book.sheet("ITPortfolio_FY27")
    place = s.table(
        "A1",
        [
            Col("Unique Investment Identifier (UII)", [f"024-{100000000 + p.n * 131}" for p in ps]),
            Col("Agency Code", [f"{p.n % 24:03d}" for p in ps]),
            Col("Bureau", pick(ps, lambda p: p.department)),
            Col("Investment Title", pick(ps, lambda p: p.name)),
            Col("Type of Investment", ["Major IT Investment", "Non-major IT Investment"] * 70),
            Col("Mission Delivery and Management Support Area", pick(ps, lambda p: p.programme)),
            Col("CIO Rating", pick(ps, lambda p: 5 - p.rag * 2)),
            Col("PY\n(FY 2025)\n($M)", [round(p.cost * 0.2 / 1e6, 3) for p in ps], "0.000"),
            Col("CY\n(FY 2026)\n($M)", [round(p.cost * 0.35 / 1e6, 3) for p in ps], "0.000"),
            Col("BY\n(FY 2027)\n($M)", [round(p.cost * 0.45 / 1e6, 3) for p in ps], "0.000"),
            Col("BY DME ($M)", [round(p.cost * 0.3 / 1e6, 3) for p in ps], "0.000"),
            Col("BY O&M ($M)", [round(p.cost * 0.15 / 1e6, 3) for p in ps], "0.000"),
            Col("Lifecycle Cost ($M)", pick(ps, millions(lambda p: p.cost, 3)), "0.000"),
            Col("Change in status", ["No change", "New", "Upgraded"] * 46 + ["No change"] * 2),
            Col("ROI (%)", pick(ps, lambda p: round(p.irr * 100, 1))),
        ],
    )
    years = ["PY\n(FY 2025)\n($M)", "CY\n(FY 2026)\n($M)", "BY\n(FY 2027)\n($M)"]
    book.expect(
        place,
        "projects",
        {
            "project_id": "Unique Investment Identifier (UII)",
            "name": "Investment Title",
            "department": "Bureau",
            "category": "Type of Investment",
            "programme": "Mission Delivery and Management Support Area",
            "rag": "CIO Rating",
            "cost": years,
            "irr": "ROI (%)",
        },
        instead={"cost": [["Lifecycle Cost ($M)"]]},
        asks=["rag", "programme", "cost"],
        never={
            "project_id": "Agency Code",
            "lifecycle": "Change in status",
            "benefit": "ROI (%)",
            "score": "CIO Rating",
            "budget": ["BY DME ($M)", "BY O&M ($M)"],
        },
        subtotals=["Lifecycle Cost ($M)", years[2]],
        units={"cost": "$m"},
        notes="PY, CY, BY: prior, current, budget year. BY is DME plus O&M: adding all counts"
        " the year twice. CIO rating 5 is best; it is a health rating of 1 to 5.",
    )


@workbook("h04_transit_capital_program_sections_stacked", "held_out", "rail")
def transit_program(book: Book) -> None:
    ps = sorted(make_projects("rail", 64, 104), key=lambda p: (p.department, p.n))
    s = book.sheet("CIP")
    s.put("D1", "Metro Transit Authority", bold=True, font_size=18)
    s.put("D2", "Capital Improvement Program FY 2027 - FY 2029 ($ in thousands)")
    years = ["FY 2027", "FY 2028", "FY 2029"]
    kinds = ["Federal", "State", "Local"]
    parts = [[round(v / 1e3) for v in spread(p, date(2026, 10, 1), 3, 12)] for p in ps]
    columns = [
        Col("PROJECT #", [f"M{5000 + 9 * p.n}" for p in ps]),
        Col("PROJECT NAME", pick(ps, lambda p: p.name)),
        Col("LEAD", pick(ps, lambda p: p.manager)),
        Col("SGR?", pick(ps, lambda p: "Y" if p.category == "Renewals" else "N")),
    ]
    labels = []
    for k, y in enumerate(years):
        for kind, share in zip(kinds, (0.5, 0.3, 0.2), strict=True):
            values = [round(v[k + 1] * share) for v in parts]
            columns.append(Col((y, kind), values, '_($* #,##0_);_($* (#,##0);_($* "-"??_)'))
            labels.append(f"{y} > {kind}")
        subtotal = [sum(round(v[k + 1] * f) for f in (0.5, 0.3, 0.2)) for v in parts]
        columns.append(Col((y, "Total"), subtotal, "#,##0"))
    sums = [sum(round(v[k] * f) for k in (1, 2, 3) for f in (0.5, 0.3, 0.2)) for v in parts]
    columns.append(Col(("3-Year Total", None), sums, "#,##0"))
    groups = [
        (f"{d} Division", sum(p.department == d for p in ps))
        for d in sorted({p.department for p in ps})
    ]
    place = s.table(
        "B5",
        columns,
        sections=groups,
        section_column=1,
        summed=[*labels, *(f"{y} > Total" for y in years), "3-Year Total"],
        subtotal="Division Total",
        total="GRAND TOTAL",
        across="repeat",
        down="top",
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "PROJECT #",
            "name": "PROJECT NAME",
            "manager": "LEAD",
            "cost": labels,
        },
        instead={"cost": [[f"{y} > Total" for y in years], ["3-Year Total"]]},
        asks=["manager"],
        never={"force": "SGR?"},
        periods={
            "kind": "year",
            "first": "2026/27",
            "last": "2028/29",
            "count": 3,
            "kinds": kinds,
        },
        subtotals=[*(f"{y} > Total" for y in years), "3-Year Total"],
        units={"cost": "$k"},
        notes="Year labels repeat over each column, nothing is merged. The kinds are funding"
        " sources. Totals within each year and over all. Divisions only in section rows.",
    )


@workbook("h05_charity_money_only_in_number_format", "held_out", "charity")
def charity_formats(book: Book) -> None:
    ps = make_projects("charity", 19, 105)
    s = book.sheet("Sheet1")
    place = s.table(
        "C9",
        [
            Col("What", pick(ps, lambda p: p.name)),
            Col("Why", pick(ps, lambda p: p.description)),
            Col("Who", spoil(pick(ps, lambda p: p.manager), 1, 0.2, "?", None)),
            Col("When from", spoil(pick(ps, lambda p: f"{p.start:%B %Y}"), 2, 0.1, "ASAP")),
            Col("When to", pick(ps, lambda p: f"{p.finish:%B %Y}")),
            Col("How much", pick(ps, lambda p: round(p.cost / 1e3, 1)), '£#,##0.0"k"'),
            Col("Of which secured", pick(ps, lambda p: round(p.approved / 1e3, 1)), '£#,##0.0"k"'),
            Col("Go / no go", pick(ps, lambda p: ["Go", "No go", ""][p.decision])),
        ],
    )
    s.put("C2", "Ideas and live work, all teams", bold=True)
    s.put("C3", "Updated by Ros, 28 Sept")
    book.expect(
        place,
        "projects",
        {
            "name": "What",
            "description": "Why",
            "manager": "Who",
            "start": "When from",
            "finish": "When to",
            "cost": "How much",
            "budget": "Of which secured",
            "current_decision": "Go / no go",
        },
        asks=[
            "name",
            "description",
            "manager",
            "start",
            "finish",
            "cost",
            "budget",
            "current_decision",
        ],
        never={
            "force": "Go / no go",
            "cost": "Of which secured",
            "spent_to_date": "Of which secured",
        },
        units={"cost": "£k", "budget": "£k"},
        notes="Homely headers: every field may be asked. Unit £k only in the number format.",
    )


@workbook("h06_university_app_list_camel_case", "held_out", "university")
def app_list(book: Book) -> None:
    ps = make_projects("university", 83, 106)
    s = book.sheet("query")
    state = ["Submitted", "Approved", "InFlight", "Parked", "Done"]
    place = s.table(
        "A1",
        [
            Col("ID", [2000 + p.n for p in ps]),
            Col("Title", pick(ps, lambda p: p.name)),
            Col("ProjectSummary", pick(ps, lambda p: p.description)),
            Col("Faculty_x003a_Title", pick(ps, lambda p: p.department)),
            Col("ExecSponsor", pick(ps, lambda p: p.sponsor)),
            Col("ProjectLead", pick(ps, lambda p: p.manager)),
            Col("RequestStatus", pick(ps, lambda p: state[p.state])),
            Col("HealthIndicator", pick(ps, lambda p: ["On Track", "At Risk", "Off Track"][p.rag])),
            Col("TargetStart", pick(ps, lambda p: p.start), "yyyy-mm-dd"),
            Col("TargetEnd", pick(ps, lambda p: p.finish), "yyyy-mm-dd"),
            Col("RequestedAmount", pick(ps, lambda p: round(p.cost, -2))),
            Col("ApprovedAmount", pick(ps, lambda p: round(p.approved, -2) or None)),
            Col("CapexAmount", pick(ps, lambda p: round(p.capex, -2))),
            Col("OpexAmount", pick(ps, lambda p: round(p.cost, -2) - round(p.capex, -2))),
            Col("IsMandatory", pick(ps, lambda p: p.mandatory)),
            Col("Created", [min(date(2026, 9, 2), add_months(p.start, -8)) for p in ps]),
            Col("Modified", [STATUS_DATE] * 83),
            Col("Item Type", ["Item"] * 83),
            Col("Path", ["sites/capital/Lists/Requests"] * 83),
        ],
        excel_table="Table_owssvr",
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "ID",
            "name": "Title",
            "description": "ProjectSummary",
            "department": "Faculty_x003a_Title",
            "sponsor": "ExecSponsor",
            "manager": "ProjectLead",
            "lifecycle": "RequestStatus",
            "rag": "HealthIndicator",
            "start": "TargetStart",
            "finish": "TargetEnd",
            "cost": ["CapexAmount", "OpexAmount"],
            "budget": "ApprovedAmount",
            "force": "IsMandatory",
        },
        instead={"cost": [["RequestedAmount"]]},
        never={
            "start": "Created",
            "finish": "Modified",
            "category": "Item Type",
            "budget": "RequestedAmount",
        },
        asks=["force"],
        subtotals=["RequestedAmount"],
        excel_table="Table_owssvr",
        notes="RequestedAmount is capex plus opex. No currency anywhere.",
    )


@workbook("h07_council_three_tables_titles_only", "held_out", "council")
def titles_only(book: Book) -> None:
    ps = make_projects("council", 29, 107)
    s = book.sheet("Master")
    s.put("A1", "Transport and Parks: Schemes", bold=True)
    place = s.table(
        "A2",
        [
            Col("Scheme", pick(ps, lambda p: p.name)),
            Col("Ward", pick(ps, lambda p: p.site)),
            Col("Cabinet priority", pick(ps, lambda p: f"P{p.priority}")),
            Col("Officer", pick(ps, lambda p: p.manager)),
            Col("Gross cost €", pick(ps, lambda p: f"{p.cost:,.0f}".replace(",", "."))),
            Col("Grant €", pick(ps, lambda p: round(p.cost * 0.3, -2)), "#,##0"),
            Col("Net cost €", pick(ps, lambda p: round(p.cost * 0.7, -2)), "#,##0"),
            Col("Spent €", pick(ps, lambda p: round(p.spent)), "#,##0"),
            Col("Begin", pick(ps, lambda p: f"{p.start:%d/%m/%Y}")),
            Col("End", pick(ps, lambda p: f"{p.finish:%d/%m/%Y}")),
            Col("Complete", pick(ps, lambda p: round(p.complete * 100))),
        ],
    )
    book.expect(
        place,
        "projects",
        {
            "name": "Scheme",
            "department": "Ward",
            "priority": "Cabinet priority",
            "manager": "Officer",
            "cost": "Gross cost €",
            "spent_to_date": "Spent €",
            "start": "Begin",
            "finish": "End",
            "percent_complete": "Complete",
        },
        instead={"cost": [["Net cost €"]]},
        asks=["cost", "department"],
        never={"benefit": "Grant €", "budget": "Grant €"},
        units={"cost": "€"},
        notes="No ID. Gross, grant and net: gross = grant + net. Gross is text with points for"
        " thousands. Dates are text, day first. Percentages as 0 to 100. Which cost is a question.",
    )
    s.put("A32", "Money available", bold=True)
    money = s.table(
        "A33",
        [
            Col("Period", ["2027", "2028", "2029"]),
            Col("Kind", ["Capital", "Capital", "Capital"]),
            Col("Amount €", [9_500_000, 8_800_000, 8_000_000], "#,##0"),
        ],
    )
    book.expect(
        money,
        "budgets",
        {"period": "Period", "kind": "Kind", "budget": "Amount €"},
        periods={"kind": "year", "first": "2027", "last": "2029", "count": 3, "kinds": ["Capital"]},
        units={"budget": "€"},
        notes="Two titled tables follow each other with no blank row between.",
    )
    s.put("A37", "Scoring", bold=True)
    criteria = s.table(
        "A38",
        [
            Col("Factor", SECTORS["council"].criteria),
            Col("Importance (1-10)", [10, 8, 6, 6, 4]),
            Col("Better when", ["high", "high", "low", "high", "high"]),
            Col("Lowest", [0, 0, 0, 0, 0]),
            Col("Highest", [5, 5, 5, 5, 5]),
        ],
    )
    book.expect(
        criteria,
        "criteria",
        {
            "criterion": "Factor",
            "weight": "Importance (1-10)",
            "direction": "Better when",
            "scale_min": "Lowest",
            "scale_max": "Highest",
        },
    )


@workbook("h08_rail_merged_demand_by_month_number", "held_out", "rail")
def merged_demand(book: Book) -> None:
    ps = make_projects("rail", 12, 108)
    roles = SECTORS["rail"].roles
    s = book.sheet("Labour profile")
    s.put("A1", "Labour profile in months from start (heads)", bold=True)
    labels = [f"M{k}" for k in range(1, 25)]
    rows = [(p, roles[(p.n + k) % 5], k) for p in ps for k in range(3)]
    curves = [fte(300 + i, 24, 4.0) for i in range(len(rows))]
    place = s.table(
        "A3",
        [
            Col("Scheme", [p.name if k == 0 else None for p, _, k in rows]),
            Col("Trade", [r for _, r, _ in rows]),
            *[Col(m, [c[j] for c in curves], "0.0") for j, m in enumerate(labels)],
        ],
    )
    for i in range(0, len(rows), 3):
        s.page.merge_range(3 + i, 0, 5 + i, 0, rows[i][0].name, book.form(valign="vcenter"))
    book.expect(
        place,
        "demand",
        {"project_id": "Scheme", "role": "Trade", "demand": labels},
        asks=["project_id"],
        periods={"kind": "offset", "first": "M1", "last": "M24", "count": 24, "kinds": []},
        units={"demand": "FTE"},
        notes="The scheme's cell is merged over its three trades. Heads are FTE here; months count"
        " from each scheme's start.",
    )
    a = book.sheet("Gang strength")
    a.put("B2", "Available heads per period", bold=True)
    periods = month_starts(date(2027, 4, 1), 24)
    place = a.table(
        "B4",
        [
            Col("Trade", roles),
            Col("Supervisor", PEOPLE[:5]),
            *[Col(m, [6, 9, 4, 3, 2 + k % 2], "0") for k, m in enumerate(periods)],
        ],
    )
    book.expect(
        place,
        "capacity",
        {"role": "Trade", "capacity": [f"{m:%Y-%m-%d}" for m in periods]},
        periods={"kind": "month", "first": "Apr-27", "last": "Mar-29", "count": 24, "kinds": []},
        units={"capacity": "FTE"},
    )
    w = book.sheet("Schemes")
    place = w.table(
        "A2",
        [
            Col("Scheme", pick(ps, lambda p: p.name)),
            Col("Planned start", pick(ps, lambda p: p.start)),
            Col("Weeks", pick(ps, lambda p: p.months * 4)),
            Col("Budget (k£)", pick(ps, thousands(lambda p: p.approved)), "#,##0"),
            Col("Estimate (k£)", pick(ps, thousands(lambda p: p.cost)), "#,##0"),
            Col(
                "Headroom (k£)",
                [
                    Calculated(f"=D{3 + i}-E{3 + i}", round(p.approved / 1e3) - round(p.cost / 1e3))
                    for i, p in enumerate(ps)
                ],
                "#,##0;[Red]-#,##0",
            ),
        ],
    )
    book.expect(
        place,
        "projects",
        {
            "name": "Scheme",
            "start": "Planned start",
            "budget": "Budget (k£)",
            "cost": "Estimate (k£)",
            "duration": "Weeks",
        },
        asks=["duration"],
        never={"cost_to_go": "Headroom (k£)", "benefit": "Headroom (k£)"},
        units={"cost": "£k", "budget": "£k", "duration": "weeks"},
        notes="The name is the key. Duration is in weeks.",
    )
