#!/usr/bin/env python3
"""A page that points at a file of the project points at one that is there."""

import re
import sys
from pathlib import Path

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
SKIPPED = ("build", ".git")


def pages(root):
    return sorted(p for p in root.rglob("*.md") if p.relative_to(root).parts[0] not in SKIPPED)


def broken(root):
    """What each page points at and is not there; what lies outside is not asked for."""
    for page in pages(root):
        for target in LINK.findall(FENCE.sub("", page.read_text())):
            path = target.split("#")[0]
            if not path or re.match(r"[a-z]+:", target):
                continue
            there = (page.parent / path).resolve()
            if not there.exists():
                yield f"{page.relative_to(root)}: {target} is not there"
            elif root.resolve() not in (there, *there.parents):
                yield f"{page.relative_to(root)}: {target} lies outside the project"


if __name__ == "__main__":
    sys.exit("\n".join(broken(Path(__file__).resolve().parents[2])) or None)
