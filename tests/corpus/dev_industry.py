"""Pharma, oil and gas, defence, water and rail, mostly British and American habits."""

from __future__ import annotations

from datetime import date

from tests.corpus import workbook
from tests.corpus.layout import Book, Col
from tests.corpus.offices import (
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


@workbook("d09_pharma_pipeline_transposed", "dev", "pharma")
def pharma_transposed(book: Book) -> None:
    ps = make_projects("pharma", 18, 9)
    s = book.sheet("Pipeline")
    s.put("A1", "R&D portfolio review H2 2026 (USD m, risk-unadjusted unless stated)", bold=True)
    phases = ["Preclinical", "Phase I", "Phase II", "Phase III", "Filed"]
    place = s.transposed(
        "A3",
        [
            Col("Asset", pick(ps, lambda p: p.name.split()[0])),
            Col("Project name", pick(ps, lambda p: p.name)),
            Col("Therapy area", pick(ps, lambda p: p.programme)),
            Col("Modality / type", pick(ps, lambda p: p.category)),
            Col("Phase", pick(ps, lambda p: phases[p.stage])),
            Col("Project leader", pick(ps, lambda p: p.manager)),
            Col("Next phase start", pick(ps, lambda p: p.start), "mmm-yy"),
            Col("Launch", pick(ps, lambda p: add_months(p.finish, 60)), "mmm-yy"),
            Col("PTRS (%)", pick(ps, lambda p: round(p.confidence * 0.4, 2)), "0%"),
            Col("Peak sales", pick(ps, millions(lambda p: p.benefit * 9, 0)), "#,##0"),
            Col("eNPV", pick(ps, millions(lambda p: p.npv, 1)), "#,##0.0"),
            Col("Cost to next decision", pick(ps, millions(lambda p: p.cost * 0.3, 1)), "#,##0.0"),
            Col("Total remaining cost", pick(ps, millions(lambda p: p.to_go, 1)), "#,##0.0"),
            Col("Spend to date", pick(ps, millions(lambda p: p.spent, 1)), "#,##0.0"),
            Col(
                "Last governance decision", pick(ps, lambda p: ["Go", "Hold", "No-go"][p.decision])
            ),
            Col("Comment", spoil(["On track"] * 18, 3, 0.5, None, "Recruitment slow")),
        ],
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "Asset",
            "name": "Project name",
            "programme": "Therapy area",
            "category": "Modality / type",
            "stage": "Phase",
            "manager": "Project leader",
            "start": "Next phase start",
            "finish": "Launch",
            "confidence": "PTRS (%)",
            "value": "Peak sales",
            "npv": "eNPV",
            "cost_to_go": "Total remaining cost",
            "spent_to_date": "Spend to date",
            "current_decision": "Last governance decision",
        },
        asks=["project_id", "start", "finish", "value", "npv", "current_decision", "programme"],
        never={
            "cost": ["Cost to next decision", "Spend to date"],
            "force": "Last governance decision",
            "benefit": "Peak sales",
            "finish": "Launch",
        },
        units={"npv": "$m", "cost_to_go": "$m", "spent_to_date": "$m"},
        notes="Assets repeat over indications, so Asset is no unique key. Launch is years after the"
        " project's work; peak sales is revenue of one year.",
    )


