//! A mail as a MIME message (RFC 5322, RFC 2045 and those after it).

use chrono::{DateTime, Utc};
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::text::Text;

use super::mail_send::{Mail, Mailbox};

/// The message. `name` is what its `Message-ID` says.
pub fn message(mail: &Mail, name: &str, at: DateTime<Utc>) -> std::io::Result<Vec<u8>> {
    let mut message = MessageBuilder::new()
        .date(at.timestamp())
        .message_id(format!("{name}@localhost"))
        .from(address(&mail.from))
        .to(addresses(&mail.to))
        .subject(mail.subject.as_str());
    if !mail.cc.is_empty() {
        message = message.cc(addresses(&mail.cc));
    }
    // A provider would leave it out; whoever looks here wants to know.
    if !mail.bcc.is_empty() {
        message = message.bcc(addresses(&mail.bcc));
    }
    if let Some(reply_to) = &mail.reply_to {
        message = message.reply_to(address(reply_to));
    }
    for (name, value) in &mail.headers {
        message = message.header(name.as_str(), Text::new(value.as_str()));
    }
    for (name, value) in &mail.custom_args {
        let value = value.as_str().unwrap_or_default();
        message = message.header("X-Custom-Arg", Text::new(format!("{name}={value}")));
    }
    if let Some(text) = &mail.text {
        message = message.text_body(text.as_str());
    }
    if let Some(html) = &mail.html {
        message = message.html_body(html.as_str());
    }
    message.write_to_vec()
}

fn address(mailbox: &Mailbox) -> Address<'_> {
    match &mailbox.name {
        Some(name) => (name.as_str(), mailbox.email.as_str()).into(),
        None => mailbox.email.as_str().into(),
    }
}

fn addresses(mailboxes: &[Mailbox]) -> Address<'_> {
    Address::new_list(mailboxes.iter().map(address).collect())
}
