"""Random rules by a seed, and their first times as python-dateutil sees them, as JSON lines.

`seen` is what dateutil says, in its order, as seconds since 1970; `set` the same as a set (RFC 5545, section 3.8.5.3:
of duplicates only one counts), in order, which differs from it where times on the wall lie in a gap; and of a WEEKLY
rule with BYSETPOS with the first week whole (section 3.3.10: a set begins with its interval), which dateutil begins
with DTSTART.
"""

import itertools
import json
import random
import signal
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, reset_tzpath

from dateutil.rrule import rrulestr

# The data of the package tzdata, not those of the machine.
reset_tzpath(to=[])

ZONES = ["America/New_York", "Europe/London", "Pacific/Auckland", "Asia/Karachi", "Australia/Lord_Howe"]
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
FIRST = 8
# So that what a gap moves is complete.
MOST = 20_000


def transitions():
    """The days of each zone on which the clock is changed."""
    found = {}
    for name in ZONES:
        zone = ZoneInfo(name)
        day, days = datetime(2000, 1, 1), []
        while day < datetime(2036, 1, 1):
            after = day + timedelta(days=1)
            if day.replace(tzinfo=zone).utcoffset() != after.replace(tzinfo=zone).utcoffset():
                days.append(day)
            day = after
        found[name] = days
    return found


def some(rng, values, most):
    return sorted(rng.sample(values, min(len(values), rng.randint(1, most))))


def signed(most):
    return list(range(1, most + 1)) + list(range(-most, 0))


def text(values):
    return ",".join(str(value) for value in values)


def make(rng, changes):
    name = rng.choice(ZONES)
    if changes[name] and rng.random() < 0.4:
        start = rng.choice(changes[name]) + timedelta(days=rng.randint(-3, 1), hours=rng.randint(0, 4))
    else:
        start = datetime(2000, 1, 1) + timedelta(days=rng.randint(0, 13_000), hours=rng.randint(0, 23))
    if rng.random() < 0.1:
        start = start.replace(month=2, day=29, year=2000 + 4 * rng.randint(0, 8))
    elif rng.random() < 0.15:
        start = start.replace(month=rng.choice([1, 3, 5, 7, 8, 10, 12]), day=rng.choice([29, 30, 31]))
    start += timedelta(minutes=rng.choice([0, 0, 15, 30, 45, 59]), seconds=rng.choice([0, 0, 0, 1, 59]))

    freq = rng.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"] * 4 + ["HOURLY", "HOURLY", "MINUTELY", "SECONDLY"])
    short = freq in ("HOURLY", "MINUTELY", "SECONDLY")
    parts = {"FREQ": freq}
    if rng.random() < 0.6:
        parts["INTERVAL"] = rng.choice([1, 2, 3, 4, 5, 7, 10, 12, 13] + ([24, 25, 90, 100, 1440] if short else []))
    if rng.random() < 0.3:
        parts["WKST"] = rng.choice(DAYS)
    if rng.random() < 0.25:
        parts["BYMONTH"] = text(some(rng, list(range(1, 13)), 4))
    if freq == "YEARLY" and rng.random() < 0.25:
        parts["BYWEEKNO"] = text(some(rng, signed(53), 3))
    if freq in ("YEARLY", "HOURLY", "MINUTELY", "SECONDLY") and rng.random() < 0.2:
        parts["BYYEARDAY"] = text(some(rng, signed(366), 5))
    if freq != "WEEKLY" and rng.random() < 0.25:
        parts["BYMONTHDAY"] = text(some(rng, signed(31), 4))
    if rng.random() < 0.45:
        days = some(rng, DAYS, 4)
        if freq in ("MONTHLY", "YEARLY") and "BYWEEKNO" not in parts and rng.random() < 0.6:
            most = 5 if freq == "MONTHLY" or "BYMONTH" in parts else rng.choice([5, 53])
            days = [f"{rng.choice(signed(most))}{day}" for day in days]
        parts["BYDAY"] = ",".join(days)
    if rng.random() < 0.25:
        parts["BYHOUR"] = text(some(rng, list(range(24)), 3))
    if rng.random() < 0.2:
        parts["BYMINUTE"] = text(some(rng, list(range(60)), 3))
    if rng.random() < 0.12:
        parts["BYSECOND"] = text(some(rng, list(range(60)), 2))
    if any(part.startswith("BY") for part in parts) and rng.random() < 0.3:
        most = {"MONTHLY": 31, "WEEKLY": 53}.get(freq, 366)
        parts["BYSETPOS"] = text(some(rng, [1, 1, 2, 3, -1, -1, -2, rng.choice(signed(most))], 2))
    end = rng.random()
    if end < 0.25:
        parts["COUNT"] = rng.choice([1, 2, 3, 5, 7, 100])
    elif end < 0.5:
        length = {"YEARLY": 4000, "MONTHLY": 400, "WEEKLY": 100, "DAILY": 30}.get(freq, 2)
        until = start + timedelta(minutes=rng.randint(0, length * 24 * 60))
        until = until.replace(tzinfo=ZoneInfo(name)).astimezone(timezone.utc)
        parts["UNTIL"] = until.strftime("%Y%m%dT%H%M%SZ")
    items = list(parts.items())
    rng.shuffle(items)
    return ";".join(f"{part}={value}" for part, value in items), start, name


