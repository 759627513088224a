"""Open pages in headless Chromium: nothing is logged, nothing leaves the file, the texts are there.

usage: pages.py CHROMIUM FOLDER…

Each FOLDER holds report.html and report.zh.html. The pages are opened as files with every host name mapped to nowhere; the
browser's log must hold no console message and no failed request, and the text of each language must be in the document.
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# Of figures, and of a draw.
TEXTS = {
    "report.html": (["What needs action", "Detection rate", "Departments and stations"], ["Drawn against expectation", "How to check"]),
    "report.zh.html": (["问题检出率", "部门", "截至"], ["抽中与期望对照", "如何核验"]),
}
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--v=0",
]
LARGEST = 2_000_000


def main():
    browser, folders = sys.argv[1], sys.argv[2:]
    for folder in map(Path, folders):
        for name, (of_figures, of_draw) in TEXTS.items():
            page = (folder / name).resolve()
            size = page.stat().st_size
            if size > LARGEST:
                sys.exit(f"pages.py: {page} has {size} bytes, more than {LARGEST}")
            source = page.read_text(encoding="utf-8")
            outside = re.findall(r'(?:src|href)="(?!#)[^"]*"|url\([^)]*\)|@import', source)
            if outside:
                sys.exit(f"pages.py: {page} refers to {outside[:3]}")
            with tempfile.TemporaryDirectory() as home:
                run = subprocess.run(
                    [browser, *FLAGS, f"--user-data-dir={home}", "--dump-dom", page.as_uri()],
                    capture_output=True, text=True, timeout=120, check=False,
                )
            if run.returncode != 0:
                sys.exit(f"pages.py: {page} does not open: {run.stderr[-2000:]}")
            said = [line for line in run.stderr.splitlines() if "CONSOLE" in line or "ERR_" in line and "file://" in line]
            if said:
                sys.exit(f"pages.py: {page}: {said[:3]}")
            texts = of_figures if (folder / "kpi.parquet").exists() else of_draw
            missing = [text for text in texts if text not in run.stdout]
            if missing:
                sys.exit(f"pages.py: {page} does not say {missing}")
            print(f"ok  {page.parent.name}/{name}, {size} bytes")


main()
