"""What the README shows in Python is what happens."""

from __future__ import annotations

import ast
import re
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"


def test_calls_of_the_readme_give_the_answers_beside_them() -> None:
    compared = 0
    for block in re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL):
        names: dict[str, object] = {}
        lines = block.splitlines()
        for node in ast.parse(block).body:
            code = compile(ast.Module([node], []), "README.md", "exec")
            said = lines[(node.end_lineno or 1) - 1].partition("  # ")[2]
            if isinstance(node, ast.Expr) and said:
                answer = eval(compile(ast.Expression(node.value), "README.md", "eval"), names)
                assert answer == ast.literal_eval(said)
                compared += 1
            else:
                exec(code, names)
    assert compared == 1


def test_pictures_and_pages_of_the_readme_are_there() -> None:
    text = README.read_text(encoding="utf-8")
    linked = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    assert "docs/pictures/pf_summary.png" in linked
    missing = [name for name in linked if not (README.parent / name).exists()]
    assert missing == []
