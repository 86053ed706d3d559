//! What a person chooses: zone and language, password, tokens, webhooks, notifications.

use maud::{Markup, html};
use recurrence::Tz;
use service::{Response, Result};

use crate::page::page;
use crate::site::Site;
use crate::when;

/// What a token may do, in the order in which it is offered.
const SCOPES: [(&str, bool); 4] =
    [("tasks:read", true), ("tasks:write", true), ("chat", false), ("audit", false)];

/// GET /settings
pub fn show(site: &Site) -> Result<Response> {
    let words = site.words;
    let content = html! {
        div.narrow {
            h1 { (words.settings) }
            (account(site))
            (password(site))
            (tokens(site)?)
            (webhooks(site)?)
            section aria-labelledby="push-title" {
                h2 #push-title { (words.notifications) }
                p.muted { (words.notifications_hint) }
                button #push disabled { (words.notify_here) }
                p #no-push hidden { (words.no_push) }
            }
            @if site.has_log_in {
                p { button.danger #log-out { (words.log_out) } }
            } @else {
                p.muted { (words.local_mode) }
            }
        }
    };
    page(site, "settings", words.settings, content)
}

fn account(site: &Site) -> Markup {
    let (words, account) = (site.words, &site.account);
    html! {
        section aria-labelledby="account-title" {
            h2 #account-title { (words.zone_and_language) }
            @if let Some(email) = &account.email { p.muted { bdi { (email) } } }
            form.fields data-send="PATCH /auth/me" data-reload {
                label { span { (words.time_zone) }
                    input name="timezone" value=(account.timezone) list="zones" required dir="ltr"; }
                datalist #zones { @for zone in zones() { option value=(zone) {} } }
                label { span { (words.language) }
                    select name="language" {
                        option value="en" lang="en" selected[account.language != "ur"] { "English" }
                        option value="ur" lang="ur" selected[account.language == "ur"] { "اردو" }
                    } }
                label.check-line.wide {
                    input name="email_reminders" type="checkbox" checked[account.email_reminders];
                    span { (words.reminders_by_mail) } }
                div.wide { button.primary { (words.save) } }
            }
        }
    }
}

/// Places that people look for; any other of IANA's names may be typed.
fn zones() -> impl Iterator<Item = &'static str> {
    [
        Tz::UTC,
        Tz::Asia__Karachi,
        Tz::Asia__Dubai,
        Tz::Asia__Kolkata,
        Tz::Asia__Tokyo,
        Tz::Australia__Sydney,
        Tz::Europe__London,
        Tz::Europe__Berlin,
        Tz::Europe__Madrid,
        Tz::America__New_York,
        Tz::America__Chicago,
        Tz::America__Los_Angeles,
        Tz::America__Sao_Paulo,
        Tz::Africa__Cairo,
        Tz::Africa__Lagos,
    ]
    .into_iter()
    .map(Tz::name)
}

fn password(site: &Site) -> Markup {
    let words = site.words;
    html! {
        @if site.has_log_in {
            section aria-labelledby="password-title" {
                h2 #password-title { (words.password) }
                form.fields data-send="PATCH /auth/me" data-reload {
                    label { span { (words.current_password) }
                        input name="current_password" type="password" required autocomplete="current-password" dir="ltr"; }
                    label { span { (words.new_password) }
                        input name="password" type="password" required minlength="10" autocomplete="new-password" dir="ltr";
                        small.muted { (words.password_hint) } }
                    div.wide { button { (words.change_password) } " " small.muted { (words.password_ends) } }
                }
            }
        }
    }
}

fn tokens(site: &Site) -> Result<Markup> {
    let words = site.words;
    let tokens = store::access_tokens::list_by_user(&site.user)?;
    Ok(html! {
        section aria-labelledby="tokens-title" {
            h2 #tokens-title { (words.tokens) }
            p.muted { (words.tokens_hint) }
            ul #tokens data-keyed data-live {
                @for token in &tokens {
                    li data-key=(token.id) {
                        bdi { (token.name) } " "
                        small.muted {
                            bdi { (token.scopes) }
                            " · "
                            @match token.last_used_at {
                                Some(time) => { (words.last_used) " " (when::moment(site, time)) }
                                None => { (words.never_used) }
                            }
                        }
                        " " button.quiet data-do="remove" data-url={ "/auth/tokens/" (token.id) } { (words.revoke) }
                    }
                }
            }
            form.fields data-send="POST /auth/tokens" data-secret="token" {
                label { span { (words.name) }
                    input name="name" required maxlength="100" dir="auto"; }
                fieldset { legend { (words.may) }
                    @for (scope, is_usual) in SCOPES {
                        label.check-line {
                            input name="scopes" type="checkbox" value=(scope) checked[is_usual];
                            span { code { (scope) } } }
                    } }
                div.wide { button { (words.make_token) } }
            }
        }
    })
}

fn webhooks(site: &Site) -> Result<Markup> {
    let words = site.words;
    let webhooks = store::webhooks::list_by_user(&site.user)?;
    Ok(html! {
        section aria-labelledby="webhooks-title" {
            h2 #webhooks-title { (words.webhooks) }
            p.muted { (words.webhooks_hint) }
            ul #webhooks data-keyed data-live {
                @for webhook in &webhooks {
                    li data-key=(webhook.id) {
                        bdi { (webhook.url) }
                        @if !webhook.active { " " b { (words.inactive) } }
                        " " button.quiet data-do="remove" data-url={ "/api/webhooks/" (webhook.id) } { (words.remove) }
                    }
                }
            }
            form.fields data-send="POST /api/webhooks" data-secret="secret" {
                label.wide { span { (words.address) }
                    input name="url" type="url" required maxlength="2000" dir="ltr" placeholder="https://"; }
                div.wide { button { (words.add_webhook) } }
            }
        }
    })
}
