#!/usr/bin/env python3
"""Shows that every lint rule fires on what it is for, and lets its harmless neighbour pass.

self_test.py [layering|determinism|file_length|scripts|links|mutant_list]
"""

import sys
import tempfile
import unittest
from pathlib import Path

import determinism
import file_length
import layering
import links
import mutant_list
import scripts


def tree(files):
    """A folder with these files, as a temporary directory object."""
    folder = tempfile.TemporaryDirectory()
    for name, text in files.items():
        path = Path(folder.name) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


class Determinism(unittest.TestCase):
    # rule, a line it refuses, the neighbour that it lets pass
    TABLE = [
        ("unordered", "std::unordered_map<int, int> m;", "std::map<int, int> m;"),
        ("unordered", "#include <unordered_set>", "#include <set>"),
        ("hash", "auto h = std::hash<int>{}(1);", "auto h = hash_words(words);"),
        ("shuffle", "std::shuffle(a.begin(), a.end(), rng);", "shuffle(a, rng);"),
        ("shuffle", "std::ranges::shuffle(a, rng);", "tell_twice_and_shuffle(told, rng);"),
        ("shuffle", "std::sample(a, b, c, 3, rng);", "books.sample(3);"),
        ("distribution", "std::uniform_int_distribution<int> d(1, 6);", "Distribution d;"),
        ("random", "std::random_device d;", "Rng rng{seed};"),
        ("random", "std::default_random_engine e;", "RandomEngineName e;"),
        ("random", "int r = rand();", "int r = operand();"),
        ("clock", "auto t = std::chrono::steady_clock::now();", "auto t = event.at;"),
        ("clock", "auto t = std::chrono::system_clock::now();", "// system_clock is not for us"),
        ("clock", "auto t = time(nullptr);", "auto t = transact_time(0);"),
        ("thread", "std::thread t{run};", "Thread t;"),
        ("thread", "std::jthread t{run};", "auto thread = 1;"),
        ("locale", "std::locale::global(l);", "auto locale = 1;"),
        ("locale", "int n = std::stoi(s);", "std::from_chars(a, b, n);"),
        ("float", "double x = f();", "int x = f(); // no double here"),
        ("float", "float x = f();", "int afloat = 1;"),
        ("float", "auto x = 0.5;", 'auto x = "0.5";'),
        ("float", "auto x = 1e8;", "auto x = 0x1e8;"),
        ("float", "auto x = 1'000.25;", "auto x = 1'000'000;"),
        ("float", "auto x = 1.;", "static_assert(v[1].x == 2);"),
        ("draws", "f(rng.below(2), rng.below(3));", "f(rng.below(2), 3);"),
        ("draws", "int x = rng.next() - rng.next();", "int x = rng.next(); int y = rng.next();"),
        ("draws", "P p{rng.below(2), rng.below(3)};", "P p{rng.below(2), rng.seed()};"),
        ("draws", "g(price(rng), lots(rng));", "g(price(rng), lots(book));"),
        ("draws", "g(a_rng_.below(2),\n  a_rng_.below(3));", "g(a_rng_.below(2),\n  3);"),
        ("draws", "g(s.rng.next(), s.rng.next());", "void g(Rng& rng, Rng& other_rng);"),
        ("draws", "g(p->rng->next(), draw_side());", "if (rng.chance(1, 2)) x = rng.below(3);"),
        ("draws", "if (rng.a() && rng.b()) {}", "if (rng.a()) f(rng); else if (rng.b()) g(rng);"),
        ("draws", "x = draw(1) + draw(2);", "case 1: x = rng.a(); break; case S::B: x = rng.b();"),
        ("draws", "x = rng.a() ? 1 : rng.b();", "case S::B: f(rng.a()); default: g(rng);"),
    ]

    APP = determinism.DETERMINISTIC - {"deterministic"}
    TESTS = {"all"}

    def rules(self, text, scopes=determinism.DETERMINISTIC):
        return [m.split(":")[0] for _, m in determinism.complaints(text + "\n", scopes)]

    def test_every_rule_fires_on_the_bad_line_and_only_there(self):
        for rule, bad, good in self.TABLE:
            with self.subTest(rule=rule, bad=bad):
                self.assertIn(rule, self.rules(bad))
                self.assertEqual([], self.rules(good))
        self.assertEqual(set(determinism.PATTERNS) | {"draws"}, {row[0] for row in self.TABLE})

    def test_literals_and_comments_are_not_code(self):
        for text in (
            'auto s = "std::unordered_map<double>";',
            "auto s = R\"(float // 0.5)\"; /* std::thread\n double */",
            "auto c = '\"'; // \"double\"",
            "auto n = 1'000'000; int i = 0;",
            '#include "base/float.h" // float',
        ):
            with self.subTest(text=text):
                self.assertEqual([], self.rules(text))

    def test_the_line_is_right(self):
        text = "int a;\n/* one\ntwo */\ndouble b;\n"
        self.assertEqual([4], [line for line, _ in determinism.complaints(text)])

    def test_a_permission_needs_a_reason_and_a_use(self):
        self.assertEqual([], self.rules("double x; // lint: allow(float) printed only"))
        self.assertEqual([], self.rules("// lint: allow(float) printed only\ndouble x;"))
        self.assertEqual([], self.rules("// lint: allow(float) printed\n// only\ndouble x;"))
        self.assertIn("no reason", self.rules("double x; // lint: allow(float)")[0])
        self.assertEqual(["float"], self.rules("// lint: allow(float) y\ndouble x;\ndouble z;"))
        self.assertIn("float", self.rules("double x; // lint: allow(hash) not this one"))
        self.assertIn("permits nothing", self.rules("int x; // lint: allow(float) for what")[0])

    def test_tests_may_measure_but_not_draw_apart(self):
        self.assertEqual([], self.rules("double x = 0.5;", self.TESTS))
        self.assertEqual([], self.rules("std::unordered_map<int, int> m;", self.TESTS))
        self.assertEqual(["draws"], self.rules("f(rng.a(), rng.b());", self.TESTS))

    def test_app_meets_the_clock_threads_and_people_and_is_held_to_all_else(self):
        for rule, bad, _ in self.TABLE:
            with self.subTest(rule=rule, bad=bad):
                expected = [] if rule in {"clock", "thread", "float"} else [rule]
                self.assertEqual(expected, sorted(set(self.rules(bad, self.APP))))

    def test_app_has_its_scopes_and_a_new_layer_all(self):
        names = ("src/app/a.cpp", "src/core/a.cpp", "src/brand_new/a.hpp", "tests/core/a.cpp")
        with tree({name: "" for name in names}) as top:
            held = {str(p.relative_to(top)): e for p, e in determinism.files(Path(top))}
        expected = {"src/app/a.cpp": self.APP, "src/core/a.cpp": determinism.DETERMINISTIC,
                    "src/brand_new/a.hpp": determinism.DETERMINISTIC, "tests/core/a.cpp": self.TESTS}
        self.assertEqual(expected, held)