@workbook("d10_oil_gas_capex_by_year", "dev", "oil")
def oil_gas(book: Book) -> None:
    ps = make_projects("oil", 75, 10)
    s = book.sheet("2027 Budget Submission")
    s.put("A1", "UPSTREAM CAPITAL BUDGET - 2027 SUBMISSION", bold=True)
    s.put("H1", "Gross, US$000s")
    parts = [[round(v / 1e3) for v in spread(p, date(2026, 1, 1), 5, 12, p.capex)] for p in ps]
    years = [2026, 2027, 2028, 2029, 2030]
    place = s.table(
        "A3",
        [
            Col("AFE NO.", [f"AFE-{26000 + 7 * p.n}" for p in ps]),
            Col("PROJECT", pick(ps, lambda p: p.name)),
            Col("ASSET", pick(ps, lambda p: p.site)),
            Col("CLASS", pick(ps, lambda p: p.category)),
            Col("PROJ MGR", pick(ps, lambda p: p.manager)),
            Col("PRIOR CAPEX", [v[0] for v in parts], "#,##0"),
            *[Col(float(y), [v[k + 1] for v in parts], "#,##0") for k, y in enumerate(years)],
            Col("BEYOND", [v[6] for v in parts], "#,##0"),
            Col("TOTAL CAPEX", [sum(v) for v in parts], "#,##0"),
            Col("NPV10 ($MM)", pick(ps, millions(lambda p: p.npv, 1)), "#,##0.0"),
            Col("IRR", pick(ps, lambda p: p.irr), "0.0%"),
            Col("P/O (YRS)", pick(ps, lambda p: p.payback), "0.0"),
            Col("POS", pick(ps, lambda p: p.confidence), "0%"),
            Col("START", pick(ps, lambda p: p.start), "mm/dd/yyyy"),
            Col("FIRST OIL / COMPLETE", pick(ps, lambda p: p.finish), "mm/dd/yyyy"),
            Col("COMMITTED? (Y/N)", pick(ps, lambda p: "Y" if p.state == 2 else "N")),
        ],
        total="TOTAL",
        summed=["PRIOR CAPEX", *map(str, years), "BEYOND", "TOTAL CAPEX"],
        footnotes=["P/O = payout. POS = probability of success.", "FX 1.27 USD/GBP"],
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "AFE NO.",
            "name": "PROJECT",
            "category": "CLASS",
            "department": "ASSET",
            "manager": "PROJ MGR",
            "cost": ["PRIOR CAPEX", *map(str, years), "BEYOND"],
            "npv": "NPV10 ($MM)",
            "irr": "IRR",
            "payback": "P/O (YRS)",
            "confidence": "POS",
            "start": "START",
            "finish": "FIRST OIL / COMPLETE",
            "force": "COMMITTED? (Y/N)",
        },
        instead={"cost": [["TOTAL CAPEX"], [*map(str, years), "BEYOND"]]},
        asks=["department", "force", "payback", "finish"],
        never={"committed_cost": "COMMITTED? (Y/N)", "npv": "P/O (YRS)"},
        periods={"kind": "year", "first": "2026", "last": "2030", "count": 5, "kinds": []},
        subtotals=["TOTAL CAPEX"],
        units={"cost": "$k", "npv": "$m"},
        notes="Money in $000s from the title line, NPV in $MM (millions) from its header.",
    )
    d = book.sheet("Dashboard")
    d.put("B2", "Budget dashboard", bold=True, font_size=18)
    d.grid(
        "B4",
        [
            ["Class", "Count", "Capex 2027", "NPV10"],
            *[
                [c, n, m, v]
                for c, n, m, v in zip(
                    SECTORS["oil"].categories,
                    [24, 22, 17, 12],
                    [71200.0, 48300.0, 22400.0, 22100.0],
                    [310.5, 122.0, 41.5, 8.0],
                    strict=True,
                )
            ],
            ["Total", 75, 164000.0, 482.0],
        ],
        bold=True,
    )


@workbook("d11_defence_three_header_levels", "dev", "defence")
def defence_levels(book: Book) -> None:
    ps = make_projects("defence", 40, 11)
    s = book.sheet("EP27 Lines")
    s.lines(
        "B2",
        [
            "OFFICIAL (test data)",
            "Equipment Plan 2027 by line",
            "Position at 30-Sep-2026; £m outturn",
        ],
        bold=True,
    )
    years = ["FY26/27", "FY27/28", "FY28/29"]
    parts = [[round(v / 1e6, 2) for v in spread(p, date(2026, 4, 1), 3, 12)] for p in ps]
    columns = [
        Col("WBS", [f"{1 + p.n % 4}.{p.n:02d}" for p in ps]),
        Col("Line title", pick(ps, lambda p: p.name)),
        Col("Command", pick(ps, lambda p: p.department)),
        Col("SRO", pick(ps, lambda p: p.sponsor)),
        Col(("Schedule", "In-service date", "Approved"), pick(ps, lambda p: p.base_finish)),
        Col(("Schedule", "In-service date", "Forecast"), pick(ps, lambda p: p.finish)),
        Col(("Schedule", "Main Gate"), pick(ps, lambda p: p.start)),
    ]
    labels = []
    for k, year in enumerate(years):
        for kind, share in (("CDEL", 0.8), ("RDEL", 0.2)):
            columns.append(
                Col(
                    ("Forecast spend £m", year, kind),
                    [round(v[k + 1] * share, 3) for v in parts],
                    "#,##0.00",
                )
            )
            labels.append(f"Forecast spend £m > {year} > {kind}")
    columns += [
        Col(("Forecast spend £m", "10-yr total"), [sum(v) for v in parts], "#,##0.00"),
        Col("Approved cost (50%) £m", pick(ps, millions(lambda p: p.approved)), "#,##0.00"),
        Col("Delivery confidence", pick(ps, lambda p: ["Green", "Amber", "Red"][p.rag])),
    ]
    place = s.table("B6", columns)
    book.expect(
        place,
        "projects",
        {
            "project_id": "WBS",
            "name": "Line title",
            "department": "Command",
            "sponsor": "SRO",
            "start": "Schedule > Main Gate",
            "finish": ["Schedule > In-service date > Forecast"],
            "cost": labels,
            "budget": "Approved cost (50%) £m",
            "rag": "Delivery confidence",
        },
        instead={"cost": [["Forecast spend £m > 10-yr total"]]},
        asks=["start", "finish", "cost"],
        never={
            "confidence": "Approved cost (50%) £m",
            "finish": "Schedule > In-service date > Approved",
        },
        periods={
            "kind": "year",
            "first": "2026/27",
            "last": "2028/29",
            "count": 3,
            "kinds": ["CDEL", "RDEL"],
        },
        units={"cost": "£m", "budget": "£m"},
        notes="Three header levels; the 10-year total is more than the three years shown, so it is"
        " no plain sum of them.",
    )


