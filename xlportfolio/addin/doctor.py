"""Look at whether Excel can load the add-in and compute with it, and say how to mend what is wrong.

Every finding was provoked on a stand-in for a Windows machine; none was seen on one with Excel.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

from xlportfolio import __version__
from xlportfolio.addin.build import FILE_NAME
from xlportfolio.addin.disabled_items import DisabledItem, disabled_items
from xlportfolio.addin.environment import hash_of
from xlportfolio.addin.excel_found import Excel, find_excel
from xlportfolio.addin.installation import (
    AddinError,
    excel_key,
    file_of,
    is_named_like_ours,
    is_ours,
    is_same,
    is_signed,
    is_there,
    places,
    reason,
    recorded,
    second_folders,
    shared_copy,
    start_values,
    startup_folder,
    vba_of,
    versions_of_excel,
)
from xlportfolio.addin.installing import Build
from xlportfolio.addin.machine import Environment, Library, Machine
from xlportfolio.addin.trust import trust_findings
from xlportfolio.diagnosis import Diagnosis, Finding, fine, note, wrong
from xlportfolio.errors import PortfolioError

INSTALL = "Run: xlportfolio addin install"
REPAIR = "Run: xlportfolio addin doctor --repair"
_XLWINGS_ANEW = "pip install --force-reinstall --no-deps xlwings"
_DLL = ".dll"


def examine(machine: Machine | None, environment: Environment, build: Build) -> Diagnosis:
    """Look at everything that the add-in needs, as far as it can be looked at here.

    Parameters
    ----------
    machine
        With Windows; None where there is none.
    environment
        The Python that runs.
    build
        Writes the add-in to a file, for an interpreter.

    Raises
    ------
    AddinError
        If Windows does not say where the user's folders are.
    """
    found = list(_python(environment))
    if machine is None:
        found += _sources(environment)
        found.append(_building(environment, build, "")[0])
        found.append(
            note(
                "excel",
                "Excel for Windows is not here, so its add-ins, settings and library cannot be "
                "looked at; run this there, too.",
            )
        )
        return Diagnosis(tuple(found))
    excel = find_excel(machine)
    own = startup_folder(machine) / FILE_NAME
    file = own if is_there(own) else shared_copy(machine) or own
    found += _excel(excel)
    found += _libraries(machine, environment, excel)
    found += _sources(environment)
    built, content = _building(environment, build, environment.interpreter)
    found.append(built)
    found += _installed(machine, environment, file, content)
    found += _other_copies(machine, file)
    found += trust_findings(machine, file)
    found += _disabled(machine)
    return Diagnosis(tuple(found))


def mend(machine: Machine, environment: Environment) -> tuple[str, ...]:
    """Mend what is ours to mend: marks of the web on our files, and the add-in being disabled.

    Parameters
    ----------
    machine
        With Windows.
    environment
        The Python that runs.

    Returns
    -------
    A sentence for each thing that was mended.

    Raises
    ------
    AddinError
        If Windows does not allow it.
    """
    done = []
    libraries = [one.file for one in environment.libraries if one.name.endswith(_DLL)]
    try:
        for file in [*libraries, *(one for one in places(machine) if is_ours(one))]:
            if machine.is_marked(file):
                machine.unmark(file)
                done.append(f'"{file}" is not blocked any more.')
        for item in _disabled_of_ours(machine):
            machine.delete_value(item.key, item.name)
            done.append("Excel does not keep the add-in disabled any more; start it again.")
    except OSError as error:
        raise AddinError(
            f"Windows did not allow the repair ({reason(error)}). Close Excel and run this again, "
            "or ask your IT."
        ) from error
    return tuple(done)


def _python(environment: Environment) -> Iterator[Finding]:
    yield fine(
        "python",
        f"Python {environment.version} with {environment.bits} bits computes: "
        f"{environment.interpreter}.",
    )
    for package in environment.lacking:
        told = (
            f"{package} is not here, or does not load. Run: "
            f'"{environment.interpreter}" -m pip install --force-reinstall {package}'
        )
        yield wrong("packages", told)
    if not environment.lacking:
        yield fine("packages", "The packages that Excel needs load.")


def _excel(excel: Excel | None) -> Iterator[Finding]:
    if excel is None:
        told = "There is no Excel on this machine. Install Excel 2021 or Microsoft 365."
        yield wrong("excel", told)
        return
    yield fine("excel", f"{excel}.")
    if excel.is_from_store:
        # add-in-express.com/creating-addins-blog/2019/02/27/office-from-store-issues
        told = (
            "This Excel is the package of the Microsoft Store, which keeps copies of files and "
            "settings to itself and may load an old add-in. Uninstall it and install Office from "
            "office.com."
        )
        yield wrong("store", told)
    if excel.lacks_spills:
        told = (
            f"Excel {excel.year} does not let a formula fill several cells by itself: mark the "
            "cells, type the formula and press Ctrl+Shift+Enter; from Excel 2021 on it does."
        )
        yield note("spills", told)


# -- what Excel loads ------------------------------------------------------------------------------


def _libraries(
    machine: Machine, environment: Environment, excel: Excel | None
) -> Iterator[Finding]:
    """The library of xlwings has Excel's bits; the Python that it starts may have others."""
    wanted = (excel.bits,) if excel is not None and excel.bits else (64, 32)
    for bits in wanted:
        named = [one for one in environment.libraries if one.name.startswith(f"xlwings{bits}-")]
        if not named:
            told = (
                f"xlwings here has no library for an Excel with {bits} bits. Run: {_XLWINGS_ANEW}"
            )
            yield wrong("library", told)
        for library in named:
            yield _library(machine, environment, library)


