//! Mailpit takes a document of its own, by `POST /api/v1/send` (axllent/mailpit, server/apiv1/send.go).

use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value, json};
use tokio::net::TcpStream;
use url::Url;

use super::mail_send::{Mail, Mailbox};

/// How long it may take. A component waits ten seconds for us.
const PATIENCE: Duration = Duration::from_secs(8);
/// Of an answer.
const MOST_BYTES: usize = 64 * 1024;

/// Where a Mailpit is.
#[derive(Debug, Clone)]
pub struct Mailpit {
    /// host:port
    authority: String,
}

/// What it says of a mail.
#[derive(Debug, PartialEq)]
pub enum Answer {
    /// What it calls the mail.
    Taken(String),
    /// Why it doesn't take it, nor ever will.
    Refused(String),
}

impl FromStr for Mailpit {
    type Err = anyhow::Error;

    fn from_str(url: &str) -> Result<Self> {
        let url = Url::parse(url)?;
        let host = url.host_str().context("it names no host")?;
        ensure!(url.scheme() == "http" && url.path() == "/", "not such as http://mailpit:8025");
        Ok(Self { authority: format!("{host}:{}", url.port().unwrap_or(80)) })
    }
}

impl Mailpit {
    /// Hands a mail over.
    ///
    /// # Errors
    /// If it doesn't answer, or is out of order: another time it may take it.
    pub async fn send(&self, mail: &Mail) -> Result<Answer> {
        let request = Request::post("/api/v1/send")
            .header(header::HOST, &self.authority)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(document(mail).to_string())))?;
        let sent = tokio::time::timeout(PATIENCE, self.exchange(request)).await;
        sent.context("no answer in time").flatten().context("Mailpit")
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer> {
        let stream = TcpStream::connect(&self.authority).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // It ends with its sender.
        tokio::spawn(connection);
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MOST_BYTES).collect().await;
        let body = body.map_err(|error| anyhow!(error))?.to_bytes();
        answer(status, &serde_json::from_slice(&body).unwrap_or_default())
    }
}

fn answer(status: StatusCode, said: &Value) -> Result<Answer> {
    let text = |field: &str| said[field].as_str().unwrap_or_default().to_owned();
    match status {
        StatusCode::OK => Ok(Answer::Taken(text("ID"))),
        StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE => {
            Ok(Answer::Refused(text("Error")))
        }
        _ => bail!("it answered {status}"),
    }
}

fn document(mail: &Mail) -> Value {
    let mailbox =
        |it: &Mailbox| json!({ "Email": it.email, "Name": it.name.as_deref().unwrap_or("") });
    let mailboxes = |all: &[Mailbox]| all.iter().map(mailbox).collect::<Vec<_>>();
    let mut headers: Map<String, Value> =
        mail.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    let args = mail
        .custom_args
        .iter()
        .map(|(name, value)| (format!("X-Custom-Arg-{}", name.replace('_', "-")), value.clone()));
    headers.extend(args);
    json!({
        "From": mailbox(&mail.from),
        "To": mailboxes(&mail.to),
        "Cc": mailboxes(&mail.cc),
        "Bcc": mail.bcc.iter().map(|it| &it.email).collect::<Vec<_>>(),
        "ReplyTo": mailboxes(mail.reply_to.as_slice()),
        "Subject": mail.subject,
        "Text": mail.text.as_deref().unwrap_or(""),
        "HTML": mail.html.as_deref().unwrap_or(""),
        "Headers": headers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        let authority = |url: &str| url.parse::<Mailpit>().map(|it| it.authority).ok();
        assert_eq!(authority("http://mailpit:8025").as_deref(), Some("mailpit:8025"));
        assert_eq!(authority("http://[::1]/").as_deref(), Some("[::1]:80"));
        for wrong in ["mailpit:8025", "https://mailpit", "http://mailpit/api/v1/send", ""] {
            assert_eq!(authority(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_mail_is_as_mailpit_wants_it() {
        let mailbox = |email: &str| Mailbox { email: email.into(), name: None };
        let mail = Mail {
            from: Mailbox { email: "a@x".into(), name: Some("Spindle".into()) },
            reply_to: Some(mailbox("r@x")),
            to: vec![mailbox("b@x")],
            bcc: vec![mailbox("c@x")],
            subject: "Reminder: call mom".into(),
            text: Some("call".into()),
            headers: vec![("List-Unsubscribe".into(), "<https://x>".into())],
            custom_args: json!({ "delivery_id": "1" }).as_object().cloned().unwrap(),
            ..Mail::default()
        };
        let expected = json!({
            "From": { "Email": "a@x", "Name": "Spindle" },
            "To": [{ "Email": "b@x", "Name": "" }],
            "Cc": [],
            "Bcc": ["c@x"],
            "ReplyTo": [{ "Email": "r@x", "Name": "" }],
            "Subject": "Reminder: call mom",
            "Text": "call",
            "HTML": "",
            "Headers": { "List-Unsubscribe": "<https://x>", "X-Custom-Arg-delivery-id": "1" },
        });
        assert_eq!(document(&mail), expected);
    }

    #[test]
    fn what_is_refused_is_not_tried_again() {
        let said = json!({ "ID": "m1", "Error": "invalid To address" });
        assert_eq!(answer(StatusCode::OK, &said).unwrap(), Answer::Taken("m1".into()));
        let refused = answer(StatusCode::BAD_REQUEST, &said).unwrap();
        assert_eq!(refused, Answer::Refused("invalid To address".into()));
        assert!(answer(StatusCode::INTERNAL_SERVER_ERROR, &said).is_err());
        assert!(answer(StatusCode::UNAUTHORIZED, &said).is_err());
    }
}
