"""One line becomes a task, and shows beforehand how it is understood."""

import datetime

from playwright.sync_api import expect

from person import add, check, chips, picture, row, settled, type_line


def tomorrow():
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)).date().isoformat()


def test_a_line_in_english_is_understood_before_it_is_added(someone):
    person = someone()
    page = person.at("/all")
    type_line(page, "call mom tomorrow at 5pm #family !high")
    for part in ["due", "tag", "priority"]:
        expect(chips(page, part)).to_have_count(1)
    expect(chips(page, "tag")).to_contain_text("family")
    picture(page, "quick-add.light")
    page.keyboard.press("Enter")
    expect(row(page, "call mom")).to_be_visible()
    expect(row(page, "call mom").locator("time").first).to_contain_text("5")
    expect(row(page, "call mom")).to_contain_text("family")
    expect(page.locator("#quick-add input[name=text]")).to_have_value("")
    expect(chips(page)).to_have_count(0)
    settled(page)
    (task,) = person.tasks()
    assert task["due_date"] == f"{tomorrow()}T17:00:00Z", task
    assert (task["priority"], task["tags"]) == ("high", ["family"]), task


def test_a_line_in_urdu_is_understood_before_it_is_added(someone):
    person = someone(language="ur")
    page = person.at("/all", locale="ur-PK")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    type_line(page, "کل شام پانچ بجے دودھ اور انڈے خریدنا")
    expect(chips(page, "due")).to_have_count(1)
    picture(page, "quick-add.urdu")
    page.keyboard.press("Enter")
    expect(row(page, "دودھ اور انڈے خریدنا")).to_be_visible()
    settled(page)
    (task,) = person.tasks()
    assert (task["title"], task["due_date"]) == ("دودھ اور انڈے خریدنا", f"{tomorrow()}T17:00:00Z")


def test_a_wrong_chip_is_kept_as_text(someone):
    person = someone()
    page = person.at("/all")
    type_line(page, "watch tomorrow tomorrow #film")
    chip = chips(page, "due")
    expect(chip.first).to_be_visible()
    chip.first.get_by_role("button", name="Keep as text").click()
    while chip.count():
        chip.first.get_by_role("button", name="Keep as text").click()
        expect(page.locator("#quick-add input[name=text]")).to_be_focused()
    expect(chips(page, "tag")).to_have_count(1)
    page.locator("#quick-add input[name=text]").press("Enter")
    expect(row(page, "watch tomorrow tomorrow")).to_be_visible()
    settled(page)
    (task,) = person.tasks()
    assert (task["due_date"], task["tags"]) == (None, ["film"]), task


def test_a_recurring_task_is_completed_and_the_next_one_comes(someone):
    person = someone()
    page = person.at("/all")
    add(page, "water the plants every day at 6pm")
    expect(row(page, "water the plants")).to_be_visible()
    settled(page)
    first = row(page, "water the plants").get_attribute("data-task")
    check(page, "water the plants").click()
    # It comes by way of Kafka, and nobody reloads.
    expect(page.locator(f"#tasks li[data-task='{first}']")).to_have_count(0)
    expect(row(page, "water the plants")).to_have_count(1)
    following = row(page, "water the plants").get_attribute("data-task")
    assert following != first
    settled(page)
    (task,) = person.tasks()
    assert (task["id"], task["occurrence"]) == (following, 2), task


def test_what_somebody_types_is_text(someone):
    """A title is no markup, wherever it stands."""
    person = someone()
    page = person.at("/all")
    title = "<img src=x onerror=alert(1)><b>&amp;</b>"
    page.locator("#quick-add input[name=text]").fill(title)
    page.keyboard.press("Enter")
    expect(row(page, title)).to_be_visible()
    settled(page)
    check(page, title).click()
    expect(page.locator("#notices")).to_contain_text(title)
    page.goto("/completed")
    expect(row(page, title)).to_be_visible()
    assert page.locator("main img, main b", has_text="&amp;").count() == 0
