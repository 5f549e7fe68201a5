#!/usr/bin/env python3
"""scripts/campaign: goes on where it stopped, repeats no search that closed, and fails for what was
found and for what was never tried. A small script stands in for keel."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Writes down how it was called, and answers as answers.json says; interrupted after so many calls.
STAND_IN = """#!/usr/bin/env -S python3 -SE
import fcntl, json, sys
from pathlib import Path
here = Path(__file__).parent
words = sys.argv[2:]
asked = dict(zip(words[1::2], words[2::2]), scenario=Path(words[0]).stem)
with open(here / "calls", "a+") as calls:
    fcntl.flock(calls, fcntl.LOCK_EX)
    calls.seek(0)
    number = len(calls.readlines())
    calls.write(json.dumps(asked) + "\\n")
answers = json.loads((here / "answers.json").read_text())
if number >= answers["calls_max"]:
    sys.exit(answers["at_last"])
is_closing = asked["--search"] == "exhaustive"
broken = answers["broken"] if asked["scenario"] == "bad" else []
report = {"violation_list": [{"rule": rule, "saved": "here"} for rule in broken],
          "fault_kinds": answers["faults"], "schedules": 0 if is_closing else answers["schedules"],
          "transitions": 10, "wall_seconds": 1,
          "passes": [{"complete": True, "max_faults": 0, "states": 77, "transitions": 99}]
          if is_closing else []}
Path(asked["--json"]).write_text(json.dumps(report))
sys.exit(1 if broken else 0)
"""


class Campaign(unittest.TestCase):
    def setUp(self):
        self.temp = tempfile.TemporaryDirectory()
        self.here = Path(self.temp.name)
        self.write("keel", STAND_IN)
        (self.here / "keel").chmod(0o755)
        self.write("good.toml", "good")

    def tearDown(self):
        self.temp.cleanup()

    def write(self, name, text):
        (self.here / name).write_text(text)

    def call(self, *names, calls_max=6, at_last=130, schedules=100, broken=(), faults=None):
        """(exit code, output, the calls of keel that it made)"""
        self.write("answers.json", json.dumps({
            "calls_max": calls_max, "at_last": at_last, "schedules": schedules,
            "broken": list(broken), "faults": faults or {"drop": {"idle": 1}}}))
        self.write("calls", "")
        done = subprocess.run(
            [ROOT / "scripts/campaign", "--budget", "1h", "--jobs", "2",
             "--state", self.here / "state.json", "--traces", self.here / "traces", "--keel", self.here / "keel",
             *[self.here / f"{name}.toml" for name in names]],
            capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
        self.assertEqual(done.stderr, "")
        calls = [json.loads(line) for line in (self.here / "calls").read_text().splitlines()]
        return done.returncode, done.stdout, calls[:calls_max]

    def test_goes_on_where_it_was_interrupted(self):
        code, output, first = self.call("good")
        self.assertEqual(code, 130)
        self.assertIn("0 faults", output)
        self.assertIn("77", output)
        self.assertEqual([one["--search"] for one in first].count("exhaustive"), 1)
        code, _, second = self.call("good")
        self.assertEqual(code, 130)
        self.assertNotIn("exhaustive", [one["--search"] for one in second])
        drawn = [one["--seed"] for one in first + second if one["--search"] != "exhaustive"]
        self.assertEqual(len(set(drawn)), len(drawn), "no seed comes twice")
        self.assertEqual(len(drawn), 11)
        state = json.loads((self.here / "state.json").read_text())
        self.assertEqual(state["scenarios"]["good"]["schedules"], 1_100)
        self.assertGreater(state["spent"], 0)

    def test_mixes_searches(self):
        _, _, calls = self.call("good", calls_max=13)
        self.assertEqual({(one["--search"], one["--max-faults"]) for one in calls},
                         {("exhaustive", "3"), ("random", "1"), ("random", "2"), ("random", "3"),
                          ("random", "4"), ("pct", "2"), ("pct", "4"), ("guided", "2"), ("guided", "4")})
        self.assertEqual({one["--subject"] for one in calls}, {"keel"})

    def test_begins_anew_with_another_file_or_program(self):
        self.call("good")
        self.write("good.toml", "another")
        _, _, calls = self.call("good")
        self.assertIn("exhaustive", [one["--search"] for one in calls])
        self.write("keel", STAND_IN + "# another\n")
        _, _, calls = self.call("good")
        self.assertIn("exhaustive", [one["--search"] for one in calls])

    def test_fails_for_a_broken_rule_and_searches_the_other_scenarios(self):
        self.write("bad.toml", "bad")
        code, output, calls = self.call("good", "bad", calls_max=12, broken=["hedged_once"])
        self.assertEqual(code, 1)
        self.assertIn("bad: BROKEN hedged_once: ", output)
        self.assertIn("replay here --scenario", output)
        of_bad = [one for one in calls if one["scenario"] == "bad"]
        self.assertLessEqual(len(of_bad), 2, "those that were under way when it broke")
        self.assertGreaterEqual(len(calls) - len(of_bad), 10)

    def test_fails_for_a_fault_that_was_never_met(self):
        faults = {"drop": {"idle": 5, "unknown": 0}, "gap": {"idle": 5}}
        code, output, _ = self.call("good", faults=faults)
        self.assertEqual(code, 130)
        self.assertIn("no schedule met drop while unknown\n  (judged from 4,000,000", output)
        code, output, _ = self.call("good", faults=faults, schedules=1_000_000)
        self.assertEqual(code, 1)
        self.assertIn("no schedule met drop while unknown", output)
        self.assertNotIn("gap while", output)

    def test_fails_if_keel_does(self):
        code, output, _ = self.call("good", at_last=2)
        self.assertEqual(code, 1)
        self.assertIn("keel ended with 2", output)

    def test_refuses_what_is_no_time(self):
        done = subprocess.run([ROOT / "scripts/campaign", "--budget", "long"], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("is no time", done.stderr)


if __name__ == "__main__":
    sys.exit(unittest.main())
