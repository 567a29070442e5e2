"""docProps/app.xml: the titles of the parts, which Windows shows and Excel keeps."""

from __future__ import annotations

from lxml import etree

from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.relationships import integer_or, parse_xml, serialise


class AppProperties:
    """The titles of parts in docProps/app.xml, kept true; left alone where they were not."""

    _PART = "docProps/app.xml"

    def __init__(self, package: Package) -> None:
        self._package = package
        self._root: etree._Element | None = None
        if package.has(self._PART):
            self._root = parse_xml(package.read(self._PART), package.label(self._PART))

    def __enter__(self) -> AppProperties:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None and self._root is not None:
            self._package.write(self._PART, serialise(self._root))

    def add_worksheet(self, name: str, n_before: int) -> None:
        titles, counts = self._titles(), self._counts()
        if titles is None or not counts or integer_or(counts[0].text) != n_before:
            return
        if len(titles) < n_before or not n_before:
            return
        title = etree.Element(titles[0].tag)
        title.text = name
        titles.insert(n_before, title)
        titles.set("size", str(len(titles)))
        counts[0].text = str(n_before + 1)

    def remove_title(self, name: str) -> None:
        titles, counts = self._titles(), self._counts()
        if titles is None:
            return
        position = next((i for i, title in enumerate(titles) if title.text == name), None)
        if position is None:
            return
        end = 0
        for count in counts:
            end += integer_or(count.text)
            if position < end:
                titles.remove(titles[position])
                titles.set("size", str(len(titles)))
                count.text = str(integer_or(count.text) - 1)
                return

    def rename_title(self, old: str, new: str) -> None:
        titles = self._titles()
        for title in () if titles is None else titles:
            if title.text == old:
                title.text = new
                return

    def _titles(self) -> etree._Element | None:
        """The vector of titles: worksheets first, then other sheets, then names."""
        if self._root is None:
            return None
        return self._root.find("{*}TitlesOfParts/{*}vector")

    def _counts(self) -> list[etree._Element]:
        return [] if self._root is None else self._root.findall("{*}HeadingPairs//{*}i4")
