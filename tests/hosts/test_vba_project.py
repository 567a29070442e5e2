"""vbaProject.bin: read back by olevba and olefile, and by rules of the specifications."""

from __future__ import annotations

import io
import random
import re
import struct

import olefile
import pytest
from oletools.olevba import decompress_stream

from tests.hosts.random_modules import differences, random_project, read_back
from xlportfolio.addin.compound_file import Storage, Stream, compound_file
from xlportfolio.addin.vba_compression import compress, lacking_bytes
from xlportfolio.addin.vba_project import Module, stored_source, vba_project
from xlportfolio.errors import InputError

CODE = (
    "Option Explicit\n\nPublic Function Twice(cost)\n    Twice = 2 * cost ' \u00a3\nEnd Function\n"
)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        (
            b"abcdefghijklmnopqrstuv.",
            "0119B000616263646566676800696A6B6C6D6E6F70007172737475762E",
        ),
        (b"a" * 73, "0103B002614500"),
    ],
    ids=["literals", "one long copy"],
)
def test_compression_gives_the_bytes_of_the_specification(text: bytes, stored: str) -> None:
    """[MS-OVBA] 3.2.1 and 3.2.3."""
    assert compress(text) == bytes.fromhex(stored)


def test_text_of_the_specification_takes_no_more_bytes_than_there_and_is_read_back() -> None:
    """[MS-OVBA] 3.2.2, where another of equally long copies is taken, takes 51 bytes."""
    text = b"#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa"
    stored = compress(text)
    assert len(stored) == 51
    assert bytes(decompress_stream(bytearray(stored))) == text


@pytest.mark.parametrize("length", [1, 3640, 4096, 4097, 8191 - 455, 8192, 3 * 4096])
def test_noise_that_fills_its_chunks_or_fits_is_read_back(length: int) -> None:
    noise = random.Random(length).randbytes(length)
    assert lacking_bytes(noise) == 0
    assert bytes(decompress_stream(bytearray(compress(noise)))) == noise


def test_noise_that_ends_within_a_chunk_lacks_bytes_and_is_refused() -> None:
    noise = random.Random(2).randbytes(4000)
    assert lacking_bytes(noise) == 96
    with pytest.raises(InputError, match="last 4000 bytes of the text cannot be compressed"):
        compress(noise)


def test_module_of_noise_gets_blank_lines_until_it_can_be_stored() -> None:
    letters = [chr(code) for code in (*range(33, 127), *range(161, 256))]
    chance = random.Random(3)
    noise = "\n".join("'" + "".join(chance.choices(letters, k=900)) for _ in range(4))
    noise += "\n'" + "".join(chance.choices(letters, k=300))
    module = Module("Noise", noise)
    text = stored_source(module)
    assert len(text) in (4096, 4097)
    assert text.rstrip("\r\n") == 'Attribute VB_Name = "Noise"\r\n' + noise.replace("\n", "\r\n")
    assert read_back(vba_project("Project1", [module]))["Noise.bas"] == text


def test_modules_of_each_kind_are_read_back_with_their_attributes() -> None:
    exported = (
        'VERSION 1.0 CLASS\nBEGIN\n  MultiUse = -1\nEND\nAttribute VB_Name = "Kept"\n'
        "Attribute VB_PredeclaredId = True\n" + CODE
    )
    modules = [
        Module("ThisWorkbook", "", "workbook"),
        Module("Sheet1", "", "worksheet"),
        Module("Costs", CODE),
        Module("Plain", CODE, "class"),
        Module("Kept", exported, "class"),
    ]
    found = read_back(vba_project("Portfolio", modules))
    body = CODE.replace("\n", "\r\n")
    assert found["Costs.bas"] == 'Attribute VB_Name = "Costs"\r\n' + body
    assert found["Plain.cls"].endswith("Attribute VB_Exposed = False\r\n" + body)
    assert found["Kept.cls"] == (
        'Attribute VB_Name = "Kept"\r\nAttribute VB_PredeclaredId = True\r\n' + body
    )
    assert "{00020819-0000-0000-C000-000000000046}" in found["ThisWorkbook.cls"]
    assert "{00020820-0000-0000-C000-000000000046}" in found["Sheet1.cls"]


