"""The tables of a portfolio: one pydantic record per row, and what each field means.

The records are the single source of the canonical fields: the mapping, the checks, the template
workbook and the reference all read `TABLES`, which is derived from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict, Field

from xlportfolio.periods import Period

Kind = Literal[
    "id",
    "text",
    "word",
    "person",
    "money",
    "profile",
    "number",
    "fraction",
    "ratio",
    "date",
    "months",
    "rag",
    "force",
    "lifecycle",
    "direction",
    "weight",
    "rating",
    "period",
    "link_type",
    "fte",
    "lag",
    "setting",
]
"""What a field holds. "profile" is money that may stand in several columns, by period and kind;
"fte" likewise by period; "rating" one column per criterion; "ratio" never sums."""


def _field(kind: Kind, help: str, *, consequential: bool = False) -> Any:  # noqa: A002
    return Field(description=help, json_schema_extra={"kind": kind, "consequential": consequential})


class Record(BaseModel):
    """A validated row; immutable, joined to others by ID."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class ProjectKey(NamedTuple):
    """What tells the rows of the projects table apart: ID, and option where there are several."""

    project_id: str
    option: str | None = None

    @property
    def label(self) -> str:
        """The row in a sentence: "NW-107, option A"."""
        return (
            self.project_id if self.option is None else f"{self.project_id}, option {self.option}"
        )

    @property
    def order(self) -> tuple[str, str]:
        """What rows are sorted by: the ID, then the option, a row without one first."""
        return self.project_id, self.option or ""

    def titled(self, name: str) -> str:
        """The row by name and ID; by ID alone where that is the name, or was made of it.

        >>> ProjectKey("P7").titled("Bridge"), ProjectKey("Bridge").titled("Bridge")
        ('Bridge (P7)', 'Bridge')
        """
        is_made_of_it = self.project_id == name or self.project_id.startswith(f"{name} / ")
        return self.label if is_made_of_it or not name else f"{name} ({self.label})"


PRIOR = "Prior"
"""The kind of money before the first period of a profile. It is spent, or as good as: it belongs to
the whole cost, and no budget of a period to come has to pay it. Its period is None."""

LATER = "Later"
"""The kind of money after the last named period of a profile. Its period is None too."""


class Amount(Record):
    """Money in a period and of a kind; None stands for "not split"."""

    period: Period | None = None
    kind: str | None = None
    amount: float


Text = str | None
Money = float | None
Number = float | None
Profile = tuple[Amount, ...]


class Project(Record):
    """A project, or one option of a project."""

    project_id: Annotated[str, _field("id", "The project's unique code; every table joins on it.")]
    name: Annotated[str, _field("text", "What people call the project.")]
    option: Annotated[
        Text, _field("word", "Which way of doing the project; at most one is chosen.")
    ] = None
    description: Annotated[Text, _field("text", "What the project is for.")] = None
    programme: Annotated[Text, _field("word", "The programme it belongs to.")] = None
    category: Annotated[Text, _field("word", "The kind of investment, for balance.")] = None
    department: Annotated[Text, _field("word", "The part of the organisation that owns it.")] = None
    sponsor: Annotated[Text, _field("person", "Who answers for the benefits.")] = None
    manager: Annotated[Text, _field("person", "Who runs the project.")] = None
    stage: Annotated[Text, _field("word", "The gate or phase it is in.")] = None
    lifecycle: Annotated[
        Text,
        _field("lifecycle", "Proposed, approved, active, on hold, closed.", consequential=True),
    ] = None
    rag: Annotated[Text, _field("rag", "Red, Amber or Green, or the five-point scale.")] = None
    priority: Annotated[Text, _field("word", "The office's own priority or rank.")] = None
    start: Annotated[date | None, _field("date", "First day of work.", consequential=True)] = None
    finish: Annotated[date | None, _field("date", "Last day of work.", consequential=True)] = None
    duration: Annotated[Number, _field("months", "Length of the project. [months]")] = None
    earliest_start: Annotated[
        date | None, _field("date", "It cannot start before this day.", consequential=True)
    ] = None
    latest_start: Annotated[
        date | None, _field("date", "It cannot start after this day.", consequential=True)
    ] = None
    cost: Annotated[
        Profile,
        _field(
            "profile",
            "What the project needs, in total or per period and kind.",
            consequential=True,
        ),
    ] = ()
    budget: Annotated[
        Profile, _field("profile", "What has been approved for it.", consequential=True)
    ] = ()
    spent_to_date: Annotated[Money, _field("money", "Spent so far.", consequential=True)] = None
    committed_cost: Annotated[
        Money, _field("money", "Contracted, whether or not it goes on.", consequential=True)
    ] = None
    cost_to_go: Annotated[Money, _field("money", "Still to be spent.", consequential=True)] = None
    exit_cost: Annotated[
        Money, _field("money", "What stopping it would cost.", consequential=True)
    ] = None
    forecast_cost: Annotated[
        Money, _field("money", "Forecast total at completion.", consequential=True)
    ] = None
    actual_cost: Annotated[
        Money, _field("money", "Actual cost of the period or to date.", consequential=True)
    ] = None
    benefit: Annotated[Money, _field("money", "Benefit in money.", consequential=True)] = None
    value: Annotated[
        Number,
        _field("number", "What a funded project is worth to the portfolio.", consequential=True),
    ] = None
    npv: Annotated[Money, _field("money", "Net present value.", consequential=True)] = None
    bcr: Annotated[Number, _field("ratio", "Benefit-cost ratio; does not sum.")] = None
    irr: Annotated[Number, _field("ratio", "Internal rate of return or ROI; does not sum.")] = None
    payback: Annotated[Number, _field("ratio", "Payback period; low is good. [years]")] = None
    risk: Annotated[Text, _field("word", "Risk level or score; low is good.")] = None
    confidence: Annotated[Number, _field("fraction", "Chance of success; high is good. [0..1]")] = (
        None
    )
    score: Annotated[Number, _field("number", "A score that the office already has.")] = None
    percent_complete: Annotated[Number, _field("fraction", "Work done. [0..1]")] = None
    force: Annotated[
        Literal["In", "Out", "Freed"] | None,
        _field(
            "force",
            "In or Out where it is mandated; Freed where work that goes on may be stopped; blank "
            "leaves a new project free and keeps one that goes on.",
            consequential=True,
        ),
    ] = None
    reason: Annotated[Text, _field("text", "Why it is forced.")] = None
    current_decision: Annotated[
        Text, _field("word", "What was decided last time; not a constraint.", consequential=True)
    ] = None

    @property
    def key(self) -> ProjectKey:
        """What tells it apart from every other row."""
        return ProjectKey(self.project_id, self.option)

    @property
    def title(self) -> str:
        """What people call it: "Sludge upgrade (NW-301)"."""
        return self.key.titled(self.name)


