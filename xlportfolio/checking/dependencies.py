"""Links between projects: unknown ends, links to oneself, contradictions and cycles."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from xlportfolio.checking.findings import Entry, Findings
from xlportfolio.wording import named, shown

_VERBS = {
    "Requires": "requires",
    "Finish-to-start": "must finish before",
}


def check_links(entries: Sequence[Entry], known: Mapping[str, str], findings: Findings) -> None:
    """Give both ends the IDs of the projects table; report ends that are missing or unknown.

    Parameters
    ----------
    entries
        The rows of the links; both ends are put right in place.
    known
        Project ID by any name that people may write for it.
    findings
        Where problems go.
    """
    for entry in entries:
        for field in ("from", "to"):
            _check_end(entry, field, known, findings)
        if entry.get("type") is None and "type" not in entry.unusable:
            origin, row, column = entry.place("type")
            findings.report(
                "no_link_type",
                f"{entry.named()} has no type",
                "Requires, Excludes, Together or Finish-to-start",
                "Enter one of them.",
                origin=origin,
                row=row,
                column=column,
                unused_rows=(row,),
            )
    _check_contradictions(entries, findings)
    for link_type in _VERBS:
        _check_cycles(entries, link_type, findings)


def _check_end(entry: Entry, field: str, known: Mapping[str, str], findings: Findings) -> None:
    text = entry.get(field)
    origin, row, column = entry.place(field)
    if text is None:
        if field not in entry.unusable:
            findings.report(
                "no_link_end",
                f"{entry.named()} has no project under "
                f'"{field if column is None else origin.column(column).header}"',
                "a project ID",
                "Enter it, or delete the row.",
                origin=origin,
                row=row,
                column=column,
                unused_rows=(row,),
            )
        return
    key = known.get("".join(text.split()).casefold())
    if key is None:
        findings.report(
            "unknown_project",
            f"{origin.cell_named(row, column or 0)} is {shown(text)}, which is no project",
            "an ID of the projects table",
            "Correct the ID, or add the project.",
            origin=origin,
            row=row,
            column=column,
            value=text,
            unused_rows=(row,),
        )
    entry.values[field] = key


def _whole(entries: Iterable[Entry]) -> list[Entry]:
    return [e for e in entries if e.get("from") and e.get("to") and e.get("type")]


def _check_contradictions(entries: Sequence[Entry], findings: Findings) -> None:
    excluded = {
        frozenset((entry.get("from"), entry.get("to")))
        for entry in _whole(entries)
        if entry.get("type") == "Excludes" and entry.get("from") != entry.get("to")
    }
    for entry in _whole(entries):
        ends = frozenset((entry.get("from"), entry.get("to")))
        if entry.get("type") in ("Requires", "Together") and ends in excluded:
            origin, row, column = entry.place("type")
            findings.report(
                "contradicting_links",
                f"{entry.named()} says {entry.get('type')}, but the two exclude each other",
                "links that can hold together",
                "Delete one of the two links.",
                origin=origin,
                row=row,
                column=column,
                value=entry.get("type"),
            )


def _check_cycles(entries: Sequence[Entry], link_type: str, findings: Findings) -> None:
    links = [entry for entry in _whole(entries) if entry.get("type") == link_type]
    first_link = {(entry.get("from"), entry.get("to")): entry for entry in reversed(links)}
    for cycle in find_cycles([(entry.get("from"), entry.get("to")) for entry in links]):
        steps = list(zip(cycle, [*cycle[1:], cycle[0]], strict=True))
        rows = [first_link[step] for step in steps]
        entry = min(rows, key=lambda link: (link.origin.index, link.row))
        origin, row, column = entry.place("to")
        verb = _VERBS[link_type]
        chain = f" {verb} ".join(named(project) for project in [*cycle, cycle[0]])
        findings.report(
            f"cycle_{link_type}",
            f"links form a circle: {chain}",
            "dependencies without a circle",
            "Delete or turn one of these links.",
            origin=origin,
            row=row,
            column=column,
            value=entry.get("to"),
        )


def find_cycles(links: Sequence[tuple[str, str]]) -> list[list[str]]:
    """One shortest cycle of each set of nodes that can all reach each other.

    Parameters
    ----------
    links
        Pairs (from, to).

    Returns
    -------
    Cycles as nodes in order, each beginning with the node that stands first in `links`.

    Notes
    -----
    Strongly connected components: Tarjan (1972), SIAM Journal on Computing 1(2), without
    recursion; then a breadth-first search from the component's first node for its shortest
    cycle. A component has a cycle through each of its nodes, so that one is found.

    Examples
    --------
    >>> find_cycles([("A", "B"), ("B", "C"), ("C", "A"), ("C", "D"), ("E", "E")])
    [['A', 'B', 'C'], ['E']]
    """
    after: dict[str, list[str]] = {}
    for start, end in links:
        after.setdefault(start, []).append(end)
        after.setdefault(end, [])
    order = {node: position for position, node in enumerate(after)}
    cycles = []
    for component in _components(after):
        first = min(component, key=order.__getitem__)
        cycle = _shortest_cycle(first, set(component), after)
        if cycle:
            cycles.append(cycle)
    return sorted(cycles, key=lambda cycle: order[cycle[0]])


def _components(after: Mapping[str, Sequence[str]]) -> list[list[str]]:
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[list[str]] = []
    for root in after:
        if root in index:
            continue
        path: list[tuple[str, int]] = [(root, 0)]
        while path:
            node, child = path.pop()
            if child == 0:
                index[node] = low[node] = len(index)
                stack.append(node)
                on_stack.add(node)
            else:
                low[node] = min(low[node], low[after[node][child - 1]])
            for position in range(child, len(after[node])):
                other = after[node][position]
                if other not in index:
                    path.append((node, position + 1))
                    path.append((other, 0))
                    break
                if other in on_stack:
                    low[node] = min(low[node], index[other])
            else:
                if low[node] == index[node]:
                    component = []
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        component.append(member)
                        if member == node:
                            break
                    found.append(component)
    return found


def _shortest_cycle(
    first: str, component: set[str], after: Mapping[str, Sequence[str]]
) -> list[str]:
    before: dict[str, str] = {}
    queue = deque([first])
    while queue:
        node = queue.popleft()
        for other in after[node]:
            if other == first:
                cycle = [node]
                while cycle[-1] != first:
                    cycle.append(before[cycle[-1]])
                return cycle[::-1]
            if other in component and other not in before:
                before[other] = node
                queue.append(other)
    return []
