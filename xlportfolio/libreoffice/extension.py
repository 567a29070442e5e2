"""The component that brings the functions into LibreOffice: its files, and the extension of them.

Two ways to load the same files:

* a user's own LibreOffice: the functions in Basic load them from a folder of its profile, and
  `extension` is an .oxt that unopkg installs for the function wizard;
* a private profile, without unopkg: write `component_files` and `private_files` into a folder,
  put `configuration_item(registry)` into `<oor:items>` of the profile's
  registrymodifications.xcu, and start soffice with `start_options(folder, program_folder)` in
  `start_environment()`.
"""

from __future__ import annotations

import io
import json
import os
import site
import sys
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from xlportfolio import __version__
from xlportfolio.cells import Argument, CellFunction, Registry
from xlportfolio.libreoffice.calc_names import ADD_IN, DISPATCH, identifier, method_name
from xlportfolio.libreoffice.worker import SECONDS

IDENTIFIER = "org.xlportfolio"
"""What LibreOffice calls the extension."""

COMPONENT = "xlportfolio_component.py"
COMPONENTS = "xlportfolio.components"
TYPES = "xlportfolio.idl"
SETTINGS = "settings.json"
CONFIGURATION = "CalcAddIns.xcu"

_INSIDE = Path(__file__).parent / "inside_calc"
_BESIDE = "pythonpath/xlportfolio_inside_calc"
"""LibreOffice puts the folder pythonpath beside a component on the path of its Python."""

_CELLS = "sequence< sequence< any > >"

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_OOR = "http://openoffice.org/2001/registry"


def component_files(
    registry: Registry, command: Sequence[str], *, log: Path, seconds: float = SECONDS
) -> dict[str, bytes]:
    """Every file of the component's folder, by relative name with "/".

    Parameters
    ----------
    registry
        Whose functions it offers.
    command
        That starts the worker: `worker_command()`.
    log
        Where sentences of errors are kept for the doctor.
    seconds
        How long a call may take before the worker is ended.
    """
    functions = list(registry)
    settings = {
        "version": __version__,
        "command": list(command),
        "environment": worker_environment(),
        "seconds": seconds,
        "log": str(log),
        "methods": {method_name(function.name): function.name for function in functions},
    }
    return {
        COMPONENT: (_INSIDE / "component.py").read_bytes(),
        f"{_BESIDE}/frames.py": (_INSIDE / "frames.py").read_bytes(),
        f"{_BESIDE}/worker_link.py": (_INSIDE / "worker_link.py").read_bytes(),
        SETTINGS: json.dumps(settings, indent=1).encode(),
        TYPES: _types(functions).encode(),
        COMPONENTS: _components(COMPONENT).encode(),
    }


def worker_command(seconds: float = SECONDS) -> list[str]:
    """What starts the worker: this very Python, without the folder that it is started in.

    Parameters
    ----------
    seconds
        How long a call may take.
    """
    return [sys.executable, "-P", "-m", "xlportfolio.libreoffice.worker", f"{seconds:g}"]


def worker_environment() -> dict[str, str]:
    """Where packages are that were installed for this user alone, whoever starts the worker."""
    if not site.ENABLE_USER_SITE:
        return {}
    return {"PYTHONUSERBASE": site.getuserbase()}


def extension(
    registry: Registry, command: Sequence[str], *, log: Path, seconds: float = SECONDS
) -> bytes:
    """The extension as unopkg installs it: the function wizard lists the functions with their help.

    A formula that is typed is then saved under the programmatic name, which Excel does not know.

    Parameters
    ----------
    registry, command, log, seconds
        As `component_files` takes them.
    """
    files = component_files(registry, command, log=log, seconds=seconds)
    files[CONFIGURATION] = _configuration(registry).encode()
    files["META-INF/manifest.xml"] = _manifest().encode()
    files["description.xml"] = _description().encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in sorted(files.items()):
            package.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return made.getvalue()


def private_files(folder: Path) -> dict[str, bytes]:
    """What a private profile needs besides, by relative name: the services by their full place.

    Parameters
    ----------
    folder
        Where `component_files` were written.
    """
    return {"services.rdb": _components((folder / COMPONENT).as_uri()).encode()}


def start_options(folder: Path, program_folder: Path) -> list[str]:
    """Options of soffice that load the component from a folder, without unopkg.

    Parameters
    ----------
    folder
        Where `component_files` and `private_files` were written.
    program_folder
        Of LibreOffice, such as /usr/lib/libreoffice/program: its own services stay.
    """
    program = program_folder.as_uri()
    return [
        f"-env:URE_MORE_TYPES=<{program}/types>* {(folder / TYPES).as_uri()}",
        f"-env:URE_MORE_SERVICES=<{program}/services>* {(folder / 'services.rdb').as_uri()}",
    ]