def is_missing(at):
    return at.astimezone(timezone.utc).astimezone(at.tzinfo).replace(tzinfo=None) != at.replace(tzinfo=None)


def expand(rule, start, zone):
    times, last = [], None
    for at in itertools.islice(iter(rrulestr(rule, dtstart=start.replace(tzinfo=ZoneInfo(zone)))), MOST):
        if len(set(times)) >= FIRST and (last is None or at.replace(tzinfo=None) > last):
            break
        if is_missing(at):
            # What it moves there lies at most as far behind; no gap here is longer than an hour.
            last = at.replace(tzinfo=None) + timedelta(hours=2)
        times.append(int(at.timestamp()))
    return times


def whole_weeks(rule, start, zone):
    """Asked from the beginning of the first week on, without what comes before the start."""
    parts = dict(part.split("=") for part in rule.split(";"))
    count = int(parts.pop("COUNT", FIRST))
    parts.setdefault("BYDAY", DAYS[start.weekday()])
    begin = start - timedelta(days=(start.weekday() - DAYS.index(parts.get("WKST", "MO"))) % 7)
    rule = ";".join(f"{part}={value}" for part, value in parts.items())
    times = iter(rrulestr(rule, dtstart=begin.replace(tzinfo=ZoneInfo(zone))))
    times = itertools.dropwhile(lambda at: at.replace(tzinfo=None) < start, times)
    return [int(at.timestamp()) for at in itertools.islice(times, min(count, MOST))]


def answer(rule, start, zone):
    seen = times = expand(rule, start, zone)
    if "FREQ=WEEKLY" in rule and "BYSETPOS" in rule:
        times = whole_weeks(rule, start, zone)
    return {"seen": seen[:FIRST], "set": sorted(set(times))[:FIRST]}


class Slow(Exception):
    pass


def slow(*_):
    raise Slow


def main():
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    rng, changes = random.Random(seed), transitions()
    signal.signal(signal.SIGALRM, slow)
    while count:
        rule, start, zone = make(rng, changes)
        line = {"rule": rule, "start": start.isoformat(), "zone": zone}
        try:
            # Within, because the time may be over before the clock is stopped.
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.2)
                line |= answer(rule, start, zone)
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except Slow:
            line["slow"] = True
        except ValueError as error:
            line["error"] = str(error)
        # What isn't compared doesn't count.
        count -= "slow" not in line
        print(json.dumps(line))


main()
