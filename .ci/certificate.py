"""Open the certificates of a draw in headless Chromium: they check themselves, find one altered digit, and answer a firm.

usage: certificate.py CHROMIUM FOLDER

FOLDER is what `fairdraw publish` wrote of a run. The pages are opened as files, with every host name mapped to nowhere; lists and
forms, where there are any, must open without a word on the console.
"""
import html
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--v=0", "--virtual-time-budget=20000",
]


def opened(browser, page, fragment=""):
    with tempfile.TemporaryDirectory() as home:
        run = subprocess.run(
            [browser, *FLAGS, f"--user-data-dir={home}", "--dump-dom", page.resolve().as_uri() + fragment],
            capture_output=True, text=True, timeout=120, check=False,
        )
    if run.returncode != 0:
        sys.exit(f"certificate.py: {page} does not open: {run.stderr[-2000:]}")
    said = [line for line in run.stderr.splitlines() if "CONSOLE" in line]
    if said:
        sys.exit(f"certificate.py: {page}: {said[:3]}")
    return run.stdout


def verdict(document):
    found = re.search(r'<p id="verdict" class="(\w+)">(.*?)</p>', document)
    return found.groups() if found else (None, None)


def main():
    browser, folder = sys.argv[1], Path(sys.argv[2])
    for name in ["certificate.html", "certificate.zh.html"]:
        page = folder / name
        source = page.read_text(encoding="utf-8")
        if re.search(r'(?:src|href)="(?!#)[^"]*"|url\([^)]*\)|@import', source):
            sys.exit(f"certificate.py: {page} refers to something outside")
        data = json.loads(re.search(r'<script id="data" type="application/json">(.*?)</script>', source, re.S).group(1))
        rows = [row for draw in data["draws"] for row in draw["rows"]]
        state, text = verdict(opened(browser, page))
        if state != "right" or str(len(rows)) not in text:
            sys.exit(f"certificate.py: {page} says {state}: {text}")

        # One digit of one ticket, and one digit of one key.
        victim = next(row for row in rows if row[3] == "drawn")
        ticket = victim[5]
        altered = ticket[:-1] + ("0" if ticket[-1] != "0" else "1")
        for old, new in [(ticket, altered), (repr(victim[7]), repr(victim[7] * 1.5))]:
            changed = folder / "altered.html"
            changed.write_text(source.replace(old, new), encoding="utf-8")
            document = opened(browser, changed)
            changed.unlink()
            state, _ = verdict(document)
            faults = re.search(r'<ul id="faults">(.*?)</ul>', document, re.S).group(1)
            if state != "wrong" or victim[0] not in faults:
                sys.exit(f"certificate.py: {page}: {old} as {new} is not found: {faults[:300]}")

        # A firm that was not drawn, from the files of probabilities; and one that is not in the registry.
        shard = next(iter(sorted((folder / "certificate-data").glob("*.js")))).read_text(encoding="utf-8")
        listed = {row[0] for row in rows}
        other = next(own for own in re.findall(r'^"([^"]+)":', shard, re.M) if own not in listed)
        for code, words in [(other, ["π = "]), (victim[0], ["π = ", ticket]), ("91500118NOSUCHFIRM", [])]:
            answer = re.search(r'<div id="answer"[^>]*>(.*?)</div>', opened(browser, page, f"#id={code}"), re.S).group(1)
            if not answer or any(word not in html.unescape(answer) for word in words):
                sys.exit(f"certificate.py: {page} answers {code} with {answer}")
        print(f"ok  {name}: {len(rows)} rows of {len(data['draws'])} draws, altered digits are named, firms are answered")

    for page in sorted([*folder.glob("lists*.html"), *folder.glob("forms*.html")]):
        source = page.read_text(encoding="utf-8")
        document = opened(browser, page)
        if re.search(r'(?:src|href)="(?!#)[^"]*"|url\([^)]*\)|@import|<script', source) or document.count("<tr") != source.count("<tr"):
            sys.exit(f"certificate.py: {page} refers to something outside, or loses rows")
        print(f"ok  {page.name}: {source.count('<table')} tables, {source.count('<tr')} rows")


main()
