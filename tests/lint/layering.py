#!/usr/bin/env python3
"""Holds every #include in src/ to the keel_layer rows of CMakeLists.txt, libraries too."""

import re
import sys
from pathlib import Path

LIBRARY_OF = {  # the start of a header's name, and the CMake target it belongs to
    "fmt/": "fmt::fmt", "simdjson": "simdjson::simdjson", "zlib.h": "ZLIB::ZLIB",
    "zip.h": "keel::libzip", "sodium": "keel::sodium", "toml++/": "keel::tomlplusplus",
    "CLI/": "CLI11::CLI11", "nlohmann/": "nlohmann_json::nlohmann_json",
}


def rows(cmake):
    """{layer: (imports, libraries)}, from the one place that states them."""
    table = {}
    for name, rest in re.findall(r"^keel_layer\(\s*(\w+)([^)]*)\)", re.sub("#.*", "", cmake), re.M):
        words = {"IMPORTS": [], "SOURCES": [], "LIBRARIES": []}
        for word in rest.split():
            if word in words:
                current = words[word]
            else:
                current.append(word)
        table[name] = (set(words["IMPORTS"]), set(words["LIBRARIES"]))
    return table


def complaints(root):
    table = rows((root / "CMakeLists.txt").read_text())
    if "venue" in table.get("sim", [set()])[0]:
        yield "CMakeLists.txt: sim must not import venue, or it shares the adapter's misreadings"
    everyones = table["base"][1]
    for path in sorted((root / "src").rglob("*.[ch]pp")):
        name = path.relative_to(root)
        layer = name.parts[1]
        if layer not in table:
            yield f"{name}: folder {layer} has no keel_layer row in CMakeLists.txt"
            continue
        imports, libraries = table[layer]
        for number, line in enumerate(path.read_text().splitlines(), 1):
            where = f"{name}:{number}"
            if found := re.match(r'\s*#\s*include\s*"([^"]+)"', line):
                if (head := found[1].split("/")[0]) not in imports | {layer} or "/" not in found[1]:
                    yield f'{where}: {layer} must not include "{found[1]}" ({head} is not imported)'
            elif found := re.match(r"\s*#\s*include\s*<([^>]+)>", line):
                library = [lib for head, lib in LIBRARY_OF.items() if found[1].startswith(head)]
                if not set(library) <= libraries | everyones:
                    yield f"{where}: {layer} must not include <{found[1]}>, its row lacks {library}"


if __name__ == "__main__":
    sys.exit("\n".join(complaints(Path(__file__).resolve().parents[2])) or None)