class Layering(unittest.TestCase):
    ROWS = (
        "keel_layer(base LIBRARIES fmt::fmt) # the ground\n"
        "# keel_layer(commented IMPORTS venue)\n"
        "keel_layer(core\n    IMPORTS base # and\n    SOURCES core/a.cpp)\n"
        "keel_layer(sim IMPORTS base LIBRARIES ZLIB::ZLIB)\n"
    )

    def complaints(self, rows=ROWS, **files):
        files = {name.replace("__", "/") + ".cpp": text for name, text in files.items()}
        with tree({"CMakeLists.txt": rows, "src/base/x.hpp": "", **files}) as top:
            return list(layering.complaints(Path(top)))

    def test_the_rows_are_read_from_cmake(self):
        expected = {"base": (set(), {"fmt::fmt"}), "core": ({"base"}, set()),
                    "sim": ({"base"}, {"ZLIB::ZLIB"})}
        self.assertEqual(expected, layering.rows(self.ROWS))
        real = layering.rows((Path(__file__).parents[2] / "CMakeLists.txt").read_text())
        self.assertLessEqual({"base", "model", "core", "sim", "app"}, set(real))
        self.assertEqual(set(), real["base"][0])

    def test_what_is_imported_may_be_included(self):
        text = '#include "core/a.hpp"\n#include "base/x.hpp"\n#include <map>\n#include <fmt/core.h>'
        self.assertEqual([], self.complaints(src__core__a=text))
        self.assertEqual([], self.complaints(src__sim__a="#include <zlib.h>\n"))

    def test_what_is_not_imported_is_refused(self):
        for text in ('#include "sim/a.hpp"', '  #  include "sim/a.hpp"', '#include "a.hpp"',
                     "#include <zlib.h>"):
            with self.subTest(text=text):
                self.assertIn("src/core/a.cpp:2:", self.complaints(src__core__a="\n" + text)[0])

    def test_a_folder_needs_a_row(self):
        self.assertIn("no keel_layer row", self.complaints(src__stray__a="")[0])

    def test_sim_never_imports_venue(self):
        rows = self.ROWS + "keel_layer(venue)\nkeel_layer(sim IMPORTS base venue)\n"
        self.assertIn("sim must not import venue", self.complaints(rows)[0])