class Proposal(Record):
    """What a run proposes for a project, in columns that the office keeps for it.

    They are written where a person asks for it, and never read.
    """

    proposed_decision: Annotated[
        Text, _field("word", "Column for the decision proposed; written back, never read.")
    ] = None
    proposed_reason: Annotated[
        Text, _field("text", "Column for why it is proposed; written back, never read.")
    ] = None
    proposed_start: Annotated[
        date | None, _field("date", "Column for the start proposed; written back, never read.")
    ] = None
    proposed_finish: Annotated[
        date | None, _field("date", "Column for the finish proposed; written back, never read.")
    ] = None
    new_score: Annotated[
        Number, _field("number", "Column for the score worked out; written back, never read.")
    ] = None
    new_rank: Annotated[
        int | None, _field("number", "Column for the rank worked out; written back, never read.")
    ] = None


class Criterion(Record):
    """A criterion of the score."""

    criterion: Annotated[str, _field("id", "The criterion's name, as over its ratings.")]
    weight: Annotated[
        Number, _field("weight", "Its importance; at least 0.", consequential=True)
    ] = None
    direction: Annotated[
        Literal["max", "min"],
        _field("direction", "max where more is better, min where less is.", consequential=True),
    ] = "max"
    scale_min: Annotated[Number, _field("number", "The worst rating of its scale.")] = None
    scale_max: Annotated[Number, _field("number", "The best rating of its scale.")] = None
    objective: Annotated[Text, _field("word", "The strategic objective it serves.")] = None


class Rating(Record):
    """One project's ratings, a column per criterion; several rows where several assess."""

    project_id: Annotated[str, _field("id", "The project that is rated.")]
    option: Annotated[Text, _field("word", "The option of it that is rated; blank for all.")] = None
    assessor: Annotated[Text, _field("person", "Who rated it, where several do.")] = None
    ratings: Annotated[
        Mapping[str, float | None],
        _field("rating", "One column per criterion.", consequential=True),
    ] = Field(default_factory=dict)


class Budget(Record):
    """Money there is, for a period and a kind, or one total."""

    period: Annotated[
        Period | None, _field("period", "The period it is for; blank for the total.")
    ] = None
    kind: Annotated[Text, _field("word", "Capex, opex, ...; blank for all.")] = None
    budget: Annotated[float, _field("profile", "The money there is.", consequential=True)]


class Category(Record):
    """How the money should be balanced."""

    category: Annotated[str, _field("id", "As in the projects table.")]
    min_share: Annotated[
        Number, _field("fraction", "Least share of the money. [0..1]", consequential=True)
    ] = None
    max_share: Annotated[
        Number, _field("fraction", "Most share of the money. [0..1]", consequential=True)
    ] = None
    target_share: Annotated[
        Number, _field("fraction", "Share aimed at. [0..1]", consequential=True)
    ] = None


