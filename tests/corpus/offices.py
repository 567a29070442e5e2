"""Made-up offices: sectors with their words, and projects whose figures hang together."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

STATUS_DATE = date(2026, 9, 30)

PEOPLE = [
    "Amara Okafor",
    "Ben Hartley",
    "Chloe Whitmore",
    "Dinesh Patel",
    "Eleanor Shaw",
    "Fergus MacLeod",
    "Grace Lin",
    "Hamid Rahimi",
    "Isla Brennan",
    "Jonas Weber",
    "Katherine Doyle",
    "Liam O'Rourke",
    "Maria Santos",
    "Nils Berg",
    "Olu Adeyemi",
    "Priya Nair",
    "Quentin Moreau",
    "Rosa Iglesias",
    "Sam Whitaker",
    "Tomasz Zielinski",
    "Uma Rao",
    "Victor Hale",
    "Wendy Chu",
    "Yasmin Aziz",
    "Zoe Fairbairn",
]


@dataclass(frozen=True)
class Sector:
    """The words of a sector and the size of its projects (median cost in currency units)."""

    places: Sequence[str]
    works: Sequence[str]
    programmes: Sequence[str]
    categories: Sequence[str]
    departments: Sequence[str]
    roles: Sequence[str]
    criteria: Sequence[str]
    median: float


def _sector(
    places: str,
    works: str,
    programmes: str,
    categories: str,
    departments: str,
    roles: str,
    criteria: str,
    median: float,
) -> Sector:
    parts = (places, works, programmes, categories, departments, roles, criteria)
    return Sector(*(p.split("|") for p in parts), median)


SECTORS = {
    "government": _sector(
        "National|Northern|Border|Courts|Prison|Tax|Coastal|Rural|Emergency|Veterans",
        "Identity Service|Estate Expansion|Records Modernisation|Payments Reform|Radio Network|"
        "Data Platform|Flood Defences|Workforce Hub|Licensing Transformation|Case Management",
        "Justice Reform|Borders 2030|Tax Transformation|Resilience",
        "Infrastructure and Construction|Transformation|ICT|Military Capability",
        "Home Office|MOJ|HMRC|DEFRA|DfT|DWP",
        "Policy lead|Business analyst|Commercial|Delivery manager|Data engineer",
        "Strategic fit|Public value|Deliverability|Affordability|Risk",
        9e7,
    ),
    "council": _sector(
        "Eastgate|Millbrook|Harbour Street|Oakfield|St Mary's|Kingsway|Riverside|Northfields|"
        "Canal Quarter|Priory",
        "Primary School Extension|Leisure Centre Refurbishment|Highway Resurfacing|Library Move|"
        "Junction Improvement|Housing Retrofit|Car Park Renewal|Play Area|Depot Rebuild|Path",
        "Schools|Highways|Housing|Regeneration|Corporate Estate",
        "Statutory|Invest to save|Growth|Maintenance",
        "Children's Services|Place|Housing & Communities|Corporate Resources",
        "Quantity surveyor|Architect|Highways engineer|Project manager|Legal",
        "Statutory duty|Council plan fit|Carbon|Revenue saving|Community benefit",
        1.4e6,
    ),
    "health": _sector(
        "Royal Infirmary|St Luke's|Community|Maternity|Emergency|Cancer Centre|North Site",
        "Electronic Patient Record|Theatre Refurbishment|MRI Replacement|Ward Upgrade|Backlog Fire|"
        "Endoscopy Unit|e-Prescribing|Energy Centre|Wi-Fi Renewal|Bed Management",
        "Digital|Backlog Maintenance|Medical Equipment|New Hospital",
        "Digital|Estates|Equipment|Service change",
        "Surgery|Medicine|Women & Children|Clinical Support|Estates & Facilities",
        "Clinical lead|Integration analyst|Estates PM|Trainer|Infection control",
        "Patient safety|CQC compliance|Cost improvement|Staff experience|Deliverability",
        2.2e6,
    ),
    "bank": _sector(
        "Retail|Corporate|Group|Mortgages|Cards|Treasury|Wealth|Payments|KYC|Branch",
        "Onboarding|Ledger Replacement|ISO 20022 Migration|Fraud Engine|Data Lineage|Mobile App|"
        "Basel IV Reporting|Core Upgrade|Collections|API Gateway|Pricing Engine",
        "Regulatory Change|Digital First|Simplify|Resilience",
        "Regulatory|Run|Grow|Transform",
        "Retail Banking|Risk|Finance|Operations|Technology",
        "Solution architect|Developer|Test analyst|Business analyst|Change lead",
        "Regulatory need|Customer impact|Cost reduction|Technical risk|Time to market",
        3.5e6,
    ),
    "pharma": _sector(
        "ALX-101|ALX-214|BRV-07|CNX-330|DLT-45|EPO-9|FTR-88|GLM-12|HRX-501|INX-73",
        "Asthma|NSCLC|Lupus|Migraine|Type 2 Diabetes|Psoriasis|AML|Heart Failure|RSV|Crohn's",
        "Respiratory|Oncology|Immunology|Neuroscience",
        "New molecular entity|Line extension|Platform|Biosimilar",
        "Discovery|Development|CMC|Medical Affairs",
        "Biostatistics|Clinical operations|CMC|Regulatory|Toxicology",
        "Unmet need|Peak sales|Technical success|Strategic fit|Time to launch",
        4.5e7,
    ),
    "oil": _sector(
        "Brage|Delta|Falcon|Gannet|Heron|Kittiwake|Mesa|Permian 7|Scapa|Thistle",
        "Infill Drilling|Compression Upgrade|Tieback|Flare Reduction|Turnaround|Debottlenecking|"
        "Pipeline Replacement|Water Injection|Platform Life Extension|Decommissioning",
        "Base Growth|Asset Integrity|Energy Transition|Exploration",
        "Growth|Sustaining|HSE|Decommissioning",
        "Upstream|Midstream|Refining|Low Carbon",
        "Drilling engineer|Process engineer|Subsea|HSE|Cost controller",
        "NPV|HSE criticality|Production uplift|Carbon intensity|Complexity",
        2.6e7,
    ),
    "university": _sector(
        "Chemistry|Main Library|Law|Engineering|Sports Village|Student Union|Medical School|Arts|"
        "Halls Block C|Observatory",
        "Roof Replacement|Teaching Lab Refit|Lecture Theatre|Decarbonisation|Cladding Remediation|"
        "Access Lift|HV Renewal|Study Space|Cryogen Plant|Glazing",
        "Teaching Estate|Research Estate|Net Zero|Residences",
        "Compliance|Growth|Renewal|Student experience",
        "Science & Engineering|Humanities|Medicine|Professional Services",
        "Estates PM|Mechanical engineer|Space planner|Sustainability|Procurement",
        "Student experience|Research income|Condition|Carbon|Affordability",
        1.9e6,
    ),
    "it": _sector(
        "Finance|HR|CRM|Warehouse|Field Service|Intranet|Cyber|Procurement|Contact Centre",
        "Platform Upgrade|Cloud Migration|Zero Trust|Self-service Portal|Data Warehouse|RPA Wave 2|"
        "SaaS Replacement|Master Data|Chatbot|Device Refresh",
        "Cloud Exit|Workplace|Customer 360|Security Uplift",
        "Run|Grow|Transform|Mandatory",
        "Finance|People|Commercial|Operations",
        "Enterprise architect|Developer|Security engineer|Tester|Scrum master",
        "Business value|Strategic alignment|Delivery risk|Urgency|Cost",
        8e5,
    ),
    "defence": _sector(
        "Falcon|Sentinel|Trident|Ajax|Warrior|Typhoon|Mariner|Sabre|Pathfinder|Garrison",
        "Radar Upgrade|Simulator|Sustainment|Secure Comms|Hangar|Munitions Store|Mid-life Update|"
        "UAS Squadron|Test Range|Training Estate",
        "Air Combat|Maritime|Land Systems|Enablers",
        "Equipment|Infrastructure|Digital|Support",
        "Air Command|Navy Command|Army HQ|Strategic Command",
        "Systems engineer|Integration lead|Cost engineer|Safety case|Commercial officer",
        "Operational impact|Obsolescence|Interoperability|Cost|Schedule risk",
        1.6e8,
    ),
    "water": _sector(
        "Ashby|Beckford|Calder|Dunmore|Elmswell|Fenwick|Glenholm|Hatherley|Kelby|Langwith",
        "WTW Nitrate|STW Phosphorus|Storm Tank|Trunk Main|Pumping Station|Service Reservoir|"
        "Sludge CHP|Smart Meters|Borehole|Sewer Rehab",
        "Clean Rivers|Resilient Supply|Net Zero|Customer",
        "Base|Enhancement|Growth|Digital",
        "Clean Water|Wastewater|Bioresources|Networks",
        "Process designer|M&E engineer|Civil engineer|Commissioning|Land agent",
        "Environmental outcome|Regulatory commitment|Customer bill|Resilience|Carbon",
        5.2e6,
    ),
    "charity": _sector(
        "Kenya|Nepal|Leeds|Glasgow|Malawi|Online|Youth|Legacy|Helpline|Shelter",
        "Clean Water Points|Fundraising CRM|Schools Outreach|Befriending|Warehouse Move|Gift Shop|"
        "Safeguarding Training|Volunteer App|Impact Study|Winter Appeal",
        "Overseas|UK Services|Income Generation|Back Office",
        "Direct service|Fundraising|Compliance|Infrastructure",
        "Programmes|Fundraising|Operations|Communications",
        "Field officer|Fundraiser|Volunteer lead|M&E officer|Designer",
        "Mission impact|Reach|Income|Effort|Reputation risk",
        6.5e4,
    ),
    "rail": _sector(
        "Ashdown|Bexford|Carlow Junction|Dale Viaduct|Eastleigh|Farnham|Great Moor|Holm Tunnel|"
        "Iver|Kirkby",
        "Resignalling|Platform Extension|Electrification|Level Crossing Closure|Bridge Renewal|"
        "Footbridge|Earthworks|Depot Fit-out|OLE Renewal|Track Drainage",
        "Route Upgrade|Stations|Structures|Digital Signalling",
        "Renewals|Enhancements|Safety|Compliance",
        "Western|Eastern|Southern|Central",
        "Signalling designer|P-way engineer|OLE engineer|Possession planner|Tester in charge",
        "Safety|Passenger benefit|Performance|Whole-life cost|Access required",
        7.8e6,
    ),
}


@dataclass(frozen=True)
class Made:
    """A made-up project; money in currency units, months as whole numbers."""

    n: int
    name: str
    description: str
    programme: str
    category: str
    department: str
    site: str
    sponsor: str
    manager: str
    stage: int
    state: int
    rag: int
    priority: int
    start: date
    finish: date
    base_start: date
    base_finish: date
    months: int
    cost: float
    capex: float
    approved: float
    spent: float
    committed: float
    forecast: float
    benefit: float
    npv: float
    bcr: float
    irr: float
    payback: float
    risk: int
    confidence: float
    complete: float
    mandatory: bool
    decision: int
    ratings: tuple[int, ...]

    @property
    def to_go(self) -> float:
        return max(0.0, self.forecast - self.spent)


def add_months(day: date, months: int) -> date:
    """The same day some months later, the 28th at the latest."""
    month = day.month - 1 + months
    return date(day.year + month // 12, month % 12 + 1, min(day.day, 28))


def make_projects(sector: str, n: int, seed: int) -> list[Made]:
    """Projects of a sector; state 0 proposed, 1 approved, 2 active, 3 on hold, 4 closed."""
    rng = random.Random(f"{sector}-{seed}")
    words = SECTORS[sector]
    pairs = [(p, w) for p in words.places for w in words.works]
    rng.shuffle(pairs)
    made = []
    for i in range(n):
        place, work = pairs[i % len(pairs)]
        name = f"{place} {work}" + (f" Phase {i // len(pairs) + 1}" if i >= len(pairs) else "")
        cost = words.median * rng.lognormvariate(0, 0.95)
        cost = float(f"{cost:.3g}")
        months = max(3, min(84, round(14 * (cost / words.median) ** 0.35 * rng.uniform(0.6, 1.6))))
        start = add_months(date(2026, 10, 1), rng.randint(-30, 20))
        start = start.replace(day=rng.choice([1, 1, 1, 15, 6, 28]))
        finish = add_months(start, months)
        slip = rng.choice([0, 0, 0, 1, 2, 4])
        share = max(0.0, (STATUS_DATE - start).days / max(1, (finish - start).days))
        state = 0 if start > date(2027, 3, 1) else 1 if start > STATUS_DATE else 2
        state = 4 if share >= 1 else 3 if state == 2 and rng.random() < 0.1 else state
        complete = min(1.0, round(share * rng.uniform(0.75, 1.0), 2)) if state < 4 else 1.0
        forecast = cost * rng.choice([1, 1, 1.02, 1.05, 0.97, 1.12, 1.3])
        spent = forecast * (complete**1.15)
        benefit = cost * rng.lognormvariate(0.35, 0.5)
        made.append(
            Made(
                n=i + 1,
                name=name,
                description=f"Deliver the {work.lower()} at {place} and retire what it replaces.",
                programme=rng.choice(words.programmes),
                category=rng.choice(words.categories),
                department=rng.choice(words.departments),
                site=place,
                sponsor=rng.choice(PEOPLE[:9]),
                manager=rng.choice(PEOPLE[9:]),
                stage=min(4, max(state, rng.randint(0, 4))) if state < 4 else 4,
                state=state,
                rag=rng.choices([0, 1, 2], [5, 3, 1])[0],
                priority=rng.choice([1, 2, 2, 3, 3, 4]),
                start=start,
                finish=finish,
                base_start=add_months(start, -min(slip, 2)),
                base_finish=add_months(finish, -slip),
                months=months,
                cost=cost,
                capex=cost * rng.choice([0.6, 0.75, 0.9, 1.0]),
                approved=float(f"{cost * rng.choice([0.9, 1, 1, 1.1]):.3g}") if state else 0.0,
                spent=spent,
                committed=min(forecast, spent + forecast * rng.uniform(0, 0.2)) if state else 0.0,
                forecast=forecast,
                benefit=benefit,
                npv=benefit * 0.8 - cost,
                bcr=round(benefit / cost, 2),
                irr=round(rng.uniform(0.02, 0.32), 3),
                payback=round(rng.uniform(1, 9), 1),
                risk=rng.randint(1, 5),
                confidence=round(rng.uniform(0.35, 0.95), 2),
                complete=complete,
                mandatory=rng.random() < 0.12,
                decision=rng.choice([0, 0, 1, 2]),
                ratings=tuple(rng.choice([1, 2, 3, 3, 4, 4, 5]) for _ in words.criteria),
            )
        )
    return made


def spread(p: Made, first: date, n: int, step: int, amount: float | None = None) -> list[float]:
    """Money before `first`, in each of n periods of `step` months, and after; sums to the cost."""
    money = p.cost if amount is None else amount
    out = [0.0] * (n + 2)
    for m in range(p.months):
        day = add_months(p.start, m)
        offset = (day.year - first.year) * 12 + day.month - first.month
        slot = 0 if offset < 0 else min(n + 1, offset // step + 1)
        out[slot] += money / p.months
    return out


def pick(values: Sequence[Any], key: Callable[[Any], Any]) -> list[Any]:
    """One column of the projects."""
    return [key(v) for v in values]


def spoil(values: Sequence[Any], seed: int, share: float, *by: Any) -> list[Any]:
    """Some values replaced by blanks, "tbc" and the like; the rest as they are."""
    rng = random.Random(seed)
    return [rng.choice(by) if rng.random() < share else v for v in values]


def thousands(key: Callable[[Made], float], digits: int = 0) -> Callable[[Made], float]:
    """Money in thousands."""
    return lambda p: round(key(p) / 1e3, digits)


def millions(key: Callable[[Made], float], digits: int = 2) -> Callable[[Made], float]:
    """Money in millions."""
    return lambda p: round(key(p) / 1e6, digits)


def month_starts(first: date, n: int) -> list[date]:
    """The first days of n months."""
    return [add_months(first, m) for m in range(n)]


def fte(seed: int, n: int, peak: float = 3.0, blanks: float = 0.3) -> list[float | None]:
    """A demand curve in quarters of an FTE that rises and falls, with blanks."""
    rng = random.Random(seed)
    middle = rng.uniform(0.2, 0.8) * n
    wide = max(1.5, n * rng.uniform(0.15, 0.5))
    out: list[float | None] = []
    for t in range(n):
        level = peak * max(0.0, 1 - abs(t - middle) / wide) * rng.uniform(0.7, 1.1)
        out.append(None if level < 0.12 or rng.random() < blanks * 0.3 else round(level * 4) / 4)
    return out
