"""What is drawn on a sheet, how its panes are frozen, and what of it prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xlwings import base_classes

from tests.hosts.stand_in.calls import ComError, asked_of_excel
from tests.hosts.stand_in.model import ChartModel
from xlportfolio.workbook.references import cell_address

if TYPE_CHECKING:
    from tests.hosts.stand_in.sheets import Sheet


@asked_of_excel
class Charts(base_classes.Charts):
    """The charts of a sheet."""

    api: Any = True

    def __init__(self, sheet: Sheet) -> None:
        self._calls, self._sheet = sheet._calls, sheet

    @property
    def parent(self) -> Sheet:
        return self._sheet

    def __call__(self, key: int | str) -> Chart:
        for number, chart in enumerate(self._sheet._model.charts, 1):
            if key in (number, chart.name):
                return Chart(self._sheet, chart)
        raise ComError("Subscript out of range")

    def __len__(self) -> int:
        return len(self._sheet._model.charts)

    def __contains__(self, key: str) -> bool:
        return any(one.name == key for one in self._sheet._model.charts)

    def __iter__(self) -> Iterator[Chart]:
        charts = [Chart(self._sheet, one) for one in self._sheet._model.charts]
        return self._calls.each("Charts.item", charts)


@asked_of_excel
class Chart(base_classes.Chart):
    """A chart."""

    api: Any = True

    def __init__(self, sheet: Sheet, model: ChartModel) -> None:
        self._calls, self._sheet, self._model = sheet._calls, sheet, model

    @property
    def name(self) -> str:
        return self._model.name

    @name.setter
    def name(self, value: str) -> None:
        charts = self._sheet._model.charts
        renamed = replace(self._model, name=value)
        charts[charts.index(self._model)] = renamed
        self._model = renamed

    @property
    def parent(self) -> Sheet:
        return self._sheet

    def delete(self) -> None:
        if self._sheet._model.is_protected:
            raise ComError("The chart is on a protected sheet.")
        self._sheet._model.charts.remove(self._model)


@asked_of_excel
class FreezePanes(base_classes.FreezePanes):
    """The frozen panes of a sheet."""

    def __init__(self, sheet: Sheet) -> None:
        self._calls, self._sheet = sheet._calls, sheet

    def freeze_at(self, frozen_range: Any) -> None:
        area = self._sheet._area(getattr(frozen_range, "impl", frozen_range))
        place = cell_address(area.last_row + 1, area.last_column + 1)
        self._sheet._model.view = replace(self._sheet._model.view, freeze=place)

    def unfreeze(self) -> None:
        self._sheet._model.view = replace(self._sheet._model.view, freeze=None)


@asked_of_excel
class PageSetup(base_classes.PageSetup):
    """How a sheet prints."""

    api: Any = True

    def __init__(self, sheet: Sheet) -> None:
        self._calls, self._sheet = sheet._calls, sheet

    @property
    def print_area(self) -> str | None:
        return self._sheet._model.view.area

    @print_area.setter
    def print_area(self, value: str | None) -> None:
        self._sheet._model.view = replace(self._sheet._model.view, area=value)
