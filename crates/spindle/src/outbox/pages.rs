//! The mails in a browser. Nothing of them is run or loaded: it is shown as text.

use mail_parser::{HeaderValue, MessageParser};

use super::folder::Folder;

/// How many mails are listed.
const MOST_LISTED: usize = 200;

/// All mails, newest first.
pub fn list(folder: &Folder) -> std::io::Result<String> {
    let names = folder.names()?;
    let mut rows = String::new();
    for name in names.iter().take(MOST_LISTED) {
        // One that somebody has just deleted is none.
        let Some(message) = folder.read(name)? else { continue };
        let header = |wanted| escaped(&header(&message, wanted));
        rows.push_str(&format!(
            "<tr><td>{}</td><td>{}</td><td><a href=\"/{name}\"><bdi>{}</bdi></a></td></tr>\n",
            header("Date"),
            header("To"),
            header("Subject"),
        ));
    }
    let said = match names.len() {
        0 => "<p>No mail has been sent yet.</p>".to_owned(),
        MOST_LISTED.. => {
            format!("<p>{} mails; these are the newest {MOST_LISTED}.</p>", names.len())
        }
        count => format!("<p>{count} mails.</p>"),
    };
    let head = "<tr><th>Date</th><th>To</th><th>Subject</th></tr>";
    Ok(page("Outbox", &format!("<h1>Outbox</h1>\n{said}\n<table>\n{head}\n{rows}</table>")))
}

/// One mail; `None` if there is none of this name.
pub fn mail(folder: &Folder, name: &str) -> std::io::Result<Option<String>> {
    let Some(message) = folder.read(name)? else { return Ok(None) };
    let mut rows = String::new();
    for wanted in ["Date", "From", "To", "Cc", "Bcc", "Reply-To", "Subject"] {
        let value = header(&message, wanted);
        if !value.is_empty() {
            rows.push_str(&format!(
                "<tr><th>{wanted}</th><td dir=\"auto\">{}</td></tr>\n",
                escaped(&value)
            ));
        }
    }
    let parsed = MessageParser::default().parse(&message);
    let text = parsed.as_ref().and_then(|it| it.body_text(0)).unwrap_or_default();
    let body = format!(
        "<p><a href=\"/\">All mails</a> · <a href=\"/{name}.eml\" download>The file</a></p>\n\
         <table>\n{rows}</table>\n<pre dir=\"auto\">{}</pre>\n\
         <details><summary>As it was sent</summary>\n<pre>{}</pre></details>",
        escaped(&text),
        escaped(&String::from_utf8_lossy(&message)),
    );
    Ok(Some(page("Mail", &body)))
}

/// A header for people.
fn header(message: &[u8], name: &str) -> String {
    let Some(message) = MessageParser::default().parse_headers(message) else {
        return String::new();
    };
    match message.header(name) {
        Some(HeaderValue::Address(addresses)) => {
            let said = addresses.iter().map(|it| {
                let email = it.address().unwrap_or_default();
                it.name().map_or_else(|| email.to_owned(), |name| format!("{name} <{email}>"))
            });
            said.collect::<Vec<_>>().join(", ")
        }
        Some(HeaderValue::Text(text)) => text.to_string(),
        Some(HeaderValue::DateTime(at)) => at.to_rfc3339(),
        _ => String::new(),
    }
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\n<style>\
         body {{ font-family: sans-serif; margin: 2em }} th, td {{ text-align: start; padding: .2em 1em .2em 0 }} \
         pre {{ white-space: pre-wrap; overflow-wrap: anywhere }}</style></head>\n<body>\n{body}\n</body></html>\n"
    )
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}
