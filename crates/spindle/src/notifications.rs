//! What components are told of mail and Web Push, by `spindle up`.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use identity::VapidKey;
use notify::MailSettings;
use spin_host::variables::Variables;

use crate::outbox::Outbox;
use crate::process::kept_secret;

/// Variables of the application, and their values.
pub type Known = Vec<(&'static str, String)>;

/// Whether the environment names a mail provider, or says by an empty text that there is to be none.
pub fn has_provider() -> bool {
    std::env::var_os("SPIN_VARIABLE_MAIL_URL").is_some()
}

/// Where mail goes: to what `SPIN_VARIABLE_MAIL_URL` names, or to our own outbox.
pub fn mail(outbox: Option<&Outbox>) -> Result<Known> {
    let (url, mut known) = match outbox {
        Some(outbox) => (
            outbox.url.clone(),
            vec![("mail_url", outbox.url.clone()), ("mail_key", outbox.key.clone())],
        ),
        None => (std::env::var("SPIN_VARIABLE_MAIL_URL").unwrap_or_default(), Vec::new()),
    };
    if !url.is_empty() {
        let (host, port) =
            address(&url).context("mail_url is no address such as https://api.sendgrid.com")?;
        known.extend([("mail_host", host), ("mail_port", port)]);
    }
    Ok(known)
}

/// The key for Web Push: what the environment says, or one that is made at the first start.
pub fn vapid(data: &Path) -> Result<Known> {
    if std::env::var_os("SPIN_VARIABLE_VAPID_PRIVATE_KEY").is_some() {
        return Ok(Known::new());
    }
    let file = data.join("vapid.key");
    let key = kept_secret(&file, || Ok(VapidKey::generate()?))?;
    VapidKey::parse(&key).with_context(|| {
        format!("{} holds no key; delete it, and browsers subscribe anew", file.display())
    })?;
    Ok(vec![("vapid_private_key", key)])
}

/// Tells what is wrong with what the environment says, before anything is started. An application may lack some of it.
pub fn check(variables: &Variables) -> Result<()> {
    let of = |name| variables.get(name).ok().filter(|value| !value.is_empty());
    if let Some(from) = of("mail_from") {
        let url = of("mail_url").unwrap_or("http://localhost");
        MailSettings::new(url, of("mail_key").unwrap_or_default(), from)?;
    }
    if let Some(key) = of("vapid_private_key") {
        VapidKey::parse(key).context("vapid_private_key")?;
    }
    let is_contact = |text: &str| text.starts_with("mailto:") || text.starts_with("https:");
    if of("vapid_subject").is_some_and(|subject| !is_contact(subject)) {
        bail!("vapid_subject is no address such as mailto:me@example.com or https://example.com");
    }
    if let Some(url) = of("public_url") {
        let wrong = "public_url is no address such as https://spindle.example.com";
        address(url).context(wrong)?;
    }
    Ok(())
}

/// The host and the port of an address.
pub fn address(url: &str) -> Result<(String, String)> {
    let url: url::Url = url.parse()?;
    match (url.scheme(), url.host_str(), url.port_or_known_default()) {
        ("http" | "https", Some(host), Some(port)) => Ok((host.to_owned(), port.to_string())),
        _ => bail!("it has no host, or is not http:// or https://"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use spin_host::variables::{Provider, VariableDeclaration};

    use super::*;

    fn checked(values: &[(&str, &str)]) -> Result<()> {
        let mut all = BTreeMap::from([
            ("mail_from", "Spindle <reminders@localhost>"),
            ("vapid_subject", "mailto:reminders@localhost"),
        ]);
        all.extend(values.iter().copied());
        let known: BTreeMap<String, String> =
            all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let declared =
            known.keys().map(|name| (name.clone(), VariableDeclaration::default())).collect();
        check(&Variables::new(&declared, &[Provider::Static(known)])?)
    }

    #[test]
    fn a_wrong_setting_is_named() {
        checked(&[]).unwrap();
        checked(&[("mail_url", "https://api.sendgrid.com"), ("mail_key", "SG.x")]).unwrap();
        let key = VapidKey::generate().unwrap();
        for (values, name) in [
            (&[("mail_url", "smtp://mail")][..], "mail_url"),
            (&[("mail_url", "https://m"), ("mail_from", "me")], "mail_from"),
            (&[("vapid_private_key", "x")], "VAPID"),
            (&[("vapid_private_key", &key), ("vapid_subject", "me")], "vapid_subject"),
            (&[("public_url", "spindle.example")], "public_url"),
        ] {
            let error = format!("{:#}", checked(values).unwrap_err());
            assert!(error.contains(name), "{name}: {error}");
        }
    }

    #[test]
    fn an_address_tells_what_may_be_connected_to() {
        let of = |url| address(url).ok();
        let pair = |host: &str, port: &str| Some((host.to_owned(), port.to_owned()));
        assert_eq!(of("https://api.sendgrid.com"), pair("api.sendgrid.com", "443"));
        assert_eq!(of("http://[::1]:8025/base"), pair("[::1]", "8025"));
        assert!(of("smtp://mail:25").is_none() && of("mail").is_none());
    }
}