@workbook("d12_rail_repeated_headers_three_hundred", "dev", "rail")
def rail_long_list(book: Book) -> None:
    ps = make_projects("rail", 300, 12)
    s = book.sheet("Workbank")
    s.put("C1", "ROUTE WORKBANK - PERIOD 7 2026/27", bold=True, font_size=15)
    s.put("C2", "Printed 12/10/2026 08:14")
    grip = ["PACE 1", "PACE 2", "PACE 3", "PACE 4", "Closed"]
    place = s.table(
        "A4",
        [
            Col("OP No", [f"{130000 + 17 * p.n}" for p in ps]),
            Col("Cost Centre", [f"C{440 + p.n % 9}" for p in ps]),
            Col("Scheme Description", pick(ps, lambda p: p.name)),
            Col("Route", pick(ps, lambda p: p.department)),
            Col("Sponsor", pick(ps, lambda p: p.sponsor)),
            Col("Sch.\nPM", pick(ps, lambda p: p.manager)),
            Col("PACE stage", pick(ps, lambda p: grip[p.stage])),
            Col("Baseline\nStart", pick(ps, lambda p: p.base_start), "dd-mmm-yy"),
            Col("Baseline\nFinish", pick(ps, lambda p: p.base_finish), "dd-mmm-yy"),
            Col("Actual\nStart", [p.start if p.state in (2, 4) else None for p in ps], "dd-mmm-yy"),
            Col("Actual\nFinish", [p.finish if p.state == 4 else None for p in ps], "dd-mmm-yy"),
            Col("Forecast\nStart", pick(ps, lambda p: p.start), "dd-mmm-yy"),
            Col("Forecast\nFinish", pick(ps, lambda p: p.finish), "dd-mmm-yy"),
            Col("Authority £k", pick(ps, thousands(lambda p: p.approved)), "#,##0"),
            Col("COWD £k", pick(ps, thousands(lambda p: p.spent)), "#,##0"),
            Col("ETC £k", pick(ps, thousands(lambda p: p.to_go)), "#,##0"),
            Col("AFC £k", pick(ps, thousands(lambda p: max(p.forecast, p.spent))), "#,##0"),
        ],
        page=55,
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "OP No",
            "name": "Scheme Description",
            "department": "Route",
            "sponsor": "Sponsor",
            "manager": "Sch.\nPM",
            "stage": "PACE stage",
            "start": ["Forecast\nStart"],
            "finish": ["Forecast\nFinish"],
            "budget": "Authority £k",
            "spent_to_date": "COWD £k",
            "cost_to_go": "ETC £k",
            "forecast_cost": "AFC £k",
        },
        asks=["start", "finish", "department", "budget", "spent_to_date", "forecast_cost"],
        never={
            "start": ["Actual\nStart", "Baseline\nStart"],
            "finish": ["Actual\nFinish", "Baseline\nFinish"],
            "cost": "COWD £k",
            "project_id": "Cost Centre",
            "description": "Scheme Description",
        },
        units={"budget": "£k", "cost_to_go": "£k", "forecast_cost": "£k"},
        notes="Headers repeat after every 55 rows with a blank row before. COWD is cost of work"
        " done, AFC anticipated final cost. Cost Centre is no project ID.",
    )


