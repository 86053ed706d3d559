use identity::VapidKey;

use super::{check_headers, hostile, notice};
use crate::{Error, Notice, Randomness, Request, Subscription, push};

/// The browser of RFC 8291, appendix A.
fn browser(endpoint: &str) -> Subscription {
    Subscription {
        endpoint: endpoint.to_owned(),
        p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4".to_owned(),
        auth: "BTBZMqHH6r4Tts7J_aSIgg".to_owned(),
    }
}

fn pushed(notice: &Notice, subscription: &Subscription) -> Result<Request, Error> {
    let key = VapidKey::parse("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw").unwrap();
    push(notice, subscription, &key, "mailto:me@example.com", 1_000_000, Randomness::new([7; 48]))
}

#[test]
fn a_push_is_what_push_services_take() {
    let request = pushed(&notice(), &browser("https://push.example/abc?d")).unwrap();
    assert_eq!(request.url, "https://push.example/abc?d");
    assert_eq!(request.header("content-encoding"), "aes128gcm");
    assert_eq!(request.header("ttl"), "86400");
    assert_eq!(request.header("urgency"), "high");
    assert!(request.header("authorization").starts_with("vapid t="));
    // The header, the delimiter, the tag, and 512 bytes whatever the message is.
    assert_eq!(request.body.len(), 86 + 17 + 512);
    let other = Notice { title: "call dad tonight".to_owned(), ..notice() };
    let other = pushed(&other, &browser("https://push.example/abc?d")).unwrap();
    assert_eq!(other.body.len(), request.body.len());
}

#[test]
fn a_second_push_of_a_reminder_replaces_the_first() {
    let topic = |notice: &Notice| {
        pushed(notice, &browser("https://push.example/")).unwrap().header("topic").to_owned()
    };
    let first = topic(&notice());
    assert_eq!(first, topic(&Notice { repeated: true, ..notice() }));
    assert_ne!(first, topic(&Notice { reminder_id: uuid::Uuid::from_u128(9), ..notice() }));
    // RFC 8030, section 5.4.
    assert!(first.len() <= 32 && first.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{first}");
}

#[test]
fn the_largest_notice_fits() {
    let largest =
        Notice { link: Some(format!("https://example.com/{}", "x".repeat(970))), ..hostile() };
    for notice in
        [hostile(), largest, Notice { description: Some("\\\"".repeat(5000)), ..hostile() }]
    {
        let request = pushed(&notice, &browser("https://push.example/")).unwrap();
        check_headers(&request);
        assert!(request.body.len() <= 4096, "{}", request.body.len());
    }
}

#[test]
fn a_subscription_that_is_none_is_refused() {
    let good = browser("https://push.example/");
    let of = |subscription: &Subscription| pushed(&notice(), subscription).err();
    for endpoint in
        ["", "push.example", "ftp://push.example/", "https://u:p@push.example/", "https://"]
    {
        assert_eq!(of(&browser(endpoint)), Some(Error::Endpoint), "{endpoint}");
    }
    let not_on_the_curve = format!("B{}", "A".repeat(86));
    let compressed = "AyVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcx";
    for p256dh in
        ["", "AA", "not base64!", not_on_the_curve.as_str(), compressed, &good.p256dh[4..], "دودھ"]
    {
        let wrong = Subscription { p256dh: p256dh.to_owned(), ..good.clone() };
        assert_eq!(of(&wrong), Some(Error::PublicKey), "{p256dh}");
    }
    for auth in ["", "AA", &good.p256dh, "=", "\u{0}"] {
        let wrong = Subscription { auth: auth.to_owned(), ..good.clone() };
        assert_eq!(of(&wrong), Some(Error::AuthSecret), "{auth}");
    }
    let padded = Subscription { auth: format!("{}==", good.auth.replace('_', "/")), ..good };
    assert_eq!(of(&padded), None);
    let key = VapidKey::parse("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw").unwrap();
    for bytes in [[0; 48], [0xff; 48]] {
        let nothing = push(&notice(), &padded, &key, "", 0, Randomness::new(bytes));
        assert_eq!(nothing.err(), Some(Error::Randomness));
    }
}

#[test]
fn nothing_that_lets_in_is_printed() {
    let subscription = browser("https://push.example/secret");
    let request = pushed(&notice(), &subscription).unwrap();
    let shown = format!("{subscription:?} {request:?}");
    for secret in ["secret", &subscription.auth, &subscription.p256dh, "vapid"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
