"""Areas alike: every wanted cell is found with what it truly has, whatever Excel can be asked."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest

from xlportfolio.workbook.live.alike import Joining, areas_alike
from xlportfolio.workbook.live.entering import cells_of
from xlportfolio.workbook.references import CellRange

Sheet = dict[tuple[int, int], str]
Asked = Callable[[Sequence[CellRange]], str | None]


def answering_for_all(sheet: Sheet) -> Asked:
    def ask(areas: Sequence[CellRange]) -> str | None:
        codes = {sheet.get(at, "General") for area in areas for at in cells_of(area)}
        return codes.pop() if len(codes) == 1 else None

    return ask


def answering_for_the_first(sheet: Sheet) -> Asked:
    whole = answering_for_all(sheet)
    return lambda areas: whole(areas[:1])


def answering_for_the_last(sheet: Sheet) -> Asked:
    whole = answering_for_all(sheet)
    return lambda areas: whole(areas[-1:])


def refusing_several(sheet: Sheet) -> Asked:
    whole = answering_for_all(sheet)

    def ask(areas: Sequence[CellRange]) -> str | None:
        if len(areas) > 1:
            raise OSError("one area, please")
        return whole(areas)

    return ask


def wanted_of(cells: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    wanted: dict[int, list[int]] = {}
    for row, column in sorted(cells):
        wanted.setdefault(column, []).append(row)
    return wanted


@pytest.mark.parametrize(
    "excel",
    [answering_for_all, answering_for_the_first, answering_for_the_last, refusing_several],
)
@pytest.mark.parametrize("seed", range(40))
def test_every_wanted_cell_is_found_with_its_own_format(
    excel: Callable[[Sheet], Asked], seed: int
) -> None:
    rng = random.Random(seed)
    n_rows, n_columns = rng.randint(1, 30), rng.randint(1, 9)
    codes = ["General", "0%", "dd mmm yyyy"][: rng.randint(1, 3)]
    by_column = [rng.choice(codes) for _ in range(n_columns)]
    cells = [(row, column) for row in range(1, n_rows + 1) for column in range(1, n_columns + 1)]
    sheet = {at: rng.choice(codes) if rng.random() < 0.1 else by_column[at[1] - 1] for at in cells}
    wanted = rng.sample(cells, rng.randint(1, len(cells)))
    joining = Joining()
    for _ in range(2):  # the second time with what is known of this Excel
        areas = list(areas_alike(excel(sheet), wanted_of(wanted), joining))
        found = {at: code for area, code in areas for at in cells_of(area)}
        assert {at: found[at] for at in wanted} == {at: sheet[at] for at in wanted}
        assert found == {at: sheet[at] for at in found}
    assert joining.is_safe in (None, excel is answering_for_all)


def test_bands_of_a_table_cost_a_question_for_each_format_not_for_each_band() -> None:
    bands = [row for row in range(9, 64) if row % 10]
    cells = [(row, column) for row in bands for column in range(1, 21)]
    sheet = {(row, column): "dd mmm yyyy" if column < 4 else "#,##0" for row, column in cells}
    asked = []

    def ask(areas: Sequence[CellRange]) -> str | None:
        asked.append(areas)
        return answering_for_all(sheet)(areas)

    joining = Joining()
    joining.is_safe = True
    areas = list(areas_alike(ask, wanted_of(cells), joining))
    assert {at for area, _ in areas for at in cells_of(area)} == set(cells)
    assert len(asked) <= 12
    assert all(len(",".join(area.address for area in areas)) < 256 for areas in asked)
