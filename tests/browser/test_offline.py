"""Without a connection: what is written is kept, and sent once, or refused aloud."""

import re

from playwright.sync_api import expect

from person import add, check, go, picture, row, settled

SOMETHING = re.compile(".+")


def go_offline(page):
    expect(page.locator("#offline")).to_be_hidden()
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()


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
    go_offline(page)
    add(page, "buy milk")
    expect(page.locator("#offline")).to_contain_text("1")
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
