//! What SendGrid takes by `POST /v3/mail/send`, and what it says of anything else
//! (www.twilio.com/docs/sendgrid/api-reference/mail-send/errors).

use std::collections::HashSet;

use serde::Serialize;
use serde_json::{Map, Value};

/// Of one request.
const MOST_PERSONALIZATIONS: usize = 1000;
/// Of all `custom_args` together.
const MOST_CUSTOM_ARGS: usize = 10_000;
/// What a mail is made of otherwise.
const RESERVED: [&str; 12] = [
    "x-sg-id",
    "x-sg-eid",
    "received",
    "dkim-signature",
    "content-type",
    "content-transfer-encoding",
    "to",
    "from",
    "subject",
    "reply-to",
    "cc",
    "bcc",
];
/// What a document may have, beside what can't be done here.
const FIELDS: [&str; 16] = [
    "personalizations",
    "from",
    "reply_to",
    "subject",
    "content",
    "headers",
    "categories",
    "custom_args",
    "send_at",
    "batch_id",
    "asm",
    "ip_pool_name",
    "mail_settings",
    "tracking_settings",
    "sections",
    "reply_to_list",
];
const NO_FROM: &str = "The from object must be provided for every email send. It is an object that requires the email \
    parameter, but may also contain a name parameter.  e.g. {\"email\" : \"example@example.com\"}  or {\"email\" : \
    \"example@example.com\", \"name\" : \"Example Recipient\"}.";

/// A mail.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mail {
    pub from: Mailbox,
    pub reply_to: Option<Mailbox>,
    pub to: Vec<Mailbox>,
    pub cc: Vec<Mailbox>,
    pub bcc: Vec<Mailbox>,
    pub subject: String,
    pub text: Option<String>,
    pub html: Option<String>,
    pub headers: Vec<(String, String)>,
    /// What the sender knows it by.
    pub custom_args: Map<String, Value>,
}

/// Somebody's address, and perhaps their name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mailbox {
    pub email: String,
    pub name: Option<String>,
}

/// What is wrong, as SendGrid says it.
#[derive(Debug, Serialize, PartialEq)]
pub struct Problem {
    pub message: String,
    pub field: Option<String>,
    pub help: Option<String>,
}

impl Problem {
    pub fn new(message: &str, field: Option<String>) -> Self {
        Self { message: message.to_owned(), field, help: None }
    }
}

/// The mails that a document asks for, one for each personalization; or all that is wrong with it.
pub fn mails(document: &Value) -> Result<Vec<Mail>, Vec<Problem>> {
    let mut reader = Reader::default();
    let mails = reader.document(document);
    if reader.0.is_empty() { Ok(mails) } else { Err(reader.0) }
}

/// What has been found wrong so far.
#[derive(Default)]
struct Reader(Vec<Problem>);

impl Reader {
    fn wrong(&mut self, field: impl Into<String>, message: &str) {
        self.0.push(Problem::new(message, Some(field.into())));
    }

    fn document(&mut self, document: &Value) -> Vec<Mail> {
        let Some(fields) = document.as_object() else {
            self.0.push(Problem::new("Bad Request", None));
            return Vec::new();
        };
        for field in fields.keys() {
            match field.as_str() {
                "attachments" | "template_id" => {
                    self.wrong(
                        field,
                        "The outbox of spindle up has no templates and no attachments.",
                    );
                }
                known if FIELDS.contains(&known) => {}
                _ => self.wrong(field, &format!("Additional property {field} is not allowed")),
            }
        }
        let mut common = Mail {
            headers: self.headers("headers", document),
            custom_args: self.custom_args("custom_args", document),
            ..Mail::default()
        };
        match document.get("from").filter(|from| from["email"].is_string()) {
            Some(from) => common.from = self.mailbox("from", from),
            None => self.wrong("from.email", NO_FROM),
        }
        common.reply_to = document.get("reply_to").map(|it| self.mailbox("reply_to", it));
        self.content(document, &mut common);
        self.personalizations(document, &common)
    }

    fn personalizations(&mut self, document: &Value, common: &Mail) -> Vec<Mail> {
        let all = document["personalizations"].as_array().map(Vec::as_slice).unwrap_or_default();
        match all.len() {
            0 => self.wrong(
                "personalizations",
                "The personalizations field is required and must have at least one personalization.",
            ),
            1..=MOST_PERSONALIZATIONS => {}
            many => {
                self.wrong(
                    "personalizations",
                    &format!(
                        "The personalization block is limited to 1000 personalizations per API request. You have \
                         provided {many} personalizations. Please consider splitting this into multiple requests \
                         and resending your request."
                    ),
                );
                return Vec::new();
            }
        }
        let each = all.iter().enumerate();
        each.map(|(index, one)| self.personalization(index, one, document, common)).collect()
    }

