import numpy as np


def moved_costs(costs, shifts):  # type: ignore
    to_go = costs.to_go.copy()
    undated = costs.undated.copy()
    T = costs.months.n_months
    for i, key in enumerate(costs.keys):
        s = shifts.get(key, 0)
        if s:
            new = np.zeros_like(to_go[i])
            for t in range(T):
                if t + s >= T:
                    undated[i] += to_go[i, t]
                else:
                    new[max(0, t + s)] += to_go[i, t]
            to_go[i] = new
    return to_go, undated
