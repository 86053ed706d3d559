"""Everything without a mouse: from the log-in to the log-out."""

import re

from playwright.sync_api import expect

from person import PASSWORD, chips, go, row, settled

# Whoever tabs sees where they are.
FOCUS = """() => {
    const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
    return {
        what: at.outerHTML.slice(0, 120),
        isLost: at === document.body,
        isMarked: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        isInView: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
}"""
MOST = 80


def tab_to(page, locator):
    expect(locator).to_be_visible()
    for _ in range(MOST):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        assert focus["isLost"] or (focus["isMarked"] and focus["isInView"]), focus
        if locator.evaluate("it => it === document.activeElement"):
            return
    raise AssertionError(f"{MOST} times Tab don't reach {locator}")


def follow(page, name):
    tab_to(page, page.get_by_role("navigation").get_by_role("link", name=name, exact=True))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/{name.lower()}$"))


def test_everything_is_done_by_keyboard(someone):
    person = someone()
    page = go(person.stranger(), "/login")
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type(person.email)
    tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/today$"))

    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    go(page, "/today")
    follow(page, "All")

    line = page.get_by_role("textbox", name="Add a task")
    tab_to(page, line)
    page.keyboard.type("call mom tomorrow #family")
    keep = chips(page, "due").get_by_role("button", name="Keep as text")
    tab_to(page, keep)
    page.keyboard.press("Enter")
    expect(line).to_be_focused()
    expect(chips(page, "due")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(row(page, "call mom tomorrow")).to_be_visible()
    settled(page)
    expect(line).to_be_focused()

    tab_to(page, page.get_by_role("checkbox", name="call mom tomorrow"))
    page.keyboard.press("Space")
    expect(row(page, "call mom tomorrow")).to_have_count(0)
    assert not page.evaluate(FOCUS)["isLost"], "whoever completes a task has to begin at the top"
    tab_to(page, page.locator("#notices").get_by_role("button", name="Undo"))
    page.keyboard.press("Enter")
    expect(row(page, "call mom tomorrow")).to_be_visible()
    settled(page)

    tab_to(page, row(page, "call mom tomorrow").get_by_role("link", name="call mom tomorrow"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/tasks/"))
    title = page.locator("#task").get_by_label("Title")
    tab_to(page, title)
    page.keyboard.press("End")
    page.keyboard.type(" and dad")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("call mom tomorrow and dad")
    assert person.titles() == ["call mom tomorrow and dad"]

    follow(page, "Chat")
    tab_to(page, page.get_by_role("textbox", name="Message"))
    page.keyboard.type("complete call mom tomorrow and dad")
    page.keyboard.press("Enter")
    expect(page.locator("#log [data-role=assistant]")).to_have_count(1)

    follow(page, "Settings")
    tab_to(page, page.get_by_role("button", name="Log out"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/login"))
