//! What is said, in English and Urdu.

use chrono::{Datelike as _, NaiveTime, Timelike as _};
use domain::urdu;

use crate::text::{one_line, shortened};
use crate::{Due, Language, Notice};

/// Characters of a title where there is little room.
const MOST_TITLE: usize = 100;
/// Characters of a description where there is little room.
const MOST_DESCRIPTION: usize = 300;
/// Characters of a time zone's name.
const MOST_ZONE: usize = 64;

/// The task's title on one line, shortened.
pub fn title(notice: &Notice) -> String {
    let title = shortened(&one_line(&notice.title), MOST_TITLE);
    if title.is_empty() { reminder(notice.language).to_owned() } else { title }
}

/// The subject of a mail.
pub fn subject(notice: &Notice) -> String {
    format!("{}: {}", reminder(notice.language), title(notice))
}

/// A few lines for where there is little room. There is always one.
pub fn summary(notice: &Notice) -> String {
    let mut lines = Vec::from_iter(due(notice));
    lines.extend(remarks(notice).iter().map(|&remark| remark.to_owned()));
    let description = one_line(notice.description.as_deref().unwrap_or_default());
    if !description.is_empty() {
        lines.push(shortened(&description, MOST_DESCRIPTION));
    }
    if lines.is_empty() {
        lines.push(reminder(notice.language).to_owned());
    }
    lines.join("\n")
}

/// When the task is due, as a line of its own.
pub fn due(notice: &Notice) -> Option<String> {
    let due = notice.due.as_ref()?;
    let zone = shortened(&one_line(&due.timezone), MOST_ZONE);
    let (label, moment, zone) = match notice.language {
        Language::English => ("Due", english(due), zone),
        // A name that runs from left to right must not take what is beside it along.
        Language::Urdu => ("وقت", urdu(due), format!("\u{2068}{zone}\u{2069}")),
    };
    Some(match due.all_day {
        true => format!("{label}: {moment}"),
        false => format!("{label}: {moment} ({zone})"),
    })
}

/// What else there is to know.
pub fn remarks(notice: &Notice) -> Vec<&'static str> {
    let (late, repeated) = match notice.language {
        Language::English => (
            "This reminder comes late: Spindle was not running when it was due.",
            "You may have got this reminder before: whether it arrived is not known.",
        ),
        Language::Urdu => (
            "یہ یاد دہانی دیر سے آئی ہے: اس کے وقت پر سپنڈل بند تھا۔",
            "ممکن ہے یہ یاد دہانی آپ کو پہلے بھی ملی ہو: یہ معلوم نہیں کہ وہ پہنچی تھی یا نہیں۔",
        ),
    };
    let said = [(notice.late, late), (notice.repeated, repeated)];
    said.into_iter().filter(|(is_so, _)| *is_so).map(|(_, remark)| remark).collect()
}

pub fn reminder(language: Language) -> &'static str {
    match language {
        Language::English => "Reminder",
        Language::Urdu => "یاد دہانی",
    }
}

/// What completes the task.
pub fn done(language: Language) -> &'static str {
    match language {
        Language::English => "Done",
        Language::Urdu => "مکمل",
    }
}

/// What puts the reminder off for ten minutes.
pub fn snooze(language: Language) -> &'static str {
    match language {
        Language::English => "Snooze 10 minutes",
        Language::Urdu => "10 منٹ بعد",
    }
}

/// Where a link to the task leads.
pub fn open(language: Language) -> &'static str {
    match language {
        Language::English => "Open the task",
        Language::Urdu => "کام کھولیں",
    }
}

/// Where a link to unsubscribe leads.
pub fn stop(language: Language) -> &'static str {
    match language {
        Language::English => "No more reminders by e-mail",
        Language::Urdu => "ای میل سے یاد دہانیاں بند کریں",
    }
}

/// `Friday, 27 November 2026 at 5pm`.
fn english(due: &Due) -> String {
    let day = due.at.format("%A, %-d %B %Y");
    if due.all_day { day.to_string() } else { format!("{day} at {}", clock(due.at.time())) }
}

fn clock(time: NaiveTime) -> String {
    let (is_afternoon, hour) = time.hour12();
    let half = if is_afternoon { "pm" } else { "am" };
    match time.minute() {
        0 => format!("{hour}{half}"),
        minute => format!("{hour}:{minute:02}{half}"),
    }
}

/// `جمعہ، 27 نومبر 2026، سہ پہر 5 بجے`.
fn urdu(due: &Due) -> String {
    let weekday = urdu::WEEKDAYS[due.at.weekday().num_days_from_monday() as usize];
    let month = urdu::MONTHS[due.at.month0() as usize];
    let day = format!("{weekday}، {} {month} {}", due.at.day(), due.at.year());
    if due.all_day { day } else { format!("{day}، {}", urdu::clock(due.at.time())) }
}
