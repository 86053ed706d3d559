//! How a task comes back, in words.

use chrono::Datelike as _;
use domain::{Task, urdu};
use recurrence::{On, Period, Rule, Simple};

use crate::site::Site;
use crate::when;
use crate::words::Tongue;

/// `every 2 weeks on Monday and Friday`; of a rule that takes a calendar to say, the rule. None, if it doesn't come back.
pub fn words(site: &Site, task: &Task) -> Option<String> {
    let document = task.recurrence_rule.as_ref()?;
    let simple = Rule::from_document(document).ok().and_then(|rule| rule.simple());
    Some(match simple {
        Some(rule) => say(site.words.tongue, site.today().year(), &rule),
        None => rule_text(task),
    })
}

/// The rule as it is written: RFC 5545's, or the name of a pattern.
pub fn rule_text(task: &Task) -> String {
    let Some(document) = &task.recurrence_rule else { return String::new() };
    match (document.get("rrule"), document.get("pattern")) {
        (Some(rule), _) | (None, Some(rule)) => rule.as_str().unwrap_or_default().to_owned(),
        (None, None) => String::new(),
    }
}

fn say(tongue: Tongue, year: i32, rule: &Simple) -> String {
    match tongue {
        Tongue::English => english(year, rule),
        Tongue::Urdu => in_urdu(year, rule),
    }
}

fn english(year: i32, rule: &Simple) -> String {
    let period = match rule.period {
        Period::Minute => "minute",
        Period::Hour => "hour",
        Period::Day => "day",
        Period::Week => "week",
        Period::Month => "month",
        Period::Year => "year",
    };
    let mut said = match rule.interval {
        1 => format!("every {period}"),
        interval => format!("every {interval} {period}s"),
    };
    match &rule.on {
        On::Start => {}
        On::Weekdays(days) if rule.interval == 1 && is_working_week(days) => {
            said = "every weekday".to_owned();
        }
        On::Weekdays(days) => {
            let names = days.iter().map(|day| weekday(Tongue::English, *day));
            said += &format!(" on {}", joined(names, ", ", "and"));
        }
        On::MonthDays(days) => {
            let names = days.iter().map(|day| month_day(*day));
            said += &format!(" on the {}", joined(names, ", ", "and"));
        }
        On::Nth(nth, day) => {
            said += &format!(" on the {} {}", nth_word(*nth), weekday(Tongue::English, *day));
        }
        On::Date { month, day } => {
            said += &format!(" on {day} {}", english_month(*month));
        }
    }
    match (rule.count, rule.until) {
        (Some(1), _) => said += ", once",
        (Some(count), _) => said += &format!(", {count} times in all"),
        (None, Some(day)) => said += &format!(", until {}", when::date(Tongue::English, day, year)),
        (None, None) => {}
    }
    if rule.after_completion {
        said += ", from when it is done";
    }
    said
}

fn in_urdu(year: i32, rule: &Simple) -> String {
    let period = match rule.period {
        Period::Minute => "منٹ",
        Period::Hour => "گھنٹے",
        Period::Day => "دن",
        Period::Week => "ہفتے",
        Period::Month => "مہینے",
        Period::Year => "سال",
    };
    let mut said = match rule.interval {
        1 => format!("ہر {period}"),
        interval => format!("ہر {interval} {period}"),
    };
    match &rule.on {
        On::Start => {}
        On::Weekdays(days) => {
            let names = days.iter().map(|day| weekday(Tongue::Urdu, *day));
            said += &format!(" {} کو", joined(names, "، ", "اور"));
        }
        On::MonthDays(days) => {
            let names = days.iter().map(|day| match day {
                -1 => "آخری تاریخ".to_owned(),
                day if *day < 0 => format!("آخر سے {} تاریخ", day.unsigned_abs()),
                day => format!("{day} تاریخ"),
            });
            said += &format!(" کی {} کو", joined(names, "، ", "اور"));
        }
        On::Nth(nth, day) => {
            let nth = match nth {
                1 => "پہلے".to_owned(),
                2 => "دوسرے".to_owned(),
                3 => "تیسرے".to_owned(),
                4 => "چوتھے".to_owned(),
                -1 => "آخری".to_owned(),
                other if *other < 0 => format!("آخر سے {}ویں", other.unsigned_abs()),
                other => format!("{other}ویں"),
            };
            said += &format!(" کے {nth} {} کو", weekday(Tongue::Urdu, *day));
        }
        On::Date { month, day } => {
            let month = urdu::MONTHS.get(usize::from(*month).wrapping_sub(1)).unwrap_or(&"");
            said += &format!(" {day} {month} کو");
        }
    }
    match (rule.count, rule.until) {
        (Some(count), _) => said += &format!("، کل {count} بار"),
        (None, Some(day)) => said += &format!("، {} تک", when::date(Tongue::Urdu, day, year)),
        (None, None) => {}
    }
    if rule.after_completion {
        said += "، مکمل ہونے کے بعد سے";
    }
    said
}

