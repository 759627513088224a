"""Hold the licences of all packages that the binary is built from against those that may be, and list them.

usage: cargo metadata --locked --all-features --format-version 1 | licences.py

Packages are those that the binary and the wheel need on any system, build scripts and procedural macros with them. An expression of SPDX is met if one
choice of its OR has only licences of the list. Exits with the packages whose licence is none of them. Standard library only.
"""
import collections
import json
import re
import sys

ALLOWED = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC", "MIT", "MIT-0",
    "Unicode-3.0", "Unlicense", "Zlib",
}


def is_met(expression):
    """Whether an expression of SPDX can be met."""
    # Older packages write a slash for OR.
    tokens = re.findall(r"\(|\)|[^\s()/]+|/", expression)
    words = []
    for token in tokens:
        if words and words[-1].endswith(" WITH"):
            words[-1] += f" {token}"
        elif token == "WITH":
            words[-1] += " WITH"
        else:
            words.append(token)
    names = {"OR": "or", "/": "or", "AND": "and", "(": "(", ")": ")"}
    return eval(" ".join(names.get(word, str(word in ALLOWED)) for word in words), {"__builtins__": {}})


def main():
    metadata = json.load(sys.stdin)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    waiting = list(metadata["workspace_members"])
    seen = set(waiting)
    while waiting:
        for dependency in nodes[waiting.pop()]["deps"]:
            kinds = {kind["kind"] for kind in dependency["dep_kinds"]}
            if kinds != {"dev"} and dependency["pkg"] not in seen:
                seen.add(dependency["pkg"])
                waiting.append(dependency["pkg"])
    foreign = [packages[own] for own in seen if own not in metadata["workspace_members"]]
    refused = [f"{own['name']} {own['version']}: {own['license']}" for own in foreign if not own["license"] or not is_met(own["license"])]
    if refused:
        sys.exit("licences that are not on the list of .ci/licences.py:\n" + "\n".join(sorted(refused)))
    counts = collections.Counter(own["license"] for own in foreign)
    for expression, count in counts.most_common():
        print(f"{count:5} {expression}")
    print(f"ok  {len(foreign)} packages")


main()
