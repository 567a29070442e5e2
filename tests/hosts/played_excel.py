"""Excel's objects, played: they answer what a test says, and write down what is asked of them.

`MODEL` lists, class by class, the members that Microsoft's reference of the object model documents
(learn.microsoft.com/office/vba/api/excel.<class>.<member>; Office's own classes under office.*).
What is no member of the class at hand fails, as it would in Excel, and so does setting what can
only be read. Nothing else of Excel is played: what a call does is for a person with Excel to see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

GET, SET, BOTH, CALL = "get", "set", "both", "call"
"""A value that is read, written or both; a method without an object for an answer."""

MODEL: dict[str, dict[str, str]] = {
    "Application": {
        "ActiveSheet": "Worksheet",
        "PrintCommunication": BOTH,
        "WorksheetFunction": "WorksheetFunction",
    },
    "WorksheetFunction": {"CountA": CALL},
    "Workbook": {
        "Activate": CALL,
        "ActiveSheet": "Worksheet",
        "Date1904": BOTH,
        "MultiUserEditing": GET,
        "Name": GET,
        "Names": "Names",
        "ProtectStructure": GET,
        "SaveCopyAs": CALL,
        "Windows": "Window()",
        "Worksheets": "Sheets",
    },
    "Sheets": {"Count": GET},
    "Worksheet": {
        "Activate": CALL,
        "Application": "Application",
        "AutoFilterMode": BOTH,
        "Cells": "Range",
        "ChartObjects": "ChartObjects()",
        "FilterMode": GET,
        "Hyperlinks": "Hyperlinks",
        "ListObjects": "ListObjects",
        "Name": BOTH,
        "Names": "Names",
        "PageSetup": "PageSetup",
        "Parent": "Workbook",
        "PivotTables": "PivotTables()",
        "ProtectContents": GET,
        "Range": "Range()",
        "Select": CALL,
        "Tab": "Tab",
        "UsedRange": "Range",
        "Visible": BOTH,
    },
    "Tab": {"Color": BOTH, "ColorIndex": BOTH},
    "Window": {
        "DisplayGridlines": BOTH,
        "FreezePanes": BOTH,
        "ScrollColumn": BOTH,
        "ScrollRow": BOTH,
        "SplitColumn": BOTH,
        "SplitRow": BOTH,
        "View": BOTH,
        "Zoom": BOTH,
    },
    "PageSetup": dict.fromkeys(
        (
            *("BottomMargin", "CenterFooter", "CenterHeader", "FitToPagesTall", "FitToPagesWide"),
            *("FooterMargin", "HeaderMargin", "LeftFooter", "LeftHeader", "LeftMargin"),
            *("Orientation", "PaperSize", "PrintArea", "PrintTitleColumns", "PrintTitleRows"),
            *("RightFooter", "RightHeader", "RightMargin", "TopMargin", "Zoom"),
        ),
        BOTH,
    ),
    "Range": {
        "Address": GET,
        "Clear": CALL,
        "ClearComments": CALL,
        "ClearOutline": CALL,
        "Copy": CALL,
        "CurrentArray": "Range",
        "EntireColumn": "Range",
        "EntireRow": "Range",
        "FormatConditions": "FormatConditions",
        "HasArray": GET,
        "HasFormula": GET,
        "HasSpill": GET,
        "Hidden": BOTH,
        "Hyperlinks": "Hyperlinks",
        "Left": GET,
        "MergeArea": "Range",
        "MergeCells": BOTH,
        "NumberFormat": BOTH,
        "PrefixCharacter": GET,
        "SpillParent": "Range",
        "SpillingToRange": "Range",
        "Top": GET,
        "UnMerge": CALL,
        "UseStandardHeight": BOTH,
        "UseStandardWidth": BOTH,
        "Validation": "Validation",
        "Value2": BOTH,
    },
    "FormatConditions": {"Delete": CALL},
    "Hyperlinks": {"Count": GET, "Delete": CALL, "Item": "Hyperlink()"},
    "Hyperlink": {"Address": BOTH, "SubAddress": BOTH},
    "Validation": {"Delete": CALL},
    "Names": {"Add": CALL, "Count": GET, "Item": "Name()"},
    "Name": {"Delete": CALL, "Name": BOTH, "RefersTo": BOTH, "Visible": BOTH},
    "ListObjects": {"Count": GET, "Item": "ListObject()"},
    "ListObject": {
        "AutoFilter": "AutoFilter",
        "HeaderRowRange": "Range",
        "ListColumns": "ListColumns",
        "Name": BOTH,
        "Range": "Range",
        "ShowHeaders": BOTH,
        "ShowTotals": BOTH,
        "Unlist": CALL,
    },
    "ListColumns": {"Count": GET, "Item": "ListColumn()"},
    "ListColumn": {"Name": BOTH},
    "AutoFilter": {"FilterMode": GET},
    "PivotTables": {"Count": GET, "Item": "PivotTable()"},
    "PivotTable": {"Name": BOTH, "TableRange2": "Range"},
    "ChartObjects": {"Add": "ChartObject()", "Count": GET, "Delete": CALL, "Item": "ChartObject()"},
    "ChartObject": {
        "Chart": "Chart",
        "Delete": CALL,
        "Height": BOTH,
        "Placement": BOTH,
        "ShapeRange": "ShapeRange",
        "TopLeftCell": "Range",
        "Width": BOTH,
    },
    "ShapeRange": {"AlternativeText": BOTH},
    "Chart": {
        "Axes": "Axis()",
        "ChartArea": "ChartArea",
        "ChartGroups": "ChartGroup()",
        "ChartTitle": "ChartTitle",
        "ChartType": BOTH,
        "DisplayBlanksAs": BOTH,
        "HasLegend": BOTH,
        "HasTitle": BOTH,
        "Legend": "Legend",
        "SeriesCollection": "SeriesCollection()",
    },
    "ChartArea": {"Format": "ChartFormat"},
    "ChartTitle": {"Format": "ChartFormat", "Text": BOTH},
    "Legend": {"Font": "ChartFont", "Position": BOTH},
    "ChartFont": {"Bold": BOTH, "Color": BOTH, "Size": BOTH},
    "ChartGroup": {
        "BubbleScale": BOTH,
        "GapWidth": BOTH,
        "Overlap": BOTH,
        "SizeRepresents": BOTH,
    },
    "Axis": {
        "AxisTitle": "AxisTitle",
        "CategoryType": BOTH,
        "Crosses": BOTH,
        "Format": "ChartFormat",
        "HasMajorGridlines": BOTH,
        "HasTitle": BOTH,
        "MajorGridlines": "Gridlines",
        "MajorTickMark": BOTH,
        "MinimumScale": BOTH,
        "ReversePlotOrder": BOTH,
        "TickLabelPosition": BOTH,
        "TickLabels": "TickLabels",
    },
    "AxisTitle": {"Format": "ChartFormat", "Text": BOTH},
    "Gridlines": {"Format": "ChartFormat"},
    "TickLabels": {"Font": "ChartFont", "NumberFormat": BOTH, "NumberFormatLinked": BOTH},
    "SeriesCollection": {"Count": GET, "Item": "Series()", "NewSeries": "Series()"},
    "Series": {
        "ChartType": BOTH,
        "DataLabels": "DataLabels()",
        "Delete": CALL,
        "Format": "ChartFormat",
        "Formula": BOTH,
        "HasDataLabels": BOTH,
        "InvertIfNegative": BOTH,
        "MarkerBackgroundColor": BOTH,
        "MarkerForegroundColor": BOTH,
        "MarkerSize": BOTH,
        "MarkerStyle": BOTH,
        "Points": "Point()",
        "Smooth": BOTH,
    },
    "Point": {"DataLabel": "DataLabel"},
    "DataLabel": {"Position": BOTH, "Text": BOTH},
    "DataLabels": {
        "Format": "ChartFormat",
        "Position": BOTH,
        "ShowRange": BOTH,
        "ShowValue": BOTH,
    },
    "ChartFormat": {"Fill": "FillFormat", "Line": "LineFormat", "TextFrame2": "TextFrame2"},
    "FillFormat": {
        "ForeColor": "ColorFormat",
        "Solid": CALL,
        "Transparency": BOTH,
        "Visible": BOTH,
    },
    "LineFormat": {
        "DashStyle": BOTH,
        "ForeColor": "ColorFormat",
        "Visible": BOTH,
        "Weight": BOTH,
    },
    "ColorFormat": {"RGB": BOTH},
    "TextFrame2": {"TextRange": "TextRange2"},
    "TextRange2": {"Font": "Font2", "InsertChartField": CALL},
    "Font2": {"Bold": BOTH, "Fill": "FillFormat", "Size": BOTH},
}

UNKNOWN_NAME, RAISED = -2147352570, -2147352567


class ComError(Exception):
    """pywintypes.com_error: number, text, what the program raised, argument."""

    def __init__(self, number: int, description: str = "") -> None:
        raised = (0, "Microsoft Excel", description, "xlmain11.chm", 0, -2146827284)
        super().__init__(number, "Exception occurred.", raised if description else None, None)


def refusing(description: str) -> ComError:
    return ComError(RAISED, description)


class Lines:
    """What was asked, a line each: gets, sets and calls in their order; objects do not count."""

    def __init__(
        self, answers: Mapping[str, object], otherwise: Callable[[str], object] | None = None
    ) -> None:
        self.answers, self.otherwise = dict(answers), otherwise
        self.lines: list[str] = []
        self._made: dict[str, int] = {}

    def changes(self) -> list[str]:
        """What was set and called, without what was only read."""
        return [line for line in self.lines if not line.endswith(" ?")]

    def answer(self, path: str) -> object:
        if path not in self.answers and self.otherwise is not None:
            return self.otherwise(path)
        if path not in self.answers:
            raise AssertionError(f"the test gives no answer for {path}")
        found = self.answers[path]
        if isinstance(found, Exception):
            raise found
        return found

    def number(self, class_name: str) -> int:
        self._made[class_name] = self._made.get(class_name, 0) + 1
        return self._made[class_name]


class Played:
    """An object of Excel's, of a class of `MODEL`."""

    def __init__(self, class_name: str, path: str, log: Lines) -> None:
        object.__setattr__(self, "_class", class_name)
        object.__setattr__(self, "_path", path)
        object.__setattr__(self, "_log", log)

    def __getattr__(self, name: str) -> Any:
        if name == "_oleobj_":
            return _ByName(self)
        kind, path = self._kind(name), f"{self._path}.{name}"
        if kind in (GET, BOTH):
            self._log.lines.append(f"{path} ?")
            return self._log.answer(path)
        if kind == CALL:
            return _Method(self, name)
        if kind == SET:
            raise AssertionError(f"{path} cannot be read")
        if kind.endswith("()"):
            return _Parameterised(kind[:-2], path, self._log)
        if path in self._log.answers:  # Nothing, or an error
            return self._log.answer(path)
        return Played(kind, path, self._log)

    def __setattr__(self, name: str, value: object) -> None:
        path = f"{self._path}.{name}"
        if self._kind(name) not in (SET, BOTH):
            raise AssertionError(f"{path} cannot be set")
        self._log.lines.append(f"{path} = {value!r}")
        found = self._log.answers.get(f"{path} =")
        if isinstance(found, Exception):
            raise found

    def __iter__(self) -> Iterator[Any]:
        return iter(self._log.answer(self._path))  # type: ignore[call-overload, no-any-return]

    def _kind(self, name: str) -> str:
        members = MODEL[self._class]
        if name not in members:
            raise AssertionError(f"{self._class} has no member {name}")
        return members[name]


