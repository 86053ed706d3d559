//! What the rules of a to-do must do, in tables.

use std::time::Instant;

use chrono::{
    DateTime, Datelike as _, NaiveDate, NaiveDateTime, TimeDelta, TimeZone as _, Timelike as _, Utc,
};
use chrono_tz::Tz;
use serde_json::{Value, json};

use crate::{Completion, Error, Exception, Occurrence, Rule, Series, Start, resolve};

fn rule(document: Value) -> Rule {
    Rule::from_document(document.as_object().unwrap()).unwrap()
}

fn start(text: &str) -> Start {
    match text.parse() {
        Ok(day) => Start::Day(day),
        Err(_) => Start::Time(text.parse().unwrap()),
    }
}

fn series(rule: Rule, first: &str, zone: &str) -> Series {
    Series::new(rule, start(first), zone.parse().unwrap()).unwrap()
}

fn said(occurrence: Occurrence) -> String {
    if occurrence.all_day { occurrence.day().to_string() } else { occurrence.at.to_rfc3339() }
}

/// The first times, without seconds and year where they are said.
#[track_caller]
fn check(rule: Rule, first: &str, zone: &str, expected: &[&str]) {
    let times = series(rule, first, zone).upcoming(None, expected.len()).unwrap();
    let times: Vec<String> = times.into_iter().map(said).collect();
    assert_eq!(times, expected);
}

#[test]
fn nine_stays_nine() {
    let expected =
        ["2026-10-31T09:00:00-04:00", "2026-11-01T09:00:00-05:00", "2026-11-02T09:00:00-05:00"];
    check("FREQ=DAILY".parse().unwrap(), "2026-10-31T09:00:00", "America/New_York", &expected);
}

#[test]
fn in_a_gap_time_moves_on_and_in_an_overlap_it_is_the_first() {
    let expected =
        ["2026-03-07T02:30:00-05:00", "2026-03-08T03:30:00-04:00", "2026-03-09T02:30:00-04:00"];
    check("FREQ=DAILY".parse().unwrap(), "2026-03-07T02:30:00", "America/New_York", &expected);
    let expected =
        ["2026-10-31T01:30:00-04:00", "2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"];
    check("FREQ=DAILY".parse().unwrap(), "2026-10-31T01:30:00", "America/New_York", &expected);
    // Half an hour on Lord Howe; a whole day in Samoa, which coincides with the next.
    let expected = ["2026-10-04T02:45:00+11:00", "2026-10-05T02:15:00+11:00"];
    check("FREQ=DAILY".parse().unwrap(), "2026-10-04T02:15:00", "Australia/Lord_Howe", &expected);
    let expected =
        ["2011-12-29T09:00:00-10:00", "2011-12-31T09:00:00+14:00", "2012-01-01T09:00:00+14:00"];
    check("FREQ=DAILY".parse().unwrap(), "2011-12-29T09:00:00", "Pacific/Apia", &expected);
}

#[test]
fn what_a_gap_moves_is_in_order_and_there_once() {
    let expected = [
        "2026-03-08T01:30:00-05:00",
        "2026-03-08T03:00:00-04:00",
        "2026-03-08T03:30:00-04:00",
        "2026-03-08T04:00:00-04:00",
    ];
    let rule = "FREQ=MINUTELY;INTERVAL=30".parse().unwrap();
    check(rule, "2026-03-08T01:30:00", "America/New_York", &expected);
}

#[test]
fn the_31st_falls_back_to_the_last_day_unless_the_rule_names_it() {
    let expected = ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"];
    for document in [json!({"pattern": "monthly"}), json!({"rrule": "FREQ=MONTHLY"})] {
        check(rule(document), "2027-01-31", "UTC", &expected);
    }
    let expected = ["2028-01-30", "2028-02-29", "2028-03-30"];
    check(rule(json!({"pattern": "monthly"})), "2028-01-30", "UTC", &expected);
    let expected = ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"];
    check(rule(json!({"pattern": "yearly", "interval": 1})), "2028-02-29", "UTC", &expected);
    // RFC 5545, section 3.3.10: what is no date is ignored.
    let expected = ["2027-01-31", "2027-03-31", "2027-05-31"];
    check("FREQ=MONTHLY".parse().unwrap(), "2027-01-31", "UTC", &expected);
    check(rule(json!({"rrule": "FREQ=MONTHLY;BYMONTHDAY=31"})), "2027-01-31", "UTC", &expected);
}

