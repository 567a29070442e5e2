"""Links to other files: how formulas name them, and how one is taken out with its part.

A formula names another file by a number in brackets, which counts the <externalReference> elements
of the workbook (ECMA-376 part 1, 18.2.9 and 18.14): so only the last of them can go without
changing what the numbers of others mean. A function of an add-in is called `[1]!PF_SCORE(...)`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from lxml import etree

from xlportfolio.workbook.container.opc import WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.relationships import (
    ContentTypes,
    parse_xml,
    relationship_id,
    relationships_path,
    serialise,
)
from xlportfolio.workbook.editing.formulas import formula_tokens

_KIND = "externalLink"
_NO_FORMULAS = ("docProps/", "xl/sharedStrings", "xl/externalLinks/", "xl/theme/", "xl/media/")


@dataclass(frozen=True)
class ExternalLink:
    r"""One link of a workbook to another file.

    Attributes
    ----------
    number
        By which formulas name it, from 1.
    part
        That describes it.
    target
        Where the file is, as the workbook stores it: "file:///C:\Users\ann\x.xlam"; "" for a link
        to something else, such as DDE.
    kind
        "externalLinkPath", or "xlStartup" where the target lies in whatever folder Excel starts
        with, "xlAlternateStartup", "xlLibrary", "xlPathMissing" ([MS-OI29500] 2.1.1801).
    """

    number: int
    part: str
    target: str
    kind: str

    @property
    def file_name(self) -> str:
        """Of the target, without its folder."""
        return posixpath.basename(unquote(self.target).replace("\\", "/"))


def external_links(index: WorkbookIndex) -> list[ExternalLink]:
    """Every link of a workbook, in the order of their numbers.

    Parameters
    ----------
    index
        Of the workbook.
    """
    found = []
    related = {one.id: one for one in index.relationships().by_type(_KIND) if not one.external}
    for number, element in enumerate(_references(_root(index.package, index.part)), 1):
        link = related.get(relationship_id(element))
        target = kind = ""
        if link is not None and index.package.has(link.target):
            outward = [one for one in index.relationships(link.target) if one.external]
            if outward:
                target, kind = outward[0].target, outward[0].kind
        found.append(ExternalLink(number, "" if link is None else link.target, target, kind))
    return found


def without_file(
    text: str, is_taken_out: Callable[[str], bool], is_function: Callable[[str], bool]
) -> str:
    r"""Write calls of functions in another file as calls of functions that are just there.

    Parameters
    ----------
    text
        A formula as stored, without "=".
    is_taken_out
        Asked of what stands before the "!", without quotation marks: "[1]", "C:\Add-ins\x.xlam".
    is_function
        Asked of the function behind it.

    Examples
    --------
    >>> without_file(
    ...     "SUM([1]!PF_RANK(A1:A9))+[1]Plan!A1+[2]!PF_RANK(A1)&\"[1]!PF_RANK(\"",
    ...     lambda file: file == "[1]",
    ...     lambda name: name.startswith("PF_"),
    ... )
    'SUM(PF_RANK(A1:A9))+[1]Plan!A1+[2]!PF_RANK(A1)&"[1]!PF_RANK("'
    """
    if "!" not in text:
        return text
    tokens = list(formula_tokens(text))
    written = []
    i = 0
    while i < len(tokens):
        kind, token = tokens[i]
        after, file = i + 1, ""
        if kind == "bracket" and after < len(tokens) and tokens[after][1] == "!":
            after, file = i + 2, token
        elif kind in ("sheet", "word") and token.endswith("!"):
            file = token[:-1].removeprefix("'").removesuffix("'").replace("''", "'")
        is_call = file and after < len(tokens) and tokens[after][0] in ("function", "word")
        if is_call and is_function(tokens[after][1]) and is_taken_out(file):
            i = after
            continue
        written.append(token)
        i += 1
    return "".join(written)


def take_out_unused(index: WorkbookIndex, numbers: Collection[int]) -> list[int]:
    """Take links out that nothing names any more, as far as that changes no other number.

    Parameters
    ----------
    index
        Of the workbook, which the caller reads anew; what was written since is seen.
    numbers
        Those that may go.

    Returns
    -------
    The numbers of those that went.
    """
    package, gone = index.package, []
    root = _root(package, index.part)
    references = _references(root)
    relationships = index.relationships()
    types = ContentTypes.load(package)
    while references and len(references) in numbers and not _is_named(package, len(references)):
        number, element = len(references), references.pop()
        link = relationships.by_id(relationship_id(element))
        parent = element.getparent()
        # A damaged or hostile file may name another part here, or one part twice.
        if link is None or link.kind != _KIND or link.external or parent is None:
            break
        if [one.target for one in relationships].count(link.target) > 1 or any(
            relationship_id(other) == link.id for other in references
        ):
            break
        parent.remove(element)
        if not references and (above := parent.getparent()) is not None:
            above.remove(parent)
        relationships.remove(link.id)
        for name in (link.target, relationships_path(link.target)):
            types.remove_override(name)
            if package.has(name):
                package.remove(name)
        gone.append(number)
    if gone:
        package.write(index.part, serialise(root))
        relationships.store()
        types.store()
    return gone


def _root(package: Package, part: str) -> etree._Element:
    return parse_xml(package.read(part), package.label(part))


def _references(root: etree._Element) -> list[etree._Element]:
    return list(root.iterfind("{*}externalReferences/{*}externalReference"))


def _is_named(package: Package, number: int) -> bool:
    """Whether a number in brackets stands in any part that can hold a formula."""
    wanted = [f"[{number}]".encode(encoding) for encoding in ("ascii", "utf-16-le")]
    longest = max(map(len, wanted))
    for part in _parts_with_formulas(package):
        end = b""
        for chunk in package.chunks(part):
            seen = end + chunk
            if any(one in seen for one in wanted):
                return True
            end = seen[-longest:]
    return False


def _parts_with_formulas(package: Package) -> Iterator[str]:
    for part in package.names:
        if part.lower().endswith((".xml", ".vml")) and not part.startswith(_NO_FORMULAS):
            yield part
