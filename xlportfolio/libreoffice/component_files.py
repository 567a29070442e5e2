"""The files that bring the functions into a LibreOffice.

* A user's own LibreOffice: the functions in Basic load `component_files` from a folder of its
  profile.
* A private one: `private_files` besides, which offer the short way of an add-in; put
  `configuration_item(registry)` into `<oor:items>` of the profile's registrymodifications.xcu.
"""

from __future__ import annotations

import json
import site
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from xlportfolio import __version__
from xlportfolio.cells import CellFunction, Registry
from xlportfolio.libreoffice.calc_names import ADD_IN, DISPATCH, identifier, method_name
from xlportfolio.libreoffice.worker import SECONDS

COMPONENT = "xlportfolio_component.py"
SETTINGS = "settings.json"
SERVICES = "services.rdb"
TYPES = "xlportfolio.idl"

_INSIDE = Path(__file__).parent / "inside_calc"
_BESIDE = "pythonpath/xlportfolio_inside_calc"
"""LibreOffice puts the folder pythonpath beside a component on the path of its Python."""

_CELLS = "sequence< sequence< any > >"

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def component_files(
    registry: Registry,
    command: Sequence[str],
    *,
    log: Path,
    seconds: float = SECONDS,
    starts_at_once: bool = False,
) -> dict[str, bytes]:
    """The files that the functions in Basic call, by relative name with "/".

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
    starts_at_once
        Whether the worker is started with the component, for a workbook that is known to call it.
    """
    functions = list(registry)
    settings = {
        "version": __version__,
        "command": list(command),
        "environment": worker_environment(),
        "seconds": seconds,
        "starts_at_once": starts_at_once,
        "log": str(log),
        "methods": {method_name(function.name): function.name for function in functions},
    }
    return {
        COMPONENT: (_INSIDE / "component.py").read_bytes(),
        f"{_BESIDE}/frames.py": (_INSIDE / "frames.py").read_bytes(),
        f"{_BESIDE}/worker_link.py": (_INSIDE / "worker_link.py").read_bytes(),
        SETTINGS: json.dumps(settings, indent=1).encode(),
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


def private_files(registry: Registry, folder: Path) -> dict[str, bytes]:
    """What the short way of a private LibreOffice needs besides, by relative name.

    Parameters
    ----------
    registry
        Whose functions it offers.
    folder
        Where `component_files` are written.
    """
    return {
        SERVICES: _components((folder / COMPONENT).as_uri()).encode(),
        TYPES: _types(registry).encode(),
    }


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
    """The type library: ranges go in, for Calc reads a blank as 0 where one may be anything.

    One value comes out: Calc finds a text in an array of an add-in equal to nothing.
    """
    module = ADD_IN.split(".")
    methods = "".join(
        f"    any {method_name(function.name)}("
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


def _functions(registry: Registry) -> str:
    functions = "".join(_function(function) for function in registry)
    return (
        f'<node oor:name={quoteattr(ADD_IN)} oor:op="replace"><node oor:name="AddInFunctions">'
        f"{functions}</node></node>"
    )


def _function(function: CellFunction) -> str:
    """Its entry; not under the plain name, which the function in Basic has."""
    name = method_name(function.name)
    return (
        f'<node oor:name={quoteattr(name)} oor:op="replace"><prop oor:name="DisplayName">'
        f'<value xml:lang="en">{escape(name)}</value></prop></node>'
    )