    fn personalization(
        &mut self,
        index: usize,
        one: &Value,
        document: &Value,
        common: &Mail,
    ) -> Mail {
        let at = format!("personalizations.{index}");
        let mut mail = common.clone();
        mail.to = self.mailboxes(&format!("{at}.to"), one.get("to"));
        if mail.to.is_empty() {
            self.wrong(
                format!("{at}.to"),
                "The to array is required for all personalization objects, and must have at least one email object \
                 with a valid email address.",
            );
        }
        mail.cc = self.mailboxes(&format!("{at}.cc"), one.get("cc"));
        mail.bcc = self.mailboxes(&format!("{at}.bcc"), one.get("bcc"));
        let mut seen = HashSet::new();
        for mailbox in mail.to.iter().chain(&mail.cc).chain(&mail.bcc) {
            if !seen.insert(mailbox.email.to_lowercase()) {
                let first = &mailbox.email;
                self.wrong(
                    &at,
                    &format!(
                        "Each email address in the personalization block should be unique between to, cc, and bcc. \
                         We found the first duplicate instance of [{first}] in the {at} field."
                    ),
                );
                break;
            }
        }
        mail.headers.extend(self.headers(&format!("{at}.headers"), one));
        mail.custom_args.extend(self.custom_args(&format!("{at}.custom_args"), one));
        if serde_json::to_string(&mail.custom_args).is_ok_and(|args| args.len() > MOST_CUSTOM_ARGS)
        {
            self.wrong(
                "custom_args",
                "The custom_args may not be larger than 10000 bytes in total.",
            );
        }
        match (&one["subject"], &document["subject"]) {
            (Value::String(subject), _) | (_, Value::String(subject)) if is_line(subject) => {
                mail.subject.clone_from(subject);
            }
            _ => self.wrong(
                "subject",
                "The subject is required. You can get around this requirement if you use a template with a subject \
                 defined or if every personalization has a subject defined.",
            ),
        }
        mail
    }

    fn content(&mut self, document: &Value, mail: &mut Mail) {
        let all = document["content"].as_array().map(Vec::as_slice).unwrap_or_default();
        if all.is_empty() {
            self.wrong(
                "content",
                "Unless a valid template_id is provided, the content parameter is required. There must be at least \
                 one defined content block. We typically suggest both text/plain and text/html blocks are included, \
                 but only one block is required.",
            );
        }
        for (index, one) in all.iter().enumerate() {
            let value = one["value"].as_str().unwrap_or_default();
            if value.is_empty() {
                self.wrong(
                    format!("content.{index}.value"),
                    "The content value must be a string at least one character in length.",
                );
            }
            match one["type"].as_str() {
                Some("text/plain") if mail.text.is_none() && mail.html.is_none() => {
                    mail.text = Some(value.to_owned());
                }
                Some("text/html") if mail.html.is_none() => mail.html = Some(value.to_owned()),
                Some("text/plain" | "text/html") => self.wrong(
                    format!("content.{index}.type"),
                    "If present, text/plain and text/html may only be provided once, text/plain first.",
                ),
                _ => self.wrong(
                    format!("content.{index}.type"),
                    "The content type must be text/plain or text/html here.",
                ),
            }
        }
    }

    fn headers(&mut self, field: &str, within: &Value) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        for (name, value) in self.object(field, within.get("headers")) {
            let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
                self.wrong(field, &format!("The header {name} is reserved."));
            } else if name.is_empty() || !name.bytes().all(is_token) {
                self.wrong(field, "The name of a header must be plain ASCII, without spaces.");
            } else {
                match value.as_str().filter(|value| is_line(value)) {
                    Some(value) => headers.push((name, value.to_owned())),
                    None => {
                        self.wrong(field, "The value of a header must be a string on one line.")
                    }
                }
            }
        }
        headers
    }

    fn custom_args(&mut self, field: &str, within: &Value) -> Map<String, Value> {
        let args = self.object(field, within.get("custom_args"));
        if args.values().any(|value| !value.is_string()) {
            self.wrong(field, "Each custom arg must be a string.");
        }
        args
    }

    fn object(&mut self, field: &str, value: Option<&Value>) -> Map<String, Value> {
        match value {
            None => Map::new(),
            Some(Value::Object(fields)) => fields.clone(),
            Some(_) => {
                self.wrong(field, "Invalid type. Expected: object.");
                Map::new()
            }
        }
    }

    fn mailboxes(&mut self, field: &str, value: Option<&Value>) -> Vec<Mailbox> {
        match value {
            None => Vec::new(),
            Some(Value::Array(all)) => {
                let each = all.iter().enumerate();
                each.map(|(index, one)| self.mailbox(&format!("{field}.{index}"), one)).collect()
            }
            Some(_) => {
                self.wrong(field, "Invalid type. Expected: array.");
                Vec::new()
            }
        }
    }

    fn mailbox(&mut self, field: &str, value: &Value) -> Mailbox {
        let email = value["email"].as_str().unwrap_or_default();
        if !is_address(email) {
            self.wrong(format!("{field}.email"), "Does not contain a valid address.");
        }
        let name = match &value["name"] {
            Value::Null => None,
            Value::String(name) if !name.chars().any(char::is_control) => Some(name.clone()),
            _ => {
                self.wrong(format!("{field}.name"), "The name must be a string on one line.");
                None
            }
        };
        Mailbox { email: email.to_owned(), name: name.filter(|name| !name.is_empty()) }
    }
}

