"""The pages of the documentation: links lead somewhere, commands are there, promises are tested."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from xml.etree import ElementTree

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.test_readme import commands_shown, unknown_words
from xlportfolio.macros import BUTTONS

CHECKOUT = Path(__file__).resolve().parent.parent
DOCS = CHECKOUT / "docs"
PAGES = sorted([CHECKOUT / "README.md", *DOCS.glob("*.md")])
EACH = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
SECURITY = DOCS / "security.md"
YOUR_WORKBOOK = DOCS / "your_workbook.md"


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as the pages of repositories make them."""
    headings = re.findall(r"^#+ (.*)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(text: str) -> list[str]:
    return re.findall(r"\]\((?!https?:)([^)\s]+)\)", text)


def broken(page: Path, text: str) -> list[str]:
    """The links of a text that lead nowhere."""
    found = []
    for link in links(text):
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            found.append(link)
    return found


@EACH
def test_links_lead_somewhere(page: Path) -> None:
    assert broken(page, text_of(page)) == []


def test_link_that_leads_nowhere_is_found() -> None:
    text = "[a](security.md#who-attacks) [b](security.md#nobody) [c](missing.md) [d](#what-is-not)"
    assert broken(SECURITY, text) == ["security.md#nobody", "missing.md", "#what-is-not"]


@EACH
def test_commands_that_are_shown_are_there_with_their_options(page: Path) -> None:
    shown = list(commands_shown(text_of(page)))
    assert {one: unknown for one in shown if (unknown := unknown_words(one))} == {}


def test_every_picture_is_shown_on_a_page() -> None:
    shown = {link for page in PAGES for link in links(text_of(page))}
    pictures = {path.name for path in (DOCS / "pictures").glob("*.*g")}
    assert pictures == {Path(link).name for link in shown if Path(link).parent.name == "pictures"}


@EACH
def test_readme_leads_to_every_page(page: Path) -> None:
    readme = CHECKOUT / "README.md"
    if page != readme:
        assert f"docs/{page.name}" in {link.partition("#")[0] for link in links(text_of(readme))}


# docs/security.md and docs/your_workbook.md: numbered promises, each with the tests that show it

PROMISES = {SECURITY: ("S", 20, ""), YOUR_WORKBOOK: ("W", 21, "hosts/")}
BOTH = pytest.mark.parametrize("page", PROMISES, ids=lambda page: page.name)


def promises(page: Path) -> list[str]:
    letter = PROMISES[page][0]
    return re.findall(rf"^\* \*\*({letter}\d+)\*\* ", text_of(page), re.MULTILINE)


def shown_by(page: Path) -> dict[str, list[str]]:
    letter, _, folder = PROMISES[page]
    rows = re.findall(rf"^\| ({letter}\d+) \| (.*) \|$", text_of(page), re.MULTILINE)
    return {
        number: [folder + test for test in re.findall("`([^`]+)`", tests)] for number, tests in rows
    }


@cache
def names_of_tests(file: str) -> set[str]:
    path = CHECKOUT / "tests" / file
    if not path.is_file():
        return set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@BOTH
def test_every_promise_has_its_tests(page: Path) -> None:
    letter, n_promises, _ = PROMISES[page]
    numbers = promises(page)
    assert numbers == [f"{letter}{number}" for number in range(1, n_promises + 1)]
    assert list(shown_by(page)) == numbers
    assert [number for number, tests in shown_by(page).items() if not tests] == []


@BOTH
def test_every_test_that_a_promise_names_is_there(page: Path) -> None:
    named = [test for tests in shown_by(page).values() for test in tests]
    missing = [
        test
        for test in named
        if test.partition("::")[2] not in names_of_tests(test.partition("::")[0])
    ]
    assert missing == []


def test_every_test_of_the_promises_is_named_by_one() -> None:
    file = "hosts/test_security_claims.py"
    named = {test.partition("::")[2] for tests in shown_by(SECURITY).values() for test in tests}
    assert {name for name in names_of_tests(file) if name.startswith("test_")} <= named


# docs/corporate_it.md

SYSTEMS = (
    {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
)
KINDS = {
    *("MIT", "BSD", "Apache", "PSF", "ISC", "Zlib", "CC0", "MPL", "GPL", "LGPL", "AGPL"),
    "public domain",
}


def needed_at_run_time() -> dict[str, Distribution | None]:
    """Every package that an installation needs on some system; None where it is not installed."""
    found: dict[str, Distribution | None] = {}
    wanted = ["xlportfolio"]
    while wanted:
        name = wanted.pop()
        try:
            package = distribution(name)
        except PackageNotFoundError:
            package = None
        found[name] = package
        for line in (package.requires or []) if package else []:
            need = Requirement(line)
            applies = need.marker is None or any(
                need.marker.evaluate({**system, "extra": ""}) for system in SYSTEMS
            )
            if applies and canonicalize_name(need.name) not in found:
                wanted.append(canonicalize_name(need.name))
    del found["xlportfolio"]
    return found


def kinds_of(text: str) -> set[str]:
    """The kinds of licences that a text names."""
    return {kind for kind in KINDS if re.search(rf"(?<![A-Za-z]){kind}", text, re.IGNORECASE)}


def said_by(package: Distribution) -> str:
    """What a package says of its licence: by an expression, a line, or a classifier."""
    told = package.metadata
    line = (told.get("License") or "").splitlines()
    classified = [c for c in told.get_all("Classifier") or [] if c.startswith("License")]
    return "; ".join([told.get("License-Expression") or "", *line[:1], *classified]).replace(
        "Python Software Foundation", "PSF"
    )


def licences_on_the_page() -> dict[str, str]:
    rows = re.findall(
        r"^\| ([\w-]+) \| ([^|]+) \| [^|]+ \|$",
        text_of(DOCS / "corporate_it.md").partition("## Licences")[2],
        re.MULTILINE,
    )
    return {canonicalize_name(name): licence for name, licence in rows if name != "package"}


def test_every_package_that_is_needed_stands_on_the_page_with_its_licence() -> None:
    listed = licences_on_the_page()
    needed = needed_at_run_time()
    assert len(needed) > 15 and {"pywin32", "colorama", "numpy"} <= needed.keys()
    assert sorted(needed.keys() - listed.keys()) == []
    for name, package in needed.items():
        if package is not None:
            said = kinds_of(said_by(package))
            assert said, (name, said_by(package))
            assert said <= kinds_of(listed[name]), (name, said_by(package), listed[name])


def test_licence_that_is_another_than_the_page_says_would_be_found() -> None:
    assert kinds_of("BSD 3-clause") == {"BSD"}
    assert kinds_of("License :: OSI Approved :: GNU GPL v3; LGPL-2.1") == {"GPL", "LGPL"}
    assert kinds_of("Proprietary, with limits") == set()


# docs/ribbon.md


def test_picture_and_list_of_the_buttons_are_those_of_the_ribbon() -> None:
    done = subprocess.run(
        [sys.executable, str(DOCS / "build.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_button_is_drawn_and_described_once() -> None:
    picture = ElementTree.fromstring((DOCS / "pictures" / "ribbon.svg").read_bytes())
    drawn = [element.text or "" for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    words = " ".join(drawn)
    page = text_of(DOCS / "ribbon.md")
    for button in BUTTONS:
        assert button.label in words, button.label
        assert button.key in drawn and button.group in drawn
        assert page.count(f"| **{button.label}** | {button.key} | {button.tip} |") == 1


def test_manual_check_names_buttons_that_there_are_and_ends_with_the_self_check() -> None:
    page = text_of(DOCS / "ribbon.md").partition("## The manual check")[2]
    rows = re.findall(r"^\| (\d+) \| (.*?) \| (.*) \|$", page, re.MULTILINE)
    assert [int(number) for number, _, _ in rows] == list(range(1, len(rows) + 1))
    named = re.findall(r"\*\*([^*]+)\*\*", " ".join(do for _, do, _ in rows))
    assert set(named) <= {button.label for button in BUTTONS}
    assert named[-1] == "Self-check" and "**Self-check**" in rows[-1][1]