#[test]
fn what_the_crate_rrule_gets_wrong_is_right() {
    let expected = ["2026-12-04", "2027-01-01", "2027-04-02"];
    check(
        "FREQ=MONTHLY;BYDAY=-5FR,1FR;BYMONTH=1,4,12".parse().unwrap(),
        "2026-11-21",
        "UTC",
        &expected,
    );
    let expected = ["2026-11-21T09:00:00+00:00", "2026-11-22T09:00:00+00:00"];
    check(
        "FREQ=MINUTELY;INTERVAL=90;BYHOUR=9".parse().unwrap(),
        "2026-11-21T00:00:00",
        "UTC",
        &expected,
    );
}

#[test]
fn the_short_form_has_a_pattern_and_an_interval() {
    let first = "2026-11-27T09:00:00";
    let days = |document: Value| -> Vec<String> {
        let times = series(rule(document), first, "UTC").upcoming(None, 4).unwrap();
        times.into_iter().map(|it| it.at.format("%m-%d").to_string()).collect()
    };
    assert_eq!(days(json!({"pattern": "daily", "interval": 3, "count": 2})), ["11-27", "11-30"]);
    assert_eq!(days(json!({"pattern": "weekdays"})), ["11-27", "11-30", "12-01", "12-02"]);
    assert_eq!(
        days(json!({"pattern": "weekly", "interval": 2, "until": "2026-12-11"})),
        ["11-27", "12-11"]
    );
    assert_eq!(days(json!({"pattern": "yearly", "interval": null})), ["11-27"; 4]);
    assert_eq!(
        days(json!({"pattern": "daily", "interval": 3.0, "count": 2.0})),
        ["11-27", "11-30"]
    );
}

#[test]
fn an_exception_is_left_out_and_counted() {
    let document =
        json!({"rrule": "FREQ=DAILY;COUNT=4", "exceptions": ["2026-11-22", "2026-11-23T09:00:00"]});
    let mut rule = rule(document);
    let ends = ["2026-11-21T09:00:00+00:00", "2026-11-24T09:00:00+00:00"];
    let all: Vec<String> =
        series(rule.clone(), "2026-11-21T09:00:00", "UTC").occurrences().map(said).collect();
    assert_eq!(all, ends);
    rule.skip(Exception::Day(NaiveDate::from_ymd_opt(2026, 11, 21).unwrap())).unwrap();
    check(rule, "2026-11-21T09:00:00", "UTC", &ends[1..]);
}

#[test]
fn until_is_a_day_a_time_on_the_wall_or_an_instant() {
    for (until, count) in [
        ("20261122", 2),
        ("20261122T090000", 2),
        ("20261122T085959", 1),
        ("20261122T140000Z", 2),
        ("20261122T135959Z", 1),
        ("20260101", 0),
    ] {
        let rule = format!("FREQ=DAILY;UNTIL={until}").parse().unwrap();
        let series = series(rule, "2026-11-21T09:00:00", "America/New_York");
        assert_eq!(series.occurrences().count(), count, "{until}");
    }
}

fn next(document: Value, first: &str, due: &str, done: &str, occurrence: u32) -> Option<String> {
    let at = DateTime::parse_from_rfc3339(done).unwrap().to_utc();
    let done = Completion { due: start(due), at, occurrence };
    series(rule(document), first, "Asia/Karachi").next_after_completion(done).unwrap().map(said)
}

#[test]
fn every_stays_in_step_and_never_lies_in_the_past() {
    let rule = json!({"pattern": "weekly", "interval": 2});
    let next = |due, done| next(rule.clone(), "2026-11-02T09:00:00", due, done, 1).unwrap();
    // In time, early, and three months late.
    assert_eq!(
        next("2026-11-16T09:00:00", "2026-11-16T12:00:00+05:00"),
        "2026-11-30T09:00:00+05:00"
    );
    assert_eq!(
        next("2026-11-16T09:00:00", "2026-11-14T12:00:00+05:00"),
        "2026-11-30T09:00:00+05:00"
    );
    assert_eq!(
        next("2026-11-16T09:00:00", "2027-02-10T12:00:00+05:00"),
        "2027-02-22T09:00:00+05:00"
    );
}

