"""Run what a page tells its reader to run, and hold what it says comes out against what does.

usage: documents.py FAIRDRAW PAGE...

Each page is run from its beginning in a folder of its own, its blocks of `sh` one after the other, with the folder of FAIRDRAW first in the
search path. Where a block of `text` follows a block of `sh`, its lines stand among what the block printed, in this order; a line `…` stands for any
lines. Blanks at the ends of lines do not count. Exits with a message at the first thing that is not so. Standard library only.
"""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(program, page):
    """The number of blocks of a page."""
    text = page.read_text(encoding="utf-8")
    environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}
    printed, blocks = None, 0
    with tempfile.TemporaryDirectory() as home:
        for kind, block in BLOCK.findall(text):
            if kind == "text" and printed is not None:
                compare(page, block, printed)
                printed = None
            if kind != "sh":
                continue
            command = ["bash", "-euo", "pipefail", "-c", block]
            ran = subprocess.run(command, cwd=home, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            printed = ran.stdout.decode()
            if ran.returncode != 0:
                sys.exit(f"{page}: exit code {ran.returncode} of\n{block}\n{printed}")
            blocks += 1
    return blocks


def compare(page, wanted, printed):
    """Ends the program unless the lines stand in what was printed."""
    lines = [line.rstrip() for line in printed.splitlines()]
    at = 0
    for line in (line.rstrip() for line in wanted.splitlines()):
        if line == "…":
            continue
        if line not in lines[at:]:
            sys.exit(f"{page}: {line!r} does not come out, or not in this order, of\n{printed}")
        at = lines.index(line, at) + 1


def main():
    program, pages = Path(sys.argv[1]).resolve(), [Path(name) for name in sys.argv[2:]]
    for page in pages:
        print(f"ok  {run(program, page)} blocks of {page}")


main()
