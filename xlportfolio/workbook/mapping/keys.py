"""Which columns tell the projects apart, also where no header says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from xlportfolio.workbook.mapping.kinds import Judged, naming_column
from xlportfolio.workbook.mapping.scoring import Candidate, candidates

_DESCRIBES = frozenset(("description", "summary", "abstract"))


def settle_keys(
    judged: Judged,
    chosen: Mapping[str, Candidate],
    offers: Sequence[Candidate],
    taken: Collection[int],
) -> dict[str, Candidate]:
    """Choose the columns of IDs and names of a table of projects, ratings or demand.

    Parameters
    ----------
    judged
        The table.
    chosen
        Field -> candidate, as the headers and values alone have it.
    offers
        All candidates, best first.
    taken
        Columns of profiles and ratings.

    Returns
    -------
    dict
        Field -> candidate, with the keys settled; of other tables as it came.
    """
    keys = _Keys(judged, chosen, offers, taken)
    if judged.table == "projects":
        keys.name_unnamed()
        keys.find_coarser_name()
    elif judged.table in ("demand", "ratings"):
        keys.find_project()
    return keys.chosen


class _Keys:
    def __init__(
        self,
        judged: Judged,
        chosen: Mapping[str, Candidate],
        offers: Sequence[Candidate],
        taken: Collection[int],
    ) -> None:
        self.judged = judged
        self.found = judged.found
        self.evidence = judged.evidence
        self.chosen = dict(chosen)
        self.offers = offers
        self.taken = taken

    def name_unnamed(self) -> None:
        """Keys under headers that say nothing, where the values tell the projects apart."""
        known = naming_column(self.evidence, self.judged.projects)
        if known is not None and not {"project_id", "name"} & set(self.chosen):
            self.chosen["project_id"] = Candidate("project_id", known, 0.8, True, 1.0)
        for field, wanted in (("project_id", True), ("name", False)):
            if field in self.chosen and self.chosen[field].score >= 0.5:
                continue
            programme = self.chosen.get("programme")
            if (
                not wanted
                and programme is not None
                and (self.evidence[programme.column].unique >= 0.95 and programme.exact)
            ):
                # Where the rows are programmes, the programme is what is chosen.
                del self.chosen["programme"]
                self.chosen["name"] = Candidate("name", programme.column, 0.75, True, 1.0)
                continue
            if field == "name" and self._described():
                continue
            k = self._telling(wanted)
            if k is not None:
                self.chosen[field] = Candidate(field, k, 0.5, False, 1.0)

    def find_coarser_name(self) -> None:
        """A second name that many projects share is their programme's."""
        name = self.chosen.get("name")
        if name is None or "programme" in self.chosen:
            return
        used = {c.column for c in self.chosen.values()}
        described = {
            k
            for k, column in enumerate(self.found.columns)
            if set(column.heading.words.split()) & _DESCRIBES
        }
        for other in self.offers:
            if (
                other.field == "name"
                and other.column not in used | described
                and self.evidence[other.column].unique < 0.8 * self.evidence[name.column].unique
            ):
                self.chosen["programme"] = Candidate(
                    "programme", other.column, 0.6, False, other.fit
                )
                return

    def find_project(self) -> None:
        """The column that names the project, among those that a projects table would have."""
        named = [
            c
            for c in candidates(self.found, self.evidence, "projects", self.taken)
            if c.field in ("project_id", "name")
        ]
        # Of an ID and a name that say it equally well, the ID is the key.
        named.sort(key=lambda c: (-c.score, c.field != "project_id", c.column))
        ids = [c.column for c in named if c.field == "project_id" and c.exact]
        offers = [Candidate("project_id", c.column, c.score, c.exact, c.fit) for c in named]
        # A role or an assessor is no project, whatever its header could mean besides.
        person = self.chosen.get("role" if self.judged.table == "demand" else "assessor")
        if person is not None:
            offers = [c for c in offers if c.column != person.column]
        known = naming_column(self.evidence, self.judged.projects)
        if known is not None:
            known = next((k for k in ids if self._is_known(k)), known)
        role = self.chosen.get("role")
        if known is not None and (role is None or known != role.column):
            offers.insert(0, Candidate("project_id", known, 1.0, True, 1.0))
        if offers:
            self.chosen["project_id"] = offers[0]

    def _is_known(self, column: int) -> bool:
        said = self.evidence[column].distinct
        return bool(said) and len(said & self.judged.projects) >= 0.8 * len(said)

    def _described(self) -> bool:
        """Take short descriptions that tell the projects apart for names, if none are better."""
        described = self.chosen.get("description")
        if described is None or "name" in self.chosen or self.found.grid.turned:
            return False
        e = self.evidence[described.column]
        words = self.found.columns[described.column].heading.words.split()
        if not _DESCRIBES & set(words) or e.filled < 3 or e.unique < 0.8 or not 3 <= e.length <= 60:
            return False
        del self.chosen["description"]
        self.chosen["name"] = Candidate("name", described.column, 0.8, False, 1.0)
        return True

    def _telling(self, codes: bool) -> int | None:
        used = {c.column for c in self.chosen.values() if c.score >= 0.6}
        for k, e in enumerate(self.evidence):
            if k in used or k in self.taken or not self.found.columns[k].levels or e.filled < 3:
                continue
            if e.date >= 0.2 or e.typed_number >= 0.5 or e.unique < (0.98 if codes else 0.8):
                continue
            coded = e.code >= 0.8 and e.length <= 20
            if codes and coded and e.blank <= 0.1:
                return k
            if not codes and not coded and 3 <= e.length <= 90 and e.rag < 0.5:
                return k
        return None
