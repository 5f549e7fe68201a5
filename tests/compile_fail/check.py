#!/usr/bin/env python3
"""Holds a file of tests/compile_fail/ to its promise.

x.cpp must NOT compile, and the compiler must say what the first line expects:
    // must not compile: <regular expression, for every compiler we use>
x_control.cpp, its sibling, is the same code without the mistake, and must compile: otherwise x.cpp
might fail for a reason of its own, such as a header that moved.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROMISE = re.compile(r"^// must not compile: (.+)$")


def compiles(compiler, source):
    command = [compiler, "-std=c++23", "-fsyntax-only", f"-I{ROOT}/src", f"-I{ROOT}", str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stderr


def complaint(compiler, source):
    """What is wrong with this pair of files, or None."""
    control = source.with_name(source.stem + "_control.cpp")
    lines = source.read_text().splitlines()
    promise = PROMISE.match(lines[0]) if lines else None
    if not promise:
        return f"{source.name}: its first line is not '// must not compile: <regular expression>'"
    if not control.exists():
        return f"{source.name}: its control {control.name} is missing"
    fine, said = compiles(compiler, control)
    if not fine:
        return f"{control.name}: the control does not compile:\n{said}"
    fine, said = compiles(compiler, source)
    if fine:
        return f"{source.name}: it compiles, and must not"
    if not re.search(promise[1], said):
        return f"{source.name}: it fails, but not with /{promise[1]}/:\n{said}"
    return None


def self_test(compiler):
    good, bad = "int x = 1;\n", "int x = undeclared;\n"
    first = "// must not compile: undeclared\n"
    table = [  # the file, its control, what the check must answer
        (first + bad, good, None),
        (bad, good, "first line"),
        (first + good, good, "it compiles"),
        (first + bad, bad, "control does not compile"),
        (first + bad, None, "is missing"),
        ("// must not compile: no such text\n" + bad, good, "but not with"),
    ]
    for text, control, expected in table:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "x.cpp"
            source.write_text(text)
            if control is not None:
                (Path(folder) / "x_control.cpp").write_text(control)
            answer = complaint(compiler, source)
        if (answer is None) != (expected is None) or (expected and expected not in answer):
            return f"self test: expected {expected!r}, got {answer!r} for:\n{text}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("source", nargs="?", type=Path)
    args = parser.parse_args()
    answer = self_test(args.compiler) if args.self_test else complaint(args.compiler, args.source)
    if answer:
        sys.exit(answer)


main()