class Link(Record):
    """A dependency between two projects."""

    from_: Annotated[str, _field("id", "The project that depends, or comes first in time.")]
    to: Annotated[str, _field("id", "The project it depends on, or that follows.")]
    type: Annotated[
        Literal["Requires", "Excludes", "Together", "Finish-to-start"],
        _field("link_type", "Requires, Excludes, Together or Finish-to-start.", consequential=True),
    ]
    lag: Annotated[Number, _field("lag", "Wait between finish and start. [months]")] = None


class Capacity(Record):
    """People of a role that there are, by period."""

    role: Annotated[str, _field("id", "The role, as in the demand table.")]
    period: Annotated[
        Period | None, _field("period", "The period, where periods stand in rows.")
    ] = None
    capacity: Annotated[float, _field("fte", "People available. [FTE]", consequential=True)]


class Demand(Record):
    """People of a role that a project needs, by period or by month after its start."""

    project_id: Annotated[str, _field("id", "The project that needs them.")]
    role: Annotated[str, _field("id", "The role, as in the capacity table.")]
    period: Annotated[
        Period | None, _field("period", "The period, where periods stand in rows.")
    ] = None
    demand: Annotated[float, _field("fte", "People needed. [FTE or days]", consequential=True)]


class Settings(Record):
    """What holds for the whole portfolio, as rows of name and value."""

    currency: Annotated[Text, _field("setting", "Currency of all money, such as GBP.")] = None
    unit: Annotated[Text, _field("setting", "Money is in units, thousands or millions.")] = None
    price_base: Annotated[Text, _field("setting", "Prices of which year.")] = None
    fiscal_first_month: Annotated[
        int, _field("setting", "First month of the fiscal year. [1..12]")
    ] = 1
    period: Annotated[
        Literal["month", "quarter", "year"], _field("setting", "Length of a period.")
    ] = "month"
    first_period: Annotated[date | None, _field("setting", "First period of the plan.")] = None
    horizon: Annotated[int | None, _field("setting", "How many periods the plan has.")] = None
    status_date: Annotated[date | None, _field("setting", "The day the figures describe.")] = None
    days_per_fte: Annotated[
        float | None, _field("setting", "Working days of one FTE in a month. [days]")
    ] = None
    hours_per_fte: Annotated[
        float | None, _field("setting", "Working hours of one FTE in a month. [h]")
    ] = None
    discount_rate: Annotated[float | None, _field("setting", "Yearly, as a fraction. [0..1]")] = (
        None
    )
    seed: Annotated[
        int, _field("setting", "Starts every random search; the same seed, the same answer.")
    ] = 1


@dataclass(frozen=True)
class FieldSpec:
    """What one canonical field is; `many` if it may stand in several columns.

    `is_output` if its column is for results: it is written when that is asked for, and never read.
    """

    name: str
    kind: Kind
    help: str
    required: bool
    consequential: bool
    is_output: bool = False

    @property
    def many(self) -> bool:
        return self.kind in ("profile", "fte", "rating")


@dataclass(frozen=True)
class TableSpec:
    """What one canonical table is."""

    name: str
    record: type[Record]
    fields: Mapping[str, FieldSpec]
    row: str

    @property
    def inputs(self) -> Mapping[str, FieldSpec]:
        """The fields that are read."""
        return {name: spec for name, spec in self.fields.items() if not spec.is_output}

    @property
    def outputs(self) -> Mapping[str, FieldSpec]:
        """The fields that are written back, and never read."""
        return {name: spec for name, spec in self.fields.items() if spec.is_output}


def _spec(
    name: str, record: type[Record], row: str, outputs: type[Record] | None = None
) -> TableSpec:
    fields = _fields_of(record)
    if outputs is not None:
        fields |= {
            field: replace(spec, is_output=True) for field, spec in _fields_of(outputs).items()
        }
    return TableSpec(name, record, fields, row)


def _fields_of(record: type[Record]) -> dict[str, FieldSpec]:
    fields: dict[str, FieldSpec] = {}
    for key, info in record.model_fields.items():
        meta = info.json_schema_extra
        if not isinstance(meta, dict):  # ratings carry a default factory; their meta is in metadata
            meta = next(
                extra
                for item in info.metadata
                if isinstance(extra := getattr(item, "json_schema_extra", None), dict)
            )
        field_name = key.rstrip("_")
        fields[field_name] = FieldSpec(
            name=field_name,
            kind=meta["kind"],  # type: ignore[arg-type]
            help=info.description or "",
            required=info.is_required(),
            consequential=bool(meta["consequential"]),
        )
    return fields


TABLES: Mapping[str, TableSpec] = {
    spec.name: spec
    for spec in (
        _spec("projects", Project, "project, or option of a project", outputs=Proposal),
        _spec("criteria", Criterion, "criterion"),
        _spec("ratings", Rating, "project and assessor"),
        _spec("budgets", Budget, "period and kind, or one total"),
        _spec("categories", Category, "category"),
        _spec("links", Link, "dependency"),
        _spec("capacity", Capacity, "role and period"),
        _spec("demand", Demand, "project, role and period"),
        _spec("settings", Settings, "setting"),
    )
}

KINDS: tuple[str, ...] = get_args(Kind)