def start_environment() -> dict[str, str]:
    """The environment in which LibreOffice finds its own Python, whichever of ours is active.

    A Python inside another program looks for its library beside the first `python3` on PATH: in
    an active virtual environment it finds ours, and LibreOffice then loads no component at all.
    """
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTHON") and name != "VIRTUAL_ENV"
    }
    if sys.platform != "win32":
        own["PATH"] = "/usr/bin:/bin:/usr/sbin:/sbin"
    return own


def configuration_item(registry: Registry) -> str:
    """The `<item>` for registrymodifications.xcu that names the functions to Calc.

    Parameters
    ----------
    registry
        Whose functions.
    """
    return (
        '<item oor:path="/org.openoffice.Office.CalcAddIns/AddInInfo">'
        f"{_functions(registry)}</item>"
    )


def _types(functions: Iterable[CellFunction]) -> str:
    """The type library: Calc leaves out only what may be anything, but reads blanks there as 0."""
    module = ADD_IN.split(".")
    methods = "".join(
        f"    {_CELLS} {method_name(function.name)}("
        + ", ".join(
            f"[in] {'any' if argument.is_optional else _CELLS} {identifier(argument.name)}"
            for argument in function.arguments
        )
        + ");\n"
        for function in functions
    )
    opening = " ".join(f"module {name} {{" for name in module[:-1])
    closing = " ".join("};" for _ in module[:-1])
    interface = f"interface {module[-1]}: com::sun::star::uno::XInterface"
    return f"{opening}\n  {interface} {{\n{methods}  }};\n{closing}\n"


def _components(uri: str) -> str:
    services = "".join(
        f"<implementation name={quoteattr(service + '.Python')}>"
        f"<service name={quoteattr(service)}/></implementation>"
        for service in (DISPATCH, ADD_IN)
    )
    return (
        f'{_XML}<components xmlns="http://openoffice.org/2010/uno-components">'
        f'<component loader="com.sun.star.loader.Python" uri={quoteattr(uri)}>{services}'
        "</component></components>\n"
    )


def _configuration(registry: Registry) -> str:
    return (
        f'{_XML}<oor:component-data xmlns:oor="{_OOR}" oor:name="CalcAddIns" '
        'oor:package="org.openoffice.Office"><node oor:name="AddInInfo">'
        f"{_functions(registry)}</node></oor:component-data>\n"
    )


def _functions(registry: Registry) -> str:
    functions = "".join(_function(function) for function in registry)
    return (
        f'<node oor:name={quoteattr(ADD_IN)} oor:op="replace"><node oor:name="AddInFunctions">'
        f"{functions}</node></node>"
    )


def _function(function: CellFunction) -> str:
    arguments = "".join(
        f'<node oor:name={quoteattr(identifier(argument.name))} oor:op="replace">'
        f"{_text('DisplayName', argument.name)}{_text('Description', _help(argument))}</node>"
        for argument in function.arguments
    )
    return (
        f'<node oor:name={quoteattr(method_name(function.name))} oor:op="replace">'
        f"{_text('DisplayName', function.name)}{_text('Description', function.summary)}"
        '<prop oor:name="Category"><value>Add-In</value></prop>'
        '<prop oor:name="CompatibilityName">'
        f'<value xml:lang="en-US">{escape(function.name)}</value></prop>'
        f'<node oor:name="Parameters">{arguments}</node></node>'
    )


def _help(argument: Argument) -> str:
    unit = f" [{argument.unit}]" if argument.unit else ""
    return f"{argument.help}{unit}"


def _text(name: str, text: str) -> str:
    return f'<prop oor:name="{name}"><value xml:lang="en">{escape(text)}</value></prop>'


def _manifest() -> str:
    kinds = {
        TYPES: "application/vnd.sun.star.uno-typelibrary;type=RDB",
        COMPONENTS: "application/vnd.sun.star.uno-components",
        CONFIGURATION: "application/vnd.sun.star.configuration-data",
    }
    entries = "".join(
        f'<manifest:file-entry manifest:media-type="{kind}" manifest:full-path="{name}"/>'
        for name, kind in kinds.items()
    )
    namespace = "http://openoffice.org/2001/manifest"
    return f'{_XML}<manifest:manifest xmlns:manifest="{namespace}">{entries}</manifest:manifest>\n'


def _description() -> str:
    return (
        f'{_XML}<description xmlns="http://openoffice.org/extensions/description/2006">'
        f'<identifier value="{IDENTIFIER}"/><version value="{__version__}"/>'
        '<display-name><name lang="en">xlportfolio: the portfolio\'s cell functions</name>'
        "</display-name></description>\n"
    )
