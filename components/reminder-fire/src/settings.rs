//! What an operator has set, as far as it is good.

use domain::DeliveryMethod;
use identity::VapidKey;
use notify::MailSettings;
use spin_sdk::variables;

/// By which methods this component delivers, and what each takes.
pub struct Settings {
    pub methods: Vec<DeliveryMethod>,
    /// Or why there is no mail, for whoever waits for it.
    pub mail: Result<MailSettings, String>,
    /// Or why there are no pushes.
    pub vapid: Result<VapidKey, String>,
    /// Whom push services may turn to.
    pub vapid_subject: String,
    /// Where people reach Spindle; empty: there are no links.
    pub public_url: String,
}

impl Settings {
    /// What is wrong with them is told of each reminder that it concerns.
    pub fn read() -> Self {
        let methods = text("reminder_methods");
        let is_named =
            |method: &DeliveryMethod| methods.split(',').any(|it| it.trim() == method.as_str());
        Self {
            methods: DeliveryMethod::ALL.into_iter().filter(is_named).collect(),
            mail: mail(),
            vapid: vapid(),
            vapid_subject: text("vapid_subject"),
            public_url: text("public_url").trim_end_matches('/').to_owned(),
        }
    }
}

fn mail() -> Result<MailSettings, String> {
    let url = text("mail_url");
    if url.is_empty() {
        return Err("mail is off: the variable mail_url is empty".to_owned());
    }
    MailSettings::new(&url, &text("mail_key"), &text("mail_from")).map_err(|it| it.to_string())
}

fn vapid() -> Result<VapidKey, String> {
    let key = text("vapid_private_key");
    if key.is_empty() {
        return Err("pushes are off: the variable vapid_private_key is empty".to_owned());
    }
    VapidKey::parse(&key).map_err(|it| it.to_string())
}

/// A variable's value; the component has only those of its methods.
fn text(variable: &str) -> String {
    variables::get(variable).unwrap_or_default()
}
