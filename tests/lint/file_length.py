#!/usr/bin/env python3
"""One subject a file: over 400 lines in src/ is mentioned, over 600 refused."""

import sys
from pathlib import Path

MENTIONED, REFUSED = 400, 600


def lengths(root):
    """(lines, path) of the files that are too long, longest first."""
    files = [(len(p.read_text().splitlines()), p) for p in (root / "src").rglob("*.[ch]pp")]
    return sorted(((n, p.relative_to(root)) for n, p in files if n > MENTIONED), reverse=True)


if __name__ == "__main__":
    long = lengths(Path(__file__).resolve().parents[2])
    for lines, path in long:
        print(f"{path}: {lines} lines; is it one subject? ({REFUSED} is the most)")
    sys.exit(1 if long and long[0][0] > REFUSED else 0)
