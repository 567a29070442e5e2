"""Links: unknown ends, contradictions, cycles."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from tests.core.source_tables import (
    column,
    only,
    place,
    projects,
    table,
)
from xlportfolio.checking.dependencies import find_cycles
from xlportfolio.sources import SourceTable
from xlportfolio.tables import read_tables
from xlportfolio.values import Value


def links(*rows: tuple[Value, ...]) -> SourceTable:
    return table("links", column("from"), column("to"), column("type"), rows=list(rows))


def test_cycle_of_dependencies_is_named() -> None:
    source = links(("P3", "P1", "requires"), ("P1", "P2", "requires"), ("P2", "P3", "depends on"))
    problem = only(read_tables([projects(rows=[()] * 3), source]))
    assert problem.message == (
        "Links form a circle: P3 requires P1 requires P2 requires P3; expected dependencies "
        "without a circle. Delete or turn one of these links."
    )
    assert (place(problem), problem.blocks) == ((1, 0, 1), ("rebalance", "level"))


def test_project_that_precedes_itself_is_told() -> None:
    problem = only(read_tables([projects(rows=[()]), links(("P1", "P1", "FS"))]))
    assert problem.message == (
        "Links form a circle: P1 must finish before P1; expected dependencies without a circle. "
        "Delete or turn one of these links."
    )


def test_unknown_end_and_unknown_type_are_told() -> None:
    portfolio = read_tables(
        [projects(rows=[(), ()]), links(("P1", "P9", "FS"), ("P1", "P2", "SS"))]
    )
    assert [problem.message for problem in portfolio.problems] == [
        '"To" of link P1 to P9 is "P9", which is no project; expected an ID of the projects '
        "table. Correct the ID, or add the project.",
        '"Type" of link P1 to P2 is "SS"; expected Requires, Excludes, Together or '
        "Finish-to-start. Enter one of them.",
    ]
    assert portfolio.links == ()


def test_projects_that_require_and_exclude_each_other_are_told() -> None:
    source = links(("P1", "P2", "excludes"), ("P2", "P1", "requires"))
    assert only(read_tables([projects(rows=[(), ()]), source])).message == (
        "Link P2 to P1 says Requires, but the two exclude each other; expected links that can "
        "hold together. Delete one of the two links."
    )


_NODES = "ABCDE"
_EDGES = st.lists(st.tuples(st.sampled_from(_NODES), st.sampled_from(_NODES)), max_size=12)


def _all_cycles(edges: list[tuple[str, str]]) -> set[tuple[str, ...]]:
    """Brute force: every sequence of distinct nodes whose steps, and the one back, are edges."""
    present = set(edges)
    return {
        nodes
        for length in range(1, len(_NODES) + 1)
        for nodes in itertools.permutations(_NODES, length)
        if all((a, b) in present for a, b in zip(nodes, (*nodes[1:], nodes[0]), strict=True))
    }


@given(_EDGES)
def test_cycles_are_those_of_brute_force(edges: list[tuple[str, str]]) -> None:
    every = _all_cycles(edges)
    found = [tuple(cycle) for cycle in find_cycles(edges)]
    assert set(found) <= every, "each named cycle exists"
    # Two nodes are in one component if some closed walk joins them: cycles that share a node.
    groups: list[set[str]] = []
    for cycle in every:
        joined = [group for group in groups if group & set(cycle)]
        groups = [group for group in groups if group not in joined]
        groups.append(set(cycle).union(*joined))
    assert len(found) == len(groups), "each component is named once"
    for cycle in found:
        rivals = [other for other in every if cycle[0] in other]
        assert len(cycle) == min(len(other) for other in rivals)
