"""Exports from tools, old copies, dashboards and registers, and German headers."""

from __future__ import annotations

from datetime import date, datetime

from tests.corpus import workbook
from tests.corpus.layout import Book, Col
from tests.corpus.offices import (
    SECTORS,
    STATUS_DATE,
    make_projects,
    pick,
    spoil,
    thousands,
)


@workbook("d17_bank_service_desk_export_with_copies", "dev", "bank")
def bank_export(book: Book) -> None:
    states = ["Pending", "Approved", "Work in Progress", "On Hold", "Closed Complete"]
    phases = ["initiating", "planning", "executing", "delivering", "closing"]

    def fill(name: str, n: int, seed: int, factor: float) -> None:
        ps = make_projects("bank", n, seed)
        s = book.sheet(name)
        place = s.table(
            "A1",
            [
                Col("number", [f"PRJ{10000 + p.n:07d}" for p in ps]),
                Col("short_description", pick(ps, lambda p: p.name)),
                Col("description", pick(ps, lambda p: p.description)),
                Col("primary_program", pick(ps, lambda p: p.programme)),
                Col("portfolio_category", pick(ps, lambda p: p.category)),
                Col("business_unit", pick(ps, lambda p: p.department)),
                Col("project_manager", spoil(pick(ps, lambda p: p.manager), 2, 0.1, "")),
                Col("executive_sponsor", pick(ps, lambda p: p.sponsor)),
                Col("state", pick(ps, lambda p: states[p.state])),
                Col("phase", pick(ps, lambda p: phases[p.stage])),
                Col("overall_health", pick(ps, lambda p: ["green", "yellow", "red"][p.rag])),
                Col("priority", pick(ps, lambda p: f"{p.priority} - {'CHML'[p.priority - 1]}")),
                Col(
                    "start_date",
                    [datetime(p.start.year, p.start.month, p.start.day, 8) for p in ps],
                    "yyyy-mm-dd hh:mm:ss",
                ),
                Col(
                    "end_date",
                    [datetime(p.finish.year, p.finish.month, p.finish.day, 17) for p in ps],
                    "yyyy-mm-dd hh:mm:ss",
                ),
                Col("budget_cost", pick(ps, lambda p: round(p.approved * factor, 2)), "#,##0.00"),
                Col("total_planned_cost", pick(ps, lambda p: round(p.cost * factor, 2))),
                Col("work_cost", pick(ps, lambda p: round(p.spent, 2))),
                Col("estimate_to_completion", pick(ps, lambda p: round(p.to_go, 2))),
                Col("percent_complete", pick(ps, lambda p: round(p.complete * 100))),
                Col("risk_score", pick(ps, lambda p: p.risk * 5)),
                Col("sys_updated_on", [STATUS_DATE] * n),
            ],
        )
        fields = {
            "project_id": "number",
            "name": "short_description",
            "description": "description",
            "programme": "primary_program",
            "category": "portfolio_category",
            "department": "business_unit",
            "manager": "project_manager",
            "sponsor": "executive_sponsor",
            "lifecycle": "state",
            "stage": "phase",
            "rag": "overall_health",
            "priority": "priority",
            "start": "start_date",
            "finish": "end_date",
            "budget": "budget_cost",
            "cost": "total_planned_cost",
            "spent_to_date": "work_cost",
            "cost_to_go": "estimate_to_completion",
            "percent_complete": "percent_complete",
            "risk": "risk_score",
        }
        more = {} if name == "Projects" else {"copy_of": "Projects"}
        book.expect(
            place,
            "projects",
            fields,
            asks=["spent_to_date"],
            never={"cost": "work_cost", "score": "risk_score"},
            notes="percent_complete is 0 to 100. No currency anywhere.",
            **more,
        )

    fill("Projects v2", 66, 17, 1.08)
    fill("Projects", 70, 17, 1.0)
    fill("Old", 48, 17, 0.95)


