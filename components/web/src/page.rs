//! What every page has around it, and what every answer has before it.

use maud::{DOCTYPE, Markup, html};
use service::{Error, Problem, Response, Result};

use crate::assets;
use crate::site::Site;
use crate::words::Words;

/// Nothing but our own files, and no text becomes a script: not from a page, and not in one (W3C CSP 3, Trusted Types).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; \
                      require-trusted-types-for 'script'; trusted-types spindle";

/// A page of somebody who is known.
pub fn page(site: &Site, view: &str, title: &str, content: Markup) -> Result<Response> {
    let words = site.words;
    let pages = [
        ("/today", words.today),
        ("/upcoming", words.upcoming),
        ("/all", words.all),
        ("/completed", words.completed),
        ("/trash", words.trash),
        ("/chat", words.chat),
        ("/activity", words.activity),
        ("/settings", words.settings),
    ];
    let body = html! {
        a.skip href="#main" { (words.skip) }
        header {
            a.logo href="/today" { "Spindle" }
            nav aria-label=(words.menu) {
                @for (path, name) in pages {
                    a href=(path) aria-current=[(path == site.path).then_some("page")] { (name) }
                }
            }
        }
        p #offline role="status" hidden { span { (words.offline) } " " span.waiting { (words.waiting) " " b {} } }
        noscript { p.banner { (words.no_script) } }
        main #main tabindex="-1" { (content) }
        // Filled by the script, and there before, so that it is read aloud.
        div #notices role="status" aria-live="polite" {}
    };
    Ok(answer(200, document(words, Some(site), view, title, body)))
}

/// A page of somebody who is not known yet.
pub fn open_page(words: &'static Words, view: &str, title: &str, content: Markup) -> Response {
    let body = html! {
        noscript { p.banner { (words.no_script) } }
        main #main { (content) }
        div #notices role="status" aria-live="polite" {}
    };
    answer(200, document(words, None, view, title, body))
}

pub fn not_found(site: &Site) -> Response {
    answer(404, notice(site.words, Some(site), "404", html! { (site.words.not_found) }))
}

/// What went wrong, for a person to read.
///
/// # Errors
/// The error itself where it is ours: it is logged, and answered as to a program.
pub fn failed(words: &'static Words, site: Option<&Site>, error: Error) -> Result<Response> {
    let problem = Problem::from(&error);
    match problem.status() {
        500 => Err(error),
        status => {
            let said = html! { span lang="en" dir="ltr" { (problem.detail()) } };
            Ok(answer(status, notice(words, site, &status.to_string(), said)))
        }
    }
}

fn notice(words: &'static Words, site: Option<&Site>, title: &str, said: Markup) -> Markup {
    let body = html! {
        main #main.narrow { h1 { (title) } p { (said) } p { a href="/today" { (words.back) } } }
    };
    document(words, site, "none", title, body)
}

pub fn redirect(to: &str) -> Response {
    let mut response = Response::new(303, ());
    response.set_header("location", to);
    response
}

fn document(
    words: &'static Words,
    site: Option<&Site>,
    view: &str,
    title: &str,
    body: Markup,
) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(words.tag()) dir=(words.direction()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Spindle" }
                link rel="icon" href="/icon.svg" type="image/svg+xml";
                link rel="manifest" href="/manifest.webmanifest";
                link rel="stylesheet" href=(assets::STYLE.path());
                script type="module" src=(assets::SCRIPT.path()) {}
            }
            body data-view=(view) data-words=(words.of_script())
                data-user=[site.map(|site| site.user.id)] data-zone=[site.map(|site| site.zone.name())] {
                (body)
            }
        }
    }
}

fn answer(status: u16, document: Markup) -> Response {
    let mut response = Response::new(status, document.into_string());
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        response.set_header(name, value);
    }
    response
}
