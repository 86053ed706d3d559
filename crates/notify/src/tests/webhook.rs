use serde_json::{Value, json};

use super::{check_headers, due, hostile, json, notice};
use crate::{Error, Language, Notice, webhook};

#[test]
fn a_webhook_is_told_everything() {
    let told = Notice {
        description: Some("her number\nis new".to_owned()),
        due: due("2026-11-27T17:00:00", false),
        late: true,
        link: Some("https://spindle.example/tasks/1".to_owned()),
        ..notice()
    };
    let request = webhook(&told, "https://hooks.example/x?key=1").unwrap();
    assert_eq!(request.url, "https://hooks.example/x?key=1");
    assert_eq!(request.header("webhook-id"), told.delivery_id.to_string());
    assert_eq!(
        json(&request),
        json!({
            "type": "reminder.due", "reminder_id": told.reminder_id, "title": "call mom",
            "description": "her number\nis new", "due_date": "2026-11-27T17:00:00", "all_day": false,
            "timezone": "Asia/Karachi", "url": "https://spindle.example/tasks/1", "language": "en",
            "late": true, "repeated": false,
        })
    );
    let day = Notice { due: due("2026-11-27T00:00:00", true), ..told };
    assert_eq!(json(&webhook(&day, "http://127.0.0.1:1/").unwrap())["due_date"], "2026-11-27");
    assert_eq!(json(&webhook(&notice(), "http://127.0.0.1:1/").unwrap())["due_date"], Value::Null);
}

#[test]
fn ntfy_gets_a_message_of_its_own() {
    let told = Notice {
        due: due("2026-11-27T17:00:00", false),
        link: Some("https://spindle.example/tasks/1".to_owned()),
        ..notice()
    };
    for (url, expected) in [
        ("ntfys://ntfy.sh/my-topic", "https://ntfy.sh/my-topic"),
        ("ntfy://127.0.0.1:8080/topic/", "http://127.0.0.1:8080/topic"),
        ("NTFYS://ntfy.example/T_1", "https://ntfy.example/T_1"),
    ] {
        let request = webhook(&told, url).unwrap();
        assert_eq!(request.url, expected);
        assert_eq!(request.header("title"), "call mom");
        assert_eq!(request.header("priority"), "high");
        assert_eq!(request.header("tags"), "alarm_clock");
        assert_eq!(request.header("click"), "https://spindle.example/tasks/1");
        assert_eq!(request.header("authorization"), "");
        let body = String::from_utf8(request.body).unwrap();
        assert_eq!(body, "Due: Friday, 27 November 2026 at 5pm (Asia/Karachi)");
    }
    assert_eq!(webhook(&notice(), "ntfys://ntfy.sh/t").unwrap().body, b"Reminder");
}

#[test]
fn a_title_that_is_no_ascii_is_encoded_for_ntfy() {
    let told = Notice { title: "دودھ".to_owned(), language: Language::Urdu, ..notice() };
    let request = webhook(&told, "ntfys://ntfy.sh/t").unwrap();
    assert_eq!(request.header("title"), "=?UTF-8?B?2K/ZiNiv2r4=?=");
}

#[test]
fn who_may_publish_to_ntfy_says_so_before_the_host() {
    let of = |url| webhook(&notice(), url).unwrap();
    let request = of("ntfys://me:p%40ss@ntfy.example/t");
    assert_eq!(request.url, "https://ntfy.example/t");
    assert_eq!(request.header("authorization"), "Basic bWU6cEBzcw==");
    let request = of("ntfys://tk_abc123@ntfy.example/t");
    assert_eq!(request.header("authorization"), "Bearer tk_abc123");
}

#[test]
fn an_address_that_is_none_is_refused() {
    let of = |url: &str| webhook(&notice(), url).err();
    for url in [
        "",
        "hooks.example",
        "ftp://hooks.example",
        "https://",
        "https://u:p@hooks.example/",
        "https://a b/",
        "ntfys:///t",
        "ntfys://%ff@ntfy.sh/t",
    ] {
        assert_eq!(of(url), Some(Error::Address), "{url}");
    }
    let long = format!("ntfys://ntfy.sh/{}", "x".repeat(65));
    for url in [
        "ntfys://ntfy.sh",
        "ntfys://ntfy.sh/",
        "ntfys://ntfy.sh/a/b",
        "ntfys://ntfy.sh/a?b",
        "ntfys://ntfy.sh/دودھ",
        &long,
    ] {
        assert_eq!(of(url), Some(Error::Topic), "{url}");
    }
}

#[test]
fn a_hostile_task_breaks_no_header() {
    for url in ["https://hooks.example/", "ntfys://ntfy.sh/t"] {
        let request = webhook(&hostile(), url).unwrap();
        check_headers(&request);
        assert_eq!(request.header("click"), "");
    }
    let request = webhook(&hostile(), "ntfys://ntfy.sh/t").unwrap();
    // More becomes an attachment, where it is taken at all.
    assert!(request.body.len() <= 4096, "{}", request.body.len());
}