#[test]
fn every_from_the_completion_begins_anew() {
    let rule = |rrule: &str| json!({"rrule": rrule, "after_completion": true});
    let first = "2026-11-02T09:00:00";
    let next = |rrule, done, occurrence| next(rule(rrule), first, first, done, occurrence);
    let days = "FREQ=DAILY;INTERVAL=3";
    assert_eq!(next(days, "2026-11-20T22:00:00+05:00", 1).unwrap(), "2026-11-23T09:00:00+05:00");
    // The day of the completion is the one of the zone, and not the next time.
    assert_eq!(next(days, "2026-11-20T20:00:00Z", 1).unwrap(), "2026-11-24T09:00:00+05:00");
    assert_eq!(
        next("FREQ=DAILY", "2026-11-20T07:00:00+05:00", 1).unwrap(),
        "2026-11-21T09:00:00+05:00"
    );
    assert_eq!(
        next("FREQ=MONTHLY", "2027-01-31T07:00:00+05:00", 1).unwrap(),
        "2027-02-28T09:00:00+05:00"
    );
    assert_eq!(
        next("FREQ=WEEKLY;BYDAY=TU", "2026-11-20T07:00:00+05:00", 1).unwrap(),
        "2026-11-24T09:00:00+05:00"
    );
    assert_eq!(
        next("FREQ=HOURLY;INTERVAL=4", "2026-11-20T07:10:00+05:00", 1).unwrap(),
        "2026-11-20T11:10:00+05:00"
    );
    assert_eq!(
        next("FREQ=DAILY;COUNT=3", "2026-11-20T07:00:00+05:00", 2).unwrap(),
        "2026-11-21T09:00:00+05:00"
    );
    assert_eq!(next("FREQ=DAILY;COUNT=3", "2026-11-20T07:00:00+05:00", 3), None);
}

#[test]
fn an_all_day_task_is_due_on_days() {
    let next = |due, done| next(json!({"pattern": "daily"}), "2026-11-01", due, done, 1).unwrap();
    assert_eq!(next("2026-11-20", "2026-11-20T23:30:00+05:00"), "2026-11-21");
    assert_eq!(next("2026-11-20", "2026-11-25T20:00:00Z"), "2026-11-27");
    assert_eq!(next("2026-11-20", "2026-11-18T20:00:00Z"), "2026-11-21");
}