def _library(machine: Machine, environment: Environment, library: Library) -> Finding:
    shown = f'"{library.file}"'
    digest = hash_of(library.file)
    if not library.file.is_file():
        told = (
            f"{shown} was installed and is gone: most likely an antivirus program took it. Have it "
            f"restored and excepted from scanning, or run: {_XLWINGS_ANEW}"
        )
        return wrong("library", told)
    if not digest:
        told = (
            f"{shown} cannot be read: most likely an antivirus program holds it. Have it "
            "excepted from scanning."
        )
        return wrong("library", told)
    if library.hash and digest != library.hash:
        told = (
            f"{shown} is not as it was installed: it was damaged or replaced, maybe by an "
            f"antivirus program. Run: {_XLWINGS_ANEW}"
        )
        return wrong("library", told)
    if machine.is_marked(library.file):
        told = f"{shown} is blocked, as it came from the internet. {REPAIR}"
        return wrong("library", told)
    beside = Path(environment.interpreter).parent
    if not any(is_same(library.file.parent, folder) for folder in (beside, beside.parent)):
        told = (
            f"{shown} is neither in the folder of {environment.interpreter} nor in the one above, "
            f"where the add-in looks. Run: {_XLWINGS_ANEW}"
        )
        return wrong("library", told)
    return fine("library", f"Excel can load {shown}, which is as it was installed.")


def _sources(environment: Environment) -> Iterator[Finding]:
    """What the add-in is made of."""
    for source in environment.libraries:
        if source.name.endswith(_DLL):
            continue
        if source.hash and hash_of(source.file) != source.hash:
            told = f'"{source.file}" is not as it was installed. Run: {_XLWINGS_ANEW}'
            yield wrong("vba", told)
        else:
            yield fine("vba", "The VBA of xlwings is as it was installed.")


def _building(environment: Environment, build: Build, interpreter: str) -> tuple[Finding, bytes]:
    with tempfile.TemporaryDirectory(prefix="xlportfolio-") as folder:
        try:
            built = build(Path(folder) / FILE_NAME, interpreter)
            content = built.file.read_bytes()
        except PortfolioError as problem:
            return wrong("build", str(problem)), b""
    return fine("build", f"The add-in can be built, with {built.n_functions} cell functions."), (
        content
    )


# -- what is installed -----------------------------------------------------------------------------


def _installed(
    machine: Machine, environment: Environment, file: Path, content: bytes
) -> Iterator[Finding]:
    if not is_there(file):
        yield wrong("installed", f'The add-in is not installed: "{file}" is not there. {INSTALL}')
        return
    if not is_ours(file):
        told = (
            f'"{file}" is not an add-in that xlportfolio made. Move it elsewhere, then run: '
            "xlportfolio addin install"
        )
        yield wrong("installed", told)
        return
    if machine.is_marked(file):
        told = f'"{file}" is blocked, as it came from the internet. {REPAIR}'
        yield wrong("blocked", told)
    record = recorded()
    if record is None or not is_same(Path(record.file), file):
        yield _copied(file, content)
        return
    problems = list(_out_of_date(machine, environment, file, content))
    yield from problems
    if all(one.is_fine for one in problems):
        yield fine("installed", f'The add-in is installed: "{file}", version {record.version}.')