@workbook("d18_dashboard_registers_projects_last", "dev", "it")
def registers(book: Book) -> None:
    ps = make_projects("it", 33, 18)
    d = book.sheet("Dashboard")
    d.put("B2", "PORTFOLIO DASHBOARD - SEPTEMBER", bold=True, font_size=20)
    d.grid("B5", [["Projects", "Green", "Amber", "Red"], [33, 18, 11, 4]], bold=True)
    d.grid(
        "B9",
        [
            ["Row Labels", "Count of Project", "Sum of Budget"],
            *[[c, 8, 5_400_000.0 + 1000 * i] for i, c in enumerate(SECTORS["it"].categories)],
            ["Grand Total", 33, 21_606_000.0],
        ],
        bold=True,
    )
    b = book.sheet("Benefits register")
    place = b.table(
        "A4",
        [
            Col("Benefit ID", [f"B{i:03d}" for i in range(1, 41)]),
            Col("Project ID", [f"PR-{ps[i % 33].n}" for i in range(40)]),
            Col("Benefit name", [f"Less manual work in {ps[i % 33].site}" for i in range(40)]),
            Col("Type", ["Cashable", "Non-cashable"] * 20),
            Col("Owner", [ps[i % 33].sponsor for i in range(40)]),
            Col("Annual value (£)", [12_000 + 3_500 * (i % 9) for i in range(40)], "#,##0"),
            Col("Start date", [ps[i % 33].finish for i in range(40)]),
            Col("Status", ["Forecast", "Realised"] * 20),
        ],
    )
    b.put("A1", "Benefits register", bold=True)
    book.expect(
        place,
        None,
        never={"name": "Benefit name", "start": "Start date", "benefit": "Annual value (£)"},
        notes="One row per benefit, several per project.",
    )
    h = book.sheet("Stakeholders")
    place = h.table(
        "A1",
        [
            Col("ID", list(range(1, 13))),
            Col("Name", [p.sponsor for p in ps[:12]]),
            Col("Role", ["Sponsor", "Supplier", "User group"] * 4),
            Col("Department", [p.department for p in ps[:12]]),
            Col("Influence", ["High", "Low"] * 6),
            Col("Interest", ["High", "High", "Low"] * 4),
            Col("Strategy", ["Manage closely", "Keep informed"] * 6),
        ],
    )
    book.expect(place, None, never={"name": "Name"})
    c = book.sheet("Change log")
    place = c.table(
        "A1",
        [
            Col("Ref", [f"CR{i:02d}" for i in range(1, 19)]),
            Col("Project", [ps[i % 33].name for i in range(18)]),
            Col("Change requested", ["Move go-live by a month"] * 18),
            Col("Cost impact (£)", [4000 * (i % 5) for i in range(18)]),
            Col("Decision", ["Approved", "Rejected", "Pending"] * 6),
            Col("Date", [STATUS_DATE] * 18),
        ],
    )
    book.expect(
        place,
        None,
        never={"current_decision": "Decision", "cost": "Cost impact (£)", "name": "Project"},
    )
    s = book.sheet("Project list")
    s.lines("B2", ["Acme plc", "Group Technology", "", "How to fill in this list"], bold=True)
    s.lines("B7", [f"{i}. Guidance for project managers, line {i}." for i in range(1, 17)])
    place = s.table(
        "B27",
        [
            Col("Project ID", [f"PR-{p.n}" for p in ps]),
            Col("Project name", pick(ps, lambda p: p.name)),
            Col("Product owner", pick(ps, lambda p: p.sponsor)),
            Col("Delivery lead", pick(ps, lambda p: p.manager)),
            Col("Budget", pick(ps, lambda p: round(p.approved or p.cost, -3)), "£#,##0"),
            Col("Actuals", pick(ps, lambda p: round(p.spent)), "£#,##0"),
            Col("EAC", pick(ps, lambda p: round(max(p.forecast, p.spent))), "£#,##0"),
            Col("Kick-off", pick(ps, lambda p: p.start)),
            Col("Go live", pick(ps, lambda p: p.finish)),
            Col("Approved?", pick(ps, lambda p: "Y" if p.state else "N")),
        ],
        describe=[
            [
                "text",
                "text",
                "name",
                "name",
                "£",
                "£",
                "£",
                "dd/mm/yyyy",
                "dd/mm/yyyy",
                "Y/N",
            ]
        ],
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "Project ID",
            "name": "Project name",
            "sponsor": "Product owner",
            "manager": "Delivery lead",
            "budget": "Budget",
            "actual_cost": "Actuals",
            "forecast_cost": "EAC",
            "start": "Kick-off",
            "finish": "Go live",
            "current_decision": "Approved?",
        },
        asks=["sponsor", "current_decision", "actual_cost"],
        never={"force": "Approved?", "lifecycle": "Approved?"},
        units={"budget": "£", "forecast_cost": "£"},
        notes="Header in row 27; currency in the number format and the description row.",
    )


