//! Lists of tasks.

use std::borrow::Cow;

use chrono::NaiveDate;
use domain::{Priority, Status, Task, TaskQuery};
use maud::{Markup, html};
use service::{Request, Response, Result};

use crate::page::page;
use crate::site::Site;
use crate::{chat, repeat, when};

/// Which tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    Today,
    Upcoming,
    All,
    Completed,
    Trash,
}

impl View {
    pub fn at(path: &str) -> Option<Self> {
        Some(match path {
            "/today" => Self::Today,
            "/upcoming" => Self::Upcoming,
            "/all" => Self::All,
            "/completed" => Self::Completed,
            "/trash" => Self::Trash,
            _ => return None,
        })
    }

    /// Its name in a page's `data-view`.
    fn name(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Upcoming => "upcoming",
            Self::All => "all",
            Self::Completed => "completed",
            Self::Trash => "trash",
        }
    }

    /// What `GET /api/tasks` would be asked for.
    fn query(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Today => &[("status", "active"), ("due_before", "today+1d"), ("sort", "due")],
            Self::Upcoming => &[("status", "active"), ("due_after", "today"), ("sort", "due")],
            Self::All => &[("status", "active"), ("sort", "due")],
            Self::Completed => &[("status", "completed"), ("sort", "-updated")],
            Self::Trash => &[("status", "deleted"), ("sort", "-updated")],
        }
    }

    fn takes_new(self) -> bool {
        matches!(self, Self::Today | Self::Upcoming | Self::All)
    }
}

/// GET /today, /upcoming, /all, /completed, /trash: ?q=&tag=&cursor=
pub fn show(site: &Site, request: &Request, view: View) -> Result<Response> {
    let words = site.words;
    let given = |wanted: &str| {
        let value = request.query().find(|(name, _)| name == wanted)?.1.into_owned();
        (!value.trim().is_empty()).then_some(value)
    };
    let (text, tag, cursor) = (given("q"), given("tag"), given("cursor"));
    let mut parameters: Vec<(Cow<'_, str>, Cow<'_, str>)> =
        view.query().iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    parameters.push(("timezone".into(), site.zone.name().into()));
    parameters.push(("limit".into(), "100".into()));
    for (name, value) in [("q", &text), ("tag", &tag), ("cursor", &cursor)] {
        parameters.extend(value.as_deref().map(|value| (name.into(), value.into())));
    }
    let (tasks, next) = match TaskQuery::parse(parameters)? {
        TaskQuery::Newest { status, page } => {
            (store::tasks::list_newest(&site.user, status, &page)?.items, None)
        }
        TaskQuery::Chosen(wanted) => {
            let found = store::tasks::list_chosen(&site.user, &wanted)?;
            (found.items, found.next)
        }
    };
    let (title, none) = match view {
        View::Today => (words.today, words.none_today),
        View::Upcoming => (words.upcoming, words.none_upcoming),
        View::All => (words.all, words.none_all),
        View::Completed => (words.completed, words.none_completed),
        View::Trash => (words.trash, words.none_trash),
    };
    let none = if text.is_some() { words.none_found } else { none };
    let content = html! {
        div.columns {
            div.list {
                div.head {
                    h1 { (title) @if let Some(tag) = &tag { " " span.tag { "#" (tag) } } }
                    form.find role="search" action=(site.path) {
                        input name="q" type="search" value=[text.as_deref()] aria-label=(words.find)
                            placeholder=(words.find) maxlength="200" dir="auto";
                    }
                }
                @if view.takes_new() { (quick_add(site)) }
                ul #tasks data-keyed data-live {
                    (rows(site, view, &tasks))
                    @if tasks.is_empty() { li.none data-key="none" { (none) } }
                }
                p #more data-live {
                    @if let Some(next) = &next {
                        a.more href={ "?" (link(next, text.as_deref(), tag.as_deref())) } { (words.more) }
                    }
                }
            }
            (chat::aside(site)?)
        }
    };
    page(site, view.name(), title, content)
}

fn link(cursor: &str, text: Option<&str>, tag: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in [("q", text), ("tag", tag), ("cursor", Some(cursor))] {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    query.finish()
}

fn quick_add(site: &Site) -> Markup {
    let words = site.words;
    html! {
        form #quick-add autocomplete="off" {
            input name="text" aria-label=(words.add) placeholder=(words.add) maxlength="1000" dir="auto"
                aria-describedby="understood" enterkeyhint="done" required;
            button.primary { (words.add_button) }
            p.hint.muted { (words.add_hint) }
            ul #understood aria-label=(words.understood) {}
        }
    }
}

/// The rows, in groups where a list goes by days.
fn rows(site: &Site, view: View, tasks: &[Task]) -> Markup {
    let group_of = |task: &Task| group(site, view, task);
    html! {
        @for tasks in tasks.chunk_by(|one, next| group_of(one) == group_of(next)) {
            @if let Some((first, group)) = tasks.first().and_then(|first| Some((first, group_of(first)?))) {
                // Days may come back: an all-day task is on the day of its own time zone.
                li.day data-key={ "day-" (first.id) } { h2 { (group) } }
            }
            @for task in tasks { (row(site, task)) }
        }
    }
}

fn group(site: &Site, view: View, task: &Task) -> Option<String> {
    let words = site.words;
    let by_day = |day: NaiveDate| {
        let name = when::day(site, day);
        let mut letters = name.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>())
    };
    match view {
        View::Completed | View::Trash => None,
        View::Today | View::Upcoming | View::All => match task.due_date {
            None => Some(words.no_date.to_owned()),
            Some(due) if when::day_of(site, due) < site.today() => Some(words.overdue.to_owned()),
            Some(due) => by_day(when::day_of(site, due)),
        },
    }
}

/// One task, as a line of a list.
fn row(site: &Site, task: &Task) -> Markup {
    let words = site.words;
    let is_active = task.status == Status::Active;
    html! {
        li.task data-key=(task.id) data-task=(task.id) data-title=(task.title) data-priority=(task.priority.as_str()) {
            @if task.status != Status::Deleted {
                button.check role="checkbox" aria-checked=(if is_active { "false" } else { "true" })
                    aria-label=(task.title) data-do=(if is_active { "complete" } else { "reopen" }) {}
            }
            div.body {
                @if task.status == Status::Deleted {
                    span.title dir="auto" { (task.title) }
                } @else {
                    a.title href={ "/tasks/" (task.id) } dir="auto" { (task.title) }
                }
                (facts(site, task))
            }
            @if task.status == Status::Deleted {
                button data-do="restore" { (words.restore) }
                button.danger data-do="purge" { (words.purge) }
            }
        }
    }
}

/// When it is due, how it comes back, how much it matters, its tags.
fn facts(site: &Site, task: &Task) -> Markup {
    let words = site.words;
    let repeats = repeat::words(site, task);
    html! {
        p.facts {
            @if let Some(due) = task.due_date {
                time datetime=(due) .late[task.status == Status::Active && when::is_overdue(site, due)] {
                    (when::due(site, due))
                }
            }
            @if let Some(repeats) = &repeats {
                span.repeats title=(words.repeats) { span aria-hidden="true" { "↻ " } (repeats) }
            }
            @match task.priority {
                Priority::High => { span.high { (words.high) } }
                Priority::Low => { span.low { (words.low) } }
                Priority::Medium => {}
            }
            @for tag in &task.tags {
                a.tag href={ "/all?" (tag_query(tag)) } dir="auto" { "#" (tag) }
            }
        }
    }
}

fn tag_query(tag: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair("tag", tag).finish()
}
