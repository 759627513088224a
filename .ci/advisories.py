"""Hold the packages of lock files against a copy of https://github.com/RustSec/advisory-db, without network.

usage: advisories.py REPOSITORY LOCK...

REPOSITORY is a clone of that database, bare or not. Exits with the advisories that stand against a version that is locked; those that only inform
(unmaintained, unsound …) are told. Needs git; Python 3.11 or later.
"""
import re
import subprocess
import sys
import tomllib


def git(repository, *arguments):
    return subprocess.run(["git", "-C", repository, *arguments], capture_output=True, text=True, check=True).stdout


def numbers(version):
    """Of a version, or of as much of one as a requirement gives."""
    return tuple(int(part or 0) for part in re.match(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?", version).groups())


def meets(requirement, version):
    """Whether a version meets a requirement as Cargo reads it."""
    for part in requirement.split(","):
        sign, least = re.match(r"\s*(>=|<=|>|<|=|\^|~)?\s*(\S+)", part).groups()
        least = major, minor, patch = numbers(least)
        beyond = (major + 1, 0, 0) if major else (0, minor + 1, 0) if minor else (0, 0, patch + 1)
        holds = {
            None: least <= version < beyond,
            "^": least <= version < beyond,
            "~": least <= version < (major, minor + 1, 0),
            ">=": version >= least,
            "<=": version <= least,
            ">": version > least,
            "<": version < least,
            "=": version == least,
        }
        if not holds[sign]:
            return False
    return True


def main():
    repository, *locks = sys.argv[1:]
    locked = {}
    for lock in locks:
        with open(lock, "rb") as file:
            for package in tomllib.load(file)["package"]:
                locked.setdefault(package["name"], set()).add(package["version"])
    against, looked_at = [], 0
    for path in git(repository, "ls-tree", "-r", "--name-only", "HEAD", "crates").split():
        name = path.split("/")[1]
        if name not in locked or not path.endswith(".md"):
            continue
        looked_at += 1
        text = git(repository, "show", f"HEAD:{path}")
        told = tomllib.loads(re.search(r"```toml\n(.*?)```", text, re.DOTALL).group(1))
        advisory, versions = told["advisory"], told.get("versions", {})
        sound = versions.get("patched", []) + versions.get("unaffected", [])
        for version in sorted(locked[name]):
            if advisory.get("withdrawn") or any(meets(requirement, numbers(version)) for requirement in sound):
                continue
            line = f"{advisory['id']}  {name} {version}  {advisory.get('informational', '')}"
            print(line)
            if "informational" not in advisory:
                against.append(line)
    day = git(repository, "log", "-1", "--format=%cs").strip()
    if against:
        sys.exit(f"{len(against)} advisories stand against locked packages")
    print(f"ok  {looked_at} advisories (as of {day}) on {len(locked)} packages")


main()