@workbook("d13_water_programme_links", "dev", "water")
def water_links(book: Book) -> None:
    ps = make_projects("water", 52, 13)
    ids = [f"WN{8000 + 3 * p.n}" for p in ps]
    s = book.sheet("Portfolio")
    s.put("A1", "AMP8 delivery portfolio")
    s.put("A2", "Prices: 2022/23 CPIH. £ thousands.")
    needs = [
        ids[i - 2] if i % 9 == 4 else f"{ids[i - 1]}; {ids[i - 3]}" if i % 13 == 6 else None
        for i in range(52)
    ]
    place = s.table(
        "A4",
        [
            Col("Project ID", ids),
            Col("Legacy Ref", [f"L/{p.n:03d}" if p.n % 3 else None for p in ps]),
            Col("Project Title", pick(ps, lambda p: p.name)),
            Col("Outcome Programme", pick(ps, lambda p: p.programme)),
            Col("Investment Type", pick(ps, lambda p: p.category)),
            Col("Totex Ask", pick(ps, thousands(lambda p: p.cost)), "#,##0"),
            Col("Committed", pick(ps, thousands(lambda p: p.committed)), "#,##0"),
            Col("Cost to Stop", [round(p.cost * 0.06 / 1e3) if p.state == 2 else None for p in ps]),
            Col("NPV", pick(ps, thousands(lambda p: p.npv)), "#,##0"),
            Col("Mandated (WINEP)", pick(ps, lambda p: "Yes" if p.mandatory else "No")),
            Col("Earliest start", pick(ps, lambda p: p.start)),
            Col("Latest start", [add_months(p.start, 9) for p in ps]),
            Col("Regulatory date", pick(ps, lambda p: p.finish)),
            Col("Months", pick(ps, lambda p: p.months)),
            Col("Depends on", needs),
        ],
        name="ProjectList",
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "Project ID",
            "name": "Project Title",
            "programme": "Outcome Programme",
            "category": "Investment Type",
            "cost": "Totex Ask",
            "committed_cost": "Committed",
            "exit_cost": "Cost to Stop",
            "npv": "NPV",
            "force": "Mandated (WINEP)",
            "earliest_start": "Earliest start",
            "latest_start": "Latest start",
            "finish": "Regulatory date",
            "duration": "Months",
        },
        asks=["finish", "cost", "exit_cost", "force"],
        never={
            "start": "Latest start",
            "project_id": "Legacy Ref",
            "cost": ["Committed", "Cost to Stop"],
            "current_decision": "Committed",
        },
        units={"cost": "£k", "npv": "£k", "committed_cost": "£k"},
        named_range="ProjectList",
        notes="Depends on: a list of IDs in one cell, separated by semicolons.",
    )
    d = book.sheet("Dependencies")
    rows = [(i, i - 2) for i in range(4, 52, 6)]
    place = d.table(
        "B5",
        [
            Col("Predecessor", [ids[b] for _, b in rows]),
            Col("Successor", [ids[a] for a, _ in rows]),
            Col("Dependency type", ["FS", "Requires", "Excludes", "FS"] * 2),
            Col("Lag (weeks)", [4, None, None, 8] * 2),
            Col("Notes", [None] * 8),
        ],
    )
    book.expect(
        place,
        "links",
        {
            "from": "Predecessor",
            "to": "Successor",
            "type": "Dependency type",
            "lag": "Lag (weeks)",
        },
        asks=["from", "to", "lag"],
        units={"lag": "weeks"},
        notes="The predecessor stands first: for Requires the successor is the one that depends.",
    )
    b = book.sheet("Funding envelope")
    b.put("A1", "Totex envelope, £ thousands")
    place = b.transposed(
        "A3",
        [
            Col("Year", ["2025-26", "2026-27", "2027-28", "2028-29", "2029-30"]),
            Col("Envelope", [52000, 61000, 64000, 60000, 48000], "#,##0"),
        ],
    )
    book.expect(
        place,
        "budgets",
        {"period": "Year", "budget": "Envelope"},
        periods={"kind": "year", "first": "2025/26", "last": "2029/30", "count": 5, "kinds": []},
        units={"budget": "£k"},
    )


