//! Where mail goes if no provider is named, and the key for Web Push.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use identity::VapidKey;
use mail_parser::{MessageParser, MimeHeaders as _};
use notify::{Language, MailSettings, Notice, Request, email};
use rustix::process::Signal;
use serde_json::{Value, json};
use spindle_tests::{Process, Spindle, eventually, repository, spindle_program};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use uuid::Uuid;

fn notice(title: &str) -> Notice {
    Notice {
        reminder_id: Uuid::now_v7(),
        task_id: Uuid::now_v7(),
        delivery_id: Uuid::now_v7(),
        title: title.to_owned(),
        description: Some("پہلی سطر\n<script>alert('x')</script>".to_owned()),
        due: None,
        late: false,
        repeated: true,
        language: Language::Urdu,
        link: Some("http://127.0.0.1:3000/tasks/1".to_owned()),
        unsubscribe: Some("https://spindle.example/stop".to_owned()),
    }
}

/// The mail, for the outbox of a running system.
fn mail(spindle: &Spindle, notice: &Notice) -> Result<Request> {
    let (url, key) = (outbox(spindle)?, spindle.running.mail_key.as_deref().context("no key")?);
    let settings = MailSettings::new(url, key, "سپنڈل <reminders@localhost>")?;
    Ok(email(notice, &settings, "me@example.com"))
}

fn outbox(spindle: &Spindle) -> Result<&str> {
    spindle.running.mail_url.as_deref().context("no outbox")
}

async fn send(spindle: &Spindle, request: &Request) -> Result<reqwest::Response> {
    let mut post = spindle.client.post(&request.url).body(request.body.clone());
    for (name, value) in &request.headers {
        post = post.header(*name, value);
    }
    Ok(post.send().await?)
}

/// Sends a mail that is taken, and names its file.
async fn sent(spindle: &Spindle, title: &str) -> Result<PathBuf> {
    let answer = send(spindle, &mail(spindle, &notice(title))?).await?;
    assert_eq!(answer.status(), 202);
    let id = answer.headers().get("x-message-id").context("no id")?.to_str()?.to_owned();
    assert_eq!(answer.text().await?, "");
    Ok(spindle.data().join("outbox").join(format!("{id}.eml")))
}

fn files(spindle: &Spindle) -> Result<usize> {
    Ok(std::fs::read_dir(spindle.data().join("outbox"))?.count())
}

fn mode(path: &Path) -> Result<u32> {
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o777)
}

#[tokio::test]
async fn a_mail_is_kept_as_mail_programs_read_it() -> Result<()> {
    let spindle = Spindle::start_embedded().await?;
    let file = sent(&spindle, "دودھ خریدنا\r\nBcc: victim@example.com").await?;
    assert_eq!((mode(&file)?, mode(file.parent().context("no folder")?)?), (0o600, 0o700));
    assert_eq!(files(&spindle)?, 1, "nothing is left of writing it");

    let bytes = std::fs::read(&file)?;
    let message = MessageParser::default().parse(&bytes).context("no message")?;
    let expected: Value = serde_json::from_slice(
        &mail(&spindle, &notice("دودھ خریدنا Bcc: victim@example.com"))?.body,
    )?;
    assert_eq!(message.subject(), expected["subject"].as_str());
    let mailbox = |addresses: Option<&mail_parser::Address<'_>>| {
        let first = addresses.and_then(|all| all.first());
        first.map(|it| (it.name().map(str::to_owned), it.address().map(str::to_owned)))
    };
    let of =
        |name: Option<&str>, email: &str| Some((name.map(str::to_owned), Some(email.to_owned())));
    assert_eq!(mailbox(message.from()), of(Some("سپنڈل"), "reminders@localhost"));
    assert_eq!(mailbox(message.to()), of(None, "me@example.com"));
    assert_eq!(message.bcc(), None);
    ensure!(message.is_content_type("multipart", "alternative"));
    let same = |found: Option<std::borrow::Cow<'_, str>>, expected: &Value| {
        assert_eq!(found.map(|text| text.replace("\r\n", "\n")).as_deref(), expected.as_str());
    };
    same(message.body_text(0), &expected["content"][0]["value"]);
    same(message.body_html(0), &expected["content"][1]["value"]);
    let raw = String::from_utf8(bytes.clone())?;
    ensure!(raw.contains("List-Unsubscribe: <https://spindle.example/stop>\r\n"), "{raw}");
    ensure!(raw.contains("X-Spindle-Possible-Duplicate: true\r\n"), "{raw}");
    ensure!(raw.contains("X-Custom-Arg: delivery_id=0"), "{raw}");
    let age = chrono::Utc::now().timestamp() - message.date().context("no date")?.to_timestamp();
    ensure!((0..600).contains(&age), "sent {age} s ago");
    spindle.stop().await
}

