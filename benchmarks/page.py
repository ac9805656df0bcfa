"""How soon the HTML report opens and filters in Chromium, by the clock and by what its own thread works.

python -m benchmarks.page [VMS]
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import inputs
from benchmarks.bench import table
from benchmarks.measure import machine
from scanner.arguments import parsed
from scanner.commands.choice import selected
from scanner.commands.settings import scan_options
from scanner.gate import Gate, decide
from scanner.reports import Style, html
from scanner.scan import scan
from scanner.sources.snapshot import Files

ROUNDS = 5
SIZES = (20_000, 50_000)
"""How many results are listed; a page has at most the second."""
_FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
_TYPE = "const q = document.getElementById('q'); q.value = {!r}; q.dispatchEvent(new Event('input', {{bubbles: true}}))"
_PICK = """const one = document.getElementById('by-{}');
one.selectedIndex = Math.min(3, one.options.length - 1);
one.dispatchEvent(new Event('change', {{bubbles: true}}))"""
STEPS = {
    "any verdict": "document.querySelector('input[value=fail]').click()",
    "one policy": _PICK.format("policy"),
    "cleared": "document.getElementById('clear').click()",
    "one group": _PICK.format("group"),
    "unknowns too": "document.getElementById('clear').click(); document.querySelector('input[value=unknown]').click()",
    "a search for v": _TYPE.format("v"),
    "for two words": _TYPE.format("guest facts"),
}


def pages(vms: int, folder: Path) -> dict[int, Path]:
    """The report of a fleet, with as many results listed."""
    fleet = str(inputs.fleet(vms))
    args = parsed(["scan", fleet])
    results = scan(Files([fleet]), selected(args), scan_options(args))
    found = {}
    for most in SIZES:
        found[most] = folder / f"{most}.html"
        found[most].write_text("".join(html.write(results, decide(results, Gate()), Style(), most)), "utf-8")
    return found


def measured(browser: Any, page: Path) -> tuple[float, float, dict[str, float]]:
    """Seconds until the page is drawn, seconds its thread worked for that, and those from each step to its frame."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    shown = context.new_page()
    talk = context.new_cdp_session(shown)
    talk.send("Performance.enable", {"timeDomain": "threadTicks"})

    def worked() -> float:
        metrics = talk.send("Performance.getMetrics")["metrics"]
        found: float = next(one["value"] for one in metrics if one["name"] == "TaskDuration")
        return found

    before, begun = worked(), time.perf_counter()
    shown.goto(page.as_uri())
    shown.wait_for_selector("html[data-ready]")
    shown.evaluate(f"() => {_FRAME}")
    opened, work = time.perf_counter() - begun, worked() - before
    steps = {}
    for name, step in STEPS.items():
        script = (
            f"async () => {{ const at = performance.now(); {step}; await {_FRAME}; return performance.now() - at }}"
        )
        steps[name] = shown.evaluate(script) / 1e3
    context.close()
    return opened, work, steps


def main(vms: int) -> None:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        path = None
    if path is None:
        print("\nThe HTML report in Chromium: not measured, Chromium or playwright is not installed")
        return
    print("\n".join(machine()), flush=True)
    rows = []
    with tempfile.TemporaryDirectory(dir=inputs.OUT) as folder, sync_playwright() as playwright:
        found = pages(vms, Path(folder))
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for most, page in found.items():
            runs = [measured(browser, page) for _ in range(ROUNDS)]
            steps = {name: median(run[2][name] for run in runs) for name in STEPS}
            slowest = max(steps, key=steps.__getitem__)
            rows.append(
                (
                    f"{most:,}",
                    f"{page.stat().st_size / 1e6:.1f}",
                    f"{median(run[0] for run in runs):.2f}",
                    f"{median(run[1] for run in runs):.2f}",
                    f"{median(steps.values()):.3f}",
                    f"{steps[slowest]:.3f} ({slowest})",
                )
            )
        browser.close()
    table(
        f"The HTML report of {vms:,} VMs in Chromium: seconds to the frame that shows it",
        ("results listed", "MB", "opens", "of it its own work", "filters", "slowest filter"),
        rows,
        "opens: by the clock, which what else the machine does is part of; its own work: CPU of the page's main thread",
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
