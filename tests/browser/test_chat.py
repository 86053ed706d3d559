"""To talk to it, beside the list."""

from playwright.sync_api import expect

from person import go, picture, row


def say(page, text):
    page.get_by_role("textbox", name="Message").fill(text)
    page.get_by_role("textbox", name="Message").press("Enter")


def test_deleting_asks_first_and_the_list_follows(someone):
    person = someone()
    page = person.at("/all", width=1400)
    chat = page.get_by_role("complementary", name="Chat")
    expect(chat).to_be_visible()
    said = chat.get_by_role("log").locator("[data-role=assistant]")
    say(page, "Create a task to buy milk tomorrow at 5pm")
    expect(said.last).to_contain_text("buy milk")
    expect(row(page, "buy milk")).to_be_visible()
    say(page, "delete the milk task")
    expect(said).to_have_count(2)
    expect(said.last).to_contain_text("Is that correct?")
    expect(row(page, "buy milk")).to_be_visible()
    assert person.titles() == ["buy milk"]
    picture(page, "chat-asks.light")
    say(page, "yes")
    expect(said).to_have_count(3)
    expect(row(page, "buy milk")).to_have_count(0)
    assert person.titles("status=deleted") == ["buy milk"]

    for _ in range(2):
        chat.get_by_role("button", name="Forget this conversation").click()
        expect(said).to_have_count(0)
        say(page, "Create a task to buy bread")
        expect(said).to_have_count(1)

    go(page, "/chat")
    expect(page.locator("#log [data-role=user]")).to_have_count(1)
    expect(page.locator("#log [data-role=assistant]")).to_have_count(1)


def test_a_no_leaves_everything(someone):
    person = someone(language="ur")
    person.task("دودھ خریدنا")
    page = person.at("/chat", locale="ur-PK", width=400)
    message = page.locator("#say input[name=text]")
    said = page.locator("#log [data-role=assistant]")
    message.fill("دودھ والا کام حذف کرو")
    message.press("Enter")
    expect(said).to_have_count(1)
    assert person.titles() == ["دودھ خریدنا"]
    message.fill("نہیں")
    message.press("Enter")
    expect(said).to_have_count(2)
    assert person.titles() == ["دودھ خریدنا"]


def test_where_there_is_no_room_the_chat_has_its_page(someone):
    page = someone().at("/today", width=800)
    expect(page.locator("#chat")).to_be_hidden()
    page.get_by_role("navigation").get_by_role("link", name="Chat").click()
    expect(page.get_by_role("log")).to_be_visible()
