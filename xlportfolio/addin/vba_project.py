"""Writes vbaProject.bin from source text alone: [MS-OVBA] in a compound file.

Office compiles the source when it opens the project, as it holds no compiled code. The bytes
depend on the names and sources only: no clock, no chance.
"""

from __future__ import annotations

import re
import struct
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from xlportfolio.addin.compound_file import Storage, Stream, compound_file
from xlportfolio.addin.vba_compression import compress, lacking_bytes
from xlportfolio.errors import InputError

CODE_PAGE = "cp1252"
"""In which source is stored, on every machine."""

LONGEST_LINE = 1023
"""Characters that the VBA editor takes in one line."""

Kind = Literal["module", "class", "workbook", "worksheet"]

_LONGEST_NAME = 31
# Compiled by no version of Office: [MS-OVBA] 2.3.4.1 has it compile the source instead.
_NOT_COMPILED = bytes.fromhex("CC61FFFF000100")
_SEED = 0x5D  # any byte: the protection that it hides is "none"
_DOCUMENTS: dict[str, str] = {
    "workbook": "00020819-0000-0000-C000-000000000046",
    "worksheet": "00020820-0000-0000-C000-000000000046",
}
_REFERENCES = (
    (
        "stdole",
        r"*\G{00020430-0000-0000-C000-000000000046}#2.0#0#C:\Windows\System32\stdole2.tlb"
        "#OLE Automation",
    ),
    (
        "Office",
        r"*\G{2DF8D04C-5BFA-101B-BDE5-00AA0044DE52}#2.0#0#C:\Program Files\Common Files"
        r"\Microsoft Shared\OFFICE16\MSO.DLL#Microsoft Office 16.0 Object Library",
    ),
)


@dataclass(frozen=True)
class Module:
    """A module of a project.

    Attributes
    ----------
    name
        As the editor shows it.
    source
        Its text; the header of an exported class and `Attribute VB_Name` may be there or not.
    kind
        "workbook" and "worksheet" are the modules behind the book and its sheets.
    """

    name: str
    source: str
    kind: Kind = "module"


def stored_source(module: Module) -> str:
    """Give the text of a module as it stands in the project.

    Parameters
    ----------
    module
        As it was written.

    Returns
    -------
    With its attributes, lines that end in CR LF, and blank lines at the end in the rare case
    that the text could not be stored without them (see `vba_compression.lacking_bytes`).

    Raises
    ------
    InputError
        If its name is none for VBA, a line is too long, or a character is not in Windows-1252.
    """
    _check_module_name(module.name)
    lines = re.split(r"\r\n|\r|\n", module.source)
    if module.kind == "class" and lines[0].startswith("VERSION "):
        # what the editor exports before the attributes, and never stores
        lines = lines[lines.index("END") + 1 :]
    if not lines[0].startswith("Attribute VB_Name"):
        lines = [*_attributes(module), *lines]
    elif lines[0] != f'Attribute VB_Name = "{module.name}"':
        raise InputError(f"The module {module.name} calls itself otherwise: {lines[0]}.")
    while lines and not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines, start=1):
        _check_line(module.name, number, line)
    text = "".join(line + "\r\n" for line in lines)
    lacking = lacking_bytes(text.encode(CODE_PAGE))
    return text + "\r\n" * -(-lacking // 2)


def vba_project(name: str, modules: Sequence[Module]) -> bytes:
    """Write a VBA project.

    Parameters
    ----------
    name
        Of the project, as the editor shows it.
    modules
        In the order in which the editor lists them.

    Returns
    -------
    The content of vbaProject.bin; the same for the same modules.

    Raises
    ------
    InputError
        If a name cannot be used or is there twice, a module cannot be stored (see
        `stored_source`), or all of it is too large.
    """
    _check_module_name(name)
    taken = {name.lower()}
    for module in modules:
        if module.name.lower() in taken:
            raise InputError(
                f"Two parts of the VBA project are called {module.name}; rename one of them."
            )
        taken.add(module.name.lower())
    sources = [
        Stream(module.name, compress(stored_source(module).encode(CODE_PAGE))) for module in modules
    ]
    project_id = "{" + str(uuid.uuid5(uuid.NAMESPACE_DNS, f"xlportfolio.{name}")).upper() + "}"
    return compound_file(
        (
            Storage(
                "VBA",
                (
                    Stream("_VBA_PROJECT", _NOT_COMPILED),
                    Stream("dir", compress(_directory(name, modules))),
                    *sources,
                ),
            ),
            Stream("PROJECT", _project(name, modules, project_id)),
            Stream("PROJECTwm", _name_map(modules)),
        )
    )


def _check_module_name(name: str) -> None:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) or len(name) > _LONGEST_NAME:
        raise InputError(
            f'A part of a VBA project cannot be called "{name}"; expected a letter, then letters, '
            f"digits and underscores, at most {_LONGEST_NAME} in all."
        )


def _check_line(module: str, number: int, line: str) -> None:
    if len(line) > LONGEST_LINE:
        raise InputError(
            f"Line {number} of the module {module} has {len(line)} characters; the VBA editor "
            f"takes {LONGEST_LINE}. Split it."
        )
    try:
        line.encode(CODE_PAGE)
    except UnicodeEncodeError as error:
        raise InputError(
            f'Line {number} of the module {module} holds "{line[error.start]}", which VBA source '
            "cannot hold; write it in another way."
        ) from None
    if "\0" in line:
        raise InputError(f"Line {number} of the module {module} holds a null character.")