@workbook("d19_schedule_server_camel_case", "dev", "rail")
def schedule_server(book: Book) -> None:
    ps = make_projects("rail", 120, 19)
    s = book.sheet("Export")
    place = s.table(
        "A1",
        [
            Col("ProjectUID", [f"{0x5F3A0000 + p.n * 7919:08x}-9c1d" for p in ps]),
            Col("ProjectName", pick(ps, lambda p: p.name)),
            Col("ProjectDescription", pick(ps, lambda p: p.description), hidden=True),
            Col("EnterpriseProjectTypeName", pick(ps, lambda p: p.category)),
            Col("ProjectOwnerName", pick(ps, lambda p: p.manager)),
            Col("ProjectDepartments", pick(ps, lambda p: p.department)),
            Col("ProjectStartDate", [f"{p.start:%Y-%m-%d}T08:00:00" for p in ps]),
            Col("ProjectFinishDate", [f"{p.finish:%Y-%m-%d}T17:00:00" for p in ps]),
            Col("ProjectBaseline0StartDate", [f"{p.base_start:%Y-%m-%d}T08:00:00" for p in ps]),
            Col("ProjectBaseline0FinishDate", [f"{p.base_finish:%Y-%m-%d}T17:00:00" for p in ps]),
            Col("ProjectDuration", pick(ps, lambda p: p.months * 160)),
            Col("ProjectCost", pick(ps, lambda p: round(p.forecast, 2))),
            Col("ProjectActualCost", pick(ps, lambda p: round(p.spent, 2))),
            Col("ProjectRemainingCost", pick(ps, lambda p: round(p.forecast - p.spent, 2))),
            Col("ProjectBaseline0Cost", pick(ps, lambda p: round(p.cost, 2))),
            Col("ProjectPercentCompleted", pick(ps, lambda p: round(p.complete * 100))),
            Col("ProjectWorkspaceInternalUrl", ["/pwa/site"] * 120, hidden=True),
        ],
        excel_table="Table_Projects",
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "ProjectUID",
            "name": "ProjectName",
            "description": "ProjectDescription",
            "category": "EnterpriseProjectTypeName",
            "manager": "ProjectOwnerName",
            "department": "ProjectDepartments",
            "start": "ProjectStartDate",
            "finish": "ProjectFinishDate",
            "cost": "ProjectCost",
            "actual_cost": "ProjectActualCost",
            "cost_to_go": "ProjectRemainingCost",
            "percent_complete": "ProjectPercentCompleted",
        },
        asks=["cost", "manager", "actual_cost"],
        never={
            "cost": ["ProjectActualCost", "ProjectRemainingCost"],
            "start": "ProjectBaseline0StartDate",
            "finish": "ProjectBaseline0FinishDate",
            "duration": "ProjectDuration",
        },
        excel_table="Table_Projects",
        notes="ProjectDuration is in hours. Hidden columns. Dates are ISO text with a time."
        " ProjectCost is the current estimate at completion, the baseline cost the approved one.",
    )


