"""The tab Portfolio: its XML, the VBA that it calls, and a press as it reaches a macro."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

import xlportfolio_udfs
from tests.hosts.basic_library import run_basic
from tests.hosts.ribbon_doubles import DOUBLES, as_basic
from tests.machine import CHECKOUT, Calc, Validator
from xlportfolio.addin.build import addin_modules, build_addin
from xlportfolio.addin.buttons import Button
from xlportfolio.addin.ribbon import ribbon_xml
from xlportfolio.addin.ribbon_callbacks import ribbon_module
from xlportfolio.addin.vba_project import stored_source
from xlportfolio.cells import Registry
from xlportfolio.errors import InputError
from xlportfolio.macros import BUTTONS, MACROS
from xlportfolio.workbook.rendering.marks import MARK

HERE = Path(__file__).parent
SCHEMA = etree.XMLSchema(etree.parse(HERE / "ribbon_schema.xsd"))
IMAGES = {
    line
    for line in (HERE / "office_images.txt").read_text(encoding="ascii").splitlines()
    if not line.startswith("#")
}
UI = "{http://schemas.microsoft.com/office/2006/01/customui}"

PLAIN = Button("score", "Score", "Portfolio", "SortDialog", "Scores the projects.", "S")
STRANGE = Button(
    "odd_1",
    'Größe < "Soll" & Ist',
    "R&D's <group>",
    "Help",
    'First line & "more".\nSecond <line>, € 5\u2009000, \U0001f4c8.',
    "ZZZ",
    needs="results",
    large=True,
)
SEVERAL = (
    PLAIN,
    Button("new", "New", "Begin", "FileNew", "Makes one.", "N", needs="nothing"),
    Button("level", "Level", "Portfolio", "CalendarInsert", "Levels it.", "L", large=True),
    STRANGE,
)


def parsed(*buttons: Button) -> etree._Element:
    return etree.fromstring(ribbon_xml(buttons or BUTTONS).encode("utf-8"))


# -- the XML ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("buttons", [BUTTONS, SEVERAL, (STRANGE,)])
def test_ribbon_holds_to_the_schema_of_office(buttons: tuple[Button, ...]) -> None:
    SCHEMA.assertValid(parsed(*buttons))


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("keytip", "ABCD"),
        ("supertip", "x" * 1025),
        ("label", ""),
        ("id", "1st"),
        ("id", "new"),
        ("size", "huge"),
        ("imageMso", "no name"),
        ("onClick", "Run"),
    ],
)
def test_schema_refuses_what_office_would(attribute: str, value: str) -> None:
    tree = parsed(*SEVERAL)
    tree.find(f".//{UI}button[@id='score']").set(attribute, value)
    assert not SCHEMA.validate(tree)


def test_groups_follow_their_first_buttons_and_none_is_empty() -> None:
    groups = [
        (group.get("label"), [button.get("id") for button in group])
        for group in parsed(*SEVERAL).iter(f"{UI}group")
    ]
    assert groups == [
        ("Portfolio", ["score", "level"]),
        ("Begin", ["new"]),
        ("R&D's <group>", ["odd_1"]),
    ]


def test_every_text_is_shown_as_it_was_written() -> None:
    button = parsed(*SEVERAL).find(f".//{UI}button[@id='odd_1']")
    assert dict(button.attrib) == {
        "id": "odd_1",
        "label": STRANGE.label,
        "imageMso": "Help",
        "size": "large",
        "screentip": STRANGE.label,
        "supertip": STRANGE.tip,
        "keytip": "ZZZ",
        "onAction": "PortfolioRibbon.PortfolioButton",
        "getEnabled": "PortfolioRibbon.PortfolioEnabled",
    }


def test_every_button_has_its_macro_and_a_published_image() -> None:
    assert [button.name for button in BUTTONS if button.name not in MACROS] == []
    assert {button.image for button in BUTTONS} - IMAGES == set()


@pytest.mark.parametrize(
    ("button", "problem"),
    [
        (replace(PLAIN, name="Score"), "expected a name of lower-case letters"),
        (replace(PLAIN, name=""), "expected a name of lower-case letters"),
        (replace(PLAIN, name='a"b'), "expected a name of lower-case letters"),
        (replace(PLAIN, label="x" * 1025), "its label has 1025 characters, and Office takes 1024"),
        (replace(PLAIN, tip="\U0001f4c8" * 513), "its tip has 1026 characters"),
        (replace(PLAIN, tip=" "), "its tip is blank"),
        (replace(PLAIN, group=""), "its group is blank"),
        (replace(PLAIN, label="a\nb"), "its label holds a character that does not show"),
        (replace(PLAIN, tip="a\x0bb"), "its tip holds a character that does not show"),
        (replace(PLAIN, tip="a\ud800b"), "its tip holds a character that does not show"),
        (replace(PLAIN, key="ABCD"), 'its key tip is "ABCD", expected one to three capital'),
        (replace(PLAIN, key="s"), 'its key tip is "s", expected one to three capital letters'),
        (replace(PLAIN, key=""), 'its key tip is "", expected one to three capital letters'),
        (replace(PLAIN, image="Sort Dialog"), "is no name of an image of Office"),
    ],
)
def test_button_that_office_would_not_show_is_refused_when_the_addin_is_built(
    button: Button, problem: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as refused:
        build_addin(Registry(), tmp_path / "x.xlam", buttons=(button,))
    assert str(refused.value).startswith(f'The button "{button.name}" cannot be shown: ')
    assert problem in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_buttons_that_office_could_not_tell_apart_are_refused() -> None:
    with pytest.raises(InputError, match='Two buttons are called "score"; rename one of them'):
        ribbon_xml((PLAIN, replace(PLAIN, key="T")))
    for key in ("S", "SC"):
        with pytest.raises(InputError) as refused:
            ribbon_xml((PLAIN, replace(PLAIN, name="save", key=key)))
        assert str(refused.value) == (
            f'The buttons "score" and "save" have the key tips S and {key}; expected that none '
            "begins with another."
        )
    with pytest.raises(InputError, match="has no button; expected at least one"):
        ribbon_xml(())
    many = [replace(PLAIN, group=str(number)) for number in range(101)]
    with pytest.raises(InputError, match="has 101 groups; Office shows 100"):
        ribbon_xml(many)


def test_part_of_the_ribbon_is_there_with_a_button_and_only_then(tmp_path: Path) -> None:
    registry = Registry()
    registry.add_module(xlportfolio_udfs)
    kind = "http://schemas.microsoft.com/office/2006/relationships/ui/extensibility"
    for buttons in ((), SEVERAL):
        built = build_addin(registry, tmp_path / "x.xlam", buttons=buttons)
        assert built.n_buttons == len(buttons)
        with zipfile.ZipFile(built.file) as package:
            names = set(package.namelist())
            relationships = etree.fromstring(package.read("_rels/.rels"))
            targets = [one.get("Target") for one in relationships if one.get("Type") == kind]
            assert ("customUI/customUI.xml" in names) == bool(buttons)
            assert targets == (["customUI/customUI.xml"] if buttons else [])
            if buttons:
                content = package.read("customUI/customUI.xml")
                SCHEMA.assertValid(etree.fromstring(content))
                assert content == ribbon_xml(buttons).encode("utf-8")


def test_validator_reads_the_ribbon_and_finds_nothing(validator: Validator, tmp_path: Path) -> None:
    """It has the whole schema of Office; ours has what the ribbon uses."""
    built = build_addin(Registry(), tmp_path / "x.xlam", buttons=SEVERAL)
    assert validator(built.file) == frozenset()
    broken = tmp_path / "broken.xlam"
    with zipfile.ZipFile(built.file) as package, zipfile.ZipFile(broken, "w") as other:
        for name in package.namelist():
            other.writestr(name, package.read(name).replace(b'keytip="L"', b'keytip="LONG"'))
    assert {(found.part, found.id) for found in validator(broken)} == {
        ("/customUI/customUI.xml", "Sch_AttributeValueDataTypeDetailed")
    }


# -- the VBA ---------------------------------------------------------------------------------------

SIGNATURES = {
    "onLoad": "(ribbon As IRibbonUI)",
    "onAction": "(control As IRibbonControl)",
    "getEnabled": "(control As IRibbonControl, ByRef enabled)",
}


def test_every_callback_is_there_once_with_the_signature_that_office_calls() -> None:
    subs = [
        (f"{module.name}.{name}", arguments)
        for module in addin_modules(Registry(), "", BUTTONS)
        for name, arguments in re.findall(
            r"(?m)^Public Sub (\w+)(\(.*\))\r?$", stored_source(module)
        )
    ]
    called = {
        (attribute, element.get(attribute))
        for element in parsed().iter()
        for attribute in SIGNATURES
        if element.get(attribute)
    }
    assert {attribute for attribute, _ in called} == set(SIGNATURES)
    for attribute, name in called:
        assert [given for sub, given in subs if sub == name] == [SIGNATURES[attribute]], name


def test_library_of_the_types_of_the_callbacks_is_that_which_xlwings_refers_to() -> None:
    """`IRibbonControl` and `IRibbonUI` are of MSO.DLL; without the reference nothing compiles."""
    import io

    import olefile
    import xlwings
    from oletools.olevba import decompress_stream

    from xlportfolio.addin.vba_project import vba_project

    def libraries(project: bytes) -> set[bytes]:
        with olefile.OleFileIO(io.BytesIO(project)) as compound:
            packed = bytearray(compound.openstream("VBA/dir").read())
        return set(re.findall(rb"\*\\G[^\0]+", bytes(decompress_stream(packed))))

    with zipfile.ZipFile(Path(xlwings.__file__).parent / "addin" / "xlwings.xlam") as package:
        shipped = libraries(package.read("xl/vbaProject.bin"))
    ours = libraries(vba_project("xlportfolio", addin_modules(Registry(), "", BUTTONS)))
    assert any(b"Microsoft Office 16.0 Object Library" in library for library in ours)
    assert ours <= shipped


def test_module_holds_each_button_whatever_its_label() -> None:
    module = ribbon_module(SEVERAL)
    source = stored_source(module)
    assert source.splitlines()[3] == "Option Explicit"
    assert re.findall(r'Case "(\w+)": NeedOf = "(\w+)"', source) == [
        (button.name, button.needs) for button in SEVERAL
    ]
    assert 'LabelOf = "Gr" & ChrW(246) & ChrW(223) & "e < ""Soll"" & Ist"' in source
    assert f'OUR_MARK As String = "!{MARK}"' in source


def test_no_error_of_a_callback_shows_a_dialog_of_vba() -> None:
    """What Office calls meets its errors itself, from the first statement that can raise one."""
    source = ribbon_module(BUTTONS).source
    procedures = dict(re.findall(r"(?ms)^Public Sub (\w+)\(.*?\)$(.*?)^End Sub$", source))
    assert set(procedures) == {
        *("PortfolioLoaded", "PortfolioEnabled", "PortfolioButton", "RefreshPortfolioRibbon"),
    }
    for name in set(procedures) - {"PortfolioLoaded"}:
        lines = [line.strip() for line in procedures[name].strip().splitlines()]
        before = lines[: next(n for n, line in enumerate(lines) if line.startswith("On Error"))]
        assert all(
            re.match(r"Dim |If isPythonWorking Then$|Beep$|Exit Sub$|End If$", line)
            for line in before
        ), name


@pytest.fixture(scope="module")
def told(soffice: Calc, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the generated VBA does over doubles of Excel and of the server, run by LibreOffice."""
    folder = tmp_path_factory.mktemp("ribbon")
    source = as_basic(ribbon_module(SEVERAL).source)
    lines = run_basic(soffice.program, folder, {**DOUBLES, "Scenes": source}, "Scenes.Main")
    return dict(line.split(" = ", 1) for line in lines)


