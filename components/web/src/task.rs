//! One task, and everything about it.

use domain::{Priority, Reminder, ReminderQuery, ReminderStatus, Status, Task};
use maud::{Markup, html};
use service::{Response, Result};
use uuid::Uuid;

use crate::page::{self, page};
use crate::site::Site;
use crate::{activity, repeat, when};

/// How many of the next dates are shown.
const DATES: u32 = 5;

/// GET /tasks/:id
pub fn show(site: &Site, id: Uuid) -> Result<Response> {
    let Some(task) = store::tasks::select(&site.user, id)? else {
        return Ok(page::not_found(site));
    };
    let query = ReminderQuery { task_id: Some(id), ..ReminderQuery::default() };
    let reminders = store::reminders::list_by_user(&site.user, &query)?.items;
    let content = html! {
        article.narrow data-task=(id) data-version=(task.version) data-title=(task.title) {
            h1 #title data-live dir="auto" { (task.title) }
            (fields(site, &task))
            (steps(site, &task))
            (reminders_of(site, &task, &reminders))
            @if task.recurrence_rule.is_some() { (dates(site, &task)) }
            (history(site, &task)?)
        }
    };
    page(site, "task", &task.title, content)
}

fn fields(site: &Site, task: &Task) -> Markup {
    let words = site.words;
    let day = task.due_date.map(|due| when::day_of(site, due).to_string());
    let time = match task.due_date {
        Some(domain::DueDate::At(time)) => Some(site.wall(time).format("%H:%M").to_string()),
        _ => None,
    };
    let priorities = [
        (Priority::Low, words.priority_low),
        (Priority::Medium, words.priority_medium),
        (Priority::High, words.priority_high),
    ];
    html! {
        form #task.fields data-live data-form data-version=(task.version) autocomplete="off" {
            label.wide { span { (words.title) }
                input name="title" value=(task.title) required maxlength="500" dir="auto"; }
            label.wide { span { (words.notes) }
                textarea name="description" rows="4" maxlength="10000" dir="auto" {
                    (task.description.as_deref().unwrap_or_default())
                } }
            label { span { (words.due) }
                input name="day" type="date" value=[day]; }
            label { span { (words.time) }
                input name="time" type="time" value=[time];
                small.muted { (words.time_hint) } }
            label { span { (words.priority) }
                select name="priority" {
                    @for (priority, name) in priorities {
                        option value=(priority.as_str()) selected[priority == task.priority] { (name) }
                    }
                } }
            label { span { (words.tags) }
                input name="tags" value=(task.tags.join(", ")) dir="auto";
                small.muted { (words.tags_hint) } }
            label.wide { span { (words.repeat) }
                input name="repeat" value=(repeat::rule_text(task)) maxlength="2000" dir="ltr";
                small.muted { (words.repeat_hint) } }
            @if task.series_id.is_some() {
                label.wide { span { (words.scope) }
                    select name="scope" {
                        option value="" { (words.scope_auto) }
                        option value="this" { (words.scope_this) }
                        option value="series" { (words.scope_series) }
                    } }
            }
            div.wide { button.primary { (words.save) } }
        }
    }
}

fn steps(site: &Site, task: &Task) -> Markup {
    let words = site.words;
    let is_active = task.status == Status::Active;
    html! {
        div #steps.buttons data-live {
            @if is_active {
                button data-do="complete" { (words.complete) }
                @if task.recurrence_rule.is_some() && task.due_date.is_some() {
                    button data-do="skip" { (words.skip_one) }
                }
            } @else {
                p { (words.is_completed) }
                button data-do="reopen" { (words.reopen) }
            }
            button.danger data-do="delete" { (words.move_to_trash) }
        }
    }
}

fn reminders_of(site: &Site, task: &Task, reminders: &[Reminder]) -> Markup {
    let words = site.words;
    let leads = [
        ("PT0S", words.at_due),
        ("PT10M", words.before_10m),
        ("PT1H", words.before_1h),
        ("P1D", words.before_1d),
        ("P7D", words.before_1w),
    ];
    html! {
        section #reminders aria-labelledby="reminders-title" {
            h2 #reminders-title { (words.reminders) }
            ul #reminder-list data-keyed data-live {
                @for reminder in reminders { (reminder_line(site, reminder)) }
                @if reminders.is_empty() { li.none data-key="none" { (words.no_reminders) } }
            }
            @if task.status == Status::Active {
                form #remind.fields {
                    label { span { (words.how) }
                        select name="delivery_method" {
                            option value="push" { (words.by_push) }
                            option value="email" { (words.by_email) }
                            option value="webhook" { (words.by_webhook) }
                        } }
                    label { span { (words.when) }
                        select name="lead_time" {
                            @for (lead, name) in leads { option value=(lead) { (name) } }
                        } }
                    label.wide { span { (words.address) }
                        input name="destination" maxlength="500" dir="ltr";
                        small.muted { (words.address_hint) } }
                    div.wide { button { (words.add_reminder) } }
                }
            }
        }
    }
}

fn reminder_line(site: &Site, reminder: &Reminder) -> Markup {
    let words = site.words;
    let method = match reminder.delivery_method.as_str() {
        "email" => words.by_email,
        "push" => words.by_push,
        _ => words.by_webhook,
    };
    let status = match reminder.status {
        ReminderStatus::Pending => words.pending,
        ReminderStatus::Sending => words.sending,
        ReminderStatus::Sent => words.sent,
        ReminderStatus::Failed => words.failed,
        ReminderStatus::Cancelled => words.cancelled,
    };
    let is_over = reminder.status == ReminderStatus::Cancelled;
    html! {
        li data-key=(reminder.id) {
            span { (method) }
            @if let Some(destination) = &reminder.destination { " " bdi { (destination) } }
            @if let Some(time) = reminder.trigger_time {
                " " time datetime=(time) { (when::moment(site, time)) }
            }
            " " b { (status) }
            @if let Some(error) = &reminder.last_error { " " small.muted dir="ltr" { (error) } }
            @if !is_over {
                " " button.quiet data-do="snooze" data-url={ "/api/reminders/" (reminder.id) "/snooze" } { (words.snooze) }
                " " button.quiet data-do="cancel" data-url={ "/api/reminders/" (reminder.id) } { (words.cancel) }
            }
        }
    }
}

fn dates(site: &Site, task: &Task) -> Markup {
    let words = site.words;
    let upcoming = task.upcoming(DATES, site.now);
    html! {
        section #dates aria-labelledby="dates-title" data-live {
            h2 #dates-title { (words.next_dates) }
            @if let Some(repeats) = repeat::words(site, task) { p.repeats { (repeats) } }
            @match &upcoming {
                Ok(dates) if dates.is_empty() => { p.muted { (words.no_dates) } }
                Ok(dates) => {
                    ol { @for date in dates { li { time datetime=(date.due_date) { (when::due(site, date.due_date)) } } } }
                }
                Err(error) => { p.failed dir="ltr" { (error) } }
            }
        }
    }
}

fn history(site: &Site, task: &Task) -> Result<Markup> {
    let words = site.words;
    let entries = activity::of_task(&site.user, &task.id.to_string())?;
    Ok(html! {
        section #history aria-labelledby="history-title" {
            h2 #history-title { (words.history) }
            button data-do="undo" { (words.undo_last) }
            ol #history-list data-keyed data-live {
                @for entry in &entries { (activity::line(site, entry, true)) }
                @if entries.is_empty() { li.none data-key="none" { (words.no_history) } }
            }
        }
    })
}
