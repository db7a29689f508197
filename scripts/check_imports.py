#!/usr/bin/env python3
"""Holds each target's imports against the dependencies that the manifest declares for it, tests included: equal, or an error."""

import json
import pathlib
import re
import subprocess
import sys

# An import inside `#if` is indented, and has a level; text of other languages in a Swift string has none.
IMPORT = re.compile(
    r"^(?:| *(?:@\w+ )*(?:public |package |internal |private ))import (?:(?:struct|class|enum|protocol|func|var|typealias) )?(\w+)", re.M
)
# Part of every toolchain.
SYSTEM = {"Foundation", "Synchronization", "Testing", "Glibc", "Dispatch", "Swift", "PackageDescription"}
# Tests run these programs and import nothing of them.
RUN_BY_TESTS = {"AddAMeasure", "CarryAVector", "CompareTwoSpaces"}


def imports_of(folder: pathlib.Path) -> set[str]:
    return {name for file in folder.rglob("*.swift") for name in IMPORT.findall(file.read_text())} - SYSTEM


def declared_by(target: dict) -> set[str]:
    """Names of targets and products, whichever kind of dependency the manifest uses."""
    return {next(iter(dependency.values()))[0] for dependency in target["dependencies"]}


def main() -> int:
    package = json.loads(subprocess.run(["swift", "package", "dump-package"], capture_output=True, check=True, text=True).stdout)
    wrong = 0
    for target in package["targets"]:
        is_test = target["type"] == "test"
        folder = pathlib.Path(target.get("path") or f"{'Tests' if is_test else 'Sources'}/{target['name']}")
        if not any(folder.rglob("*.swift")):
            continue
        imported, declared = imports_of(folder), declared_by(target)
        for name in sorted(imported - declared - {target["name"]}):
            wrong += 1
            print(f"{target['name']} imports {name} and does not declare it")
        for name in sorted(declared - imported - (RUN_BY_TESTS if is_test else set())):
            wrong += 1
            print(f"{target['name']} declares {name} and does not import it")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