class _Method:
    def __init__(self, owner: Played, name: str) -> None:
        self._owner, self._name = owner, name

    def __call__(self, *arguments: object) -> object:
        owner = self._owner
        path = f"{owner._path}.{self._name}({_written(arguments)})"
        owner._log.lines.append(path)
        if path in owner._log.answers or owner._log.otherwise is not None:
            return owner._log.answer(path)
        return None


class _Parameterised:
    """A property with arguments, or a method, that gives an object."""

    def __init__(self, class_name: str, path: str, log: Lines) -> None:
        self._class, self._path, self._log = class_name, path, log

    def __call__(self, *arguments: object) -> Any:
        path = f"{self._path}({_written(arguments)})"
        if path in self._log.answers:
            found = self._log.answers[path]
            if isinstance(found, Exception):
                self._log.lines.append(path)
                raise found
            return found
        if self._path.endswith((".NewSeries", ".Add")):
            self._log.lines.append(path)
            return Played(self._class, f"{self._class}{self._log.number(self._class)}", self._log)
        return Played(self._class, path, self._log)


class _ByName:
    """PyIDispatch: members asked for by their names, by numbers that it gives them."""

    def __init__(self, owner: Played) -> None:
        self._owner, self._names = owner, list(MODEL[owner._class])

    def GetIDsOfNames(self, _locale: int, name: str) -> int:  # noqa: N802
        path = f"{self._owner._path}.{name}"
        if isinstance(self._owner._log.answers.get(path), ComError):
            raise self._owner._log.answers[path]  # type: ignore[misc]
        return self._names.index(name)

    def Invoke(self, number: int, _locale: int, flags: int, _result: bool) -> Any:  # noqa: N802
        assert flags == 2, "DISPATCH_PROPERTYGET"
        return getattr(self._owner, self._names[number])


def _written(arguments: Sequence[object]) -> str:
    return ", ".join(
        argument._path if isinstance(argument, Played) else repr(argument) for argument in arguments
    )
