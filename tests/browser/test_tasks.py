"""What happens to tasks: changed, thrown away, taken back, refused."""

import datetime
import json
import re

import pytest
from playwright.sync_api import expect

from person import check, go, row, settled

WEEKLY = {"due_date": "2099-01-05", "recurrence_rule": {"pattern": "weekly"}}


def test_what_was_done_is_undone(someone):
    person = someone()
    person.task("buy milk")
    page = person.at("/all")
    check(page, "buy milk").click()
    expect(row(page, "buy milk")).to_have_count(0)
    settled(page)
    assert person.titles("status=completed") == ["buy milk"]
    page.locator("#notices").get_by_role("button", name="Undo").click()
    expect(row(page, "buy milk")).to_be_visible()
    settled(page)
    assert person.titles() == ["buy milk"]

    go(page, "/completed")
    expect(row(page, "buy milk")).to_have_count(0)


def test_a_completed_task_is_reopened(someone):
    person = someone()
    task = person.task("buy milk")
    person.api("POST", f"/api/tasks/{task['id']}/complete")
    page = person.at("/completed")
    expect(check(page, "buy milk")).to_be_checked()
    check(page, "buy milk").click()
    expect(row(page, "buy milk")).to_have_count(0)
    settled(page)
    assert person.titles() == ["buy milk"]


def test_a_task_is_changed_on_its_page(someone):
    person = someone()
    task = person.task("rent", **WEEKLY)
    page = person.at("/all")
    row(page, "rent").get_by_role("link", name="rent").click()
    expect(page).to_have_url(re.compile(f"/tasks/{task['id']}$"))
    form = page.locator("#task")
    form.get_by_label("Title").fill("pay the rent")
    form.get_by_label("Notes").fill("by transfer")
    form.get_by_label("Priority").select_option("high")
    form.get_by_label("Tags").fill("home, money")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("pay the rent")
    expect(page.locator("#dates li")).to_have_count(5)
    expect(page.locator("#history li").first).to_contain_text("changed")
    kept = person.api("GET", f"/api/tasks/{task['id']}")
    assert (kept["title"], kept["description"], kept["priority"]) == ("pay the rent", "by transfer", "high")
    assert sorted(kept["tags"]) == ["home", "money"]
    assert kept["recurrence_rule"] == WEEKLY["recurrence_rule"], "what wasn't changed stays"

    page.get_by_role("button", name="Skip this one").click()
    expect(form.get_by_label("Due")).to_have_value("2099-01-12")
    page.locator("#history").get_by_role("button", name="Undo last change").click()
    expect(form.get_by_label("Due")).to_have_value("2099-01-05")


def test_a_task_has_reminders(someone):
    person = someone()
    task = person.task("dentist", due_date="2099-01-05T09:00:00Z")
    page = person.at(f"/tasks/{task['id']}")
    reminders = page.locator("#reminders")
    reminders.get_by_label("How").select_option("email")
    reminders.get_by_label("When").select_option("PT1H")
    reminders.get_by_role("button", name="Add a reminder").click()
    line = reminders.locator("li[data-key]").filter(has=page.get_by_role("button", name="Snooze"))
    expect(line).to_have_count(1)
    path = f"/api/reminders?task_id={task['id']}"
    (reminder,) = person.api("GET", path)["items"]
    assert reminder["trigger_time"] == "2099-01-05T08:00:00Z", reminder
    line.get_by_role("button", name="Cancel").click()
    expect(line).to_have_count(0)
    assert person.api("GET", path)["items"] == []


