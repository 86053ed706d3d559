use serde_json::{Value, json};

use super::*;

/// An active task of a series, with whatever else is said of it.
fn task(rule: Value, due: &str, fields: Value) -> Task {
    let id = "0190aaaa-0000-7000-8000-000000000001";
    let start = due.trim_end_matches('Z');
    let mut document = json!({
        "id": id, "user_id": id, "version": 3, "title": "Water the plants", "description": null, "due_date": due,
        "all_day": due.len() == 10, "timezone": "UTC", "priority": "low", "tags": [], "status": "active",
        "reminder_config": null, "recurrence_rule": rule, "reminder_id": null, "parent_task_id": null,
        "series_id": id, "occurrence": 1, "series_start": start, "series_fields": null,
        "created_at": "2026-11-21T09:00:00Z", "updated_at": "2026-11-21T09:00:00Z", "completed_at": null,
        "deleted_at": null,
    });
    for (field, value) in fields.as_object().unwrap() {
        document[field] = value.clone();
    }
    serde_json::from_value(document).unwrap()
}

/// Before all that is due here.
fn now() -> Time {
    "2026-11-01T09:00:00Z".parse().unwrap()
}

fn done(mut task: Task, at: &str) -> Task {
    task.status = Status::Completed;
    task.completed_at = Some(at.parse().unwrap());
    task
}

fn next(task: Task, at: &str) -> Option<String> {
    done(task, at).next().unwrap().map(|next| next.due_date.to_string())
}

#[track_caller]
fn comes(task: &Task, expected: &[&str]) {
    let found = task.upcoming(expected.len() as u32 + 1, now()).unwrap();
    let found: Vec<String> = found.iter().map(|it| it.due_date.to_string()).collect();
    assert_eq!(found.iter().take(expected.len()).collect::<Vec<_>>(), expected);
}

#[test]
fn the_next_one_is_due_after_the_due_date_and_after_the_completion() {
    let daily = || task(json!({"pattern": "daily"}), "2026-12-01T09:00:00Z", json!({}));
    for (at, expected) in [
        ("2026-11-30T20:00:00Z", "2026-12-02T09:00:00Z"),
        ("2026-12-01T10:00:00Z", "2026-12-02T09:00:00Z"),
        ("2026-12-05T10:00:00Z", "2026-12-06T09:00:00Z"),
        ("2026-12-05T08:00:00Z", "2026-12-05T09:00:00Z"),
    ] {
        assert_eq!(next(daily(), at).as_deref(), Some(expected), "{at}");
    }
    let all_day = task(json!({"pattern": "monthly"}), "2026-12-31", json!({}));
    assert_eq!(next(all_day, "2026-12-31T23:00:00Z").as_deref(), Some("2027-01-31"));
}

#[test]
fn the_wall_of_the_tasks_zone_is_what_counts() {
    let madrid = json!({ "timezone": "Europe/Madrid", "series_start": "2026-10-24T09:00:00" });
    let daily = task(json!({"pattern": "daily"}), "2026-10-24T07:00:00Z", madrid);
    assert_eq!(next(daily, "2026-10-24T10:00:00Z").as_deref(), Some("2026-10-25T08:00:00Z"));
}

#[test]
fn one_that_was_moved_leaves_its_series_in_step() {
    let moved = |due: &str| {
        let fields = json!({
            "series_start": "2026-11-02T09:00:00",
            "series_fields": { "due_date": "2026-12-07T09:00:00Z" },
        });
        task(json!({"pattern": "weekly"}), due, fields)
    };
    // Done on the Saturday that it was moved to, Monday's is not due again.
    let early = next(moved("2026-12-05T15:00:00Z"), "2026-12-05T16:00:00Z");
    assert_eq!(early.as_deref(), Some("2026-12-14T09:00:00Z"));
    let late = next(moved("2026-12-15T15:00:00Z"), "2026-12-08T16:00:00Z");
    assert_eq!(late.as_deref(), Some("2026-12-21T09:00:00Z"));
    comes(&moved("2026-12-05T15:00:00Z"), &["2026-12-14T09:00:00Z", "2026-12-21T09:00:00Z"]);
}

