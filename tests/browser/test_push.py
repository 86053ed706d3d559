"""Reminders in a browser: a subscription, a message, its notification, and what its buttons do."""

import json
import uuid

from playwright.sync_api import expect

from person import URL

# A push service of one's own can't be had; what it would hand over is handed over by the browser's protocol.
SUBSCRIBE = """
    const subscription = {
        endpoint: 'https://push.example/send/abc',
        expirationTime: null,
        options: {},
        toJSON: () => ({endpoint: 'https://push.example/send/abc', expirationTime: null, keys: {
            p256dh: 'BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM',
            auth: 'tBHItJI5svbpez7KI4CCXg',
        }}),
    };
    subscription.getKey = name => Uint8Array.fromBase64(subscription.toJSON().keys[name], {alphabet: 'base64url'}).buffer;
    PushManager.prototype.subscribe = async options => {
        globalThis.subscribedBy = options;
        return subscription;
    };
"""
SHOWN = """async count => {
    const registration = await navigator.serviceWorker.ready;
    for (let left = 600; left > 0; left -= 1) {
        const shown = await registration.getNotifications();
        if (shown.length === count) return shown.map(it => ({
            title: it.title, body: it.body, tag: it.tag, lang: it.lang, dir: it.dir,
            actions: it.actions.map(it => ({action: it.action, title: it.title})),
        }));
        await new Promise(resolve => setTimeout(resolve, 50));
    }
    throw new Error(`not ${count} notifications`);
}"""
# Nobody can be made to click on it, and a script's event may not ask to be waited for; so who handles it is waited for here.
CLICK = """async action => {
    const [notification] = await self.registration.getNotifications();
    const event = new NotificationEvent('notificationclick', {notification, action});
    const waited = [];
    event.waitUntil = promise => waited.push(promise);
    self.dispatchEvent(event);
    await Promise.all(waited);
    return waited.length;
}"""


def subscribed(person):
    page = person.at("/settings")
    page.context.grant_permissions(["notifications"], origin=URL)
    page.add_init_script(SUBSCRIBE)
    page.reload()
    page.get_by_role("button", name="Turn on notifications here").click()
    expect(page.locator("#notices")).to_contain_text("from now on")
    return page


def push(page, message):
    """Hands a message over to the service worker, as its browser would once it has read it."""
    protocol = page.context.new_cdp_session(page)
    workers = []
    protocol.on("ServiceWorker.workerRegistrationUpdated", lambda it: workers.extend(it["registrations"]))
    protocol.send("ServiceWorker.enable")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    ours = [it for it in workers if it["scopeURL"] == f"{URL}/" and not it["isDeleted"]]
    message = {"origin": URL, "registrationId": ours[-1]["registrationId"], "data": json.dumps(message)}
    protocol.send("ServiceWorker.deliverPushMessage", message)
    return page.evaluate(SHOWN, 1)


def reminded(person, page):
    """A reminder of a task, and the message that tells of it."""
    task = person.task("dentist", due_date="2099-01-05T09:00:00Z")
    reminder = {"task_id": task["id"], "delivery_method": "push", "lead_time": "15m"}
    reminder = person.api("POST", "/api/reminders", reminder)
    message = {
        "title": "dentist",
        "body": "due in 15 minutes",
        "tag": f"reminder-{reminder['id']}",
        "reminder_id": reminder["id"],
        "task_id": task["id"],
    }
    (shown,) = push(page, message)
    assert (shown["title"], shown["tag"]) == ("dentist", message["tag"]), shown
    assert "due in 15 minutes" in shown["body"], shown
    assert [it["action"] for it in shown["actions"]] == ["done", "snooze"], shown
    return task, reminder


def test_a_browser_is_subscribed(someone):
    person = someone()
    page = subscribed(person)
    subscriptions = person.api("GET", "/api/push-subscriptions")
    assert len(subscriptions["items"]) == 1, subscriptions
    options = page.evaluate("""() => ({
        visible: subscribedBy.userVisibleOnly,
        key: typeof subscribedBy.applicationServerKey === 'string' ? subscribedBy.applicationServerKey
            : new Uint8Array(subscribedBy.applicationServerKey).toBase64({alphabet: 'base64url', omitPadding: true}),
    })""")
    assert options == {"visible": True, "key": subscriptions["public_key"]}, options


def test_done_completes_the_task(someone):
    person = someone()
    page = subscribed(person)
    task, _ = reminded(person, page)
    worker = page.context.service_workers[0]
    assert worker.evaluate(CLICK, "done") == 1, "the browser isn't told what to wait for"
    assert person.api("GET", f"/api/tasks/{task['id']}")["status"] == "completed"
    assert page.evaluate(SHOWN, 0) == []


def test_snooze_puts_the_reminder_off(someone):
    person = someone()
    page = subscribed(person)
    task, reminder = reminded(person, page)
    worker = page.context.service_workers[0]
    assert worker.evaluate(CLICK, "snooze") == 1, "the browser isn't told what to wait for"
    snoozed = person.api("GET", f"/api/reminders/{reminder['id']}")
    assert snoozed["trigger_time"] != reminder["trigger_time"], snoozed
    assert person.api("GET", f"/api/tasks/{task['id']}")["status"] == "active"


def test_a_message_that_nobody_understands_still_shows_something(someone):
    """A browser takes the permission away from who shows nothing."""
    page = subscribed(someone())
    (shown,) = push(page, {"reminder_id": str(uuid.uuid4())})
    assert shown["title"], shown