@workbook("d14_project_by_criterion_matrix", "dev", "rail")
def rail_matrix(book: Book) -> None:
    ps = make_projects("rail", 20, 14)
    words = SECTORS["rail"].criteria
    s = book.sheet("MCA")
    s.put("A1", "Multi-criteria appraisal: criteria down, schemes across", bold=True)
    s.put("A2", "0 = no contribution, 10 = full contribution")
    place = s.transposed(
        "A5",
        [
            Col((None, "", "Scheme"), [f"S{p.n:02d}" for p in ps]),
            *[
                Col((c, w, d), [p.ratings[j] * 2 for p in ps])
                for j, (c, w, d) in enumerate(
                    zip(
                        words,
                        [30, 25, 20, 15, 10],
                        ["max", "max", "max", "min", "min"],
                        strict=True,
                    )
                )
            ],
        ],
        label_columns=3,
    )
    s.cell(4, 0, "Criterion", bold=True)
    s.cell(4, 1, "Weight", bold=True)
    headers = {w: [f"A{6 + j}"] for j, w in enumerate(words)} | {"Scheme": ["C5"]}
    place.headers = headers
    book.expect(
        place,
        "ratings",
        {"project_id": "Scheme", "ratings": list(words)},
        notes="Header rows on both axes: criteria with weight and direction in columns A to C,"
        " schemes across row 5. Columns A to C are also the criteria table.",
        weights="B6:B10",
        directions="C6:C10",
    )
    p_sheet = book.sheet("Schemes")
    place = p_sheet.table(
        "A1",
        [
            Col("Scheme", [f"S{p.n:02d}" for p in ps]),
            Col("Name", pick(ps, lambda p: p.name)),
            Col("Point estimate £m", pick(ps, millions(lambda p: p.cost)), "0.00"),
            Col("P80 £m", pick(ps, millions(lambda p: p.cost * 1.35)), "0.00"),
            Col("BCR", pick(ps, lambda p: p.bcr), "0.00"),
            Col("Value for money", pick(ps, lambda p: "High" if p.bcr > 2 else "Medium")),
        ],
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "Scheme",
            "name": "Name",
            "cost": ["Point estimate £m", "P80 £m"],
            "bcr": "BCR",
        },
        instead={"cost": [["Point estimate £m"], ["P80 £m"]]},
        asks=["cost"],
        never={"benefit": "BCR", "value": "Value for money"},
        units={"cost": "£m"},
        notes="Two estimates of one cost: one of them, never both; which one is a question.",
    )


@workbook("d15_highways_all_caps_inflated", "dev", "government")
def highways_caps(book: Book) -> None:
    ps = make_projects("rail", 88, 15)
    s = book.sheet("STIP")
    s.lines(
        "A1",
        ["STATE OF CASCADIA", "DEPARTMENT OF TRANSPORTATION", "SIX YEAR IMPROVEMENT PROGRAM"],
        bold=True,
    )
    years = ["FY2027", "FY2028", "FY2029", "FY2030", "FY2031", "FY2032"]
    parts = [[round(v / 1e3) for v in spread(p, date(2026, 7, 1), 6, 12)] for p in ps]
    place = s.table(
        "A12",
        [
            Col("PIN", [f"{310000 + 11 * p.n}" for p in ps]),
            Col("STIP ID", [f"CS-{p.n:04d}" for p in ps]),
            Col("PROJECT DESCRIPTION", pick(ps, lambda p: p.name.upper())),
            Col("REGION", pick(ps, lambda p: p.department.upper())),
            Col("PROGRAM", pick(ps, lambda p: p.programme.upper())),
            Col("PHASE", pick(ps, lambda p: ["PE", "PE", "ROW", "CN", "CN"][p.stage])),
            Col("EST LET DATE", pick(ps, lambda p: p.start), "m/d/yyyy"),
            Col("EST COMPLETION", pick(ps, lambda p: p.finish), "m/d/yyyy"),
            Col("TPC ($000)", pick(ps, thousands(lambda p: p.cost)), "#,##0"),
            Col("EXPENDED ($000)", [v[0] for v in parts], "#,##0"),
            *[Col(y, [v[k + 1] for v in parts], "#,##0") for k, y in enumerate(years)],
            Col("FUTURE", [v[7] for v in parts], "#,##0"),
            Col("FED %", [0.8] * 88, "0%"),
        ],
        gap=1,
    )
    s.cell(49999, 3, " ", bold=True)
    s.cell(5, 701, None, border=1)
    book.expect(
        place,
        "projects",
        {
            "project_id": ["PIN", "STIP ID"],
            "name": "PROJECT DESCRIPTION",
            "department": "REGION",
            "programme": "PROGRAM",
            "stage": "PHASE",
            "start": "EST LET DATE",
            "finish": "EST COMPLETION",
            "cost": [*years, "FUTURE"],
            "spent_to_date": "EXPENDED ($000)",
        },
        instead={"cost": [["TPC ($000)"], ["EXPENDED ($000)", *years, "FUTURE"]]},
        asks=["start", "project_id"],
        never={"percent_complete": "FED %", "budget": "EXPENDED ($000)"},
        periods={"kind": "year", "first": "2026/27", "last": "2031/32", "count": 6, "kinds": []},
        subtotals=["TPC ($000)"],
        units={"cost": "$k", "spent_to_date": "$k"},
        notes="Two IDs, both unique. A blank row under the headers, a stray cell with a blank at"
        " D50000 and a formatted one in column ZZ. Unit only on two of the money headers.",
    )


