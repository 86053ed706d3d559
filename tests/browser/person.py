"""Somebody with an account and a browser, whose pages are watched while they use them."""

import json
import os
import re
import urllib.error
import urllib.request
import uuid
from pathlib import Path

from playwright.sync_api import expect

URL = os.environ["SPINDLE_BROWSER_URL"]
PICTURES = Path(os.environ["SPINDLE_BROWSER_PICTURES"])
PASSWORD = "correct horse battery"


class Person:
    """An account of one's own."""

    def __init__(self, browser, **settings):
        self.browser = browser
        self.email = f"{uuid.uuid4().hex}@example.com"
        self.contexts = []
        self.complaints = []
        self.expected = []
        self.token = None
        self.settings = settings

    def register(self):
        ask("POST", "/auth/register", {"email": self.email, "password": PASSWORD})
        if self.settings:
            self.api("PATCH", "/auth/me", self.settings)
        return self

    def api(self, method, path, document=None, **headers):
        """Asks as a program of theirs."""
        if self.token is None:
            login = {"email": self.email, "password": PASSWORD}
            self.token = ask("POST", "/auth/login", login)["access_token"]
        return ask(method, path, document, Authorization=f"Bearer {self.token}", **headers)

    def task(self, title, **fields):
        return self.api("POST", "/api/tasks", {"title": title, **fields})

    def tasks(self, query="status=active"):
        return self.api("GET", f"/api/tasks?{query}")["items"]

    def titles(self, query="status=active"):
        return [task["title"] for task in self.tasks(query)]

    def at(self, path="/today", **look):
        """A browser that is logged in, and shows a page."""
        page = self.stranger(**look)
        log_in(page.context, self)
        return go(page, path)

    def stranger(self, width=1280, height=900, **look):
        """A browser that nobody has logged in with."""
        look = {"reduced_motion": "reduce", "locale": "en-US", "timezone_id": "UTC", **look}
        context = self.browser.new_context(
            base_url=URL, viewport={"width": width, "height": height}, **look
        )
        self.contexts.append(context)
        context.on("request", self.hear_request)
        context.on("console", self.hear_console)
        context.on("weberror", lambda error: self.complaints.append(f"error: {error.error}"))
        # The console tells of it as well, unless a policy only reports.
        context.add_init_script(
            "addEventListener('securitypolicyviolation',"
            " e => console.error('CSP', e.violatedDirective, e.blockedURI, e.sourceFile))"
        )
        return context.new_page()

    def hear_request(self, request):
        if not request.url.startswith((f"{URL}/", "data:", "blob:")):
            self.complaints.append(f"asks another site: {request.method} {request.url}")

    def hear_console(self, message):
        if message.type in ("error", "warning"):
            at = (message.location or {}).get("url", "")
            self.complaints.append(f"console {message.type}: {message.text} ({at})")

    def expects(self, *patterns):
        """What its pages may complain of because the scenario brings it about."""
        self.expected += patterns

    def unexpected(self):
        return [it for it in self.complaints if not any(re.search(known, it) for known in self.expected)]

    def leave(self):
        for context in self.contexts:
            context.close()


def ask(method, path, document=None, **headers):
    """Asks the API, and takes nothing but an answer that says yes."""
    data = None if document is None else json.dumps(document).encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"{URL}{path}", data, {"Content-Type": "application/json", **headers})
    request.method = method
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
            return json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{method} {path} answered {error.code}: {error.read().decode()}") from None


def log_in(context, person):
    """As the page for it does."""
    login = {"email": person.email, "password": PASSWORD}
    # Of our own pages, because the cookie counts for no others.
    answer = context.request.post(f"{URL}/auth/session", data=login, headers={"Origin": URL})
    assert answer.status == 204, f"POST /auth/session answered {answer.status}: {answer.text()}"


def go(page, path):
    page.goto(path)
    expect(page.locator("body[data-view]")).to_be_attached()
    return page


def row(page, title):
    """The rows of tasks that are called so."""
    return page.locator("#tasks li.task").filter(has=page.get_by_text(title, exact=True))


def check(page, title):
    """What completes a task."""
    return row(page, title).get_by_role("checkbox")


def type_line(page, line):
    """Types into the quick-add line as fingers do: a preview is asked for meanwhile."""
    page.locator("#quick-add input[name=text]").press_sequentially(line)


def chips(page, part=None):
    return page.locator(f"#understood li[data-part={part}]" if part else "#understood li[data-part]")


def add(page, line):
    """Adds by Enter, and waits until the server has it."""
    type_line(page, line)
    page.keyboard.press("Enter")


def settled(page):
    """Nothing waits for the server any more."""
    expect(page.locator("[data-pending]")).to_have_count(0)


def picture(page, name):
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