#[tokio::test]
async fn what_sendgrid_would_refuse_is_refused() -> Result<()> {
    let spindle = Spindle::start_embedded().await?;
    let good = mail(&spindle, &notice("x"))?;
    let with = |name: &'static str, value: &str| {
        let mut request = good.clone();
        request.headers.retain(|(other, _)| *other != name);
        request.headers.push((name, value.to_owned()));
        request
    };
    let body = |body: &[u8]| Request { body: body.to_vec(), ..good.clone() };
    let mut nobody: Value = serde_json::from_slice(&good.body)?;
    nobody["personalizations"][0]["to"] = json!([]);
    for (request, status, field) in [
        (with("authorization", "Bearer SG.guessed"), 401, Value::Null),
        (with("authorization", ""), 401, Value::Null),
        (with("content-type", "text/plain"), 415, Value::Null),
        (body(b""), 400, Value::Null),
        (body(b"{\"from\": "), 400, Value::Null),
        (body(&[0xff; 100]), 400, Value::Null),
        (body(nobody.to_string().as_bytes()), 400, json!("personalizations.0.to")),
        (
            Request { url: format!("{}/v3/mail", outbox(&spindle)?), ..good.clone() },
            404,
            Value::Null,
        ),
    ] {
        let answer = send(&spindle, &request).await?;
        assert_eq!(answer.status(), status);
        let said: Value = answer.json().await?;
        ensure!(said["errors"][0]["message"].is_string(), "{said}");
        assert_eq!(said["errors"][0]["field"], field);
    }
    let key = spindle.running.mail_key.as_deref().context("no key")?;
    let huge = format!(
        "POST /v3/mail/send HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: 99999999\r\n\r\n"
    );
    let answer = raw(&spindle, &huge).await?;
    ensure!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(files(&spindle)?, 0, "nothing was kept");

    // Who can't keep it doesn't say that it has.
    std::fs::remove_dir(spindle.data().join("outbox"))?;
    let answer = send(&spindle, &good).await?;
    assert_eq!(answer.status(), 500);
    eventually("a line of the log that says why", async || {
        Ok(spindle.whole_log()?.contains("the outbox failed").then_some(()))
    })
    .await?;
    spindle.stop().await
}

#[tokio::test]
async fn the_outbox_shows_mails_as_text_and_to_nobody_else() -> Result<()> {
    let spindle = Spindle::start_embedded().await?;
    sent(&spindle, "the first <b>").await?;
    let file = sent(&spindle, "the second").await?;
    let name = file.file_stem().context("no name")?.to_string_lossy().into_owned();
    let page = async |path: &str| {
        let answer = spindle.client.get(format!("{}{path}", outbox(&spindle)?)).send().await?;
        let policy = answer.headers().get("content-security-policy").context("no policy")?;
        ensure!(policy.to_str()?.starts_with("default-src 'none'"), "{policy:?}");
        anyhow::Ok((answer.status().as_u16(), answer.text().await?))
    };
    let (status, list) = page("/").await?;
    let place = |text: &str| list.find(text).with_context(|| format!("{text} is not in {list}"));
    assert_eq!(status, 200);
    ensure!(place("the second")? < place("the first &lt;b&gt;")?, "{list}");
    ensure!(place(&format!("<a href=\"/{name}\">")).is_ok() && !list.contains("<b>"), "{list}");

    let (status, shown) = page(&format!("/{name}")).await?;
    assert_eq!(status, 200);
    ensure!(shown.contains("پہلی سطر") && shown.contains("me@example.com"), "{shown}");
    ensure!(!shown.contains("<script") && shown.contains("&lt;script&gt;"), "{shown}");
    assert_eq!(page(&format!("/{name}.eml")).await?.0, 200);

    std::fs::write(spindle.data().join("outbox/0.txt"), "not a mail")?;
    for path in
        ["/0", "/0.txt", "/../run.json", "/..%2frun.json", "/%2e%2e/run.json", "//etc/passwd"]
    {
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        let answer = raw(&spindle, &request).await?;
        ensure!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
    }
    let foreign = "GET / HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n";
    let answer = raw(&spindle, foreign).await?;
    ensure!(answer.starts_with("HTTP/1.1 403 ") && !answer.contains("second"), "{answer}");
    spindle.stop().await
}

