"""Money moves with its project: what is spent when, with other starts."""

from __future__ import annotations

from collections.abc import Mapping

from xlportfolio.costing.answer import CostTable
from xlportfolio.money import Cents
from xlportfolio.records import ProjectKey


def moved_costs(costs: CostTable, shifts: Mapping[ProjectKey, int]) -> tuple[Cents, Cents]:
    """What every project costs by month when some start at another time.

    Parameters
    ----------
    costs
        As planned now.
    shifts
        Months later, negative for earlier; projects that are not named stay. [months]

    Returns
    -------
    to_go : shape (n, T, K)
        As in the cost table. Money that would lie before the plan lies in its first month. [cents]
    undated : shape (n, K)
        As in the cost table, with the money that is moved past the plan's last month. [cents]

    Notes
    -----
    Every row adds up to what it did before.
    """
    to_go, undated = costs.to_go.copy(), costs.undated.copy()
    n_months = to_go.shape[1]
    for i, key in enumerate(costs.keys):
        shift = shifts.get(key, 0)
        if shift == 0 or n_months == 0:
            continue
        row = costs.to_go[i]
        to_go[i] = 0
        if shift > 0:
            stays = max(n_months - shift, 0)
            to_go[i, n_months - stays :] = row[:stays]
            undated[i] += row[stays:].sum(axis=0)
        else:
            early = min(-shift, n_months)
            to_go[i, : n_months - early] = row[early:]
            to_go[i, 0] += row[:early].sum(axis=0)
    return to_go, undated
