//! To talk to Spindle. What was said before is read here; what is said goes to `/chat/command`.

use domain::{Message, Page};
use maud::{Markup, html};
use service::{Response, Result};
use store::conversations;

use crate::page::page;
use crate::site::Site;

/// What the app calls its conversation: one for each user, the same in all their browsers.
const CONVERSATION: &str = "web";
/// How much of it is shown.
const MESSAGES: u32 = 20;

/// GET /chat
pub fn show(site: &Site) -> Result<Response> {
    let content = html! { div.narrow { h1 { (site.words.chat) } (panel(site)?) } };
    page(site, "chat", site.words.chat, content)
}

/// Beside a list, where there is room.
pub fn aside(site: &Site) -> Result<Markup> {
    Ok(
        html! { aside #chat aria-label=(site.words.chat) { h2 { (site.words.chat) } (panel(site)?) } },
    )
}

fn panel(site: &Site) -> Result<Markup> {
    let words = site.words;
    let standing = conversations::standing(&site.user, CONVERSATION, None)?;
    let page = Page { limit: MESSAGES, after: None };
    let transcript = match standing.id {
        Some(id) => conversations::select(&site.user, id, &page)?,
        None => None,
    };
    let messages = transcript.map(|it| it.messages.items).unwrap_or_default();
    Ok(html! {
        div #log role="log" aria-label=(words.chat) tabindex="0" data-keyed data-live {
            @for Message { id, role, content, .. } in messages.iter().rev() {
                p data-key=(id) data-role=(role) dir="auto" { (content) }
            }
            @if messages.is_empty() { p.none data-key="none" { (words.chat_hint) } }
        }
        form #say autocomplete="off" data-conversation=(CONVERSATION) {
            input name="text" aria-label=(words.message) placeholder=(words.message) maxlength="1000" dir="auto" required
                enterkeyhint="send";
            button.primary { (words.send) }
        }
        p #forget data-live {
            @if let Some(id) = standing.id {
                button.quiet data-do="forget" data-url={ "/api/conversations/" (id) } { (words.forget) }
            }
        }
    })
}