class FileLength(unittest.TestCase):
    def test_longest_first_and_short_ones_unmentioned(self):
        texts = {"src/core/a.cpp": 401, "src/core/b.cpp": 400, "src/x/c.hpp": 601}
        with tree({name: "\n" * lines for name, lines in texts.items()}) as top:
            self.assertEqual([601, 401], [lines for lines, _ in file_length.lengths(Path(top))])


class Scripts(unittest.TestCase):
    def complaints(self, text, mode=0o755):
        with tree({"scripts/a": text, ".ci/run": "not bash"}) as top:
            (Path(top) / "scripts/a").chmod(mode)
            return list(scripts.complaints(Path(top), scripts.shell_scripts(Path(top))))

    def test_a_script_is_strict_and_executable(self):
        good = "#!/usr/bin/env bash\nset -euo pipefail\necho\n"
        self.assertEqual([], self.complaints(good))
        self.assertIn("set -euo pipefail", self.complaints("#!/usr/bin/env bash\necho\n")[0])
        self.assertIn("not executable", self.complaints(good, 0o644)[0])

    @unittest.skipUnless(scripts.shutil.which("shellcheck"), "shellcheck is not installed")
    def test_shellcheck_is_asked(self):
        bad = '#!/usr/bin/env bash\nset -euo pipefail\nx="a b"\nls $x\n'
        self.assertIn("SC2086", self.complaints(bad)[0])


class Links(unittest.TestCase):
    def test_a_link_leads_somewhere_inside(self):
        page = ("[a](b.md) [c](../README.md#part) [d](https://x.y/z) [e](#here)\n"
                "```\n[not a link](nowhere.md)\n```\n")
        with tree({"docs/a.md": page, "docs/b.md": "", "README.md": "",
                   "build/c.md": "[x](y.md)"}) as top:
            self.assertEqual([], list(links.broken(Path(top))))
        with tree({"docs/a.md": "[a](b.md)", "c.md": "[up](../..)"}) as top:
            self.assertEqual(["c.md: ../.. lies outside the project",
                              "docs/a.md: b.md is not there"], sorted(links.broken(Path(top))))


