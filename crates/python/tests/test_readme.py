"""Every example of the readme runs and prints what the readme says (numbers to 0.02: generators of numpy change)."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"```python\n(.*?)```(?:\n+```text\n(.*?)```)?", re.DOTALL)
NUMBER = re.compile(r"-?\d+\.\d+")


def test_the_examples_print_what_the_readme_says(root, monkeypatch):
    monkeypatch.chdir(root)
    names: dict = {}
    examples = BLOCK.findall(README.read_text(encoding="utf-8"))
    assert len(examples) >= 7
    for code, expected in examples:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(README), "exec"), names)
        for came, said in zip(printed.getvalue().split(), expected.split(), strict=True):
            if NUMBER.fullmatch(said):
                assert float(came) == pytest.approx(float(said), abs=0.02), code
            else:
                assert came == said, code
