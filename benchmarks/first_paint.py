"""What a first visit costs in a browser: bytes as they are compressed, the largest paint, and when a page can be used.

`.venv/bin/python -m benchmarks.first_paint` starts the demo, opens the desk's pages in Chromium with an empty cache and
as the machine is, then a candidate's page as on a phone: four times slower than this machine, 10 Mbit/s, 40 ms away.
It exits 1 when a page loads more than 60 KB (the candidate's 40 KB), paints later than 0.5 s, or, on the phone, can be
used later than 0.5 s. Each page is opened five times; the figures are medians.
"""

import gzip
import os
import re
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from scripts.processes import free_port, stop
from tests.browser.desk import be_connected, sign_in
from tests.browser.stack import start_demo

TIMES = 5
MOST_BYTES, MOST_BYTES_PUBLIC, MOST_S = 60 * 1024, 40 * 1024, 0.5
DESK = [
    "/",
    "/candidates/",
    "/candidates/?layout=board",
    "/interviews/",
    "/links/",
    "/availability/",
    "/candidates/20/",
]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
FIGURES = """() => new Promise((done) => {
  new PerformanceObserver((list) => {
    const [visit] = performance.getEntriesByType("navigation");
    done({
      paint: list.getEntries().at(-1).startTime / 1000,
      usable: visit.domContentLoadedEventEnd / 1000,
    });
  }).observe({ type: "largest-contentful-paint", buffered: true });
})"""


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="anteroom-paint-") as folder, sync_playwright() as playwright:
        port = free_port()
        demo = start_demo(Path(folder), port=port)
        path = os.environ.get("CHROMIUM_PATH", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--disable-dev-shm-usage", "--no-sandbox"])
        try:
            return measure(browser, f"http://localhost:{port}")
        finally:
            browser.close()
            stop([demo], grace_s=15)


def measure(browser: Browser, site: str) -> int:
    desk = sign_in(browser.new_context(base_url=site))
    page = desk.new_page()
    be_connected(page)
    page.goto("/links/?state=invited")
    found = re.search(r"/b/[\w-]+/", page.content())
    if found is None:
        raise SystemExit("The demo has no open link.")
    cookies = desk.cookies()
    print(f"{'':28}     KB   paint  usable")
    broken = [told(path, figures(browser, site, path, cookies=cookies), most=MOST_BYTES) for path in DESK]
    of_candidate = figures(browser, site, found[0], options=PHONE, is_slow=True)
    broken.append(told("a candidate's, on a phone", of_candidate, most=MOST_BYTES_PUBLIC, is_phone=True))
    return 1 if any(broken) else 0


def figures(
    browser: Browser,
    site: str,
    path: str,
    *,
    cookies: Any = (),
    options: dict[str, Any] | None = None,
    is_slow: bool = False,
) -> dict[str, float]:
    """Medians over visits, each with an empty cache."""
    visits = []
    for _ in range(TIMES):
        context = browser.new_context(base_url=site, **(options or {}))
        context.add_cookies(list(cookies))
        visits.append(visit(context, path, is_slow=is_slow))
        context.close()
    return {name: statistics.median(one[name] for one in visits) for name in visits[0]}


def visit(context: BrowserContext, path: str, *, is_slow: bool) -> dict[str, float]:
    page: Page = context.new_page()
    if is_slow:
        wire = context.new_cdp_session(page)
        wire.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        speed = 10 * 1024 * 1024 / 8
        wire.send("Network.enable")
        wire.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": 40, "downloadThroughput": speed, "uploadThroughput": speed},
        )
    page.goto(path, wait_until="load")
    seen: dict[str, float] = page.evaluate(FIGURES)
    loaded = [page.url, *page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")]
    # The demo serves styles and scripts as they are; an installation compresses them beforehand.
    sizes = [len(gzip.compress(context.request.get(address).body())) for address in loaded if "live=1" not in address]
    return {**seen, "bytes": sum(sizes)}


def told(name: str, seen: dict[str, float], *, most: int, is_phone: bool = False) -> bool:
    wrong = [
        *(["heavy"] if seen["bytes"] > most else []),
        *(["late"] if not is_phone and seen["paint"] > MOST_S else []),
        *(["usable late"] if is_phone and seen["usable"] > MOST_S else []),
    ]
    kilobytes = seen["bytes"] / 1024
    print(f"{name:28} {kilobytes:6.1f}  {seen['paint']:5.2f}s  {seen['usable']:5.2f}s  {', '.join(wrong)}", flush=True)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