class MutantList(unittest.TestCase):
    # a statement of a function, and what its mutants make of it: (kind, before, after)
    TABLE = [
        ("if (a < b) f(c);", {("boundary", "if (a < b) f(c);", "if (a <= b) f(c);"),
                              ("condition negated", "a < b", "!(a < b)"),
                              ("statement dropped", "f(c);", "(nothing)")}),
        ("if (is_known(a)) return;", {("condition negated", "is_known(a)", "!(is_known(a))"),
                                      ("dedupe dropped", "if (is_known(a)) return;", "(nothing)")}),
        ("if (!a.ok) continue;", {("condition negated", "!a.ok", "!(!a.ok)"),
                                  ("guard dropped", "if (!a.ok) continue;", "(nothing)")}),
        ("const bool x = a && b || c;", {("and-or", "a && b", "a || b"),
                                         ("condition dropped", "b", "true"),
                                         ("and-or", "a && b || c", "a && b && c"),
                                         ("condition dropped", "c", "false")}),
        ("put(a.b, later(c, d));", {("statement dropped", "put(a.b, later(c, d));", "(nothing)"),
                                    ("min-max", "put(a.b, later(c, d));",
                                     "put(a.b, earlier(c, d));")}),
        ("refresh(o);", {("join skipped", "refresh(o);", "(nothing)")}),
        ("x = y - 1;", {("statement dropped", "x = y - 1;", "(nothing)"),
                        ("plus-minus", "x = y - 1;", "x = y + 1;"),
                        ("constant", "x = y - 1;", "x = y - 0;")}),
        ('KEEL_ASSERT(a < b, "a is below b");', set()),
        ("constexpr int x = a < b ? 1 : 0;", set()),
        ("static_assert(a == b);", set()),
        ('const auto s = "a < b"; // a < b', set()),
        ("if (config_.sabotage.x && a < b) { put(c, d); }", set()),
        ("store_.prefetch(orders_, slot);", set()),
    ]

    def sites(self, text):
        with tree({"src/core/a.cpp": text}) as top:
            return mutant_list.mutants.sources(Path(top))[0]

    def test_each_kind(self):
        for statement, wanted in self.TABLE:
            with self.subTest(statement):
                found = self.sites(f"void f() {{\n    {statement}\n}}\n").sites
                self.assertEqual(wanted, {(s.kind, s.before, s.after) for s in found})

    def test_outside_of_functions_is_nothing(self):
        self.assertEqual([], self.sites("struct A {\n    int x = 1 - 0;\n};\n").sites)

    def test_a_key_knows_no_line_and_equal_places_are_told_apart(self):
        text = "void f() {\n    a(b);\n    c(d);\n    a(b);\n}\n"
        one, other = ([s.key() for s in self.sites(t).sites] for t in (text, "\n\n" + text))
        self.assertEqual(one, other)
        self.assertEqual(3, len(set(one)))

    def test_the_copy_keeps_its_lines(self):
        source = self.sites("void f() {\n    if (a &&\n        b) {\n        return;\n    }\n    g(h);\n}\n")
        for number, site in enumerate(source.sites):
            site.id = number
            lines = mutant_list.mutants.mutated(source, [site]).splitlines()[2:]
            self.assertIn("g(h);", lines[5], site.kind)

    def test_too_few_and_stale_keys_are_told(self):
        files = {"src/core/a.cpp": "void f() {\n    a(b);\n}\n", "tests/mutants/refused.txt": "",
                 "tests/mutants/explained.txt": "src/core/a.cpp | x | y | z\n    because\n",
                 "docs/proof.md": "it is so\n"}
        with tree(files) as top:
            told = list(mutant_list.complaints(Path(top)))
        self.assertEqual(3, len(told))
        self.assertIn("0 mutants", told[0])
        self.assertIn("no place", told[1])
        self.assertIn("does not say why", told[2])


if __name__ == "__main__":
    names = [name.title().replace("_", "") for name in sys.argv[1:]]
    unittest.main(argv=[sys.argv[0], *names], module=sys.modules["__main__"])
