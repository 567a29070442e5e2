"""Dependencies between projects as rules between their rows; what ends that are over mean."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from xlportfolio.costing.answer import CostTable
from xlportfolio.records import Link, Project, ProjectKey
from xlportfolio.selection.model import Fixed, LinkRule

Rows = tuple[int, ...]

VERBS = {"Requires": "requires", "Excludes": "excludes", "Together": "goes together with"}
"""What a link says of the project it is from, by its type."""

_SYMMETRICAL = ("Excludes", "Together")


@dataclass(frozen=True)
class ReadLinks:
    """The rules, the rows that a project which is done shuts out, and what a person should know."""

    rules: tuple[LinkRule, ...] = ()
    shut_out: tuple[Fixed, ...] = ()
    cautions: tuple[str, ...] = ()


def read_links(
    links: Sequence[Link],
    projects: Sequence[Project],
    costs: CostTable,
    kept: Collection[int],
) -> ReadLinks:
    """Turn the links between projects into rules; when they run is a matter of levelling.

    Parameters
    ----------
    links
        Of the portfolio; both ends are projects of it.
    projects
        All of the portfolio, those that have ended too.
    costs
        Its rows are those that can be chosen.
    kept
        Rows that are in whatever a link says: mandatory, or in flight and not freed.

    Notes
    -----
    A project that is closed counts as there: what requires it or goes with it is free, what
    excludes it is shut out. One that was cancelled is not there and cannot come. Where that shuts
    out a row that is kept, the row stays and a caution says so.
    """
    ends = _Ends(projects, costs)
    rules: list[LinkRule] = []
    shut_out: list[Fixed] = []
    cautions: list[str] = []
    seen: set[tuple[str, str, str]] = set()
    for link in links:
        if link.type == "Finish-to-start" or link.from_ == link.to:
            continue
        pair = (link.from_, link.to)
        if link.type in _SYMMETRICAL:
            pair = (min(pair), max(pair))
        if (link.type, *pair) in seen:
            continue
        seen.add((link.type, *pair))
        name = f"{ends.name(link.from_)} {VERBS[link.type]} {ends.name(link.to)}"
        sides = [(link.from_, link.to)]
        if link.type in _SYMMETRICAL:
            sides.append((link.to, link.from_))
        over = [(here, there) for here, there in sides if not ends.rows(there)]
        if not over:
            if ends.rows(link.from_):  # What is over requires nothing any more.
                rules.append(LinkRule(link.type, ends.rows(link.from_), ends.rows(link.to), name))
            continue
        for here, there in over:
            rows = ends.rows(here)
            if not rows or (link.type == "Excludes") != ends.is_done(there):
                continue
            verb = "is done" if ends.is_done(there) else "was cancelled"
            if held := [row for row in rows if row in kept]:
                who = ends.name_of_row(held[0])
                cautions.append(
                    f"{name}, and {ends.name(there)} {verb}: {who} is kept all the same. Review "
                    "the link."
                )
            elif link.type == "Excludes":
                reason = f"{ends.name(there)}, which excludes it, is done"
                shut_out += [Fixed(row, False, "mandate", reason) for row in rows]
            else:
                what = f"{ends.name(here)} {VERBS[link.type]} {ends.name(there)}, which {verb}"
                rules.append(LinkRule(link.type, rows, (), what))
    return ReadLinks(tuple(rules), tuple(shut_out), tuple(cautions))


class _Ends:
    """The projects that links are between: their rows, or how they ended."""

    def __init__(self, projects: Sequence[Project], costs: CostTable) -> None:
        self._rows: dict[str, list[int]] = {}
        for row, key in enumerate(costs.keys):
            self._rows.setdefault(key.project_id, []).append(row)
        self._done = {key.project_id for key, why in costs.ended if why != "cancelled"}
        self._names: Mapping[str, str] = {
            project.project_id: project.name for project in reversed(projects)
        }
        self._keys = costs.keys

    def rows(self, project_id: str) -> Rows:
        """The rows that can be chosen; none where one option is done, or all are over."""
        return () if project_id in self._done else tuple(self._rows.get(project_id, ()))

    def is_done(self, project_id: str) -> bool:
        """Whether the project, or an option of it, was delivered."""
        return project_id in self._done

    def name(self, project_id: str) -> str:
        """The project as a board reads it."""
        return ProjectKey(project_id).titled(self._names.get(project_id, project_id))

    def name_of_row(self, row: int) -> str:
        """The project of a row as a board reads it."""
        return self.name(self._keys[row].project_id)