def test_the_trash_gives_back_and_forgets(someone):
    person = someone()
    # The page of a task that was thrown away is gone, which it finds out before it is left.
    person.expects("status of 404")
    for title in ["keep me", "lose me"]:
        task = person.task(title)
        page = person.contexts[0].pages[0] if person.contexts else person.at("/today")
        go(page, f"/tasks/{task['id']}")
        page.get_by_role("button", name="Move to trash").click()
        expect(page).to_have_url(re.compile("/(today|all|trash)$"))
        settled(page)
    go(page, "/trash")
    row(page, "keep me").get_by_role("button", name="Restore").click()
    expect(row(page, "keep me")).to_have_count(0)
    # It asks, in a dialogue of the browser or of the page.
    page.on("dialog", lambda dialog: dialog.accept())
    row(page, "lose me").get_by_role("button", name="Delete for good").click()
    expect(row(page, "lose me")).to_have_count(0)
    settled(page)
    assert person.titles() == ["keep me"]
    assert person.titles("status=deleted") == []


@pytest.mark.parametrize("status", [412, 500])
def test_a_change_that_is_refused_is_shown_and_reverted(someone, status):
    person = someone()
    person.expects(f"status of {status}")
    task = person.task("buy milk")
    page = person.at("/all")
    problem = {
        "type": f"/problems/{status}",
        "title": "Refused for once",
        "status": status,
        "detail": "somebody else was faster",
        "correlation_id": "x",
    }
    page.route(
        "**/api/tasks/*/complete",
        lambda route: route.fulfill(
            status=status, content_type="application/problem+json", body=json.dumps(problem)
        ),
    )
    check(page, "buy milk").click()
    expect(page.locator("#notices .failed")).to_be_visible()
    expect(check(page, "buy milk")).not_to_be_checked()
    settled(page)
    assert person.api("GET", f"/api/tasks/{task['id']}")["status"] == "active"

    page.unroute("**/api/tasks/*/complete")
    check(page, "buy milk").click()
    expect(row(page, "buy milk")).to_have_count(0)
    settled(page)
    assert person.titles("status=completed") == ["buy milk"]


def test_a_form_that_is_behind_doesnt_overwrite(someone):
    person = someone()
    person.expects("status of 412")
    task = person.task("plan")
    page = person.at(f"/tasks/{task['id']}")
    # What happens elsewhere doesn't reach this page before it saves.
    page.route("**/api/changes*", lambda route: route.abort())
    person.expects("net::ERR_FAILED")
    go(page, f"/tasks/{task['id']}")
    page.locator("#task").get_by_label("Notes").fill("mine")
    person.api("PATCH", f"/api/tasks/{task['id']}", {"description": "theirs"})
    page.locator("#task").get_by_role("button", name="Save").click()
    expect(page.locator("#notices .failed")).to_be_visible()
    expect(page.locator("#task").get_by_label("Notes")).to_have_value("mine")
    assert person.api("GET", f"/api/tasks/{task['id']}")["description"] == "theirs"
    # Whoever saves again has been told.
    page.locator("#task").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    assert person.api("GET", f"/api/tasks/{task['id']}")["description"] == "mine"


