//! To log in, and to make an account.

use maud::html;
use service::{Request, Response};

use crate::page;
use crate::words::{Words, words};

/// Sends whoever is not known to where they can say who they are, and back afterwards.
pub fn send(request: &Request) -> Response {
    let next: String = form_urlencoded::byte_serialize(request.path().as_bytes()).collect();
    page::redirect(&format!("/login?next={next}"))
}

/// GET /login, GET /signup
pub fn show(request: &Request) -> Response {
    let words = words_of(request);
    let is_new = request.path() == "/signup";
    let next = request.query().find(|(name, _)| name == "next").map(|(_, next)| next.into_owned());
    let next = next.filter(|next| is_ours(next)).unwrap_or_else(|| "/today".to_owned());
    let query: String =
        form_urlencoded::Serializer::new(String::new()).append_pair("next", &next).finish();
    let (title, button, other, other_path) = match is_new {
        true => (words.sign_up, words.create_account, words.have_account, "/login"),
        false => (words.log_in, words.log_in, words.sign_up, "/signup"),
    };
    let content = html! {
        div.entry {
            p.logo { "Spindle" }
            p.muted { (words.tagline) }
            h1 { (title) }
            form #entry data-new=[is_new.then_some("")] data-next=(next) {
                label { span { (words.email) }
                    input name="email" type="email" required autocomplete="username" autofocus dir="ltr"; }
                label { span { (words.password) }
                    input name="password" type="password" required dir="ltr"
                        minlength=[is_new.then_some(10)]
                        autocomplete=(if is_new { "new-password" } else { "current-password" });
                    @if is_new { small.muted { (words.password_hint) } } }
                button.primary { (button) }
            }
            p { a href={ (other_path) "?" (query) } { (other) } }
        }
    };
    page::open_page(words, "entry", title, content)
}

/// The language that a browser's `Accept-Language` has first, as its user has (RFC 9110, section 12.5.4).
pub fn words_of(request: &Request) -> &'static Words {
    let accepted = request.header("accept-language").and_then(|it| str::from_utf8(it).ok());
    words(first_of(accepted.unwrap_or_default()))
}

fn first_of(accepted: &str) -> &str {
    accepted.split([',', ';']).next().unwrap_or_default().trim()
}

/// A path of this site, and no other's: `//evil.example` is one.
fn is_ours(next: &str) -> bool {
    next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\n', '\r', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_counts() {
        for (accepted, tag) in [
            ("ur,en;q=0.9", "ur"),
            ("ur-PK;q=0.8", "ur"),
            ("en-GB,ur", "en"),
            ("", "en"),
            ("*", "en"),
        ] {
            assert_eq!(words(first_of(accepted)).tag(), tag, "{accepted}");
        }
    }

    #[test]
    fn nobody_is_sent_to_another_site() {
        for next in ["/today", "/tasks/1?a=b", "/"] {
            assert!(is_ours(next), "{next}");
        }
        for next in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "javascript:1",
        ] {
            assert!(!is_ours(next), "{next}");
        }
    }
}