fn is_working_week(days: &[chrono::Weekday]) -> bool {
    let numbers: Vec<u32> = days.iter().map(|day| day.num_days_from_monday()).collect();
    numbers == [0, 1, 2, 3, 4]
}

fn weekday(tongue: Tongue, day: chrono::Weekday) -> String {
    when::weekday(tongue, day.num_days_from_monday() as usize)
}

fn english_month(month: u8) -> String {
    let day = chrono::NaiveDate::from_ymd_opt(2000, month.into(), 1);
    day.map(|day| day.format("%B").to_string()).unwrap_or_default()
}

/// `31st`, `last day`, `2nd last day`.
fn month_day(day: i8) -> String {
    match day {
        -1 => "last day".to_owned(),
        day if day < 0 => format!("{} last day", ordinal(day.unsigned_abs().into())),
        day => ordinal(day.unsigned_abs().into()),
    }
}

fn nth_word(nth: i16) -> String {
    match nth {
        -1 => "last".to_owned(),
        nth if nth < 0 => format!("{} last", ordinal(nth.unsigned_abs())),
        nth => ordinal(nth.unsigned_abs()),
    }
}

fn ordinal(number: u16) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

fn joined(names: impl Iterator<Item = String>, comma: &str, and: &str) -> String {
    let names: Vec<_> = names.collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, [first])) => format!("{first} {and} {last}"),
        Some((last, rest)) => format!("{} {and} {last}", rest.join(comma)),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: &str, english: &str, urdu: &str) {
        let simple = rule.parse::<Rule>().unwrap().simple().unwrap();
        assert_eq!(say(Tongue::English, 2026, &simple), english);
        assert_eq!(say(Tongue::Urdu, 2026, &simple), urdu);
    }

    #[test]
    fn a_rule_is_said_as_people_say_it() {
        check("FREQ=DAILY", "every day", "ہر دن");
        check(
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR",
            "every 2 weeks on Monday and Friday",
            "ہر 2 ہفتے پیر اور جمعہ کو",
        );
        check(
            "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
            "every weekday",
            "ہر ہفتے پیر، منگل، بدھ، جمعرات اور جمعہ کو",
        );
        check("FREQ=MONTHLY;BYMONTHDAY=31", "every month on the 31st", "ہر مہینے کی 31 تاریخ کو");
        check(
            "FREQ=MONTHLY;BYDAY=-1FR",
            "every month on the last Friday",
            "ہر مہینے کے آخری جمعہ کو",
        );
        check(
            "FREQ=MONTHLY;BYDAY=-2FR",
            "every month on the 2nd last Friday",
            "ہر مہینے کے آخر سے 2ویں جمعہ کو",
        );
        check("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=5", "every year on 5 March", "ہر سال 5 مارچ کو");
        check("FREQ=DAILY;COUNT=3", "every day, 3 times in all", "ہر دن، کل 3 بار");
        check(
            "FREQ=DAILY;UNTIL=20270305",
            "every day, until 5 March 2027",
            "ہر دن، 5 مارچ 2027 تک",
        );
    }
}
