use super::{check_headers, due, hostile, json, notice};
use crate::{Language, MailSettings, MailSettingsError, Notice, Request, email};

fn settings() -> MailSettings {
    MailSettings::new("https://api.sendgrid.com/", "SG.key", "Spindle <reminders@localhost>")
        .unwrap()
}

fn mail(notice: &Notice) -> Request {
    email(notice, &settings(), "me@example.com")
}

#[test]
fn a_mail_is_what_sendgrid_takes() {
    let request = mail(&notice());
    assert_eq!(request.url, "https://api.sendgrid.com/v3/mail/send");
    assert_eq!(request.header("authorization"), "Bearer SG.key");
    assert_eq!(request.header("content-type"), "application/json");
    let mail = json(&request);
    assert_eq!(mail["personalizations"][0]["to"][0]["email"], "me@example.com");
    assert_eq!(
        (&mail["from"]["name"], &mail["from"]["email"]),
        (&"Spindle".into(), &"reminders@localhost".into())
    );
    assert_eq!(mail["subject"], "Reminder: call mom");
    assert_eq!(mail["content"][0]["type"], "text/plain");
    assert_eq!(mail["content"][1]["type"], "text/html");
    assert_eq!(mail["custom_args"]["delivery_id"], notice().delivery_id.to_string());
    assert_eq!(mail["headers"], serde_json::json!({ "Auto-Submitted": "auto-generated" }));
}

#[test]
fn a_mail_says_all_there_is_to_know() {
    let told = Notice {
        description: Some("her number\nis new".to_owned()),
        due: due("2026-11-27T17:00:00", false),
        late: true,
        link: Some("https://spindle.example/tasks/1".to_owned()),
        unsubscribe: Some("https://spindle.example/stop?a=1&b=2".to_owned()),
        ..notice()
    };
    let mail = json(&mail(&told));
    assert_eq!(
        mail["content"][0]["value"],
        "call mom\n\nDue: Friday, 27 November 2026 at 5pm (Asia/Karachi)\n\nher number\nis new\n\n\
         This reminder comes late: Spindle was not running when it was due.\n\n\
         Open the task:\nhttps://spindle.example/tasks/1\n\n\
         No more reminders by e-mail:\nhttps://spindle.example/stop?a=1&b=2\n"
    );
    let html = mail["content"][1]["value"].as_str().unwrap();
    assert!(html.contains("<html lang=\"en\" dir=\"ltr\">"), "{html}");
    assert!(html.contains("href=\"https://spindle.example/stop?a=1&amp;b=2\""), "{html}");
    assert_eq!(mail["headers"]["List-Unsubscribe"], "<https://spindle.example/stop?a=1&b=2>");
    assert_eq!(mail["headers"]["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click");
}

#[test]
fn one_click_is_offered_by_https_alone() {
    let told = Notice { unsubscribe: Some("http://127.0.0.1:3000/stop".to_owned()), ..notice() };
    let mail = json(&mail(&told));
    assert_eq!(mail["headers"]["List-Unsubscribe"], "<http://127.0.0.1:3000/stop>");
    assert!(mail["headers"].get("List-Unsubscribe-Post").is_none());
}

#[test]
fn urdu_runs_from_right_to_left() {
    let told =
        Notice { language: Language::Urdu, due: due("2026-11-27T18:30:00", false), ..notice() };
    let mail = json(&mail(&told));
    assert_eq!(mail["subject"], "یاد دہانی: call mom");
    let html = mail["content"][1]["value"].as_str().unwrap();
    assert!(html.contains("<html lang=\"ur\" dir=\"rtl\">"), "{html}");
    assert!(html.contains("<h1 dir=\"auto\""), "a title has its own direction: {html}");
    let text = mail["content"][0]["value"].as_str().unwrap();
    assert!(
        text.contains("وقت: جمعہ، 27 نومبر 2026، شام 6:30 بجے (\u{2068}Asia/Karachi\u{2069})"),
        "{text}"
    );
    let day = Notice { due: due("2026-11-28T00:00:00", true), ..told };
    let text = json(&super::email::mail(&day))["content"][0]["value"].to_string();
    assert!(text.contains("وقت: ہفتہ، 28 نومبر 2026\\n"), "{text}");
}

#[test]
fn a_possible_duplicate_says_so() {
    let mail = json(&mail(&Notice { repeated: true, ..notice() }));
    assert_eq!(mail["headers"]["X-Spindle-Possible-Duplicate"], "true");
    let text = mail["content"][0]["value"].as_str().unwrap();
    assert!(text.contains("You may have got this reminder before"), "{text}");
}

#[test]
fn a_hostile_task_stays_text() {
    let request = mail(&hostile());
    check_headers(&request);
    let mail = json(&request);
    let subject = mail["subject"].as_str().unwrap();
    assert!(
        !subject.chars().any(char::is_control) && subject.chars().count() <= 120,
        "{subject:?}"
    );
    assert!(subject.ends_with('…'));
    let html = mail["content"][1]["value"].as_str().unwrap();
    assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("<a "), "{html}");
    assert_eq!(
        mail["headers"],
        serde_json::json!({ "Auto-Submitted": "auto-generated", "X-Spindle-Possible-Duplicate": "true" }),
        "a link that would end its header is none"
    );
    let nothing = Notice { title: "\r\n\u{7}".to_owned(), ..notice() };
    assert_eq!(json(&super::email::mail(&nothing))["subject"], "Reminder: Reminder");
}

#[test]
fn wrong_settings_are_named() {
    use MailSettingsError::{From, Key, Url};
    let of = |url, key, from| MailSettings::new(url, key, from).err();
    let (url, key, from) = ("https://mail.example", "k", "me@example.com");
    assert_eq!(of(url, key, from), None);
    assert_eq!(of("http://127.0.0.1:25/base", "", "\"Me, too\" <me@example.com>"), None);
    for wrong in [
        "",
        "mail.example",
        "smtp://mail.example",
        "https://",
        "https://u:p@mail.example",
        "https://mail.example?a",
    ] {
        assert_eq!(of(wrong, key, from), Some(Url), "{wrong}");
    }
    assert_eq!(of(url, "a\r\nb", from), Some(Key));
    for wrong in ["", "me", "Me <me>", "Me <@example.com>", "a@b, c@d", "M\ne <me@example.com>"] {
        assert_eq!(of(url, key, wrong), Some(From), "{wrong}");
    }
    assert_eq!(format!("{:?}", settings()), "MailSettings(https://api.sendgrid.com)");
}
