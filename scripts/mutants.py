#!/usr/bin/env python3
"""scripts/mutants.py [--out FOLDER]

Picks the mutants of src/core, src/strategy and src/sim and prints them, or, with --out, writes copies
of these three layers into FOLDER in which each mutant is a choice at run time (tests/mutants/
mutant.hpp). scripts/mutate compiles them and runs the tests; docs/proof.md tells the whole.

The sources are read as text: comments, literals, constants, declarations and assertions are masked,
and what is left of function bodies is searched for places of twelve kinds. Which of these places are
taken depends on their text alone, never on line numbers, a clock or chance.
"""

import argparse
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LAYERS = ("core", "strategy", "sim")
# One mutant for so many characters within bodies of functions: about 260 in all, and what is written
# in one file leaves those of the others as they are.
SPARSITY = 1300

# What is not the engine's behaviour, and so no test's business: hints to the cache and the allocator,
# and what stands around a knob of `sabotage`.
UNJUDGED = re.compile(r"\b(prefetch|reserve|foresee_fill|shrink_to_fit|keep_hash|unreachable|sabotage)\b")
# These words make a dropped guard a "dedupe" and a dropped call a "join": the two mistakes that the
# founding incidents were made of, so each has its share.
DEDUPE = re.compile(r"known|news|duplicat|seen|already|told|repeat")
JOIN = re.compile(r"^\W*(join\w*|on_\w+|book_\w+|claim\w*|absorb|keep_\w+|note_\w+|refresh|touch)\b")
NO_STATEMENT = re.compile(r"(return|if|while|for|switch|else|do|case|throw|static_cast|const|auto)\b")
FIRST = ("dedupe dropped", "join skipped")

OPERATORS = {"<": "Less", "<=": "AtMost", ">": "Greater", ">=": "AtLeast", "==": "Equal",
             "!=": "Different", "+": "Plus", "-": "Minus"}
TURNED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "+": "-", "-": "+",
          "&&": "||", "||": "&&", "min": "max", "max": "min", "earlier": "later",
          "later": "earlier"}


@dataclass
class Site:
    """One mutant: `piece` takes the place of the text from begin to end; @ in it is the id."""
    file: str
    line: int
    kind: str
    before: str
    after: str
    begin: int
    end: int
    piece: str
    id: int = 0

    def key(self):
        return f"{self.file} | {self.kind} | {self.before} | {self.after}"


