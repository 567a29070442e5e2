"""Runs Basic in LibreOffice, in a profile of its own, as VBA would run in Excel."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from xml.sax.saxutils import escape

SECONDS = 90

_DTD = "-//OpenOffice.org//DTD OfficeDocument 1.0//EN"


def run_basic(program: Path, folder: Path, modules: dict[str, str], macro: str) -> list[str]:
    """Run a Sub that writes lines to the file that the constant ANSWERS names; the lines.

    Parameters
    ----------
    program
        LibreOffice's.
    folder
        Where the profile goes.
    modules
        Source by name; %ANSWERS% in it stands for the file.
    macro
        "Module.Sub".

    Raises
    ------
    AssertionError
        If it wrote nothing, or not within the time.
    """
    answers = folder / "answers.txt"
    library = folder / "profile" / "user" / "basic" / "Standard"
    # The first start of a profile makes its libraries, and runs no macro.
    _run(program, folder, "--terminate_after_init")
    for name, source in modules.items():
        text = "Option VBASupport 1\n" + source.replace("%ANSWERS%", str(answers))
        (library / f"{name}.xba").write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<!DOCTYPE script:module PUBLIC "{_DTD}" "module.dtd">\n'
            '<script:module xmlns:script="http://openoffice.org/2000/script" '
            f'script:name="{name}" script:language="StarBasic">{escape(text)}</script:module>',
            encoding="utf-8",
        )
    elements = "".join(f'<library:element library:name="{name}"/>' for name in modules)
    (library / "script.xlb").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<!DOCTYPE library:library PUBLIC "{_DTD}" "library.dtd">\n'
        '<library:library xmlns:library="http://openoffice.org/2000/library" '
        'library:name="Standard" library:readonly="false" library:passwordprotected="false">'
        f"{elements}</library:library>",
        encoding="utf-8",
    )
    told = _run(program, folder, f"macro:///Standard.{macro}")
    assert answers.is_file(), f"Basic wrote nothing: {told}"
    return answers.read_text(encoding="utf-8").splitlines()


def _run(program: Path, folder: Path, *arguments: str) -> str:
    command = [
        str(program),
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        *("--headless", "--norestore", "--nologo", "--nofirststartwizard"),
        *arguments,
    ]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "SAL_USE_VCLPLUGIN": "svp"},
        start_new_session=True,
    ) as process:
        try:
            told, _ = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            told = f"no end within {SECONDS} s"
    return told
