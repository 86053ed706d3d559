"""Every page as people may see it: light and dark, narrow and wide, from right to left. And what it weighs."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from person import go, picture

LOOKS = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "narrow": {"width": 360, "height": 740},
    "narrow-dark": {"width": 360, "height": 740, "color_scheme": "dark"},
    "wide": {"width": 1600},
    "urdu": {"language": "ur"},
    "urdu-narrow-dark": {"language": "ur", "width": 360, "height": 740, "color_scheme": "dark"},
}
# The encoded bytes of the first page and of what it can't be shown without.
MOST_BYTES = 60_000
# What sticks out, where it isn't scrolled within something.
TOO_WIDE = """() => {
    const page = document.documentElement;
    const hides = it => ['hidden', 'clip'].includes(getComputedStyle(it).overflowX);
    if (page.scrollWidth > innerWidth || hides(page) || hides(document.body)) {
        const sticksOut = it => { const box = it.getBoundingClientRect(); return box.right > innerWidth + 1 || box.left < -1; };
        return [page.scrollWidth, ...[...document.querySelectorAll('body *')].filter(sticksOut).map(it => it.outerHTML.slice(0, 80))];
    }
    return [];
}"""
IS_DARK = """() => {
    const ground = getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).slice(0, 3).map(Number);
    return ground.reduce((sum, it) => sum + it) < 3 * 128;
}"""


def a_life(person):
    """Tasks of every kind, and pages that show them."""
    long = "read the agreement with https://example.com/" + "a-very-long-address/" * 6
    first = person.task("water the plants", due_date="2026-01-05", recurrence_rule={"pattern": "daily"}, tags=["home"])
    person.task("pay the rent", due_date="2099-01-31", recurrence_rule={"rrule": "FREQ=MONTHLY;BYMONTHDAY=-1"}, priority="high")
    person.task("دودھ اور انڈے خریدنا", due_date="2099-01-05T12:00:00Z", priority="low", tags=["گھر", "family"])
    person.task(long)
    chosen = person.task(
        "dentist",
        description="second floor\nbring the card",
        due_date="2099-01-05T09:00:00Z",
        recurrence_rule={"pattern": "yearly"},
        tags=["health"],
    )
    for method, destination in [("email", None), ("webhook", "ntfys://ntfy.example/mine")]:
        reminder = {"task_id": chosen["id"], "delivery_method": method, "lead_time": "1h"}
        person.api("POST", "/api/reminders", reminder | ({"destination": destination} if destination else {}))
    done = person.task("buy milk", tags=["home"])
    person.api("POST", f"/api/tasks/{done['id']}/complete", X_Correlation_ID="the-story")
    person.api("DELETE", f"/api/tasks/{person.task('an old idea')['id']}")
    person.api("POST", "/auth/tokens", {"name": "script", "scopes": ["tasks:read"]})
    person.api("POST", "/api/webhooks", {"url": "https://example.com/hook"})
    for text in ["what is due today?", "delete the dentist task"]:
        person.api("POST", "/chat/command", {"conversation_id": "web", "user_input": text})
    names = ["today", "upcoming", "all", "completed", "trash", "activity", "chat", "settings"]
    return {name: f"/{name}" for name in names} | {
        "task": f"/tasks/{chosen['id']}",
        "story": "/activity?correlation_id=the-story",
        "found": "/all?q=rent",
        "not-found": "/nowhere",
    }


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_fit_to_be_seen(someone, figure, look):
    settings = dict(LOOKS[look])
    language = settings.pop("language", "en")
    person = someone(language=language)
    # Chromium says so of a page that isn't there.
    person.expects("status of 404")
    pages = a_life(person)
    page = person.at("/today", locale="ur-PK" if language == "ur" else "en-US", **settings)
    wrong, lesser = [], set()

    def see(page, name):
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.locator("html")).to_have_attribute("dir", "rtl" if language == "ur" else "ltr")
        page.evaluate("document.fonts.ready.then(() => true)")
        if page.evaluate(IS_DARK) != (settings.get("color_scheme") == "dark"):
            wrong.append(f"{name}: its ground isn't {look}")
        wrong.extend(f"{name}: sticks out: {it}" for it in page.evaluate(TOO_WIDE))
        for finding in Axe().run(page).response["violations"]:
            said = f"{finding['id']} ({finding['impact']})"
            if finding["impact"] in ("serious", "critical"):
                wrong.extend(f"{name}: {said}: {node['html'][:160]} {node['failureSummary']}" for node in finding["nodes"])
            else:
                lesser.add(said)
        picture(page, f"{name}.{look}")

    for name, path in pages.items():
        go(page, path)
        # Whose history comes by way of Kafka.
        if name in ("activity", "story", "task"):
            expect(page.locator("#activity li[data-action], #history-list li[data-action]").first).to_be_visible()
        see(page, name)
    if language == "ur":
        links = page.goto("/today") and page.get_by_role("navigation").get_by_role("link")
        assert links.nth(0).bounding_box()["x"] > links.nth(1).bounding_box()["x"], "the first isn't at the right"
    stranger = person.stranger(locale="ur-PK" if language == "ur" else "en-US", **settings)
    for name in ["login", "signup"]:
        see(go(stranger, f"/{name}"), name)
    figure(f"{look}: {len(pages) + 2} pages; axe-core's lesser findings: {', '.join(sorted(lesser)) or 'none'}")
    assert not wrong, "\n".join(wrong)


def test_the_first_page_is_light(someone, figure):
    person = someone()
    a_life(person)
    for name, page in [("/login", person.stranger()), ("/today", person.at("/signup"))]:
        kinds, bytes_of = {}, {}
        # A cache that the browser hasn't filled yet.
        fresh = page.context.new_page()
        protocol = page.context.new_cdp_session(fresh)
        protocol.on("Network.responseReceived", lambda it: kinds.update({it["requestId"]: it["type"]}))
        protocol.on("Network.loadingFinished", lambda it: bytes_of.update({it["requestId"]: it["encodedDataLength"]}))
        protocol.send("Network.enable")
        protocol.send("Network.setCacheDisabled", {"cacheDisabled": True})
        fresh.goto(name)
        fresh.wait_for_load_state("load")
        parts = {"Document": 0, "Stylesheet": 0, "Script": 0}
        for request, kind in kinds.items():
            if kind in parts:
                parts[kind] += bytes_of.get(request, 0)
        assert all(parts.values()), parts
        total = round(sum(parts.values()))
        shown = ", ".join(f"{kind.lower()} {round(size)}" for kind, size in parts.items())
        figure(f"{name} is {total} bytes: {shown}")
        assert total < MOST_BYTES, parts
        fresh.close()