#[test]
fn one_in_another_time_zone_leaves_the_series_in_its_own() {
    let fields = json!({
        "timezone": "Asia/Karachi", "series_start": "2026-12-07T09:00:00",
        "series_fields": { "timezone": "Europe/Madrid" },
    });
    let travelling = task(json!({"pattern": "daily"}), "2026-12-07T08:00:00Z", fields);
    assert_eq!(next(travelling, "2026-12-07T08:30:00Z").as_deref(), Some("2026-12-08T08:00:00Z"));
}

#[test]
fn from_the_completion_it_has_the_series_time_of_day() {
    let rule = json!({"rrule": "FREQ=DAILY;INTERVAL=3", "after_completion": true});
    let fields = json!({ "series_fields": { "due_date": "2026-12-01T09:00:00Z" } });
    let moved = task(rule, "2026-12-01T15:00:00Z", fields);
    assert_eq!(next(moved, "2026-12-04T11:00:00Z").as_deref(), Some("2026-12-07T09:00:00Z"));
}

#[test]
fn a_series_ends() {
    let numbered = |occurrence: u32, rule: Value, due: &str| {
        let fields = json!({ "occurrence": occurrence, "series_start": "2026-12-01" });
        task(rule, due, fields)
    };
    let count = json!({"pattern": "daily", "count": 3});
    let second = numbered(2, count.clone(), "2026-12-02");
    comes(&second, &["2026-12-03"]);
    assert_eq!(second.upcoming(10, now()).unwrap().len(), 1);
    assert_eq!(next(second, "2026-12-02T10:00:00Z").as_deref(), Some("2026-12-03"));
    let last = numbered(3, count, "2026-12-03");
    assert_eq!(last.skip(now()), Err(SkipError::Last));
    assert_eq!(next(last, "2026-12-03T10:00:00Z"), None);

    let every = json!({"pattern": "daily", "count": 3, "after_completion": true});
    let second = numbered(2, every.clone(), "2026-12-09");
    assert_eq!(second.upcoming(10, now()).unwrap().len(), 1);
    assert_eq!(next(second, "2026-12-11T10:00:00Z").as_deref(), Some("2026-12-12"));
    let third = numbered(3, every, "2026-12-12");
    assert_eq!(
        (third.upcoming(10, now()).unwrap().len(), next(third, "2026-12-12T10:00:00Z")),
        (0, None)
    );

    let until = numbered(2, json!({"pattern": "daily", "until": "2026-12-02"}), "2026-12-02");
    assert_eq!(
        (until.upcoming(10, now()).unwrap(), next(until, "2026-12-02T10:00:00Z")),
        (vec![], None)
    );
}

#[test]
fn without_a_due_date_it_comes_back_after_the_day_on_which_it_was_done() {
    let someday = |rule: Value| {
        let fields = json!({ "due_date": null, "series_start": null, "timezone": "Asia/Karachi" });
        task(rule, "2026-12-01", fields)
    };
    let friday = someday(json!({"rrule": "FREQ=WEEKLY;BYDAY=FR"}));
    assert_eq!(friday.upcoming(10, now()), Ok(vec![]));
    assert_eq!(friday.skip(now()), Err(SkipError::NoDueDate));
    // It is Wednesday in Karachi.
    let next_one = done(friday, "2026-12-01T20:00:00Z").next().unwrap().unwrap();
    let expected = ("2026-12-04".parse().unwrap(), "2026-12-02".to_owned());
    assert_eq!((next_one.due_date, next_one.series_start), expected);
    let hourly = next(someday(json!({"rrule": "FREQ=HOURLY;INTERVAL=2"})), "2026-12-01T20:30:00Z");
    assert_eq!(hourly.as_deref(), Some("2026-12-01T22:30:00Z"));
}

#[test]
fn a_day_with_a_rule_of_hours_has_times() {
    let hourly = task(json!({"rrule": "FREQ=HOURLY;INTERVAL=6"}), "2026-12-01", json!({}));
    comes(&hourly, &["2026-12-01T06:00:00Z", "2026-12-01T12:00:00Z"]);
    assert_eq!(next(hourly, "2026-12-01T13:00:00Z").as_deref(), Some("2026-12-01T18:00:00Z"));
}

#[test]
fn what_was_this_ones_alone_is_left_out_with_it() {
    let fields = json!({
        "title": "Water the neighbour's plants", "occurrence": 4, "series_start": "2026-11-02",
        "series_fields": { "title": "Water the plants", "due_date": "2026-12-07" },
        "reminder_config": { "lead": "PT5M", "snoozed_until": "2026-12-08T09:00:00Z" },
    });
    let moved = task(json!({"pattern": "weekly"}), "2026-12-09", fields);
    let expected = json!({
        "title": "Water the plants", "due_date": "2026-12-14", "occurrence": 5, "series_fields": null,
        "reminder_config": { "lead": "PT5M" },
    });
    assert_eq!(Value::Object(moved.skip(now()).unwrap()), expected);
}

