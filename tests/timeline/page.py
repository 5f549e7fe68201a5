#!/usr/bin/env python3
"""page.py xml|browser KEEL

Draws a record of a terrible run and the trace of a bot that breaks a rule with KEEL, and holds the
pictures to what they promise. `xml`: an SVG
is well-formed, whatever it draws. `browser`: a page looks right in Debian's chromium, in light and
dark, wide and narrow; ends with 77 (skipped) where chromium is not installed (scripts/test installs
it, scripts/packages has it).
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
import zlib
from pathlib import Path

SKIPPED = 77
CHROMIUM = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--hide-scrollbars", "--no-first-run", "--disable-extensions"]
SCHEMES = {"dark": 0, "light": 1}  # as chromium numbers them
SMALLEST_TEXT, LEAST_CONTRAST = 11, 4.5

# What a page says of itself; it runs in a copy of the page, which has no script of its own.
PROBE = """
<script>
(() => {
  const errors = [];
  window.onerror = text => errors.push(String(text));
  const rgb = text => (text.match(/[0-9.]+/g) || [0, 0, 0]).slice(0, 3).map(Number);
  const light = text => {
    const [r, g, b] = rgb(text).map(v => v / 255).map(
      v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const of_variable = name => {
    const probe = document.createElement('i');
    probe.style.color = `var(--${name})`;
    document.body.append(probe);
    const out = getComputedStyle(probe).color;
    probe.remove();
    return out;
  };
  const backs = ['back', 'band'].map(of_variable);
  const drawing = document.querySelector('.figure svg');
  const edge = drawing.getBoundingClientRect();
  const bad = [];
  for (const text of document.querySelectorAll('svg text, svg tspan, h1, p, li')) {
    if (!text.textContent.trim()) continue;
    const style = getComputedStyle(text);
    if (parseFloat(style.fontSize) < SMALLEST) bad.push(['small', text.textContent]);
    const ink = text instanceof SVGElement ? style.fill : style.color;
    const on = text.closest('.broken') ? [of_variable('fault')] : backs;
    for (const back of on) {
      if (contrast(ink, back) < LEAST) bad.push(['faint', text.textContent, ink, back]);
    }
    if (text.tagName !== 'text') continue;
    const box = text.getBoundingClientRect();
    if (box.right > edge.right + 1 || box.left < edge.left - 1) bad.push(['cut', text.textContent]);
  }
  for (const name of ['request', 'answer', 'report', 'fill', 'state', 'market', 'link', 'fault',
                      'twice', 'cross']) {
    if (contrast(of_variable(name), backs[0]) < LEAST) bad.push(['faint', name]);
  }
  if (contrast(of_variable('fault'), of_variable('on-fault')) < LEAST) bad.push(['faint', 'broken']);
  const root = document.documentElement;
  root.dataset.report = JSON.stringify({
    errors, bad,
    dark: matchMedia('(prefers-color-scheme: dark)').matches,
    messages: document.querySelectorAll('.message').length,
    arrows: document.querySelectorAll('.message > .arrow').length,
    labels: document.querySelectorAll('text.label').length,
    crossings: document.querySelectorAll('.figure .cross').length,
    overflow: root.scrollWidth - root.clientWidth,
    scripts: document.scripts.length,
  });
})();
</script>
""".replace("SMALLEST", str(SMALLEST_TEXT)).replace("LEAST", str(LEAST_CONTRAST))


def keel(program, *arguments, code=0):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == code, f"keel {' '.join(arguments)}: {done.returncode}\n{done.stderr}"
    return done.stdout


def record_of_a_run(program, folder):
    path = str(folder / "run.keel")
    keel(program, "run", "examples/xemm.toml", "-q", "--no-progress", "--faults", "harsh",
         "--seed", "3", "--duration", "120s", "--record", path)
    return path


def trace_of_a_search(program, folder):
    """Of a naive twin, so that a rule is broken in it; with a fault, if that is needed."""
    keel(program, "explore", "scenarios/xemm-cycle.toml", "--subject", "p1-any-confirmation",
         "--search", "random", "--max-faults", "2", "--budget", "50", "--seed", "1",
         "--no-progress", "--save", str(folder), code=1)
    return str(min(folder.glob("*.trace")))


def rule_of(path):
    """The rule that a trace breaks; a record breaks none."""
    if not path.endswith(".trace"):
        return []
    return re.findall(r"^expect (\w+)$", Path(path).read_text(), re.MULTILINE)


def drawings(program, folder):
    """Some of everything: an order's story, a moment with all its books, a long time, a trace."""
    record = record_of_a_run(program, folder)
    yield "story", [record, "--order", "1-1-1"]
    yield "moment", [record, "--around", "500", "--within", "200ms", "--market"]
    yield "long", [record, "--to", "110", "--most", "100000"]
    yield "trace", [trace_of_a_search(program, folder)]


def numbers_in(text):
    """How many messages the terminal's drawing of the same has."""
    return max(int(n) for n in re.findall(r"[|:] +(\d+) \S", text))


def xml(program, folder):
    for name, words in drawings(program, folder):
        for ending in ("svg", "html"):
            keel(program, "timeline", *words, "-o", str(folder / f"{name}.{ending}"))
        svg = ElementTree.parse(folder / f"{name}.svg").getroot()
        assert svg.tag == "{http://www.w3.org/2000/svg}svg", svg.tag
        page = (folder / f"{name}.html").read_text()
        figure = re.search(r'<div class="figure".*?(<svg.*?</svg>)\n</div>', page, re.DOTALL)[1]
        inner = ElementTree.fromstring(figure)
        count = numbers_in(keel(program, "timeline", *words))
        for root in (svg, inner):
            groups = [e for e in root.iter() if e.get("class", "").startswith("message ")]
            assert len(groups) == count, f"{name}: {len(groups)} drawn of {count}"
            ids = [e.get("id") for e in root.iter() if e.get("id")]
            assert len(ids) == len(set(ids)), f"{name}: an id stands twice"
            broken = [e.get("data-rule") for e in root.iter() if e.get("class") == "broken"]
            assert broken == rule_of(words[0]), f"{name}: {broken}"
        print(f"{name}: {count} messages, well-formed")


def browse(folder, scheme, width, *what):
    command = [*CHROMIUM, f"--user-data-dir={folder / 'profile'}",
               f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}",
               f"--window-size={width},1200", *what]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, f"chromium: {done.returncode}\n{done.stderr[-2000:]}"
    return done.stdout


def corner(png):
    """The colour of a PNG's first pixel; without neighbours every filter leaves it as it is."""
    data, at = b"", 8
    while at < len(png):
        size = int.from_bytes(png[at:at + 4], "big")
        if png[at + 4:at + 8] == b"IDAT":
            data += png[at + 8:at + 8 + size]
        at += 12 + size
    return tuple(zlib.decompress(data)[1:4])


def look(folder, page, scheme, width, count):
    probed = folder / "probed.html"
    probed.write_text(page.read_text().replace("</body>", PROBE + "</body>"))
    dom = browse(folder, scheme, width, "--dump-dom", probed.as_uri())
    raw = re.search(r'data-report="([^"]*)"', dom)
    assert raw, f"{page.name}: the page says nothing of itself"
    report = json.loads(raw[1].replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">")
                        .replace("&amp;", "&"))
    where = f"{page.name}, {scheme}, {width} wide: {report}"
    assert report["errors"] == [] and report["bad"] == [], where
    assert report["dark"] == (scheme == "dark"), where
    assert report["messages"] == report["labels"] == count, where
    assert report["arrows"] >= count, where
    assert report["overflow"] <= 0, where
    assert report["scripts"] == 1, f"{where}: only the probe is a script"
    return report


def browser(program, folder):
    if shutil.which("chromium") is None:
        print("skipped: chromium is not installed (apt-get install chromium; scripts/test does)")
        return SKIPPED
    for name, words in drawings(program, folder):
        page = folder / f"{name}.html"
        keel(program, "timeline", *words, "-o", str(page))
        count = numbers_in(keel(program, "timeline", *words))
        for scheme, width in (("light", 1280), ("dark", 400)):
            report = look(folder, page, scheme, width, count)
            print(f"{name}, {scheme}, {width} wide: {count} messages, "
                  f"{report['crossings']} crossings, nothing small, faint or cut")
    for scheme in SCHEMES:
        shot = folder / f"{scheme}.png"
        browse(folder, scheme, 1280, f"--screenshot={shot}", (folder / "story.html").as_uri())
        pixel = corner(shot.read_bytes())
        assert (sum(pixel) > 3 * 128) == (scheme == "light"), f"{scheme}: the corner is {pixel}"
        print(f"screenshot, {scheme}: its corner is {pixel}")
    return 0


def main():
    checks = {"xml": xml, "browser": browser}
    if len(sys.argv) != 3 or sys.argv[1] not in checks:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(checks[sys.argv[1]](sys.argv[2], Path(folder)))


main()