#[tokio::test]
async fn mails_and_the_key_for_push_are_there_after_a_restart() -> Result<()> {
    let mut spindle = Spindle::start_embedded().await?;
    sent(&spindle, "before").await?;
    let (before, push) = (spindle.running.clone(), spindle.data().join("vapid.key"));
    let key = std::fs::read_to_string(&push)?;
    VapidKey::parse(&key)?;
    assert_eq!(mode(&push)?, 0o600);
    std::fs::write(spindle.data().join("outbox/half.tmp"), "of a write that was cut off")?;
    spindle.kill().await?;
    spindle.restart().await?;
    assert_eq!(spindle.running.mail_url, before.mail_url, "a bookmark stays good");
    assert_ne!(spindle.running.mail_key, before.mail_key);
    sent(&spindle, "after").await?;
    assert_eq!(files(&spindle)?, 2);
    assert_eq!(std::fs::read_to_string(&push)?, key);
    let logs = spindle.all_logs()?;
    let secrets = [Some(key.trim()), spindle.running.mail_key.as_deref()];
    ensure!(
        secrets.into_iter().flatten().all(|secret| !logs.contains(secret)),
        "a secret in a log"
    );

    spindle.terminate().await?;
    std::fs::write(&push, "no key")?;
    let refused = spindle.restart().await.err().map(|error| format!("{error:#}"));
    ensure!(
        refused.as_ref().is_some_and(|said| said.contains("vapid.key holds no key")),
        "{refused:?}"
    );
    Ok(())
}

#[tokio::test]
async fn with_a_provider_there_is_no_outbox() -> Result<()> {
    let key = VapidKey::generate()?;
    let spindle = Spindle::start_with(&[
        ("SPIN_VARIABLE_MAIL_URL", "https://mail.example"),
        ("SPIN_VARIABLE_MAIL_KEY", "SG.x"),
        ("SPIN_VARIABLE_VAPID_PRIVATE_KEY", &key),
    ])
    .await?;
    assert_eq!((&spindle.running.mail_url, &spindle.running.mail_key), (&None, &None));
    for file in ["outbox", "outbox.port", "vapid.key"] {
        ensure!(!spindle.data().join(file).exists(), "{file}");
    }
    spindle.stop().await?;
    for (name, value, said) in [
        ("SPIN_VARIABLE_MAIL_URL", "smtp://mail.example", "mail_url is no address"),
        ("SPIN_VARIABLE_MAIL_FROM", "nobody", "mail_from is no address"),
        ("SPIN_VARIABLE_VAPID_PRIVATE_KEY", "x", "`spindle vapid` makes one"),
        ("SPIN_VARIABLE_VAPID_SUBJECT", "me", "vapid_subject is no address"),
    ] {
        let refused = Spindle::start_with(&[(name, value)]).await.err();
        let refused = refused.map(|error| format!("{error:#}")).unwrap_or_default();
        ensure!(refused.contains(said), "{name}: {refused}");
    }
    Ok(())
}

#[tokio::test]
async fn the_start_says_where_mail_goes() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data").to_string_lossy().into_owned();
    let app = repository().join("spin.toml").to_string_lossy().into_owned();
    let arguments = ["up", "--port", "0", "--data", &data, "--app", &app];
    let log = folder.path().join("log");
    let mut process = Process::spawn(&spindle_program(), &arguments, &[], &log)?;
    let line = process.line_that_starts_with("Mail goes to ").await?;
    ensure!(line.contains(&format!("{data}/outbox (no mail_url is set)")), "{line}");
    ensure!(line.contains("read it at http://127.0.0.1:"), "{line}");
    process.line_that_starts_with("Spindle is ready at ").await?;
    ensure!(process.end(Signal::TERM).await?.success());
    Ok(())
}

#[tokio::test]
async fn vapid_makes_a_pair_of_keys() -> Result<()> {
    let vapid = async |arguments: &[&str]| {
        let mut command = tokio::process::Command::new(spindle_program());
        let output = command.arg("vapid").args(arguments).output().await?;
        ensure!(output.status.success(), "{output:?}");
        Ok(String::from_utf8(output.stdout)?)
    };
    let text = vapid(&[]).await?;
    let [private, public] = text.lines().collect::<Vec<_>>()[..] else { anyhow::bail!("{text}") };
    let private = private.strip_prefix("SPIN_VARIABLE_VAPID_PRIVATE_KEY=").context("no key")?;
    let public = public.strip_prefix("VAPID_PUBLIC_KEY=").context("no public key")?;
    assert_eq!(VapidKey::parse(private)?.public_key(), public);
    let json: Value = serde_json::from_str(&vapid(&["--json"]).await?)?;
    let other = json["private_key"].as_str().context("no key")?;
    assert_eq!(VapidKey::parse(other)?.public_key(), json["public_key"]);
    assert_ne!(other, private);
    Ok(())
}

/// Sends bytes, and reads until the other side hangs up or the head of its answer is there.
async fn raw(spindle: &Spindle, request: &str) -> Result<String> {
    let address = outbox(spindle)?.strip_prefix("http://").context("not http")?;
    let mut stream = tokio::net::TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    tokio::time::timeout(spindle_tests::PATIENCE, async {
        while stream.read_buf(&mut answer).await? > 0 {}
        anyhow::Ok(())
    })
    .await??;
    Ok(String::from_utf8(answer)?)
}
