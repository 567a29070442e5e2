"""Random VBA projects, written and read back: a few in the tests, many by hand.

python -m tests.hosts.random_modules 500

Among them are text that no compression shortens and modules of hundreds of thousands of characters.
"""

from __future__ import annotations

import io
import random
import sys
import time

import olefile
from oletools.olevba import VBA_Parser

from xlportfolio.addin.vba_compression import compress
from xlportfolio.addin.vba_project import CODE_PAGE, Kind, Module, stored_source, vba_project

_WORDS = ("Public Function", "End Function", "Dim", "As Variant", "If", "Then", "value", '"text"')
# Whatever the code page can hold beside the marks of a line's end.
_ANY = [
    letter
    for byte in range(32, 256)
    if byte != 127 and (letter := bytes([byte]).decode(CODE_PAGE, errors="ignore"))
]


_LONG = 25  # one project of so many has a very long module


def random_project(seed: int) -> list[Module]:
    """Some modules of every kind: code, repetition and noise that no compression shortens."""
    chance = random.Random(seed)
    modules = [Module("ThisWorkbook", "", "workbook"), Module("Sheet1", "", "worksheet")]
    for number in range(chance.randint(1, 12)):
        kind: Kind = chance.choice(("module", "module", "class"))
        name = f"M{number}" + "x" * chance.randint(0, 28)
        modules.append(Module(name, _source(chance), kind))
    if seed % _LONG == _LONG - 1:
        how = ("noise", "code", "mixed")[seed // _LONG % 3]
        modules.append(Module("Long", _source(chance, how, chance.randint(100_000, 400_000))))
    return modules


def _source(chance: random.Random, how: str = "", length: int = 0) -> str:
    how = how or chance.choice(("code", "noise", "repeated", "mixed"))
    if not length:
        # Ends fall before, on and behind the ends of chunks.
        length = chance.choice((0, 3641, 4000, 4096, 8192, 9_000)) + chance.randint(-60, 60)
    lines: list[str] = []
    written = 0
    while written < length:
        kind = chance.choice(("code", "noise", "repeated")) if how == "mixed" else how
        if kind == "code":
            lines.append("    " + " ".join(chance.choices(_WORDS, k=chance.randint(1, 9))))
        elif kind == "noise":
            lines.append("'" + "".join(chance.choices(_ANY, k=chance.randint(1, 1022))))
        else:
            lines.append("x" * chance.randint(1, 1023))
        written += len(lines[-1])
    return "\n".join(lines)


def read_back(data: bytes) -> dict[str, str]:
    """The source of each module, as olevba reads it."""
    parser = VBA_Parser("vbaProject.bin", data=data)
    try:
        return {name: code for _, _, name, code in parser.extract_macros()}
    finally:
        parser.close()


def differences(modules: list[Module]) -> list[str]:
    """What olevba and olefile read otherwise than it was written, in sentences."""
    data = vba_project("Fuzzed", modules)
    found = []
    if vba_project("Fuzzed", modules) != data:
        found.append("the bytes differ the second time")
    codes = {name.rsplit(".", 1)[0]: code for name, code in read_back(data).items()}
    if sorted(codes) != sorted(module.name for module in modules):
        found.append(f"the modules are {sorted(codes)}")
    for module in modules:
        if codes.get(module.name) != stored_source(module):
            found.append(f"{module.name} is read otherwise")
        lines = stored_source(module).rstrip("\r\n").split("\r\n")
        if lines[len(lines) - len(module.source.split("\n")) :] != module.source.split("\n") and (
            module.source
        ):
            found.append(f"{module.name} is stored otherwise")
    with olefile.OleFileIO(io.BytesIO(data)) as compound:
        found += [f"olefile: {problem}" for problem in compound.parsing_issues]
    return found


def looked_at(projects: list[list[Module]], seconds: float) -> str:
    """What was written and read back, in one line."""
    sources = [stored_source(one).encode(CODE_PAGE) for project in projects for one in project]
    n_stubborn = sum(len(compress(source)) > len(source) for source in sources)
    return (
        f"{len(projects)} projects with {len(sources)} modules, the longest of "
        f"{max(map(len, sources)):,} characters; {n_stubborn} that no compression shortens; "
        f"read back in {seconds:.0f} s"
    )


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    began = time.monotonic()
    tried = [random_project(seed) for seed in range(count)]
    wrong = {seed: told for seed, project in enumerate(tried) if (told := differences(project))}
    sys.stdout.write(looked_at(tried, time.monotonic() - began) + "\n")
    sys.exit("\n".join(f"seed {seed}: {told}" for seed, told in wrong.items()) or None)
