"""To come in, and to go."""

import re

from playwright.sync_api import expect

from person import PASSWORD, go, row, settled


def test_who_signs_up_is_at_today_and_finds_it_again_after_a_log_in(someone):
    person = someone()
    page = person.stranger()
    go(page, "/")
    expect(page).to_have_url(re.compile(r"/login\?next="))
    page.get_by_role("link", name="Create an account").click()
    expect(page).to_have_url(re.compile("/signup"))
    email = f"new-{person.email}"
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page).to_have_url(re.compile("/today$"))
    expect(page.locator("body")).to_have_attribute("data-view", "today")

    names = ["Today", "Upcoming", "All", "Completed", "Trash", "Activity", "Chat", "Settings"]
    for name in names:
        page.get_by_role("navigation").get_by_role("link", name=name, exact=True).click()
        expect(page).to_have_url(re.compile(f"/{name.lower()}$"))
        expect(page.locator("body")).to_have_attribute("data-view", name.lower())

    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url(re.compile("/login"))
    go(page, "/upcoming")
    expect(page).to_have_url(re.compile(r"/login\?next=(/|%2F)upcoming"))
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(re.compile("/upcoming$"))


def test_a_wrong_password_is_said(someone):
    person = someone()
    person.expects("status of 401")
    page = go(person.stranger(), "/login")
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill("another password")
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("#notices .failed")).to_contain_text("wrong")
    expect(page).to_have_url(re.compile("/login"))


def test_a_wrong_password_in_the_settings_is_said_there(someone):
    person = someone()
    person.expects("status of 401")
    page = person.at("/settings")
    page.get_by_label("Current password").fill("another password")
    page.get_by_label("New password").fill("a whole new password")
    page.get_by_role("button", name="Change the password").click()
    expect(page.locator("#notices .failed")).to_contain_text("password")
    expect(page).to_have_url(re.compile("/settings$"))
    expect(page.get_by_label("New password")).to_have_value("a whole new password")


def test_who_is_logged_out_elsewhere_is_sent_to_the_log_in(someone):
    person = someone()
    person.expects("status of 401")
    page = person.at("/all")
    person.api("PATCH", "/auth/me", {"current_password": PASSWORD, "password": "a whole new password"})
    page.get_by_role("textbox", name="Add a task").fill("buy milk")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/login\?next=(/|%2F)all"))
    # It is kept for them.
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill("a whole new password")
    page.get_by_role("button", name="Log in").click()
    expect(row(page, "buy milk")).to_be_visible()
    settled(page)


def test_what_went_wrong_is_a_page(someone):
    person = someone()
    person.expects("status of (404|422)")
    page = person.at("/activity?cursor=nonsense")
    expect(page.get_by_role("heading", level=1)).to_have_text("422")
    expect(page.locator("main")).to_contain_text("cursor")
    go(page, "/nowhere")
    expect(page.get_by_role("heading", level=1)).to_have_text("404")


def test_no_script_reads_the_session(someone):
    page = someone().at("/today")
    cookies = page.context.cookies()
    assert [cookie["httpOnly"] for cookie in cookies] == [True], cookies
    assert cookies[0]["sameSite"] == "Lax"
    assert page.evaluate("document.cookie") == ""
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert cookies[0]["value"] not in kept


def test_what_the_browser_knew_of_somebody_goes_with_them(someone):
    """Whoever uses the same browser next finds nothing: no page in a cache, nothing that waits."""
    person = someone()
    person.expects("net::ERR_")
    person.task("a secret plan")
    page = person.at("/all")
    expect(page.get_by_text("a secret plan").first).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    go(page, "/all")
    go(page, "/settings")
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url(re.compile("/login"))
    everything = """async () => {
        let text = JSON.stringify({...localStorage});
        for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const key of await cache.keys()) text += key.url + await (await cache.match(key)).text();
        }
        return text;
    }"""
    assert "a secret plan" not in page.evaluate(everything)