def test_an_undo_whose_answer_was_lost_is_not_undone(someone):
    person = someone()
    person.expects("net::ERR_")
    task = person.task("one")
    person.api("PATCH", f"/api/tasks/{task['id']}", {"title": "two"})
    page = person.at(f"/tasks/{task['id']}")
    lost = []

    def lose(route):
        if lost:
            return route.continue_()
        lost.append(route.fetch().status)
        route.abort("connectionreset")

    page.route("**/undo", lose)
    undo = page.locator("#history").get_by_role("button", name="Undo last change")
    undo.click()
    expect(page.locator("#notices .failed")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("one")
    undo.click()
    expect(page.get_by_text("The last change is taken back")).to_be_visible()
    assert lost == [200], lost
    assert person.api("GET", f"/api/tasks/{task['id']}")["title"] == "one"


def test_a_title_of_two_lines_is_no_change(someone):
    """The API takes it, and a field for one line shows it in one."""
    person = someone()
    task = person.task("one\ntwo")
    page = person.at(f"/tasks/{task['id']}")
    page.locator("#task").get_by_label("Notes").fill("and more")
    page.locator("#task").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    kept = person.api("GET", f"/api/tasks/{task['id']}")
    assert (kept["title"], kept["description"]) == ("one\ntwo", "and more")


def test_each_task_is_in_the_list_of_its_day(someone):
    # Where it is about noon now, so that no day ends meanwhile.
    hours = 12 - datetime.datetime.now(datetime.UTC).hour
    zone = f"Etc/GMT{-hours:+d}"
    person = someone(timezone=zone)
    today = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=hours)).date()

    def due(days, hour=None):
        day = today + datetime.timedelta(days=days)
        if hour is None:
            return day.isoformat()
        at = datetime.datetime.combine(day, datetime.time(), datetime.UTC) + datetime.timedelta(hours=hour - hours)
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")

    for title, when in [
        ("yesterday", due(-1)), ("all day", due(0)), ("first hour", due(0, 0)), ("last hour", due(0, 23)),
        ("tomorrow", due(1)), ("tomorrow's first hour", due(1, 0)), ("next week", due(7)),
    ]:
        person.task(title, due_date=when, timezone=zone)
    person.task("some day")
    page = person.at("/today")
    titles, days = page.locator("#tasks a.title"), page.locator("#tasks .day")
    expect(titles).to_have_count(4)
    assert set(titles.all_inner_texts()) == {"yesterday", "all day", "first hour", "last hour"}
    assert days.all_inner_texts() == ["Overdue", "Today"]
    # What changes elsewhere leaves nothing behind.
    for number in range(2):
        person.task(f"new {number}", due_date=due(0), timezone=zone)
        expect(row(page, f"new {number}")).to_be_visible()
    assert days.all_inner_texts() == ["Overdue", "Today"]
    go(page, "/upcoming")
    expect(titles).to_have_count(3)
    assert set(titles.all_inner_texts()) == {"tomorrow", "tomorrow's first hour", "next week"}
    go(page, "/all")
    expect(titles).to_have_count(10)


def test_a_list_that_grows_is_still_seen_to_its_end(someone):
    person = someone()
    for number in range(100):
        person.task(f"errand {number}")
    page = person.at("/all")
    more = page.get_by_role("link", name="Show more")
    expect(page.locator("#tasks li.task")).to_have_count(100)
    expect(more).to_have_count(0)
    person.task("one too many")
    more.click()
    expect(page.locator("#tasks li.task")).to_have_count(1)


def test_activity_tells_the_whole_story_of_a_request(someone):
    person = someone()
    first = person.task("water the plants", due_date="2099-01-05", recurrence_rule={"pattern": "daily"})
    person.api("POST", f"/api/tasks/{first['id']}/complete", X_Correlation_ID="the-story")
    page = person.at("/activity")
    created = page.locator("#activity li[data-action='task.created']")
    # The next one, too.
    expect(created).to_have_count(2)
    page.locator("#activity a[href='/activity?correlation_id=the-story']").first.click()
    expect(page.locator("#activity li[data-key]")).to_have_count(2)
    expect(page.locator("#activity li").nth(0)).to_have_attribute("data-action", "task.completed")
    expect(page.locator("#activity li").nth(1)).to_have_attribute("data-action", "task.created")


def test_settings_are_kept_and_a_token_is_shown_once(someone):
    person = someone()
    page = person.at("/settings")
    form = page.locator("form").filter(has=page.get_by_label("Time zone"))
    form.get_by_label("Time zone").fill("Asia/Karachi")
    form.get_by_label("Language").select_option("ur")
    form.get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("html")).to_have_attribute("lang", "ur")
    me = person.api("GET", "/auth/me")
    assert (me["timezone"], me["language"]) == ("Asia/Karachi", "ur")

    form = page.locator("form[data-secret=token]")
    form.locator("[name=name]").fill("script")
    form.get_by_role("button").click()
    secret = page.get_by_text(re.compile("spindle_pat_"))
    expect(secret).to_be_visible()
    expect(page.locator("#tokens li[data-key]")).to_have_count(1)
    go(page, "/settings")
    expect(page.locator("#tokens li[data-key]")).to_have_count(1)
    assert "spindle_pat_" not in page.content()