#[test]
fn the_next_one_has_the_reminder_of_its_series() {
    let skipped = |config: Value, of_series: Value| {
        let fields = json!({ "reminder_config": config, "series_fields": of_series });
        let mut fields =
            task(json!({"pattern": "weekly"}), "2026-12-07", fields).skip(now()).unwrap();
        fields.remove("reminder_config")
    };
    let hour = json!({ "lead": "PT1H" });
    assert_eq!(skipped(hour.clone(), Value::Null), Some(hour.clone()));
    assert_eq!(skipped(hour.clone(), json!({ "reminder_config": null })), Some(Value::Null));
    assert_eq!(skipped(Value::Null, json!({ "reminder_config": hour })), Some(hour));
    assert_eq!(skipped(Value::Null, Value::Null), None);
    // Put off, or at a time of its own, it is this one's alone; one without a lead is at the due date.
    let put_off = json!({ "snoozed_until": "2026-12-08T09:00:00Z" });
    assert_eq!(skipped(put_off, Value::Null), Some(Value::Null));
    assert_eq!(skipped(json!({ "at": "2026-12-08T09:00:00Z" }), Value::Null), Some(Value::Null));
    assert_eq!(skipped(json!({}), Value::Null), Some(json!({})));
}

#[test]
fn of_one_that_is_overdue_comes_what_completing_it_now_would_bring() {
    let now = "2026-12-10T12:00:00Z";
    for rule in
        [json!({"pattern": "daily"}), json!({"rrule": "FREQ=DAILY", "after_completion": true})]
    {
        let overdue = || task(rule.clone(), "2026-12-01T09:00:00Z", json!({}));
        let found = overdue().upcoming(2, now.parse().unwrap()).unwrap();
        let found: Vec<String> = found.iter().map(|it| it.due_date.to_string()).collect();
        assert_eq!(found, ["2026-12-11T09:00:00Z", "2026-12-12T09:00:00Z"]);
        assert_eq!(next(overdue(), now).as_ref(), Some(&found[0]));
        assert_eq!(overdue().skip(now.parse().unwrap()).unwrap()["due_date"], *found[0]);
    }
}

#[test]
fn from_the_completion_it_is_told_as_it_comes() {
    let rule = json!({"rrule": "FREQ=DAILY;INTERVAL=3", "after_completion": true});
    for moved_to in
        ["2026-12-01T15:00:00Z", "2026-12-03T08:00:00Z", "2026-11-29T23:00:00Z", "2026-12-02"]
    {
        let fields = json!({ "series_fields": { "due_date": "2026-12-01T09:00:00Z" } });
        let moved = || {
            let mut moved = task(rule.clone(), moved_to, fields.clone());
            moved.series_start = Some("2026-12-01T09:00:00".to_owned());
            moved
        };
        let in_time = if moved_to.len() == 10 { "2026-12-02T00:00:00Z" } else { moved_to };
        let told = moved().upcoming(1, now()).unwrap().pop().map(|it| it.due_date.to_string());
        assert_eq!(told, next(moved(), in_time), "{moved_to}");
    }
}

#[test]
fn every_day_is_at_its_time_again_behind_a_gap() {
    // At 2:30 on 28 March 2027 there is no 2:30 in Madrid.
    for rule in [json!({"pattern": "daily"}), json!({"pattern": "daily", "after_completion": true})]
    {
        let fields = json!({ "timezone": "Europe/Madrid", "series_start": "2027-03-27T02:30:00" });
        let in_gap = task(rule, "2027-03-28T01:30:00Z", fields);
        let comes = next(in_gap, "2027-03-28T01:40:00Z");
        assert_eq!(comes.as_deref(), Some("2027-03-29T00:30:00Z"));
    }
}

#[test]
fn what_does_not_come_back_is_not_skipped() {
    let once = task(Value::Null, "2026-12-01", json!({}));
    assert_eq!((once.skip(now()), once.upcoming(5, now())), (Err(SkipError::NoRule), Ok(vec![])));
    let done =
        done(task(json!({"pattern": "daily"}), "2026-12-01", json!({})), "2026-12-01T09:00:00Z");
    assert_eq!(done.skip(now()), Err(SkipError::Completed));
}

