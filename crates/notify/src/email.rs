use serde_json::{Value, json};

use crate::request::{address, link};
use crate::text::{escaped, one_line};
use crate::{Language, Notice, Request, words};

/// Where mail is handed over, and from whom it is.
#[derive(Clone)]
pub struct MailSettings {
    url: String,
    key: String,
    from: Value,
}

/// What is wrong with a setting of mail. It shows nothing of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "their texts say it")]
pub enum MailSettingsError {
    #[error("mail_url is no address such as https://api.sendgrid.com")]
    Url,
    #[error("mail_key has characters that a key doesn't have")]
    Key,
    #[error("mail_from is no address such as Spindle <reminders@example.com>")]
    From,
}

impl MailSettings {
    /// `url` is where `/v3/mail/send` is, as SendGrid has it; `key` lets in, and may be empty where nobody asks for one;
    /// `from` is `Name <address>` or an address.
    ///
    /// # Errors
    /// If one of them is wrong.
    pub fn new(url: &str, key: &str, from: &str) -> Result<Self, MailSettingsError> {
        let uri = address(url).filter(|uri| uri.query().is_none());
        uri.ok_or(MailSettingsError::Url)?;
        let key = key.trim();
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(MailSettingsError::Key);
        }
        let from = mailbox(from).ok_or(MailSettingsError::From)?;
        Ok(Self { url: url.trim_end_matches('/').to_owned(), key: key.to_owned(), from })
    }
}

impl std::fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MailSettings({})", self.url)
    }
}

/// A mail that tells of a reminder, to be handed over as SendGrid's API takes it.
///
/// Whoever hands over a second one because the first may be lost says so by [`Notice::repeated`]: providers don't know
/// deliveries apart.
pub fn email(notice: &Notice, settings: &MailSettings, to: &str) -> Request {
    let ids = json!({
        "delivery_id": notice.delivery_id.to_string(),
        "reminder_id": notice.reminder_id.to_string(),
    });
    let off = json!({ "enable": false });
    let mail = json!({
        "personalizations": [{ "to": [{ "email": to }] }],
        "from": settings.from,
        "subject": words::subject(notice),
        "content": [
            { "type": "text/plain", "value": plain(notice) },
            { "type": "text/html", "value": html(notice) },
        ],
        "headers": headers(notice),
        "custom_args": ids,
        // Nobody is to be followed for having been reminded, and links are to lead to where they say.
        "tracking_settings": { "click_tracking": off, "open_tracking": off },
    });
    let url = format!("{}/v3/mail/send", settings.url);
    let request = Request::new(url, "application/json", mail.to_string().into_bytes());
    match settings.key.as_str() {
        "" => request,
        key => request.with("authorization", format!("Bearer {key}")),
    }
}

/// The headers of the mail itself.
fn headers(notice: &Notice) -> Value {
    // Whoever is away doesn't have to say so (RFC 3834).
    let mut headers = json!({ "Auto-Submitted": "auto-generated" });
    if let Some(url) = link(notice.unsubscribe.as_ref()) {
        headers["List-Unsubscribe"] = json!(format!("<{url}>"));
        // RFC 8058 knows one click by HTTPS alone.
        if url.starts_with("https://") {
            headers["List-Unsubscribe-Post"] = json!("List-Unsubscribe=One-Click");
        }
    }
    if notice.repeated {
        headers["X-Spindle-Possible-Duplicate"] = json!("true");
    }
    headers
}

fn plain(notice: &Notice) -> String {
    let language = notice.language;
    let mut parts = vec![one_line(&notice.title)];
    parts.extend(words::due(notice));
    parts.extend(description(notice).map(str::to_owned));
    parts.extend(words::remarks(notice).into_iter().map(str::to_owned));
    parts
        .extend(link(notice.link.as_ref()).map(|url| format!("{}:\n{url}", words::open(language))));
    parts.extend(
        link(notice.unsubscribe.as_ref()).map(|url| format!("{}:\n{url}", words::stop(language))),
    );
    parts.join("\n\n") + "\n"
}

fn html(notice: &Notice) -> String {
    let language = notice.language;
    let mut body = format!(
        "<h1 dir=\"auto\" style=\"font-size: 1.25em\">{}</h1>\n",
        escaped(&one_line(&notice.title))
    );
    if let Some(due) = words::due(notice) {
        body.push_str(&format!("<p>{}</p>\n", escaped(&due)));
    }
    if let Some(text) = description(notice) {
        let text = escaped(text);
        body.push_str(&format!("<p dir=\"auto\" style=\"white-space: pre-wrap\">{text}</p>\n"));
    }
    for remark in words::remarks(notice) {
        body.push_str(&format!("<p><em>{}</em></p>\n", escaped(remark)));
    }
    for (url, text) in [
        (link(notice.link.as_ref()), words::open(language)),
        (link(notice.unsubscribe.as_ref()), words::stop(language)),
    ] {
        if let Some(url) = url {
            body.push_str(&format!("<p><a href=\"{}\">{text}</a></p>\n", escaped(url)));
        }
    }
    page(language, &words::subject(notice), &body)
}

fn page(language: Language, title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"{}\" dir=\"{}\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n\
         <body style=\"font-family: sans-serif; max-width: 36em\">\n{body}</body>\n</html>\n",
        language.tag(),
        language.direction(),
        escaped(title),
    )
}

fn description(notice: &Notice) -> Option<&str> {
    notice.description.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

/// `Name <address>`, `"Name" <address>` or an address, as SendGrid has it.
fn mailbox(text: &str) -> Option<Value> {
    let text = text.trim();
    let (name, email) = match text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
        Some((name, email)) => (name.trim().trim_matches('"'), email.trim()),
        None => ("", text),
    };
    let (local, host) = email.rsplit_once('@')?;
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>@,;".contains(c);
    let fits =
        !local.is_empty() && !host.is_empty() && [local, host].join("").chars().all(is_plain);
    if !fits || name.chars().any(char::is_control) {
        return None;
    }
    Some(if name.is_empty() {
        json!({ "email": email })
    } else {
        json!({ "email": email, "name": name })
    })
}