@workbook("d20_manufacturer_german_headers", "dev", "it")
def german_headers(book: Book) -> None:
    ps = make_projects("it", 41, 20)
    s = book.sheet("Projektliste")
    s.put("A1", "Projektportfolio 2027 / Project portfolio 2027", bold=True)
    s.put("A2", "Stand: 30.09.2026, Beträge in T€")
    status = ["Idee", "Freigegeben", "In Arbeit", "Pausiert", "Abgeschlossen"]
    place = s.table(
        "A4",
        [
            Col("Nr.", pick(ps, lambda p: p.n)),
            Col("Projektname", pick(ps, lambda p: p.name)),
            Col("Programm", pick(ps, lambda p: p.programme)),
            Col("Bereich / Dept.", pick(ps, lambda p: p.department)),
            Col("Projektleiter", pick(ps, lambda p: p.manager)),
            Col("Status", pick(ps, lambda p: status[p.state])),
            Col("Ampel", pick(ps, lambda p: ["grün", "gelb", "rot"][p.rag])),
            Col("Beginn", pick(ps, lambda p: p.start), "dd.mm.yyyy"),
            Col("Ende", pick(ps, lambda p: p.finish), "dd.mm.yyyy"),
            Col("Budget genehmigt", pick(ps, thousands(lambda p: p.approved)), "#,##0"),
            Col("Ist-Kosten", pick(ps, thousands(lambda p: p.spent)), "#,##0"),
            Col("Forecast (EAC)", pick(ps, thousands(lambda p: p.forecast)), "#,##0"),
            Col("Restkosten", pick(ps, thousands(lambda p: p.to_go)), "#,##0"),
            Col("Kapitalwert", pick(ps, thousands(lambda p: p.npv)), "#,##0"),
            Col("Pflicht (J/N)", pick(ps, lambda p: "J" if p.mandatory else "N")),
        ],
    )
    book.expect(
        place,
        "projects",
        {
            "project_id": "Nr.",
            "name": "Projektname",
            "programme": "Programm",
            "department": "Bereich / Dept.",
            "manager": "Projektleiter",
            "lifecycle": "Status",
            "rag": "Ampel",
            "start": "Beginn",
            "finish": "Ende",
            "budget": "Budget genehmigt",
            "actual_cost": "Ist-Kosten",
            "forecast_cost": "Forecast (EAC)",
            "cost_to_go": "Restkosten",
            "npv": "Kapitalwert",
            "force": "Pflicht (J/N)",
        },
        asks=[
            "project_id",
            "name",
            "programme",
            "department",
            "manager",
            "lifecycle",
            "rag",
            "start",
            "finish",
            "budget",
            "actual_cost",
            "cost_to_go",
            "npv",
            "force",
            "forecast_cost",
        ],
        never={
            "cost": ["Ist-Kosten", "Restkosten"],
            "budget": "Ist-Kosten",
            "start": "Ende",
            "finish": "Beginn",
            "benefit": "Kapitalwert",
            "current_decision": "Pflicht (J/N)",
        },
        units={"budget": "€k"},
        notes="Headers mostly German: every field may be asked. T€ is thousand euro.",
    )
    k = book.sheet("Kapazität")
    k.put("A1", "Capacity by role, person days per quarter / Kapazität in PT")
    quarters = ["Q1 2027", "Q2 2027", "Q3 2027", "Q4 2027"]
    place = k.table(
        "A3",
        [
            Col("Rolle / Role", SECTORS["it"].roles),
            *[Col(q, [120, 300, 60, 180, 90 + 15 * i], "0") for i, q in enumerate(quarters)],
        ],
    )
    book.expect(
        place,
        "capacity",
        {"role": "Rolle / Role", "capacity": quarters},
        periods={"kind": "quarter", "first": "2027 Q1", "last": "2027 Q4", "count": 4, "kinds": []},
        units={"capacity": "days"},
        asks=["role", "capacity"],
        notes="Unit (person days) only in the title.",
        first_day=str(date(2027, 1, 1)),
    )