@pytest.mark.parametrize("seed", range(50))
def test_random_project_is_read_back_identically(seed: int) -> None:
    assert differences(random_project(seed)) == []


def test_project_says_that_it_is_neither_compiled_nor_protected() -> None:
    data = vba_project("Portfolio", [Module("Costs", CODE)])
    with olefile.OleFileIO(io.BytesIO(data)) as compound:
        assert compound.openstream("VBA/_VBA_PROJECT").read() == bytes.fromhex("CC61FFFF000100")
        project = compound.openstream("PROJECT").read().decode("cp1252")
        names = compound.openstream("PROJECTwm").read()
    values = dict(re.findall(r'^(ID|CMG|DPB|GC)="(.*)"\r$', project, re.MULTILINE))
    assert unhidden(values["CMG"], values["ID"]) == bytes(4)
    assert unhidden(values["DPB"], values["ID"]) == b"\0"
    assert unhidden(values["GC"], values["ID"]) == b"\xff"
    assert names == b"Costs\0" + "Costs".encode("utf-16-le") + b"\0\0\0\0"


def unhidden(text: str, project_id: str) -> bytes:
    """[MS-OVBA] 2.4.3.3, from its reading side; the key's sum is as in Office's own projects."""
    seed, version, key, *rest = bytes.fromhex(text)
    assert seed ^ version == 2
    assert seed ^ key == sum(project_id.encode()) % 256
    previous, last, plain = version, key, seed ^ key
    out = []
    for byte in rest:
        out.append(byte ^ (previous + plain) % 256)
        previous, last, plain = last, byte, out[-1]
    data = bytes(out[(seed & 6) // 2 :])
    assert struct.unpack("<I", data[:4])[0] == len(data) - 4
    return data[4:]


@pytest.mark.parametrize("n_streams", [1, 2, 3, 7, 8, 40])
def test_streams_of_every_size_are_found_in_a_compound_file(n_streams: int) -> None:
    sizes = (0, 1, 63, 64, 65, 4095, 4096, 4097, 70_000)
    streams = tuple(
        Stream(f"stream{number}", bytes([number % 256]) * sizes[number % len(sizes)])
        for number in range(n_streams)
    )
    data = compound_file((Storage("inner", streams), *streams))
    assert len(data) % 512 == 0
    with olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_UNSURE) as compound:
        assert len(compound.listdir()) == 2 * n_streams
        for stream in streams:
            # its own search walks the tree by name as Windows does
            assert compound.openstream(["inner", stream.name]).read() == stream.data
            assert compound.openstream(stream.name).read() == stream.data


def test_compound_file_of_more_than_7_mb_is_refused() -> None:
    with pytest.raises(InputError, match="cannot hold more than 7 MB"):
        compound_file((Stream("large", bytes(7_200_000)),))


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        ([Module("1st", "")], 'cannot be called "1st"'),
        ([Module("M" * 32, "")], "at most 31"),
        ([Module("Costs", ""), Module("COSTS", "")], "called COSTS; rename one"),
        ([Module("project1", "")], "called project1; rename one"),
        ([Module("Costs", "'\n'" + "x" * 1023)], "Line 3 of the module Costs has 1024"),
        ([Module("Costs", "' \u2265")], 'Line 2 of the module Costs holds "\u2265"'),
        ([Module("Costs", "' \0")], "holds a null character"),
        ([Module("Costs", 'Attribute VB_Name = "Other"')], "Costs calls itself otherwise"),
    ],
)
def test_what_vba_cannot_hold_is_refused(modules: list[Module], message: str) -> None:
    with pytest.raises(InputError, match=message):
        vba_project("Project1", modules)