#[test]
fn an_error_names_the_part_and_what_it_may_be() {
    for (text, expected) in [
        ("", "a part is empty; expected NAME=VALUE, such as FREQ=DAILY"),
        (
            "INTERVAL=2",
            "FREQ is missing; expected DAILY, WEEKLY, MONTHLY, YEARLY, HOURLY, MINUTELY or SECONDLY",
        ),
        ("FREQ=FORTNIGHTLY", "FREQ is FORTNIGHTLY; expected DAILY,"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL is 0; expected a number from 1 to 9999"),
        ("FREQ=DAILY;COUNT=-1", "COUNT is -1; expected a number from 1 to 4294967295"),
        ("FREQ=DAILY;COUNT=99999999999999999999", "COUNT is 99999999999999999999; expected"),
        ("FREQ=DAILY;BYMONTH=13", "BYMONTH is 13; expected numbers from 1 to 12, between commas"),
        ("FREQ=DAILY;BYMONTHDAY=0", "BYMONTHDAY is 0; expected numbers from 1 to 31 or -31 to -1"),
        ("FREQ=MONTHLY;BYDAY=1XX", "BYDAY is 1XX; expected MO, TU,"),
        ("FREQ=MONTHLY;BYDAY=é", "BYDAY is é; expected MO, TU,"),
        (
            "FREQ=WEEKLY;BYDAY=1MO",
            "BYDAY's number can't be there: it goes with FREQ=MONTHLY or YEARLY alone",
        ),
        (
            "FREQ=DAILY;UNTIL=20260230",
            "UNTIL is 20260230; expected a date or time such as 20261231,",
        ),
        ("FREQ=DAILY;UNTIL=20261231;COUNT=2", "COUNT can't be there: UNTIL ends the rule already"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ is DAILY; expected to stand once"),
        ("FREQ=DAILY;BYEASTER=1", "a part's name is BYEASTER; expected FREQ, INTERVAL,"),
        ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS can't be there: it chooses"),
        ("FREQ=DAILY;BYWEEKNO=1", "BYWEEKNO can't be there: it goes with FREQ=YEARLY alone"),
    ] {
        let error = text.parse::<Rule>().unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text}: {error}");
    }
    for (document, expected) in [
        (json!({}), "pattern is missing; expected daily, weekdays, weekly, monthly or yearly"),
        (json!({"pattern": "dayly"}), "pattern is \"dayly\"; expected daily,"),
        (
            json!({"pattern": "daily", "interval": "2"}),
            "interval is \"2\"; expected a number from 1 to 9999",
        ),
        (json!({"pattern": "daily", "every": 2}), "a key is every; expected pattern, interval,"),
        (
            json!({"pattern": "daily", "rrule": "FREQ=DAILY"}),
            "pattern is \"daily\"; expected no rrule beside it",
        ),
        (
            json!({"rrule": "FREQ=DAILY", "interval": 2}),
            "interval is 2; expected to stand in rrule",
        ),
        (json!({"rrule": 7}), "rrule is 7; expected a text"),
        (
            json!({"pattern": "daily", "exceptions": ["soon"]}),
            "exceptions is \"soon\"; expected an array of days",
        ),
    ] {
        let error = Rule::from_document(document.as_object().unwrap()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{document}: {error}");
    }
    let error =
        Series::new("FREQ=HOURLY".parse().unwrap(), start("2026-11-21"), Tz::UTC).unwrap_err();
    assert!(error.to_string().starts_with("FREQ can't be there"), "{error}");
}

/// However hostile, a rule has an answer soon; here without optimization.
#[test]
fn work_is_bounded() {
    let begun = Instant::now();
    let far = Utc.with_ymd_and_hms(2026, 11, 21, 9, 0, 0).unwrap();
    let all = |max| (0..max).map(|it| it.to_string()).collect::<Vec<_>>().join(",");
    let upcoming = |text: &str, first: &str, n| {
        let rule = text.parse()?;
        series(rule, first, "Europe/London").upcoming(Some(far), n)
    };
    // Never.
    for never in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=9999;BYMONTH=4;BYMONTHDAY=31;COUNT=1000000000",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;INTERVAL=2;BYSECOND=1",
        "FREQ=MINUTELY;INTERVAL=1440;BYHOUR=10",
        "FREQ=HOURLY;INTERVAL=24;BYHOUR=10;COUNT=7",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2",
        "FREQ=YEARLY;BYDAY=MO;BYSETPOS=366",
        "FREQ=DAILY;UNTIL=20200101",
    ] {
        assert_eq!(upcoming(never, "2020-01-02T00:00:00", 3).unwrap(), [], "{never}");
    }
    // Long ago, or many.
    let soon = upcoming("FREQ=SECONDLY", "1900-01-01T00:00:00", 1).unwrap();
    assert_eq!(soon[0].at.to_rfc3339(), "2026-11-21T09:00:01+00:00");
    assert_eq!(upcoming("FREQ=DAILY;COUNT=1000000000", "1900-01-01T00:00:00", 1).unwrap().len(), 1);
    let counted = "FREQ=SECONDLY;COUNT=1000000000";
    assert_eq!(upcoming(counted, "2020-01-01T00:00:00", 1), Err(Error::TooFar));
    // Dense.
    let dense = format!("FREQ=YEARLY;BYHOUR={};BYMINUTE={};BYSECOND={}", all(24), all(60), all(60));
    assert_eq!(dense.parse::<Rule>(), Err(Error::Dense(31_622_400, 100_000)));
    let dense = dense.replace("YEARLY", "DAILY");
    assert_eq!(upcoming(&dense, "2020-01-01T00:00:00", 3).unwrap().len(), 3);
    // Counted, all times of all days since then would be made, for one of each.
    let chosen = format!("{dense};BYSETPOS=1;COUNT=4000000000");
    assert_eq!(chosen.parse::<Rule>(), Err(Error::Dense(86_400, 1_440)));
    let chosen =
        format!("FREQ=DAILY;BYHOUR={};BYMINUTE={};BYSETPOS=1;COUNT=4000000000", all(24), all(60));
    assert_eq!(upcoming(&chosen, "1900-01-01T00:00:00", 3).unwrap().len(), 3);
    // Long.
    let long = format!("FREQ=DAILY;BYHOUR={}", "1,".repeat(1_000_000));
    assert!(matches!(long.parse::<Rule>(), Err(Error::Long(2_000_018))));
    // The calendar's end.
    assert_eq!(
        series("FREQ=DAILY".parse().unwrap(), "9999-12-30T00:00:00", "UTC").occurrences().count(),
        2
    );
    for odd in ["-0001-01-01T00:00:00", "+10000-01-01T00:00:00"] {
        assert!(Series::new("FREQ=DAILY".parse().unwrap(), start(odd), Tz::UTC).is_err());
    }
    let daily = series("FREQ=DAILY".parse().unwrap(), "2026-11-21T09:00:00", "UTC");
    assert!(daily.upcoming(Some(DateTime::<Utc>::MAX_UTC), 1).is_err());
    assert!(daily.upcoming(Some(DateTime::<Utc>::MIN_UTC), 1).is_err());
    // Left out, one and all.
    let mut rule: Rule = "FREQ=YEARLY".parse().unwrap();
    for year in 1900..2900 {
        rule.skip(Exception::Day(NaiveDate::from_ymd_opt(year, 1, 1).unwrap())).unwrap();
    }
    assert!(rule.skip(Exception::Day(NaiveDate::from_ymd_opt(3000, 1, 1).unwrap())).is_err());
    let left = series(rule, "1900-01-01T09:00:00", "UTC").upcoming(None, 1).unwrap();
    assert_eq!(left[0].day().year(), 2900);
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}

#[test]
fn noise_is_no_rule_and_no_panic() {
    const WORDS: &[&str] = &[
        "FREQ",
        "=",
        ";",
        "DAILY",
        "YEARLY",
        "BYDAY",
        "MO",
        "-",
        "1",
        "53",
        ",",
        "UNTIL",
        "20261121T",
        "Z",
        "é",
        "BYSETPOS",
        "0",
        " ",
    ];
    let mut random = fastrand::Rng::with_seed(6);
    for _ in 0..20_000 {
        let noise: String =
            (0..random.usize(..12)).map(|_| WORDS[random.usize(..WORDS.len())]).collect();
        if let Ok(rule) = noise.parse::<Rule>() {
            series(rule, "2026-11-21T09:00:00", "UTC").upcoming(None, 3).unwrap();
        }
    }
}

/// A rule of the kinds that people have, its start, and its zone.
fn any(random: &mut fastrand::Rng) -> (Value, Start, Tz) {
    const ZONES: [Tz; 5] = [
        Tz::America__New_York,
        Tz::Europe__London,
        Tz::Pacific__Auckland,
        Tz::Asia__Karachi,
        Tz::Australia__Lord_Howe,
    ];
    let zone = ZONES[random.usize(..ZONES.len())];
    let mut day =
        NaiveDate::from_ymd_opt(2020, 1, 1).unwrap() + TimeDelta::days(random.i64(0..3000));
    if random.u8(..3) == 0 {
        // A month's end, or a leap day.
        day = NaiveDate::from_ymd_opt(2024, random.u32(1..13), 1).unwrap() - TimeDelta::days(1);
    } else if random.u8(..3) == 0 {
        // Before a change of the clock.
        let change = |day: NaiveDate| {
            let at = |day: NaiveDate| {
                resolve(zone, day.and_hms_opt(12, 0, 0).unwrap()).unwrap().naive_utc().time()
            };
            at(day) != at(day.succ_opt().unwrap())
        };
        day = day.iter_days().take(370).find(|day| change(*day)).unwrap_or(day);
    }
    let start = match random.u8(..3) {
        0 => Start::Day(day),
        1 => Start::Time(day.and_hms_opt(random.u32(..4), random.u32(..60), 0).unwrap()),
        _ => Start::Time(day.and_hms_opt(9, 0, 0).unwrap()),
    };
    let interval = random.u32(1..5);
    let document = match random.u8(..8) {
        0 => json!({"pattern": "daily", "interval": interval}),
        1 => json!({"pattern": "weekly", "interval": interval}),
        2 => json!({"pattern": "monthly", "interval": interval}),
        3 => json!({"pattern": "yearly", "interval": interval}),
        4 => json!({"pattern": "weekdays"}),
        5 => json!({"rrule": "FREQ=MONTHLY;BYDAY=-1FR"}),
        6 => json!({"rrule": format!("FREQ=DAILY;INTERVAL={interval}"), "after_completion": true}),
        _ => {
            json!({"rrule": format!("FREQ=MONTHLY;INTERVAL={interval}"), "after_completion": true})
        }
    };
    (document, start, zone)
}

/// Whenever a task is done, and however often the same completion is told, it comes back once, later, and on time.
#[test]
fn a_completion_has_one_next_and_never_in_the_past() {
    let seed = 20_261_121;
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..3_000 {
        let (document, start, zone) = any(&mut random);
        let what = format!("{document} {start:?} {zone}");
        let series = Series::new(rule(document.clone()), start, zone).unwrap();
        let anew = document["after_completion"] == true;
        let mut due = start;
        for occurrence in 1..6 {
            let due_at = resolve(zone, due.local()).unwrap().to_utc();
            // From a week before to a hundred days after.
            let at = due_at
                + TimeDelta::minutes(random.i64(-10_000..144_000) / [1, 100][random.usize(..2)]);
            let done = Completion { due, at, occurrence };
            let next = series.next_after_completion(done).unwrap().unwrap();
            assert_eq!(series.next_after_completion(done).unwrap(), Some(next), "{what}");
            assert!(next.at > at, "{what}: {next:?} is before {at}");
            if !anew {
                assert!(next.at > due_at, "{what}: {next:?} is before {due:?}");
                assert!(
                    series.occurrences().any(|it| it == next),
                    "{what}: {next:?} is out of step"
                );
                // Nothing between is lost.
                let after = due_at.max(at);
                let first = series.occurrences().find(|it| it.at > after);
                assert_eq!(first, Some(next), "{what}");
            }
            let wall = next.at.naive_local();
            if let Start::Time(time) = start {
                // The same time of day, but in a gap.
                let meant = resolve(zone, wall.date().and_time(time.time())).unwrap();
                assert_eq!(meant, next.at, "{what}");
            }
            due = match start {
                Start::Day(_) => Start::Day(next.day()),
                Start::Time(time) => Start::Time(wall.date().and_time(time.time())),
            };
        }
    }
}

/// Months and years by due date: each has one, on the day or on the last there is.
#[test]
fn every_month_has_its_day_or_its_last() {
    for first in 1..=31 {
        let from: NaiveDate = NaiveDate::from_ymd_opt(2024, 1, first).unwrap();
        let series =
            Series::new(rule(json!({"pattern": "monthly"})), Start::Day(from), Tz::UTC).unwrap();
        let mut month = from;
        for it in series.occurrences().take(120) {
            assert_eq!((it.day().year(), it.day().month()), (month.year(), month.month()));
            assert_eq!(it.day().day(), first.min(month.num_days_in_month().into()));
            month = month + chrono::Months::new(1);
        }
    }
}

/// However a search begins, it goes on as the whole does.
#[test]
fn a_search_from_a_moment_is_the_rest_of_the_whole() {
    let mut random = fastrand::Rng::with_seed(3);
    for text in [
        "FREQ=HOURLY;INTERVAL=7",
        "FREQ=MINUTELY;INTERVAL=95;BYHOUR=1,2,3",
        "FREQ=WEEKLY;INTERVAL=3;WKST=SU;BYDAY=MO,SU",
        "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=-1",
        "FREQ=YEARLY;INTERVAL=2;BYWEEKNO=1,53",
        "FREQ=DAILY;INTERVAL=11;COUNT=200",
    ] {
        let series = series(text.parse().unwrap(), "2024-02-29T02:30:00", "America/New_York");
        let all: Vec<_> = series.occurrences().take(300).collect();
        let last = all[all.len() - 10].at.to_utc();
        for _ in 0..50 {
            let span = (last - all[0].at.to_utc()).num_seconds();
            let moment = all[0].at.to_utc() + TimeDelta::seconds(random.i64(-1000..span));
            let rest: Vec<_> = all.iter().copied().filter(|it| it.at > moment).take(5).collect();
            assert_eq!(series.upcoming(Some(moment), 5).unwrap(), rest, "{text} {moment}");
        }
    }
}

#[test]
fn fractions_of_a_second_are_no_part_of_a_rule() {
    let at: NaiveDateTime = "2026-11-21T09:00:00.75".parse().unwrap();
    assert_eq!(Start::Time(at).local().nanosecond(), 0);
}
