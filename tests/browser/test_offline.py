"""Without a connection: what is written is kept, and sent once, or refused aloud."""

import json
import re

from playwright.sync_api import expect

from person import add, check, go, log_in, picture, row, settled

SOMETHING = re.compile(".+")


def go_offline(page):
    expect(page.locator("#offline")).to_be_hidden()
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()


def add_offline(page, line):
    go_offline(page)
    add(page, line)
    expect(page.locator("#offline")).to_contain_text("1")


def test_what_is_written_offline_is_sent_once(someone):
    person = someone()
    person.expects("net::ERR_")
    person.task("an old one")
    page = person.at("/all")
    go_offline(page)
    add(page, "buy milk tomorrow")
    expect(row(page, "buy milk tomorrow")).to_have_attribute("data-pending", SOMETHING)
    check(page, "an old one").click()
    expect(check(page, "an old one")).to_be_checked()
    expect(row(page, "an old one")).to_have_attribute("data-pending", SOMETHING)
    expect(page.locator("#offline")).to_contain_text("2")
    picture(page, "offline.light")
    assert person.titles() == ["an old one"]

    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    settled(page)
    # What it means is understood where the language is.
    expect(row(page, "buy milk")).to_have_count(1)
    expect(row(page, "an old one")).to_have_count(0)
    (task,) = person.tasks()
    assert task["title"] == "buy milk" and task["due_date"], task
    assert person.titles("status=completed") == ["an old one"]


def test_what_is_written_offline_outlives_its_page(someone):
    person = someone()
    person.expects("net::ERR_")
    page = person.at("/all")
    add_offline(page, "buy milk")
    page.close()
    page = page.context.new_page()
    page.context.set_offline(False)
    go(page, "/settings")
    go(page, "/all")
    expect(row(page, "buy milk")).to_have_count(1)
    settled(page)
    assert person.titles() == ["buy milk"]


def test_an_answer_that_was_lost_makes_no_second_task(someone):
    person = someone()
    person.expects("net::ERR_")
    page = person.at("/all")
    lost = []

    def lose(route):
        if route.request.method == "POST" and len(lost) < 2:
            # It arrives, and nobody hears of it.
            lost.append(route.fetch().status)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/api/tasks", lose)
    add(page, "buy milk")
    expect(row(page, "buy milk")).to_have_count(1)
    settled(page)
    assert lost == [200, 200], lost
    assert person.titles() == ["buy milk"]
    go(page, "/all")
    expect(row(page, "buy milk")).to_have_count(1)


def test_what_waits_is_refused_aloud(someone):
    """A task that was changed offline is gone for good meanwhile."""
    person = someone()
    person.expects("net::ERR_", "status of 404", "status of 412")
    task = person.task("buy milk")
    page = person.at("/all")
    go_offline(page)
    check(page, "buy milk").click()
    expect(page.locator("#offline")).to_contain_text("1")
    for query in ["", "?permanent=true"]:
        person.api("DELETE", f"/api/tasks/{task['id']}{query}")
    page.context.set_offline(False)
    expect(page.locator("#notices .failed")).to_be_visible()
    expect(page.locator("#offline")).to_be_hidden()
    settled(page)
    expect(row(page, "buy milk")).to_have_count(0)


def test_two_tabs_agree_on_what_waited(someone):
    person = someone()
    person.expects("net::ERR_")
    one = person.at("/all")
    other = go(one.context.new_page(), "/all")
    go_offline(one)
    add(one, "buy milk")
    expect(row(one, "buy milk")).to_have_attribute("data-pending", SOMETHING)
    one.context.set_offline(False)
    for page in (one, other):
        expect(row(page, "buy milk")).to_have_count(1)
        settled(page)
    assert person.titles() == ["buy milk"]


