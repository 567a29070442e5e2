"""The portfolio of Northmere Water, a water utility that does not exist: money in GBP k.

Here stands what people would type; what a planner would compute from it is in utility_figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

ORGANISATION = "Northmere Water"
STATUS_DATE = date(2026, 4, 30)
FISCAL_YEARS = (2027, 2028, 2029, 2030, 2031)
"""By the year in which they end; fiscal years begin in April."""
KINDS = ("Capex", "Opex")
MONTHS = tuple(date(2026 + (m + 3) // 12, (m + 3) % 12 + 1, 1) for m in range(24))

CLEAN = "Water resources and treatment"
NETWORK = "Networks and leakage"
WASTE = "Wastewater and environment"
ENERGY = "Energy and net zero"
DIGITAL = "Digital and customer"
PROGRAMMES = (CLEAN, NETWORK, WASTE, ENERGY, DIGITAL)

CATEGORY_SHARES = (
    ("Maintain", 0.30, 0.65, 0.45),
    ("Enhance", 0.20, 0.50, 0.35),
    ("Growth", 0.00, 0.15, 0.08),
    ("Digital", 0.05, 0.25, 0.12),
)
"""Category, least, most and aimed-at share of the money."""

SPONSORS: Mapping[str, str] = {
    CLEAN: "Helen Marsden",
    NETWORK: "Rajiv Menon",
    WASTE: "Catrin Powell",
    ENERGY: "Oliver Stead",
    DIGITAL: "Amara Okafor",
}
MANAGERS: Mapping[str, tuple[str, ...]] = {
    CLEAN: ("Tom Ashworth", "Priya Nair", "Gareth Lloyd"),
    NETWORK: ("Sian Roberts", "Mark Delaney", "Yusuf Khan"),
    WASTE: ("Ewa Kowalska", "Daniel Frost", "Ruth Benton"),
    ENERGY: ("Naomi Clarke", "Peter Hallam"),
    DIGITAL: ("Chloe Barker", "Imran Aziz", "Laura Whitfield"),
}
DEPARTMENTS: Mapping[str, str] = {
    CLEAN: "Asset Delivery",
    NETWORK: "Network Operations",
    WASTE: "Wastewater Operations",
    ENERGY: "Energy and Carbon",
    DIGITAL: "Technology",
}

ROLES = (
    "Project manager",
    "Process engineer",
    "Civil engineer",
    "ICA engineer",
    "Network modeller",
    "Software developer",
    "Data analyst",
    "Commercial manager",
)
OVERLOADED_ROLE = "Process engineer"
OVERLOADED_MONTHS = (date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1))

TEAMS: Mapping[str, Mapping[str, float]] = {
    "treatment": {
        "Project manager": 0.7,
        "Process engineer": 1.0,
        "Civil engineer": 0.8,
        "Commercial manager": 0.3,
    },
    "civil": {"Project manager": 0.6, "Civil engineer": 1.4, "Commercial manager": 0.3},
    "network": {"Project manager": 0.6, "Network modeller": 0.8, "Civil engineer": 0.6},
    "control": {"Project manager": 0.5, "ICA engineer": 1.3},
    "energy": {"Project manager": 0.5, "ICA engineer": 0.8, "Commercial manager": 0.4},
    "digital": {"Project manager": 0.7, "Software developer": 1.6, "Data analyst": 0.8},
    "study": {"Data analyst": 0.8, "Network modeller": 0.4},
}
"""Team on a project of GBP 0.6m at its busiest. [FTE]"""


@dataclass(frozen=True)
class Criterion:
    name: str
    weight: float
    direction: str
    scale_max: int
    objective: str


CRITERIA = (
    Criterion("Customer service", 20, "max", 5, "Water our customers trust"),
    Criterion("Environmental outcome", 20, "max", 5, "A thriving environment"),
    Criterion("Asset risk reduction", 18, "max", 5, "Resilient assets"),
    Criterion("Regulatory commitment", 14, "max", 5, "Keep our promises"),
    Criterion("Cost efficiency", 10, "max", 5, "Affordable bills"),
    Criterion("Carbon reduction", 8, "max", 10, "Net zero by 2035"),
    Criterion("Deliverability", 6, "max", 5, "Keep our promises"),
    Criterion("Disruption", 4, "min", 5, "Water our customers trust"),
)
ASSESSORS = ("Strategy", "Engineering", "Customer and regulation")


@dataclass(frozen=True)
class Flight:
    """Where a project stands that has started: money approved and spent in GBP k."""

    approved: int
    percent_complete: float
    rag: str
    prior: int


@dataclass(frozen=True)
class Project:
    """One project, or its option A; `total` is its whole-life need. [GBP k]"""

    id: str
    name: str
    programme: str
    category: str
    team: str
    stage: str
    start: date
    finish: date
    total: int
    opex_share: float
    benefit: float
    flight: Flight | None = None
    mandate: str = ""
    options: Mapping[str, float] = field(default_factory=dict)
    comment: str = ""


def _month(text: str) -> date:
    year, month = text.split("-")
    return date(int(year), int(month), 1)


def _last_day(text: str) -> date:
    first = _month(text)
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return date.fromordinal(after.toordinal() - 1)


def _project(
    id: str,  # noqa: A002
    name: str,
    programme: str,
    category: str,
    team: str,
    stage: str,
    start: str,
    finish: str,
    total: int,
    opex_share: float,
    benefit: float,
    **more: object,
) -> Project:
    return Project(
        id,
        name,
        programme,
        category,
        team,
        stage,
        _month(start),
        _last_day(finish),
        total,
        opex_share,
        benefit,
        **more,  # type: ignore[arg-type]
    )


_THREE = {"A": 1.0, "B": 0.66, "Do minimum": 0.27}
_TWO = {"A": 1.0, "B": 0.72}

# fmt: off
PROJECTS: tuple[Project, ...] = (
    _project("NW-101", "Harrowbeck treatment works rebuild", CLEAN, "Maintain", "treatment",
             "4 Build", "2023-06", "2027-12", 24850, 0.03, 1.5,
             flight=Flight(24200, 0.70, "Amber", 16900),
             comment="Filters 5 to 8 commissioned in March"),
    _project("NW-102", "Cryptosporidium UV barrier, Stanmoor", CLEAN, "Enhance", "treatment",
             "2 Design", "2026-09", "2028-03", 1500, 0.06, 1.3,
             mandate="Drinking water notice, due March 2028"),
    _project("NW-103", "Borehole resilience, Chalkwell", CLEAN, "Maintain", "civil",
             "1 Feasibility", "2026-10", "2027-09", 610, 0.05, 1.9),
    _project("NW-104", "Lead pipe replacement, schools and nurseries", CLEAN, "Enhance", "network",
             "4 Build", "2025-02", "2027-01", 900, 0.04, 1.6,
             flight=Flight(910, 0.55, "Green", 430)),
    _project("NW-105", "Reservoir spillway safety works, Upper Thorn", CLEAN, "Maintain", "civil",
             "2 Design", "2026-07", "2028-02", 2100, 0.02, 1.1,
             mandate="Reservoirs Act inspection, recommendation 3"),
    _project("NW-106", "PFAS monitoring laboratory", CLEAN, "Enhance", "treatment",
             "1 Feasibility", "2026-09", "2027-06", 420, 0.35, 1.4),
    _project("NW-107", "Raw water transfer main, Eskdale to Moorfoot", CLEAN, "Growth", "civil",
             "1 Feasibility", "2027-04", "2031-09", 11400, 0.03, 1.7, options=_THREE,
             comment="Options report to the board in July"),
    _project("NW-108", "Chemical dosing controls renewal", CLEAN, "Maintain", "control",
             "2 Design", "2026-11", "2027-08", 210, 0.08, 1.8),
    _project("NW-201", "Smart metering roll-out, phase 2", NETWORK, "Enhance", "network",
             "4 Build", "2024-04", "2027-09", 8200, 0.12, 1.8,
             flight=Flight(8100, 0.64, "Green", 5350)),
    _project("NW-202", "Trunk main renewal, Castlegate", NETWORK, "Maintain", "network",
             "2 Design", "2026-10", "2029-06", 5300, 0.02, 1.5, options=_TWO),
    _project("NW-203", "Pressure management zones", NETWORK, "Enhance", "network",
             "4 Build", "2025-07", "2026-12", 520, 0.10, 2.6,
             flight=Flight(535, 0.60, "Green", 280)),
    _project("NW-204", "Acoustic leak loggers, rural zones", NETWORK, "Enhance", "study",
             "1 Feasibility", "2026-11", "2027-10", 350, 0.30, 2.4),
    _project("NW-205", "Service reservoir roof repairs, Hill Top", NETWORK, "Maintain", "civil",
             "2 Design", "2026-06", "2026-12", 240, 0.05, 1.3,
             comment="Falls away if Hill Top is replaced"),
    _project("NW-206", "Service reservoir replacement, Hill Top", NETWORK, "Maintain", "civil",
             "1 Feasibility", "2027-01", "2028-06", 620, 0.02, 1.6),
    _project("NW-207", "Leakage satellite survey", NETWORK, "Enhance", "study",
             "0 Idea", "2026-09", "2027-01", 85, 0.60, 2.9),
    _project("NW-208", "Development mains, Northfield garden village", NETWORK, "Growth", "network",
             "2 Design", "2026-08", "2028-01", 1900, 0.02, 1.4, options=_TWO,
             comment="Developer contribution not yet agreed"),
    _project("NW-301", "Storm overflow storage, Riverside", WASTE, "Enhance", "treatment",
             "4 Build", "2024-05", "2027-06", 6700, 0.03, 1.2,
             flight=Flight(5650, 0.58, "Red", 4350),
             comment="Ground conditions claim with the adjudicator"),
    _project("NW-302", "Phosphorus removal, Brampton Vale", WASTE, "Enhance", "treatment",
             "2 Design", "2026-09", "2028-12", 2600, 0.08, 1.3,
             mandate="Environment programme, permit from 2029"),
    _project("NW-303", "Sewer rehabilitation, coastal towns", WASTE, "Maintain", "civil",
             "4 Build", "2025-01", "2026-12", 1450, 0.03, 1.5,
             flight=Flight(690, 0.62, "Green", 1105)),
    _project("NW-304", "Event duration monitors", WASTE, "Enhance", "control",
             "4 Build", "2025-03", "2026-11", 530, 0.22, 1.2,
             flight=Flight(495, 0.66, "Amber", 335)),
    _project("NW-305", "Bathing water disinfection, Sandholme Bay", WASTE, "Enhance", "treatment",
             "1 Feasibility", "2026-09", "2028-04", 2300, 0.07, 1.6, options=_THREE),
    _project("NW-306", "Sludge dewatering upgrade, Mill Lane", WASTE, "Maintain", "treatment",
             "2 Design", "2026-08", "2027-11", 1700, 0.05, 2.0),
    _project("NW-307", "Odour control, Mill Lane", WASTE, "Maintain", "treatment",
             "1 Feasibility", "2027-07", "2028-01", 260, 0.06, 1.1),
    _project("NW-308", "Catchment nature schemes", WASTE, "Enhance", "study",
             "1 Feasibility", "2026-10", "2029-03", 480, 0.70, 1.9),
    _project("NW-401", "Solar arrays at pumping stations", ENERGY, "Enhance", "energy",
             "4 Build", "2025-05", "2026-11", 780, 0.04, 2.2,
             flight=Flight(790, 0.68, "Green", 515)),
    _project("NW-402", "Combined heat and power renewal, Mill Lane", ENERGY, "Maintain", "energy",
             "2 Design", "2026-11", "2028-09", 3100, 0.10, 1.7, options=_TWO,
             comment="Uses the same gas as biomethane to grid"),
    _project("NW-403", "Biomethane to grid, Mill Lane", ENERGY, "Growth", "energy",
             "1 Feasibility", "2027-10", "2030-06", 7400, 0.06, 2.1),
    _project("NW-404", "High-efficiency pumps", ENERGY, "Maintain", "control",
             "4 Build", "2025-06", "2026-10", 450, 0.02, 2.5,
             flight=Flight(455, 0.70, "Green", 310)),
    _project("NW-405", "Electric van fleet, phase 1", ENERGY, "Enhance", "energy",
             "2 Design", "2026-07", "2027-06", 590, 0.15, 1.2),
    _project("NW-406", "Energy metering at sites", ENERGY, "Enhance", "control",
             "2 Design", "2026-08", "2027-02", 130, 0.18, 2.7),
    _project("NW-407", "Hydro turbine, Upper Thorn", ENERGY, "Growth", "energy",
             "1 Feasibility", "2028-03", "2029-05", 560, 0.05, 1.8,
             comment="Needs the new spillway"),
    _project("NW-408", "Carbon accounting tool", ENERGY, "Digital", "digital",
             "0 Idea", "2026-10", "2027-01", 28, 0.70, 1.5),
    _project("NW-501", "Billing system replacement", DIGITAL, "Digital", "digital",
             "4 Build", "2024-09", "2027-05", 4600, 0.20, 1.4,
             flight=Flight(4300, 0.59, "Amber", 3100)),
    _project("NW-502", "Field work scheduling", DIGITAL, "Digital", "digital",
             "4 Build", "2025-09", "2026-12", 540, 0.25, 2.3,
             flight=Flight(545, 0.50, "Green", 235)),
    _project("NW-503", "Control room telemetry renewal", DIGITAL, "Digital", "control",
             "4 Build", "2025-03", "2027-02", 810, 0.15, 1.6,
             flight=Flight(805, 0.57, "Green", 450)),
    _project("NW-504", "Customer app", DIGITAL, "Digital", "digital",
             "1 Feasibility", "2027-06", "2028-03", 380, 0.30, 2.0, options=_THREE),
    _project("NW-505", "Data platform", DIGITAL, "Digital", "digital",
             "2 Design", "2026-06", "2027-07", 530, 0.35, 1.9),
    _project("NW-506", "Cyber security for operational technology", DIGITAL, "Digital", "control",
             "2 Design", "2027-04", "2028-03", 460, 0.30, 1.6),
    _project("NW-507", "PSTN switch-off, outstations", DIGITAL, "Digital", "control",
             "2 Design", "2026-07", "2027-02", 300, 0.12, 1.2),
    _project("NW-508", "Leakage satellite survey", DIGITAL, "Enhance", "study",
             "0 Idea", "2026-09", "2027-01", 85, 0.60, 2.9),
)
# fmt: on

LINKS = (
    ("NW-407", "NW-105", "Requires", None, "The turbine stands on the new spillway"),
    ("NW-204", "NW-505", "Requires", None, "Logger data lands on the platform"),
    ("NW-504", "NW-501", "Requires", None, "The app shows the new bills"),
    ("NW-403", "NW-306", "Requires", None, "Gas yield depends on dewatering"),
    ("NW-402", "NW-403", "Excludes", None, "One gas stream only"),
    ("NW-205", "NW-206", "Excludes", None, "Repair or replace Hill Top"),
    ("NW-507", "NW-506", "Finish-to-start", 1, "New lines first, then their firewalls"),
)
"""From, to, type, lag in months, note."""


def project(project_id: str) -> Project:
    return next(p for p in PROJECTS if p.id == project_id)