def masked(text):
    """The text, equally long, with comments, literals and preprocessor lines as blanks. A string is
    left as quotes around x, so that it is still seen to be a string."""
    out = list(text)

    def blank(begin, end, filler=" "):
        for at in range(begin, end):
            if out[at] != "\n":
                out[at] = filler

    token = re.compile(r'//[^\n]*|/\*.*?\*/|R"\((?:.*?)\)"|"(?:\\.|[^"\\\n])*"'
                       r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'|^[ \t]*#(?:\\\n|[^\n])*", re.S | re.M)
    for found in token.finditer(text):
        if found.group()[0] in "\"'R":
            blank(found.start() + 1, found.end() - 1, "x")
        else:
            blank(found.start(), found.end())
    return "".join(out)


def closing(code, at):
    """Index of what closes the bracket at `at`."""
    pairs = {"(": ")", "{": "}", "[": "]"}
    depth = 0
    for i in range(at, len(code)):
        if code[i] in pairs:
            depth += 1
        elif code[i] in ")}]":
            depth -= 1
            if depth == 0:
                return i
    raise ValueError("a bracket is not closed")


def without_constants(code):
    """Blanks out what is no run-time behaviour: constexpr, templates' heads, types, assertions."""
    out = list(code)

    def blank(begin, end):
        for at in range(begin, end):
            if out[at] not in "\n{}":
                out[at] = " "

    word = re.compile(r"\b(constexpr|consteval|static_assert|KEEL_ASSERT|using|typedef|enum|template)\b")
    for found in word.finditer(code):
        if found.group() == "template":
            end, depth = found.end(), 0
            while True:
                depth += {"<": 1, ">": -1}.get(code[end], 0)
                end += 1
                if depth == 0 and code[end - 1] == ">":
                    break
            blank(found.start(), end)
            continue
        if found.group() == "constexpr" and code.endswith("if ", 0, found.start()):
            continue
        end = found.end()
        while code[end] not in ";{":
            end = closing(code, end) + 1 if code[end] in "([" else end + 1
        blank(found.start(), closing(code, end) if code[end] == "{" else end)
    # A knob of `sabotage` is a mutant already, written by hand and off in every run but its test's.
    for found in re.finditer(r"\bsabotage\b", code):
        begin = max(code.rfind(c, 0, found.start()) for c in ";{}") + 1
        end = operand_end(code, begin, ())
        while code[end] != ";" and code[end] != "}":
            end = operand_end(code, end + 1, ())
        body = code.find("{", found.start(), end)
        blank(begin, closing(code, body) if body >= 0 else end)
    return "".join(out)


def function_bodies(code):
    """For each character, whether it lies within the body of a function."""
    inside = bytearray(len(code))
    stack = []
    since = 0
    for at, c in enumerate(code):
        if stack and stack[-1]:
            inside[at] = 1
        if c == "{":
            head = code[since:at]
            if re.search(r"\b(namespace|struct|class|enum|union)\b", head) and "(" not in head:
                stack.append(False)
            elif stack and stack[-1]:
                stack.append(True)
            else:
                stack.append("(" in head)
            since = at + 1
        elif c == "}":
            if stack:
                stack.pop()
            since = at + 1
        elif c == ";":
            since = at + 1
    return inside


def operand_end(code, at, stops):
    """Where the operand that begins at `at` ends: at one of `stops`, or a bracket closes it."""
    while at < len(code):
        if code[at] in "([{":
            at = closing(code, at) + 1
            continue
        if code[at] in ")]};,?" or (code[at] == ":" and code[at + 1] != ":" and code[at - 1] != ":"):
            return at
        if any(code.startswith(stop, at) for stop in stops):
            return at
        at += 1
    return at


def operand_begin(code, at, stops):
    """Where the operand that ends before `at` begins."""
    depth = 0
    while at > 0:
        c = code[at - 1]
        if c in ")]}":
            depth += 1
        elif c in "([{":
            if depth == 0:
                return at
            depth -= 1
        elif depth == 0:
            if c in ";,?" or (c == ":" and code[at - 2] != ":" and code[at] != ":"):
                return at
            if c == "=" and code[at - 2] not in "=!<>" and code[at] != "=":
                return at
            if code.endswith(("return", *stops), 0, at):
                return at
        at -= 1
    return at


class Source:
    def __init__(self, path, root):
        self.file = str(path.relative_to(root))
        self.text = path.read_text()
        self.code = without_constants(masked(self.text))
        self.inside = function_bodies(self.code)
        self.sites = []
        self.find_operators()
        self.find_logic()
        self.find_extremes()
        self.find_conditions()
        self.find_statements()
        self.find_constants()
        seen = {}
        for site in self.sites:  # equal places are told apart by their order
            number = seen[site.key()] = seen.get(site.key(), 0) + 1
            if number > 1:
                site.after += f" (#{number})"

    def add(self, kind, begin, end, piece, after, before=None, in_line=False):
        """`before` and `after` are for the reader; a token is shown within its line."""
        text = self.text
        if not self.inside[begin] or UNJUDGED.search(text[begin:end]):
            return
        if in_line:
            first, last = text.rfind("\n", 0, begin) + 1, text.find("\n", end)
            before, after = text[first:last], text[first:begin] + after + text[end:last]
        before, after = (" ".join(t.split()) for t in (before or text[begin:end], after))
        line = text.count("\n", 0, begin) + 1
        self.sites.append(Site(self.file, line, kind, before, after, begin, end, piece))

    def find_operators(self):
        for found in re.finditer(r"(?<=[\w)\]}]) (<=?|>=?|==|!=|\+|-)(?=\s)", self.code):
            op, at, end = found.group(1), found.start(1), found.end(1)
            if self.code.endswith(("return", "operator", "case"), 0, found.start()):
                continue
            # Times and texts have no sum, or no difference, of their type.
            rest = self.text[end:end + 60].lstrip()
            line = self.text[self.text.rfind("\n", 0, at) + 1:at]
            if op in "+-" and ('"' in rest.split(";")[0] or '"' in line or "std::string" in line):
                continue
            kind = {"+": "plus-minus", "-": "plus-minus", "==": "equal",
                    "!=": "equal"}.get(op, "boundary")
            self.add(kind, at, end, f"{op} keel::mutant::{OPERATORS[op]}{{@}} {op}", TURNED[op],
                     in_line=True)

    def find_logic(self):
        for found in re.finditer(r"\s(&&|\|\|)\s", self.code):
            op, at, end = found.group(1), found.start(1), found.end(1)
            # && binds closer: its operands end at either, those of || at the next ||.
            first = operand_begin(self.code, at, ("||",) if op == "&&" else ())
            last = operand_end(self.code, end, ("&&", "||") if op == "&&" else ("||",))
            first += len(self.code[first:at]) - len(self.code[first:at].lstrip())
            last -= len(self.code[end:last]) - len(self.code[end:last].rstrip())
            left, right = self.text[first:at].strip(), self.text[end:last].strip()
            if re.search(r"\b(const|auto)\b", left) or not left or not right:
                continue
            turned = TURNED[op]
            both = f"(({left}) {turned} ({right})) : (({left}) {op} ({right}))"
            self.add("and-or", first, last, f"(keel::mutant::is(@) ? {both})",
                     f"{left} {turned} {right}")
            drop = f"keel::mutant::is(@) || ({right})"
            if op == "||":
                drop = f"!keel::mutant::is(@) && ({right})"
            self.add("condition dropped", last - len(right), last, f"({drop})",
                     "true" if op == "&&" else "false")

    def find_extremes(self):
        for found in re.finditer(r"(?<![\w.>:])(?:std::)?(min|max|earlier|later)\((?!\{)", self.code):
            name = found.group(1)
            struct = "Smaller" if name in ("min", "earlier") else "Larger"
            at, end = found.start(), found.end() - 1
            self.add("min-max", at, end, f"keel::mutant::{struct}{{@}}", TURNED[name],
                     in_line=True)

    def find_conditions(self):
        for found in re.finditer(r"\b(if|while) \(", self.code):
            opens = found.end() - 1
            closes = closing(self.code, opens)
            begin = opens + 1
            for at in range(opens + 1, closes):
                if self.code[at] == ";":
                    begin = at + 1
            while self.code[begin].isspace():
                begin += 1
            condition = self.text[begin:closes]
            if re.match(r"(const|auto)\b", condition) or not condition.strip():
                continue
            self.add("condition negated", begin, closes,
                     f"keel::mutant::is(@) != static_cast<bool>({condition})", f"!({condition})")
            after = self.code[closes + 1:].lstrip()
            guard = re.match(r"(\{\s*)?(return\b|continue;|break;)", after)
            if guard and found.group(1) == "if":
                kind = "dedupe dropped" if DEDUPE.search(condition) else "guard dropped"
                stop = self.code.index(";", closes) + 1
                self.add(kind, begin, closes, f"!keel::mutant::is(@) && ({condition})",
                         "(nothing)", before=self.text[found.start():stop])

    def find_statements(self):
        # A call or an assignment that is a statement of its own.
        name = r"[A-Za-z_]\w*(?:(?:::|\.|->|\(\)\.)[A-Za-z_]\w*|\[[^\];]*\])*"
        start = re.compile(rf"(?:(?<=[;{{}})])|(?<=else))\s+({name})\s*(\(|=(?!=)|\+=|-=|\|=)")
        for found in start.finditer(self.code):
            begin, is_call = found.start(1), found.group(2) == "("
            is_asked_for = self.code.endswith("requires {", 0, found.start())
            if is_asked_for or NO_STATEMENT.match(found.group(1)):
                continue
            if is_call:
                end = closing(self.code, found.end() - 1) + 1
            else:
                end = self.code.find(";", begin)
                if self.code[operand_end(self.code, begin, ())] not in ";?":
                    continue
            lambda_within = re.search(r"\[&[^]]*\].*\{", self.code[begin:end], re.S)
            if self.code[end] != ";" or lambda_within:
                continue
            is_join = is_call and JOIN.match(found.group(1))
            self.add("join skipped" if is_join else "statement dropped", begin, end + 1,
                     "{ if (!keel::mutant::is(@)) " + self.text[begin:end + 1] + " }", "(nothing)")

    def find_constants(self):
        number = re.compile(r"(?:(?<=[\w)\]] \+ )|(?<=[\w)\]] - )|(?<=== )|(?<=!= )|(?<=< )|(?<=> )|"
                            r"(?<=>= )|(?<=<= )|(?<=return )|(?<=Lots\{)|(?<=Ticks\{)|(?<=Money\{)|"
                            r"(?<=Units\{)|(?<=Duration\{)|(?<=nanoseconds\())([01])(?=[;,)\s\]}])")
        for found in number.finditer(self.code):
            at, end = found.span(1)
            value = found.group(1)
            other = {"0": "1", "1": "2" if self.code[at - 2] in "+<" else "0"}[value]
            self.add("constant", at, end, f"(keel::mutant::is(@) ? {other} : {value})", other,
                     in_line=True)
        for found in re.finditer(r"(?<=return )(true|false)(?=;)", self.code):
            at, end = found.span(1)
            other = "false" if found.group(1) == "true" else "true"
            self.add("constant", at, end, f"(keel::mutant::is(@) != {found.group(1)})", other,
                     in_line=True)


def sources(root=ROOT):
    """The files of the three layers, each with all its places."""
    files = [p for layer in LAYERS for p in (root / "src" / layer).rglob("*.[ch]pp")]
    return [Source(p, root) for p in sorted(files)]


def refused(root=ROOT):
    """Keys of mutants that are no C++."""
    lines = (root / "tests/mutants/refused.txt").read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def explained(root=ROOT):
    """The mutants that may survive, by key, and why: a key on a line, below it the reason on lines
    that begin with blanks. Where that begins with `Equivalent.`, no test can tell it from the engine."""
    reasons, key = {}, ""
    for line in (root / "tests/mutants/explained.txt").read_text().splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if line[0].isspace():
            reasons[key] = f"{reasons[key]} {line.strip()}".strip()
        else:
            key = line
            reasons[key] = ""
    return reasons


def pick(files, never=frozenset()):
    """Of all places some: to each file its share by size, in each file the kinds in turn."""
    taken = []
    for source in files:
        kinds = {}
        for site in source.sites:
            if site.key() not in never:
                kinds.setdefault(site.kind, []).append(site)
        order = sorted(kinds, key=lambda kind: (kind not in FIRST, rank(source.file + kind)))
        for kind in order:
            kinds[kind].sort(key=lambda site: rank(site.key()))
        owed = round(sum(source.inside) / SPARSITY)
        here = []
        while len(here) < owed and any(kinds.values()):
            for kind in order:
                if len(here) == owed or not kinds[kind]:
                    continue
                site = kinds[kind].pop(0)
                if all(site.end <= other.begin or other.end <= site.begin for other in here):
                    here.append(site)
        taken += sorted(here, key=lambda site: site.begin)
    for number, site in enumerate(taken, 1):
        site.id = number
    return taken


def rank(text):
    return hashlib.sha256(text.encode()).hexdigest()


def chosen():
    return pick(sources(), refused())


def mutated(source, sites):
    """The text of a file with its sites in it, each on the line where it was."""
    text = source.text
    for site in reversed(sites):
        # On as many lines as before: what a compiler says names the line in src/.
        flat = site.piece if "//" in site.piece else " ".join(site.piece.split("\n"))
        missing = text.count("\n", site.begin, site.end) - flat.count("\n")
        flat = flat.replace("@", str(site.id)) + "\n" * missing
        text = text[:site.begin] + flat + text[site.end:]
    if not sites:
        return text
    text = f'#include "mutant.hpp"\n#line 1 "{source.file}"\n' + text
    return "#pragma once\n" + text.replace("#pragma once", "") if "#pragma once" in text else text


def write(out):
    """Writes the mutated layers to `out`. A file that is so already is left, for the compiler."""
    files = sources()
    sites = pick(files, refused())
    texts = {"mutant.hpp": (ROOT / "tests/mutants/mutant.hpp").read_text()}
    for source in files:
        mine = [site for site in sites if site.file == source.file]
        texts[source.file.removeprefix("src/")] = mutated(source, mine)
    for name, text in texts.items():
        path = out / name
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    for path in list(out.rglob("*")):
        if path.is_file() and str(path.relative_to(out)) not in texts:
            path.unlink()
    return sites


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[1],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    for site in write(asked.out) if asked.out else chosen():
        print(f"{site.id:4} {site.file}:{site.line} {site.kind}")
        print(f"       {site.before}\n    -> {site.after}")


if __name__ == "__main__":
    main()