@pytest.mark.parametrize(
    ("scene", "enabled"),
    [
        ("no workbook", "new"),
        ("protected view", "new"),
        ("an add-in", "new"),
        ("a workbook", "score new level"),
        ("sheets of ours", "score new level odd_1"),
        ("the last one closed", "new"),
        ("Excel that knows no protected view", "score new level"),
        ("Excel that raises", "new"),
        ("a workbook that raises", "score new level"),
        ("while Python works", ""),
    ],
)
def test_button_is_enabled_where_it_makes_sense(
    scene: str, enabled: str, told: dict[str, str]
) -> None:
    assert told[scene].split() == enabled.split()


def test_sheets_of_ours_are_looked_for_again_once_the_ribbon_is_refreshed(
    told: dict[str, str],
) -> None:
    assert told["looked up"] == "1 1 2"


@pytest.mark.parametrize(
    ("scene", "expected"),
    [
        ("press", "xlportfolio.excel press score Plan.xlsx, Esc 0, enabled"),
        ("press without a workbook", "xlportfolio.excel press new Nothing, Esc 0, enabled"),
        ("press of what needs none", "xlportfolio.excel press new Nothing, Esc 0, enabled"),
        (
            "press of what needs one",
            "| Score needs a workbook in front: bring one there, and enable editing where Excel "
            "protects it.",
        ),
        ("press while Python works", "beeps 1"),
        (
            "press that raises",
            "| Score was not done: ValueError: no module. To see why, type in a command window: "
            "xlportfolio addin doctor",
        ),
        ("press after one that raised", "xlportfolio.excel press score Plan.xlsx, Esc 0, enabled"),
        ("ribbon refreshed by a press", "2"),
        (
            "Python ended half way",
            "| Score was not done: The remote procedure call failed. Part of it may be written: if "
            "it is, press Undo last step. To see why, type in a command window: xlportfolio addin "
            "doctor",
        ),
        (
            "settings before and after",
            "-4105 True True True False, -4105 True True True False",
        ),
    ],
)
def test_press_hands_over_or_says_one_sentence(
    scene: str, expected: str, told: dict[str, str]
) -> None:
    assert told[scene].strip() == expected


# -- the press, in Python --------------------------------------------------------------------------


def test_press_reaches_the_macro_with_excel_and_the_workbook_and_looks_at_nothing() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.hosts.pressed_buttons"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout.splitlines()[-1])
    assert answer == {
        "received": [
            ["score", ["Book", "Plan é.xlsx"], "App", 8],
            ["new", None, "App", 8],
            ["broken", None, "App", 8],
        ],
        # VBA gets an object, or the text of the exception
        "answers": ["XLPythonObject", "XLPythonObject", "division by zero"],
        "asked of Excel": ["Hwnd"],
        # busy twice, asked again; no sheet, no setting, no folder
        "asked of the workbook": ["Name", "Name", "Name"],
    }