@workbook("d16_long_demand_and_capacity", "dev", "water")
def long_tables(book: Book) -> None:
    ps = make_projects("water", 14, 16)
    roles = SECTORS["water"].roles
    s = book.sheet("Projects")
    place = s.table(
        "A1",
        [
            Col("PROJECT_CODE", [f"W{p.n:03d}" for p in ps]),
            Col("PROJECT_DESC", pick(ps, lambda p: p.name)),
            Col("STATUS_CD", pick(ps, lambda p: ["PLN", "APP", "ACT", "HLD", "CLS"][p.state])),
            Col("START_DT", pick(ps, lambda p: f"{p.start:%Y-%m-%d}")),
            Col("END_DT", pick(ps, lambda p: f"{p.finish:%Y-%m-%d}")),
            Col("BUDGET_AMT", pick(ps, lambda p: round(p.approved, 2))),
            Col("CURR", ["GBP"] * 14),
        ],
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "PROJECT_CODE",
            "name": "PROJECT_DESC",
            "lifecycle": "STATUS_CD",
            "start": "START_DT",
            "finish": "END_DT",
            "budget": "BUDGET_AMT",
        },
        never={"rag": "STATUS_CD"},
        units={"budget": "GBP"},
        notes="Dates are ISO text. The budget serves as the cost too, said.",
    )
    d = book.sheet("Demand")
    rows = []
    for p in ps:
        for k in (0, 1):
            curve = fte(16 + p.n * 2 + k, 12)
            rows += [
                (f"W{p.n:03d}", roles[(p.n + 2 * k) % 5], m, v)
                for m, v in zip(month_starts(date(2026, 10, 1), 12), curve, strict=True)
                if v
            ]
    place = d.table(
        "A1",
        [
            Col("PROJECT_CODE", [r[0] for r in rows]),
            Col("RESOURCE_ROLE", [r[1] for r in rows]),
            Col("PERIOD", [r[2] for r in rows], "yyyy-mm"),
            Col("FTE", [r[3] for r in rows]),
        ],
    )
    book.expect(
        place,
        "demand",
        {
            "project_id": "PROJECT_CODE",
            "role": "RESOURCE_ROLE",
            "period": "PERIOD",
            "demand": "FTE",
        },
        units={"demand": "FTE"},
        notes="Long: a row per project, role and month.",
    )
    c = book.sheet("Capacity")
    pairs = [(r, m) for r in roles for m in month_starts(date(2026, 10, 1), 12)]
    place = c.table(
        "A1",
        [
            Col("RESOURCE_ROLE", [r for r, _ in pairs]),
            Col("PERIOD", [f"{m:%Y-%m}" for _, m in pairs]),
            Col("AVAIL_FTE", [2.5 + len(r) % 3 for r, _ in pairs]),
            Col("AVAIL_HRS", [(2.5 + len(r) % 3) * 150 for r, _ in pairs]),
        ],
    )
    book.expect(
        place,
        "capacity",
        {"role": "RESOURCE_ROLE", "period": "PERIOD", "capacity": "AVAIL_FTE"},
        never={"capacity": "AVAIL_HRS"},
        units={"capacity": "FTE"},
    )
    w = book.sheet("Params")
    place = w.form(
        "A1",
        [
            [
                ("STATUS_DATE", STATUS_DATE),
                ("BASE_CURRENCY", "GBP"),
                ("FY_START_MONTH", 4),
                ("HRS_PER_FTE_MONTH", 150),
                ("DISC_RATE", 0.035),
            ]
        ],
    )
    book.expect(
        place,
        "settings",
        {
            "status_date": "STATUS_DATE",
            "currency": "BASE_CURRENCY",
            "fiscal_first_month": "FY_START_MONTH",
            "hours_per_fte": "HRS_PER_FTE_MONTH",
            "discount_rate": "DISC_RATE",
        },
    )