def test_a_server_that_is_busy_gets_it_later(someone):
    person = someone()
    person.expects("status of (429|502|503)")
    page = person.at("/all")
    answers = [
        {"status": 503, "content_type": "application/problem+json", "body": json.dumps({"detail": "in a moment"})},
        {"status": 429, "headers": {"retry-after": "1"}, "body": "{}"},
        {"status": 502, "content_type": "text/html", "body": "<h1>Bad gateway</h1>"},
        {"status": 200, "content_type": "text/html", "body": "<h1>Log in to this network</h1>"},
    ]

    def be_busy(route):
        if route.request.method == "POST" and answers:
            route.fulfill(**answers.pop(0))
        else:
            route.continue_()

    page.route("**/api/tasks", be_busy)
    add(page, "buy milk")
    expect(page.locator("#offline")).to_contain_text("1")
    settled(page)
    expect(page.locator("#offline")).to_be_hidden()
    expect(row(page, "buy milk")).to_have_count(1)
    assert not answers
    assert person.titles() == ["buy milk"]


def test_a_box_is_unchecked_before_it_is_sent(someone):
    person = someone()
    person.expects("net::ERR_")
    person.task("buy milk")
    page = person.at("/all")
    go_offline(page)
    check(page, "buy milk").click()
    expect(check(page, "buy milk")).to_be_checked()
    check(page, "buy milk").click()
    expect(check(page, "buy milk")).not_to_be_checked()
    expect(page.locator("#offline")).to_contain_text("2")
    page.context.set_offline(False)
    settled(page)
    expect(check(page, "buy milk")).not_to_be_checked()
    assert person.titles() == ["buy milk"]


def test_what_waits_is_its_authors_whoever_logs_in(someone):
    """In another tab, while this one shows what is somebody else's."""
    person, other = someone(), someone()
    person.expects("net::ERR_", "status of 401")
    page = person.at("/all")
    add_offline(page, "a secret plan")
    log_in(page.context, other)
    page.context.set_offline(False)
    me = other.api("GET", "/auth/me")["id"]
    expect(page.locator(f"body[data-user='{me}']")).to_be_attached()
    expect(row(page, "a secret plan")).to_have_count(0)
    assert (other.titles(), person.titles()) == ([], [])

    log_in(page.context, person)
    go(page, "/all")
    expect(row(page, "a secret plan")).to_have_count(1)
    settled(page)
    assert (other.titles(), person.titles()) == ([], ["a secret plan"])


def test_a_log_out_asks_before_it_loses_something(someone):
    person = someone()
    person.expects("status of 503")
    page = person.at("/all")
    page.context.route("**/api/tasks", lambda route: route.fulfill(status=503, body="{}"))
    add(page, "buy milk")
    expect(page.locator("#offline")).to_contain_text("1")
    go(page, "/settings")
    out = page.get_by_role("button", name="Log out")
    with page.expect_event("dialog") as asked:
        out.click()
    assert "buy milk" in asked.value.message, asked.value.message
    asked.value.dismiss()
    with page.expect_event("dialog") as asked:
        out.click()
    asked.value.accept()
    expect(page).to_have_url(re.compile("/login"))
    assert "buy milk" not in page.evaluate("JSON.stringify({...localStorage})")


def test_tomorrow_counts_from_when_it_was_written(someone):
    """A line that waited for two days is of two days ago."""
    person = someone()
    person.expects("net::ERR_")
    page = person.at("/all")
    add_offline(page, "buy milk tomorrow at 5pm")
    page.evaluate("""() => {
        const [name] = Object.keys(localStorage).filter(it => it.startsWith('spindle-outbox-'));
        const item = JSON.parse(localStorage.getItem(name));
        localStorage.removeItem(name);
        const at = item.at - 2 * 24 * 3600 * 1000;
        localStorage.setItem(name.replace(item.at, at), JSON.stringify({...item, at}));
    }""")
    page.context.set_offline(False)
    settled(page)
    expect(row(page, "buy milk")).to_have_count(1)
    (task,) = person.tasks()
    assert task["due_date"] < task["created_at"], task
