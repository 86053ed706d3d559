"""Prints how long it takes until a page can be used, where the processor is four times as slow. `cargo xtask bench web` runs it.

A page can be used (time to interactive) once it has shown something, its document and scripts are there, and from when on for
five seconds no task takes longer than 50 ms: by the end of the last one that did.
"""

import statistics

from playwright.sync_api import sync_playwright

from chromium import launch
from person import Person, go

SLOWER = 4
LOADS = 9
LISTEN = """
    globalThis.busyUntil = 0;
    new PerformanceObserver(list => {
        for (const it of list.getEntries()) busyUntil = Math.max(busyUntil, it.startTime + it.duration);
    }).observe({type: 'longtask', buffered: true});
"""
INTERACTIVE = """async () => {
    const [navigation] = performance.getEntriesByType('navigation');
    const [painted] = performance.getEntriesByName('first-contentful-paint');
    const shown = Math.max(painted.startTime, navigation.domContentLoadedEventEnd);
    while (performance.now() - Math.max(busyUntil, shown) < 5000) await new Promise(resolve => setTimeout(resolve, 100));
    return {painted: painted.startTime, interactive: Math.max(busyUntil, shown)};
}"""


def load(person, path):
    """A load with an empty cache."""
    page = person.at("/signup")
    page.context.add_init_script(LISTEN)
    protocol = page.context.new_cdp_session(page)
    protocol.send("Network.setCacheDisabled", {"cacheDisabled": True})
    protocol.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    figures = go(page, path).evaluate(INTERACTIVE)
    person.leave()
    person.contexts.clear()
    return figures


with sync_playwright() as playwright:
    browser = launch(playwright)
    person = Person(browser).register()
    for number in range(30):
        person.task(f"errand {number}", due_date="2026-01-05", tags=["home"])
    print(f"\nuntil a page can be used, on a processor {SLOWER} times as slow (Chromium {browser.version}, {LOADS} loads)")
    for path in ["/login", "/today"]:
        loads = [load(person, path) for _ in range(LOADS)]
        painted = statistics.median(it["painted"] for it in loads)
        times = [it["interactive"] for it in loads]
        print(
            f"{path:<8} first paint {painted:6.0f} ms, usable in the median {statistics.median(times):6.0f} ms,"
            f" at most {max(times):6.0f} ms",
            flush=True,
        )
    browser.close()
