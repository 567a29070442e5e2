"""Write what is generated in the documentation: the picture of the ribbon, and its buttons.

python docs/build.py             writes it
python docs/build.py --check     1 if what is committed differs
"""

from __future__ import annotations

import sys
from pathlib import Path

from pictures.draw_ribbon import drawn

from xlportfolio.addin.ribbon import ribbon_xml
from xlportfolio.macros import BUTTONS

HERE = Path(__file__).resolve().parent
PICTURE = HERE / "pictures" / "ribbon.svg"
PAGE = HERE / "ribbon.md"
BEGIN, END = "<!-- buttons: written by docs/build.py -->", "<!-- end of buttons -->"
NEEDS = {
    "nothing": "always",
    "workbook": "a workbook is open",
    "results": "the workbook has PF sheets",
}


def buttons_section() -> str:
    """What each button does, group by group, in its own words."""
    lines: list[str] = []
    for group in dict.fromkeys(button.group for button in BUTTONS):
        lines += ["", f"### {group}", "", "| button | key | what it does | can be pressed when |"]
        lines.append("| --- | --- | --- | --- |")
        lines += [
            f"| **{one.label}** | {one.key} | {one.tip} | {NEEDS[one.needs]} |"
            for one in BUTTONS
            if one.group == group
        ]
    return "\n".join([BEGIN, *lines, "", END])


def page_with(section: str, page: str) -> str:
    """Put the section between its marks."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    return before + section + after


def main() -> int:
    page = PAGE.read_text(encoding="utf-8")
    fresh = {
        PICTURE: drawn(ribbon_xml(BUTTONS)),
        PAGE: page_with(buttons_section(), page),
    }
    stale = False
    for path, text in fresh.items():
        if "--check" not in sys.argv[1:]:
            path.write_text(text, encoding="utf-8", newline="\n")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale = True
            sys.stderr.write(f"{path} differs; run python docs/build.py and commit it.\n")
    return int(stale)


if __name__ == "__main__":
    raise SystemExit(main())
