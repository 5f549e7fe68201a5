#!/usr/bin/env python3
"""Our shell scripts are clean to shellcheck, where it is installed, and start as we start them."""

import shutil
import subprocess
import sys
from pathlib import Path


def shell_scripts(root):
    files = [*sorted((root / "scripts").iterdir()), root / ".ci/run"]
    starts = ("#!/usr/bin/env bash", "# shellcheck shell=bash")
    return [p for p in files if p.is_file() and p.read_text().startswith(starts)]


def complaints(root, scripts):
    for path in scripts:
        text = path.read_text()
        if text.startswith("#!") and "\nset -euo pipefail\n" not in text:
            yield f"{path.relative_to(root)}: it lacks the line 'set -euo pipefail'"
        if text.startswith("#!") and not path.stat().st_mode & 0o100:
            yield f"{path.relative_to(root)}: it is not executable"
    if shutil.which("shellcheck"):
        command = ["shellcheck", "--external-sources", "--source-path=SCRIPTDIR", *scripts]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            yield done.stdout + done.stderr
    else:
        print("shellcheck is not installed: its part was left out")


if __name__ == "__main__":
    top = Path(__file__).resolve().parents[2]
    sys.exit("\n".join(complaints(top, shell_scripts(top))) or None)