#[test]
fn an_older_rule_that_nobody_can_read_says_why() {
    let old = || json!({ "every": "week" });
    let read = done(task(old(), "2026-12-01", json!({})), "2026-12-01T09:00:00Z");
    let error = read.next().unwrap_err().to_string();
    assert!(error.starts_with("recurrence_rule: a key is every; expected pattern, "), "{error}");
    let ancient = task(json!({"pattern": "daily"}), "0001-01-01", json!({}));
    let error = ancient.upcoming(1, now()).unwrap_err().to_string();
    assert_eq!(error, "recurrence_rule: the start's year is 1; expected 1900 to 9999");
    for (field, value, expected) in [
        (
            "timezone",
            "Mars/Base",
            "the time zone Mars/Base is not known here, so a rule can't be followed in it",
        ),
        ("series_start", "soon", "series_start is soon, which is neither a day nor a time"),
    ] {
        let broken = task(json!({"pattern": "daily"}), "2026-12-01", json!({ field: value }));
        assert_eq!(broken.upcoming(1, now()).unwrap_err().to_string(), expected);
    }
}

/// A series, lived through in any way: each one that is done has a later one, which is never in the past, and in the end
/// there is one of each number. `cargo test` takes a seed from the clock.
#[test]
fn whatever_is_done_when_a_series_goes_on() {
    let seed = std::env::var("SPINDLE_SEED").ok().and_then(|it| it.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..500 {
        let zones =
            ["UTC", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"];
        let rules = [
            json!({"pattern": "daily"}),
            json!({"pattern": "weekdays", "after_completion": true}),
            json!({"pattern": "monthly"}),
            json!({"pattern": "yearly"}),
            json!({"rrule": "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1"}),
            json!({"rrule": "FREQ=DAILY;BYHOUR=2;BYMINUTE=30"}),
            json!({"rrule": "FREQ=HOURLY;INTERVAL=5", "after_completion": true}),
        ];
        let rule = random.choice(rules).unwrap();
        let zone = random.choice(zones).unwrap();
        let day =
            NaiveDate::from_ymd_opt(2027, 1, 1).unwrap() + chrono::Days::new(random.u64(0..1500));
        let wall = day.and_hms_opt(random.u32(0..24), 30, 0).unwrap();
        let is_day = random.bool();
        let (due, start) = if is_day {
            (day.to_string(), day.to_string())
        } else {
            let at = resolve(zone.parse().unwrap(), wall).unwrap();
            (at.to_utc().format("%FT%TZ").to_string(), wall.format("%FT%T").to_string())
        };
        let fields = json!({ "timezone": zone, "series_start": start });
        let mut task = task(rule.clone(), &due, fields);
        for number in 1..12 {
            let context = format!("seed {seed}: {rule} {zone} {task:?}");
            let due = wall_of(&task);
            let late = chrono::TimeDelta::minutes(random.i64(-3000..100_000));
            let at = Time::from_micros((due + late).timestamp_micros()).unwrap();
            let completed = done(task.clone(), &at.to_string());
            let next = completed.next().unwrap().unwrap_or_else(|| panic!("{context}"));
            assert_eq!(
                completed.next(),
                Ok(Some(next.clone())),
                "it is the same whenever it is asked: {context}"
            );
            // Of hours, a day is its midnight.
            assert!(next.series_start.starts_with(&start), "{context}");
            let is_below_a_day = rule.to_string().contains("HOURLY");
            assert_eq!(
                matches!(next.due_date, DueDate::On(_)),
                is_day && !is_below_a_day,
                "{context}"
            );
            task.due_date = Some(next.due_date);
            task.occurrence = Some(number + 1);
            let next = wall_of(&task);
            assert!(next > due || rule["after_completion"] == true, "{context}");
            assert!(next > at.utc(), "{context}");
        }
    }

    fn wall_of(task: &Task) -> chrono::DateTime<chrono::Utc> {
        match task.due_date.unwrap() {
            DueDate::At(at) => at.utc(),
            DueDate::On(day) => {
                let midnight = day.and_time(NaiveTime::MIN);
                resolve(task.timezone.parse().unwrap(), midnight).unwrap().to_utc()
            }
        }
    }
}
