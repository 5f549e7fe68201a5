#!/usr/bin/env python3
"""The mutants are enough, no two are one, src/ knows nothing of them, and each one that may survive
is still a place of the code and explained in docs/proof.md (scripts/mutate)."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import mutants

ENOUGH = 200


def complaints(root, enough=ENOUGH):
    files = mutants.sources(root)
    chosen = mutants.pick(files)
    if len(chosen) < enough:
        yield f"scripts/mutants.py finds {len(chosen)} mutants, {enough} are the least"
    if len({site.key() for site in chosen}) < len(chosen):
        yield "scripts/mutants.py gives two mutants one key"
    places = {site.key() for source in files for site in source.sites}
    for key in [*mutants.explained(root), *mutants.refused(root)]:
        if key not in places:
            yield f"tests/mutants: no place of src/ has this key any more: {key}"
    page = " ".join((root / "docs/proof.md").read_text().split())
    for key, reason in mutants.explained(root).items():
        if not reason or reason.removeprefix("Equivalent. ") not in page:
            yield f"docs/proof.md does not say why this mutant may survive: {key}"
    for source in files:
        if "mutant" in source.text.lower():
            yield f"{source.file}: mentions mutants; they are made from copies of src/"


if __name__ == "__main__":
    sys.exit("\n".join(complaints(ROOT)) or None)
