"""What schemathesis can't read in the document: who asks, what our formats look like, and what only words can say."""

import datetime
import itertools
import json
import os
import urllib.request

import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode

URL = os.environ["SPINDLE_CONTRACT_URL"]
# The one account that there is when a run begins.
PERSON = json.loads(os.environ["SPINDLE_CONTRACT_PERSON"])
# What a mail to them would tell.
UNSUBSCRIBE = os.environ["SPINDLE_CONTRACT_UNSUBSCRIBE"]


# The token of a log-in lasts 15 minutes, and a run may take longer. A personal access token would last, but some
# operations take none.
@schemathesis.auth(refresh_interval=300)
class LogIn:
    def get(self, case, context):
        request = urllib.request.Request(
            f"{URL}/auth/login",
            data=json.dumps(PERSON).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["access_token"]

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


# What has been sent and answered so far: cursors by their operation, with the query of their list, since of another
# list they are none; idempotency keys with their requests, since of another request they are none; unused refresh
# tokens.
cursors = {}
keys = {}
refresh_tokens = []
turns = itertools.count()


# What is not allowed is sent as it is. What the document allows is made to be allowed indeed: nobody guesses a
# password, a cursor or a token, and JSON Schema can't say that a time is in the future.
@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    operation = case.operation.label
    query = case.query or {}
    # Of changes, any number is one.
    if "cursor" in query and operation != "GET /api/changes":
        given = cursors.get(operation, {})
        cursor = query.pop("cursor")
        if cursor not in given:
            cursor = next(reversed(given), None)
        if cursor is not None:
            query.clear()
            query.update(given[cursor], cursor=cursor)
    if operation == "POST /unsubscribe" and next(turns) % 2 == 0:
        query["token"] = UNSUBSCRIBE
    if "wait" in query:
        # Up to 25 s are allowed, in which nothing happens.
        query["wait"] = 0
    key = case.headers.get("Idempotency-Key")
    if key is not None:
        request = f"{case.method} {case.formatted_path} {case.query!r} {case.body!r}"
        if keys.setdefault(key, request) != request:
            # As long as it was, unless that leaves too little.
            key = f"{len(keys)}-{key}"[: max(len(key), 9)]
            keys[key] = request
            case.headers["Idempotency-Key"] = key
    if operation.endswith("/auth/session"):
        # As one of our own pages.
        case.headers["Origin"] = URL
    body = case.body
    amend(body)
    if operation in ("POST /auth/login", "POST /auth/session") and next(turns) % 2 == 0:
        body.update(PERSON)
    elif operation == "POST /api/reminders":
        # One of the two says when, and only a webhook goes to an address.
        when = {"at": "2100-01-01T00:00:00Z"} if body.get("at") else {"lead_time": body.get("lead_time") or "15m"}
        to = {"delivery_method": body.get("delivery_method")}
        if to["delivery_method"] == "webhook":
            to["destination"] = body.get("destination") or "ntfys://ntfy.example/mine"
        case.body = {"task_id": body["task_id"], **when, **to}
    elif operation.startswith("POST /api/reminders/"):
        case.body = {"until": "2100-01-01T00:00:00Z"} if body.get("until") else {"for": body.get("for") or "10m"}
    elif operation == "POST /api/parse":
        if body.get("now"):
            body["now"] = datetime.datetime.now(datetime.UTC).isoformat()
        if body.get("ignore"):
            body["ignore"] = [[0, len(body["text"].encode("utf-16-le")) // 2]]
    elif operation == "POST /auth/refresh" and refresh_tokens:
        if body["refresh_token"] in refresh_tokens:
            refresh_tokens.remove(body["refresh_token"])
        else:
            body["refresh_token"] = refresh_tokens.pop()
    elif operation == "POST /api/tasks/{id}/skip" and next(turns) % 2 == 0:
        # Few tasks come back, and of the others there is nothing to leave out.
        case.path_parameters["id"] = task_that_comes_back(case.headers)
    elif operation == "PATCH /auth/me" and body.get("password") is not None:
        # A new one has to bring the present one, which the next log-in needs.
        body["password"] = body["current_password"] = PERSON["password"]


def task_that_comes_back(headers):
    request = urllib.request.Request(
        f"{URL}/api/tasks",
        data=json.dumps({"title": "x", "due_date": "2099-01-01", "recurrence_rule": {"pattern": "daily"}}).encode(),
        headers={"Authorization": headers["Authorization"]},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["id"]


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code != 200 or "json" not in response.headers.get("content-type", [""])[0]:
        return
    document = response.json()
    if "refresh_token" in document:
        refresh_tokens.append(document["refresh_token"])
    following = document.get("messages", document).get("next")
    if following is not None:
        query = {name: value for name, value in (case.query or {}).items() if name != "cursor"}
        cursors.setdefault(case.operation.label, {})[following] = query


# A batch as a whole is answered 200 whatever becomes of its operations: what is wrong with one stands in its place.
@schemathesis.hook("filter_failure").apply_to(operation_id="batchTasks")
def is_not_refused_in_its_place(context, failure, case, response):
    if "negative_data_rejection" not in failure.checks:
        return True
    return all(item["status"] < 400 for item in response.json()["results"])


def amend(value):
    """Replaces what a field's description forbids and its schema can't."""
    if isinstance(value, list):
        for item in value:
            amend(item)
    elif isinstance(value, dict):
        for name, field in value.items():
            if name == "reminder_config" and field is not None:
                if field.get("lead_time") is not None:
                    field.pop("at", None)
                if field.get("delivery_method") == "webhook":
                    field["destination"] = field.get("destination") or "https://nobody.example/"
                else:
                    field.pop("destination", None)
            elif name == "recurrence_rule" and field is not None:
                if not is_kept(field):
                    value[name] = {"pattern": "weekly"}
            elif name == "expires_at" and field is not None:
                value[name] = max(field, "2100-01-01T00:00:00Z")
            elif name == "scopes":
                # Nobody gives what they don't have.
                value[name] = [scope for scope in field if scope != "admin"] or ["chat"]
            else:
                amend(field)


def is_kept(value):
    """Whether an object is one that a task can have."""
    text = json.dumps(value)
    return len(text) <= 4096 and "\\u0000" not in text and fits(value, 16)


def fits(value, levels):
    if isinstance(value, (dict, list)):
        items = value.values() if isinstance(value, dict) else value
        return levels > 0 and all(fits(item, levels - 1) for item in items)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return not is_number or value == 0 or 1e-15 <= abs(value) <= 1e20


ORDERED = ["=", "!=", "<", "<=", ">", ">="]
EQUAL = ["=", "!="]
DAYS = st.dates().map(str)
STEPS = st.builds("{}{}{}".format, st.sampled_from("+-"), st.integers(0, 1000), st.sampled_from("smhdwMy"))
MOMENTS = st.builds(
    "{}{}".format,
    st.one_of(st.sampled_from(["now", "today"]), DAYS, DAYS.map("{}T09:30:00Z".format)),
    st.lists(STEPS, max_size=2).map("".join),
)
TEXTS = st.text("ab \"\\ \u0627\u0631", min_size=1).map(lambda text: json.dumps(text, ensure_ascii=False))


def condition(fields, operators, operands):
    return st.builds("{} {} {}".format, st.sampled_from(fields), st.sampled_from(operators), operands)


TIMES = ["due", "created", "updated", "completed"]
FILTERS = st.recursive(
    st.one_of(
        condition(TIMES, ORDERED, MOMENTS),
        condition(TIMES, EQUAL, st.just("null")),
        condition(["priority"], ORDERED, st.sampled_from(["low", "medium", "high"])),
        condition(["status"], EQUAL, st.sampled_from(["active", "completed", "deleted"])),
        condition(["tag"], EQUAL, TEXTS),
        condition(["title"], ORDERED, TEXTS),
    ),
    lambda parts: st.one_of(
        st.builds("({} {} {})".format, parts, st.sampled_from("&|"), parts),
        parts.map("!({})".format),
    ),
    max_leaves=4,
)
ENTITY_TAGS = st.lists(st.integers(0, 9).map('"{}"'.format), min_size=1, max_size=4).map(", ".join)
# Nobody is there, but whether somebody is isn't asked before there is something to post.
ADDRESSES = st.builds(
    "{}://{}{}/{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["127.0.0.1", "[::1]", "nobody.example"]),
    st.sampled_from(["", ":1", ":65535"]),
    st.text("abc/?&=%20", max_size=20),
)
LEADS = st.one_of(
    st.builds("{}{}".format, st.integers(0, 366), st.sampled_from("mhdMHD")),
    st.builds("P{}DT{}H{}M".format, st.integers(0, 99), st.integers(0, 99), st.integers(0, 99)),
)
LOCAL_TIMES = st.datetimes().map(lambda it: it.replace(microsecond=0).isoformat())
ENDS = st.one_of(DAYS, DAYS.map(lambda day: day.replace("-", "")), LOCAL_TIMES, LOCAL_TIMES.map("{}Z".format))
RRULES = st.builds(
    "FREQ={}{}{}".format,
    st.sampled_from([
        "DAILY", "WEEKLY;BYDAY=MO,WE", "MONTHLY;BYDAY=-1FR", "MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
        "YEARLY;BYMONTH=2;BYMONTHDAY=29", "YEARLY;BYWEEKNO=1,53", "HOURLY;BYMINUTE=0,30", "DAILY;BYHOUR=9",
    ]),
    st.one_of(st.just(""), st.integers(1, 9999).map(";INTERVAL={}".format)),
    st.one_of(
        st.just(""),
        st.integers(1, 4294967295).map(";COUNT={}".format),
        ENDS.map(lambda end: ";UNTIL=" + end.replace("-", "").replace(":", "")),
    ),
)
ZONES = st.sampled_from(["UTC", "Europe/Madrid", "Asia/Karachi", "America/New_York", "Pacific/Chatham"])

schemathesis.openapi.format("moment", MOMENTS)
schemathesis.openapi.format("task-filter", FILTERS)
schemathesis.openapi.format("entity-tags", st.one_of(st.just("*"), ENTITY_TAGS))
schemathesis.openapi.format("time-zone", ZONES)
schemathesis.openapi.format("http-address", ADDRESSES)
schemathesis.openapi.format("reminder-address", ADDRESSES)
schemathesis.openapi.format("lead-time", LEADS)
schemathesis.openapi.format("rrule", RRULES)
schemathesis.openapi.format("recurrence-end", ENDS)
schemathesis.openapi.format("local-date-time", LOCAL_TIMES)