def _attributes(module: Module) -> list[str]:
    """What the editor hides at the top of a module: [MS-VBAL] 4.2."""
    name = f'Attribute VB_Name = "{module.name}"'
    if module.kind == "module":
        return [name]
    is_document = module.kind in _DOCUMENTS
    base = [f'Attribute VB_Base = "0{{{_DOCUMENTS[module.kind]}}}"'] if is_document else []
    return [
        name,
        *base,
        "Attribute VB_GlobalNameSpace = False",
        "Attribute VB_Creatable = False",
        f"Attribute VB_PredeclaredId = {is_document}",
        f"Attribute VB_Exposed = {is_document}",
        *(["Attribute VB_TemplateDerived = False"] if is_document else []),
        *(["Attribute VB_Customizable = True"] if is_document else []),
    ]


def _record(identifier: int, data: bytes) -> bytes:
    return struct.pack("<HI", identifier, len(data)) + data


def _text_records(identifier: int, wide_identifier: int, text: str) -> bytes:
    """A text in the code page and in Unicode, as most records want it."""
    return _record(identifier, text.encode(CODE_PAGE)) + _record(
        wide_identifier, text.encode("utf-16-le")
    )


def _directory(name: str, modules: Sequence[Module]) -> bytes:
    """The dir stream before compression: [MS-OVBA] 2.3.4.2."""
    long, short = "<I", "<H"
    parts = [
        _record(0x01, struct.pack(long, 1)),  # system: 32 bits, as Office itself writes
        _record(0x02, struct.pack(long, 0x409)),  # language
        _record(0x14, struct.pack(long, 0x409)),
        _record(0x03, struct.pack(short, 1252)),  # code page
        _record(0x04, name.encode(CODE_PAGE)),
        _text_records(0x05, 0x40, ""),  # description
        _record(0x06, b"") + _record(0x3D, b""),  # help file
        _record(0x07, struct.pack(long, 0)),  # help context
        _record(0x08, struct.pack(long, 0)),  # library flags
        struct.pack("<HIIH", 0x09, 4, 1, 1),  # version, which does not count its last field
        _text_records(0x0C, 0x3C, ""),  # constants
    ]
    for reference, library in _REFERENCES:
        encoded = library.encode(CODE_PAGE)
        body = struct.pack(long, len(encoded)) + encoded + struct.pack("<IH", 0, 0)
        parts.append(_text_records(0x16, 0x3E, reference) + _record(0x0D, body))
    parts.append(_record(0x0F, struct.pack(short, len(modules))))
    parts.append(_record(0x13, struct.pack(short, 0xFFFF)))  # cookie
    for module in modules:
        parts += [
            _text_records(0x19, 0x47, module.name),
            _text_records(0x1A, 0x32, module.name),  # its stream
            _text_records(0x1C, 0x48, ""),
            _record(0x31, struct.pack(long, 0)),  # its source begins at once
            _record(0x1E, struct.pack(long, 0)),
            _record(0x2C, struct.pack(short, 0xFFFF)),
            _record(0x21 if module.kind == "module" else 0x22, b""),
            _record(0x2B, b""),
        ]
    return b"".join(parts) + _record(0x10, b"")


def _project(name: str, modules: Sequence[Module], project_id: str) -> bytes:
    """The PROJECT stream: [MS-OVBA] 2.3.1."""
    listed = []
    for module in modules:
        if module.kind in _DOCUMENTS:
            listed.append(f"Document={module.name}/&H00000000")
        else:
            listed.append(f"{'Class' if module.kind == 'class' else 'Module'}={module.name}")
    lines = [
        f'ID="{project_id}"',
        *listed,
        f'Name="{name}"',
        'HelpContextID="0"',
        'VersionCompatible32="393222000"',
        f'CMG="{_hidden(bytes(4), project_id)}"',  # not protected
        f'DPB="{_hidden(bytes(1), project_id)}"',  # no password
        f'GC="{_hidden(bytes([0xFF]), project_id)}"',  # visible
        "",
        "[Host Extender Info]",
        "&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000",
        "",
        "[Workspace]",
        *(f"{module.name}=0, 0, 0, 0, C" for module in modules),
    ]
    return "".join(line + "\r\n" for line in lines).encode(CODE_PAGE)


def _hidden(data: bytes, project_id: str) -> str:
    """Data as the PROJECT stream scrambles it: [MS-OVBA] 2.4.3.2."""
    key = sum(project_id.encode("ascii")) & 0xFF
    out = [_SEED, _SEED ^ 2, _SEED ^ key]
    before, last, plain = out[1], out[2], key
    for byte in [_SEED] * ((_SEED & 6) // 2) + list(struct.pack("<I", len(data)) + data):
        out.append(byte ^ (before + plain & 0xFF))
        before, last, plain = last, out[-1], byte
    return "".join(f"{byte:02X}" for byte in out)


def _name_map(modules: Sequence[Module]) -> bytes:
    """The PROJECTwm stream: [MS-OVBA] 2.3.3."""
    pairs = [
        module.name.encode(CODE_PAGE) + b"\0" + module.name.encode("utf-16-le") + b"\0\0"
        for module in modules
    ]
    return b"".join(pairs) + b"\0\0"
