#!/usr/bin/env python3
"""Refuses what would make two runs, or two compilers, differ.

Every layer but app and net is deterministic: time is an event, chance comes from a seed, containers
have an order, and numbers are integers. App and net meet the clock, threads and people who read
floats, and nothing else of this is theirs: app makes the seeds of markets. Tests and benchmarks may
wait and measure, but what they draw must be drawn alike by every compiler. Where a line has a good reason it says so, on itself or
on the comment line above it:

    const double ratio = 0.5; // lint: allow(float) printed only

A permission that nothing needs is refused too. The rules work on the text without comments and
literals; they are a net with small holes, not a proof. The proof is scripts/determinism.
"""

import re
import sys
from pathlib import Path

MEET_THE_WORLD = {"app", "net"}
ALLOW = re.compile(r"//\s*lint: allow\((\w+)\)[ \t]*(.*)")

# name: (where, regular expression, what to do instead). "deterministic" is every layer but app and
# net; "src" is all of src; "all" is src, tests and benchmarks.
PATTERNS = {
    "unordered": ("src", r"\bunordered_(multi)?(map|set)\b", "use an ordered container"),
    "hash": ("src", r"\bstd::hash\b", "use base/hash.hpp"),
    "locale": (
        "src",
        r"\bstd::(locale|use_facet)\b|\bsetlocale\b|\bimbue\b|#include <(locale|clocale|locale\.h)>"
        r"|\bstd::sto(i|l|ll|ul|ull|f|d|ld)\b|\b(strto(l|ll|ul|ull|f|d|ld)|ato(i|l|ll|f))\s*\(",
        "use base/decimal.hpp or std::from_chars",
    ),
    "clock": (
        "deterministic",
        r"\b(system|steady|high_resolution|utc|tai|gps|file)_clock\b"
        r"|\b(clock_gettime|gettimeofday)\b|\bstd::(time|clock|localtime|gmtime|mktime)\s*\("
        r"|(?<![\w.:>])time\s*\(\s*(nullptr|NULL|0|&)",
        "time is an event",
    ),
    "thread": (
        "deterministic",
        r"\bstd::(j?thread|this_thread|async|mutex|condition_variable|atomic\w*)\b"
        r"|\bthread_local\b",
        "a deterministic layer has one thread and never waits",
    ),
    "float": (
        "deterministic",
        r"\b(float|double)\b|(?<![\w.'])\d[\d']*\.(?!\.)[\d']*|(?<![\w.'])\d[\d']*[eE][+-]?\d",
        "use an integer with its scale",
    ),
    "distribution": (
        "all",
        r"\bstd::(\w+_distribution|generate_canonical)\b",
        "the standard leaves its algorithm open; use base/rng.hpp",
    ),
    "shuffle": (
        "all",
        r"\bstd::(ranges::)?(random_)?shuffle\b|\bstd::(ranges::)?sample\b",
        "the standard leaves its algorithm open; use base/rng.hpp",
    ),
    "random": (
        "all",
        r"\brandom_device\b|\bdefault_random_engine\b|(?<![\w.>])s?rand\s*\(",
        "chance comes from a seed; use base/rng.hpp",
    ),
}

# A draw is a method of what is called rng, a function called draw..., or a call that is handed rng.
RNG = r"(?:\w*_)?rng_?"
DRAW = re.compile(
    rf"\b{RNG}(?:\[[^\]]*\])?(?:\.|->)(?!seed\b|state\b|fork\b)\w+\s*\("
    rf"|\bdraw\w*\s*\("
    rf"|[(,]\s*(?:\w+(?:\.|->))*{RNG}\s*(?=[,)])"
)


def blank(match):
    return re.sub(r"[^\n]", " ", match[0])


def code_only(text):
    """The text with comments and literals blanked out; every line keeps its number."""
    raw_string = r'R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"'
    string = r'"(?:\\.|[^"\\\n])*"'
    character = r"(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'"
    comment = r"//[^\n]*|/\*.*?\*/"
    include = r"^[ \t]*#[ \t]*include[ \t]*<[^>\n]*>"  # no literal, and it may hold a //
    everything = f"(?P<include>{include})|{raw_string}|{string}|{character}|{comment}"
    return re.sub(everything, lambda m: m[0] if m["include"] else blank(m), text, flags=re.S | re.M)


def end_of_condition(code, start):
    """Where the parenthesis that opens at `start` closes."""
    depth = 0
    for at in range(start, len(code)):
        depth += {"(": 1, ")": -1}.get(code[at], 0)
        if depth == 0:
            return at
    return len(code) - 1


def statements(code):
    """(offset, text) of what one full expression can at most span."""
    cuts = {at for at, c in enumerate(code) if c in ";{}"}
    for found in re.finditer(r"\b(?:if|while|for|switch)\s*(?:constexpr\s*)?(?=\()", code):
        cuts.add(end_of_condition(code, found.end()))
    label = r"\bcase\b[^;]*?(?<!:):(?!:)|\bdefault\s*:|\belse\b"
    cuts.update(found.end() - 1 for found in re.finditer(label, code))
    start = 0
    for cut in sorted(cuts):
        yield start, code[start : cut + 1]
        start = cut + 1
    yield start, code[start:]


def findings(code, scopes):
    """(line, rule, advice) of all that the rules of these scopes refuse."""
    line_of = lambda offset: code.count("\n", 0, offset) + 1
    for rule, (where, pattern, advice) in PATTERNS.items():
        if where in scopes:
            for found in re.finditer(pattern, code):
                yield line_of(found.start()), rule, advice
    for start, text in statements(code):
        draws = list(DRAW.finditer(text))
        if len(draws) > 1:
            yield (line_of(start + draws[1].start()), "draws",
                   "two draws in one expression: compilers order them differently; name the first")


DETERMINISTIC = frozenset({"deterministic", "src", "all"})


def complaints(text, scopes=DETERMINISTIC):
    """(line, message) for one file."""
    code = code_only(text).splitlines()
    allowed = {}  # line of code: {rule: line of the permission}
    for number, line in enumerate(text.splitlines(), 1):
        if found := ALLOW.search(line):
            target = number
            if not code[number - 1].strip():  # a line of its own speaks for the next line of code
                rest = range(number + 1, len(code) + 1)
                target = next((n for n in rest if code[n - 1].strip()), number)
            allowed.setdefault(target, {})[found[1]] = number
            if not found[2].strip():
                yield number, f"allow({found[1]}) gives no reason"
    used = set()
    for number, rule, advice in sorted(set(findings(code_only(text), scopes))):
        if rule in allowed.get(number, {}):
            used.add((number, rule))
        else:
            yield number, f"{rule}: {advice}"
    for target, permissions in allowed.items():
        for rule, number in permissions.items():
            if (target, rule) not in used:
                yield number, f"allow({rule}) permits nothing that is there; remove it"


def files(root):
    """(path, scopes) of what is held to the rules."""
    for path in sorted((root / "src").rglob("*.[ch]pp")):
        is_free = path.relative_to(root / "src").parts[0] in MEET_THE_WORLD
        yield path, DETERMINISTIC - {"deterministic"} if is_free else DETERMINISTIC
    for folder in ("tests", "bench"):
        for path in sorted((root / folder).rglob("*.[ch]pp")):
            yield path, {"all"}


def main():
    root = Path(__file__).resolve().parents[2]
    failed = 0
    for path, scopes in files(root):
        for line, message in sorted(complaints(path.read_text(), scopes)):
            print(f"{path.relative_to(root)}:{line}: {message}")
            failed += 1
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