def _copied(file: Path, content: bytes) -> Finding:
    """An add-in of ours that `install` did not put there: by hand, or by an IT for everybody."""
    signed = ", and signed" if is_signed(file) else ""
    if content and vba_of(file) == _vba_in(content):
        told = f'"{file}" was copied there{signed}; it is what this environment builds.'
        return fine("installed", told)
    if signed:
        told = (
            f'"{file}" was copied there and signed; it is not what this environment builds. If '
            "cells do not compute, ask whoever signed it for an up-to-date one."
        )
        return note("installed", told)
    told = f'"{file}" was copied there by hand, and is not what this environment builds. {INSTALL}'
    return wrong("installed", told)


def _vba_in(content: bytes) -> bytes:
    with tempfile.TemporaryDirectory(prefix="xlportfolio-") as folder:
        file = Path(folder) / FILE_NAME
        file.write_bytes(content)
        return vba_of(file)


def _out_of_date(
    machine: Machine, environment: Environment, file: Path, content: bytes
) -> Iterator[Finding]:
    record = recorded()
    if record is None:
        return
    if record.version != __version__:
        told = f"The add-in is of version {record.version}; this is {__version__}. {INSTALL}"
        yield wrong("version", told)
    if not machine.is_program(record.interpreter):
        told = f'The Python "{record.interpreter}" that it starts is not there any more. {INSTALL}'
        yield wrong("interpreter", told)
    elif PureWindowsPath(record.interpreter) != PureWindowsPath(environment.interpreter):
        told = (
            f'It starts the Python of another environment, "{record.interpreter}". To have this '
            "one compute, run: xlportfolio addin install"
        )
        yield wrong("interpreter", told)
    elif hash_of(file) != record.hash:
        told = (
            f'"{file}" was changed after it was installed. If nobody signed it on purpose, run: '
            "xlportfolio addin install"
        )
        yield note("changed", told)
    elif record.version == __version__ and content and _hash(content) != record.hash:
        told = f"The add-in is not up to date with the functions that are installed. {INSTALL}"
        yield wrong("version", told)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _other_copies(machine: Machine, file: Path) -> Iterator[Finding]:
    n_copies = 0
    for copy in places(machine):
        if not is_same(copy, file) and is_there(copy):
            n_copies += 1
            told = (
                f'Another {FILE_NAME} lies in "{copy.parent}", and Excel opens one of that name. '
                "Run: xlportfolio addin uninstall, then: xlportfolio addin install"
                if is_ours(copy)
                else f'Another file lies in "{copy.parent}" under the name {FILE_NAME}, and Excel '
                "opens one of that name. It is not ours: move it elsewhere."
            )
            yield wrong("copies", told)
    for version in versions_of_excel(machine):
        for name, text in start_values(machine, version):
            if is_named_like_ours(file_of(text)):
                n_copies += 1
                told = (
                    f"Excel is also told to load {file_of(text)} (the value {name} of "
                    f"HKCU\\{excel_key(version, 'Options')}): under File > Options > Add-ins > "
                    "Manage: Excel Add-ins > Go, untick it."
                )
                yield wrong("copies", told)
    for second in second_folders(machine):
        if not is_same(second.folder, file.parent):
            told = (
                f'Excel also opens every file in "{second.folder}" when it starts (File > Options '
                "> Advanced > At startup); the add-in does not need that."
            )
            yield note("startup", told)
    if not n_copies:
        yield fine("copies", "There is no second copy of the add-in.")


def _disabled(machine: Machine) -> Iterator[Finding]:
    items = list(_disabled_of_ours(machine))
    if items:
        told = (
            "Excel disabled the add-in after a crash: under File > Options > Add-ins > Manage: "
            f"Disabled Items > Go, enable it. Or run: {REPAIR.removeprefix('Run: ')}"
        )
        yield wrong("disabled", told)
    else:
        yield fine("disabled", "Excel has not disabled the add-in.")


def _disabled_of_ours(machine: Machine) -> Iterator[DisabledItem]:
    for version in versions_of_excel(machine):
        for item in disabled_items(machine, version):
            if is_named_like_ours(item.path):
                yield item
