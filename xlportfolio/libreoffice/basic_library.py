"""The user's library Standard of LibreOffice Basic: our module goes in and out, theirs stay."""

from __future__ import annotations

import re
from pathlib import Path

from xlportfolio.libreoffice.basic_functions import MODULE
from xlportfolio.libreoffice.programs import OfficeError

_ENTRY = f'<library:element library:name="{MODULE}"/>'.encode()
_LINE = b" " + _ENTRY + b"\n"
_END = b"</library:library>"
_MADE_BY_US = b"' Made by xlportfolio "


def library_folder(profile: Path) -> Path:
    """Where the modules of the library Standard are.

    Parameters
    ----------
    profile
        LibreOffice's folder of the user.
    """
    return profile / "user" / "basic" / "Standard"


def module_file(profile: Path) -> Path:
    """Our module.

    Parameters
    ----------
    profile
        LibreOffice's folder of the user.
    """
    return library_folder(profile) / f"{MODULE}.xba"


def has_module(profile: Path) -> bool:
    """Whether the library lists our module and has it.

    Parameters
    ----------
    profile
        LibreOffice's folder of the user.
    """
    index = library_folder(profile) / "script.xlb"
    return module_file(profile).is_file() and index.is_file() and _ENTRY in index.read_bytes()


def put_module(profile: Path, module: str) -> None:
    """Put our module into the library, in place of an older one.

    Parameters
    ----------
    profile
        LibreOffice's folder of the user; its library exists.
    module
        As `basic_module` writes it.

    Raises
    ------
    OfficeError
        If the user has a module of that name, or the library cannot take one.
    """
    file = module_file(profile)
    if file.is_file() and _MADE_BY_US not in file.read_bytes():
        raise OfficeError(
            f'You have a module {MODULE} of your own in "{file}". Rename it in LibreOffice '
            "(Tools, Macros, Edit Macros), then install again."
        )
    index = library_folder(profile) / "script.xlb"
    listed = index.read_bytes()
    if b'passwordprotected="true"' in listed or b'readonly="true"' in listed:
        raise OfficeError(
            f'The library Standard in "{index.parent}" is protected. Take the protection off in '
            "LibreOffice (Tools, Macros, Organize Macros), then install again."
        )
    _write(file, module.encode())
    if _ENTRY not in listed:
        _write(index, _with_entry(listed, index))


def take_module(profile: Path) -> bool:
    """Take our module out again; every other byte of the library stays.

    Parameters
    ----------
    profile
        LibreOffice's folder of the user.

    Returns
    -------
    Whether there was anything of ours.
    """
    file, index = module_file(profile), library_folder(profile) / "script.xlb"
    found = False
    if index.is_file():
        listed = index.read_bytes()
        without = _without_entry(listed)
        if without != listed:
            found = True
            _write(index, without)
    if file.is_file() and _MADE_BY_US in file.read_bytes():
        found = True
        file.unlink()
    return found


def modules_with(profile: Path, functions: set[str]) -> dict[str, str]:
    """Modules of the user's own that define one of our functions, by the function's name.

    Parameters
    ----------
    profile
        LibreOffice's folder of the user.
    functions
        Names such as "PF_SCORE".
    """
    found = {}
    for file in sorted(library_folder(profile).glob("*.xba")):
        if file == module_file(profile):
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        for name in re.findall(r"(?:^|>)\s*(?:Public\s+)?Function\s+(PF_\w+)", text, re.I | re.M):
            if name.upper() in functions:
                found[name.upper()] = file.stem
    return found


def _with_entry(listed: bytes, index: Path) -> bytes:
    if _END in listed:
        start, _, end = listed.rpartition(_END)
        return start + _LINE + _END + end
    start, closed, end = listed.rpartition(b"/>")
    if not closed or b"<library:library" not in start:
        raise OfficeError(
            f'"{index}" is no library of LibreOffice Basic; open LibreOffice once so that it '
            "mends it, then install again."
        )
    return start + b">" + _ENTRY + _END + end


def _without_entry(listed: bytes) -> bytes:
    # as _with_entry put it, or wherever LibreOffice moved it since
    for put, before in ((b">" + _ENTRY + _END, b"/>"), (_LINE, b""), (_ENTRY, b"")):
        if put in listed:
            return listed.replace(put, before, 1)
    return listed


def _write(path: Path, content: bytes) -> None:
    """Replace a file at once, so that a failure leaves the one that was there."""
    beside = path.with_name(f"{path.name}.xlportfolio")
    beside.write_bytes(content)
    beside.replace(path)
