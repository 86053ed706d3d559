//! Times as people say them.

use chrono::{Datelike as _, Days, NaiveDate, NaiveTime, Timelike as _};
use domain::{DueDate, Time, urdu};

use crate::site::Site;
use crate::words::Tongue;

/// When something is due: `tomorrow at 5pm`, `Friday`, `5 December 2027`.
pub fn due(site: &Site, due: DueDate) -> String {
    match due {
        DueDate::On(day) => self::day(site, day),
        DueDate::At(time) => moment(site, time),
    }
}

/// The day on which something is due, for whoever looks.
pub fn day_of(site: &Site, due: DueDate) -> NaiveDate {
    match due {
        DueDate::On(day) => day,
        DueDate::At(time) => site.wall(time).date(),
    }
}

pub fn is_overdue(site: &Site, due: DueDate) -> bool {
    match due {
        DueDate::On(day) => day < site.today(),
        DueDate::At(time) => time < site.now,
    }
}

/// A moment on the wall of whoever looks.
pub fn moment(site: &Site, time: Time) -> String {
    let wall = site.wall(time);
    let (day, clock) = (day(site, wall.date()), clock(site.words.tongue, wall.time()));
    match site.words.tongue {
        Tongue::English => format!("{day}, {clock}"),
        Tongue::Urdu => format!("{day}، {clock}"),
    }
}

/// A day: today, a weekday of the next six days, or a date.
pub fn day(site: &Site, day: NaiveDate) -> String {
    let (today, words) = (site.today(), site.words);
    let is_in = |days| today.checked_add_days(Days::new(days)) == Some(day);
    if day == today {
        words.day_today.to_owned()
    } else if is_in(1) {
        words.day_tomorrow.to_owned()
    } else if day.succ_opt() == Some(today) {
        words.day_yesterday.to_owned()
    } else if (2..7).any(is_in) {
        weekday(words.tongue, day.weekday().num_days_from_monday() as usize)
    } else {
        date(words.tongue, day, today.year())
    }
}

/// `Friday`
pub fn weekday(tongue: Tongue, from_monday: usize) -> String {
    let english = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let names = match tongue {
        Tongue::English => english,
        Tongue::Urdu => urdu::WEEKDAYS,
    };
    names.get(from_monday).copied().unwrap_or_default().to_owned()
}

/// `5 December`, and the year if it is another.
pub fn date(tongue: Tongue, day: NaiveDate, this_year: i32) -> String {
    let month = match tongue {
        Tongue::English => day.format("%B").to_string(),
        Tongue::Urdu => urdu::MONTHS[day.month0() as usize].to_owned(),
    };
    match day.year() == this_year {
        true => format!("{} {month}", day.day()),
        false => format!("{} {month} {}", day.day(), day.year()),
    }
}

fn clock(tongue: Tongue, time: NaiveTime) -> String {
    if tongue == Tongue::Urdu {
        return urdu::clock(time);
    }
    let (is_afternoon, hour) = time.hour12();
    let half = if is_afternoon { "pm" } else { "am" };
    match time.minute() {
        0 => format!("{hour} {half}"),
        minute => format!("{hour}:{minute:02} {half}"),
    }
}