/// Whether it may stand in a header.
fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(char::is_control)
}

/// Unlike SendGrid, we let hosts be without a dot: here they are such as `localhost`.
fn is_address(email: &str) -> bool {
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>@,;:\"".contains(c);
    email.rsplit_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && !host.is_empty()
            && email.len() <= 320
            && local.chars().chain(host.chars()).all(is_plain)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn good() -> Value {
        json!({
            "personalizations": [{ "to": [{ "email": "me@example.com" }] }],
            "from": { "email": "reminders@localhost", "name": "Spindle" },
            "subject": "Reminder: call mom",
            "content": [{ "type": "text/plain", "value": "x" }, { "type": "text/html", "value": "<p>x" }],
            "headers": { "List-Unsubscribe": "<https://example.com>" },
            "custom_args": { "delivery_id": "1" },
            "tracking_settings": { "open_tracking": { "enable": false } },
        })
    }

    #[test]
    fn what_spindle_sends_is_taken() {
        let settings =
            notify::MailSettings::new("http://127.0.0.1:1", "k", "Spindle <reminders@localhost>")
                .unwrap();
        let notice = notify::Notice {
            reminder_id: uuid::Uuid::nil(),
            task_id: uuid::Uuid::nil(),
            delivery_id: uuid::Uuid::max(),
            title: "a\r\nBcc: b@example.com".to_owned(),
            description: None,
            due: None,
            late: true,
            repeated: true,
            language: notify::Language::Urdu,
            link: None,
            unsubscribe: Some("https://example.com/stop".to_owned()),
        };
        let request = notify::email(&notice, &settings, "me@example.com");
        let mails = mails(&serde_json::from_slice(&request.body).unwrap()).unwrap();
        assert_eq!((mails.len(), mails[0].to[0].email.as_str()), (1, "me@example.com"));
        assert_eq!(mails[0].custom_args["delivery_id"], notice.delivery_id.to_string());
        assert!(mails[0].bcc.is_empty() && mails[0].text.is_some() && mails[0].html.is_some());
    }

    #[test]
    fn each_personalization_is_a_mail_of_its_own() {
        let mut document = good();
        document["personalizations"] = json!([
            { "to": [{ "email": "a@example.com" }], "subject": "for a", "headers": { "X-A": "1" } },
            { "to": [{ "email": "b@example.com" }], "cc": [{ "email": "c@example.com", "name": "C" }] },
        ]);
        let mails = mails(&document).unwrap();
        assert_eq!(
            (mails[0].subject.as_str(), mails[1].subject.as_str()),
            ("for a", "Reminder: call mom")
        );
        assert_eq!((mails[0].headers.len(), mails[1].headers.len()), (2, 1));
        assert_eq!(mails[1].cc[0].name.as_deref(), Some("C"));
    }

    #[test]
    fn what_is_wrong_is_named_by_its_field() {
        let long = "x".repeat(10_000);
        for (pointer, value, field) in [
            ("/personalizations", json!([]), "personalizations"),
            ("/personalizations", json!("x"), "personalizations"),
            ("/personalizations", json!(vec![json!({}); 1001]), "personalizations"),
            ("/personalizations/0/to", json!([]), "personalizations.0.to"),
            ("/personalizations/0/to/0/email", json!("nobody"), "personalizations.0.to.0.email"),
            (
                "/personalizations/0/to/0/email",
                json!("a@b\r\nBcc: c@d"),
                "personalizations.0.to.0.email",
            ),
            (
                "/personalizations/0/to",
                json!([{"email": "a@b"}, {"email": "A@b"}]),
                "personalizations.0",
            ),
            ("/from", json!("me@example.com"), "from.email"),
            ("/from/name", json!("a\r\nb"), "from.name"),
            ("/subject", json!(""), "subject"),
            ("/subject", json!("a\r\nBcc: c@d"), "subject"),
            ("/content", json!([]), "content"),
            ("/content/0/value", json!(""), "content.0.value"),
            ("/content/0/type", json!("text/html"), "content.1.type"),
            ("/content/1/type", json!("text/calendar"), "content.1.type"),
            ("/headers", json!({ "Reply-To": "x" }), "headers"),
            ("/headers", json!({ "a b": "x" }), "headers"),
            ("/headers", json!({ "X-A": "x\r\ny" }), "headers"),
            ("/headers", json!({ "X-A": 1 }), "headers"),
            ("/custom_args", json!({ "a": 1 }), "custom_args"),
            ("/custom_args", json!({ "a": long }), "custom_args"),
        ] {
            let mut document = good();
            *document.pointer_mut(pointer).unwrap() = value.clone();
            let problems = mails(&document).unwrap_err();
            let fields: Vec<_> = problems.iter().filter_map(|it| it.field.as_deref()).collect();
            assert!(fields.contains(&field), "{pointer} {value}: {problems:?}");
        }
        let mut document = good();
        document["template_id"] = json!("d-1");
        document["colour"] = json!("red");
        assert_eq!(mails(&document).unwrap_err().len(), 2);
        assert_eq!(mails(&json!([])).unwrap_err(), [Problem::new("Bad Request", None)]);
    }
}
