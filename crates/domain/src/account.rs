use std::fmt;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::fields::Fields;
use crate::task_fields::{DEFAULT_TIMEZONE, TIMEZONE, is_text, timezone};
use crate::{Error, Scope, Scopes, Time};

/// A person, or what acts for one, as `/auth/me` shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs, reason = "the fields say what they are")]
pub struct Account {
    pub id: Uuid,
    /// None: the demo user, or one of an external identity provider.
    pub email: Option<String>,
    pub timezone: String,
    pub language: String,
    /// Whether reminders may come by mail.
    pub email_reminders: bool,
    pub created_at: Time,
}

/// A token that acts for its user, without its secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs, reason = "the fields say what they are")]
pub struct AccessToken {
    pub id: Uuid,
    pub name: String,
    pub scopes: Scopes,
    pub created_at: Time,
    pub expires_at: Option<Time>,
    /// To a few minutes.
    pub last_used_at: Option<Time>,
}

/// A password, which is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// The password itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// `POST /auth/register`.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are those of the document")]
pub struct NewUser {
    /// Normalised: one address, one user.
    pub email: String,
    pub password: Password,
    pub timezone: String,
    pub language: String,
}

/// `POST /auth/login`.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are those of the document")]
pub struct LogIn {
    pub email: String,
    pub password: Password,
}

/// `PATCH /auth/me`: what stands in it changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields are those of the document")]
pub struct UserPatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_reminders: Option<bool>,
    /// The new password and the one before, which proves that it is its owner who changes it.
    #[serde(skip)]
    pub password: Option<PasswordChange>,
}

/// A new password for an old one.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields say what they are")]
pub struct PasswordChange {
    pub old: Password,
    pub new: Password,
}

/// `POST /auth/tokens`.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are those of the document")]
pub struct NewAccessToken {
    pub name: String,
    pub scopes: Scopes,
    pub expires_at: Option<Time>,
}

const EMAIL: (&str, &str) = ("email", "an e-mail address of at most 254 characters");
const PASSWORD: (&str, &str) = ("password", "10 to 256 characters");
const CURRENT: (&str, &str) =
    ("current_password", "the password until now, which a new one has to bring");
const LANGUAGE: (&str, &str) = ("language", "en or ur");
const EMAIL_REMINDERS: (&str, &str) = ("email_reminders", "true or false");
const REFRESH_TOKEN: (&str, &str) = ("refresh_token", "the refresh token of the last answer");

pub(crate) const NEW_USER: [(&str, &str); 4] = [EMAIL, PASSWORD, TIMEZONE, LANGUAGE];
pub(crate) const LOG_IN: [(&str, &str); 2] = [EMAIL, PASSWORD];
pub(crate) const PATCH: [(&str, &str); 5] =
    [TIMEZONE, LANGUAGE, EMAIL_REMINDERS, PASSWORD, CURRENT];
pub(crate) const REFRESH: [(&str, &str); 1] = [REFRESH_TOKEN];
pub(crate) const TOKEN: [(&str, &str); 3] = [
    ("name", "1 to 100 characters, none of them U+0000"),
    (
        "scopes",
        "a list of one or more of tasks:read, tasks:write, chat, audit and admin, each of which its maker has",
    ),
    ("expires_at", "an RFC 3339 date-time in the future such as 2030-01-01T00:00:00Z, or null"),
];

/// Those that Spindle speaks.
pub(crate) const LANGUAGES: [&str; 2] = ["en", "ur"];
/// How many characters an address may have.
pub(crate) const MOST_EMAIL: usize = 254;
/// How many characters a password may have: long enough to withstand guessing at the pace that is allowed,
/// short enough to be hashed.
pub(crate) const PASSWORD_LENGTH: RangeInclusive<usize> = 10..=256;
/// How many characters a token's name may have.
pub(crate) const MOST_NAME: usize = 100;

impl NewUser {
    /// Reads a client's document.
    ///
    /// # Errors
    /// If it is no object, or for each field that is missing, unknown or wrong.
    pub fn parse(document: Value) -> Result<Self, Error> {
        let mut fields = Fields::new(document, &NEW_USER, "a field of a registration")?;
        let user = Self {
            email: fields.required("email", email),
            password: Password(fields.required("password", password)),
            timezone: fields
                .optional("timezone", timezone)
                .unwrap_or_else(|| DEFAULT_TIMEZONE.to_owned()),
            language: fields.optional("language", language).unwrap_or_else(|| "en".to_owned()),
        };
        fields.finish(user)
    }
}

impl LogIn {
    /// Reads a client's document. Whether the password could be one isn't told.
    ///
    /// # Errors
    /// If it is no object, or for each field that is missing or unknown, or of another type.
    pub fn parse(document: Value) -> Result<Self, Error> {
        let mut fields = Fields::new(document, &LOG_IN, "a field of a log-in")?;
        let log_in = Self {
            email: fields.required("email", email),
            password: Password(fields.required("password", any_password)),
        };
        fields.finish(log_in)
    }
}

impl UserPatch {
    /// Reads a client's document.
    ///
    /// # Errors
    /// If it is no object, or for each field that is unknown or wrong, or a new password that comes
    /// without the old one.
    pub fn parse(document: Value) -> Result<Self, Error> {
        let mut fields = Fields::new(document, &PATCH, "a field that a user can change")?;
        let new = fields.optional("password", password);
        let old = match new {
            Some(_) => Some(fields.required("current_password", any_password)),
            None => fields.optional("current_password", any_password),
        };
        let patch = Self {
            timezone: fields.optional("timezone", timezone),
            language: fields.optional("language", language),
            email_reminders: fields.optional("email_reminders", |value| value.as_bool()),
            password: new
                .zip(old)
                .map(|(new, old)| PasswordChange { old: Password(old), new: Password(new) }),
        };
        fields.finish(patch)
    }
}

impl NewAccessToken {
    /// Reads a client's document. `most` are the scopes that whoever asks has.
    ///
    /// # Errors
    /// If it is no object, or for each field that is missing, unknown or wrong.
    pub fn parse(document: Value, most: Scopes) -> Result<Self, Error> {
        let mut fields = Fields::new(document, &TOKEN, "a field of a token")?;
        let token = Self {
            name: fields.required("name", name),
            scopes: fields
                .required("scopes", |value| scopes(value).filter(|scopes| most.include(*scopes))),
            expires_at: fields.optional("expires_at", future),
        };
        fields.finish(token)
    }
}

/// The refresh token of a document that has nothing else.
///
/// # Errors
/// If it is no object, has no refresh token, or anything else.
pub fn refresh_token(document: Value) -> Result<String, Error> {
    let mut fields = Fields::new(document, &REFRESH, "a field of this request")?;
    let token = fields.required("refresh_token", any_text);
    fields.finish(token)
}

/// An e-mail address as it is kept: without white space around it, in small letters.
pub fn normal_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Where mail goes, only sending one tells, so little more is asked than one @ with something on both
/// sides.
fn email(value: Value) -> Option<String> {
    let email = normal_email(value.as_str()?);
    let (local, host) = email.rsplit_once('@')?;
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '@';
    let fits = !local.is_empty()
        && local.len() <= 64
        && !host.is_empty()
        && email.len() <= MOST_EMAIL
        && local.chars().chain(host.chars()).all(is_plain);
    fits.then_some(email)
}

fn password(value: Value) -> Option<String> {
    any_text(value).filter(|text| PASSWORD_LENGTH.contains(&text.chars().count()))
}

/// A password to compare: longer ones than any are refused before they are hashed.
fn any_password(value: Value) -> Option<String> {
    any_text(value).filter(|text| text.chars().count() <= *PASSWORD_LENGTH.end())
}

fn any_text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn language(value: Value) -> Option<String> {
    any_text(value).filter(|text| LANGUAGES.contains(&text.as_str()))
}

fn name(value: Value) -> Option<String> {
    let name = value.as_str()?.trim();
    is_text(name, 1, MOST_NAME).then(|| name.to_owned())
}

fn scopes(value: Value) -> Option<Scopes> {
    let names = value.as_array().filter(|names| !names.is_empty())?;
    names.iter().map(|name| name.as_str().and_then(Scope::parse)).collect()
}

fn future(value: Value) -> Option<Time> {
    value.as_str()?.parse().ok().filter(|time| *time > Time::now())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wrong_fields(result: Result<impl fmt::Debug, Error>) -> Vec<String> {
        match result {
            Err(Error::Fields(errors)) => errors.iter().map(|it| it.field().to_owned()).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_address_is_one_user_however_it_is_written() {
        let document = json!({"email": " Ayesha@Example.COM ", "password": "correct horse"});
        let user = NewUser::parse(document).unwrap();
        assert_eq!(user.email, "ayesha@example.com");
        assert_eq!((user.timezone.as_str(), user.language.as_str()), ("UTC", "en"));
        for email in ["", "@", "a@", "@b", "a b@c", "a@b@c", "a\u{0}@b", "plain", &"x".repeat(255)]
        {
            let document = json!({"email": email, "password": "correct horse"});
            assert_eq!(wrong_fields(NewUser::parse(document)), ["email"], "{email}");
        }
    }

    #[test]
    fn a_registration_names_all_that_is_wrong() {
        let document = json!({
            "password": "short", "timezone": "Foo5", "language": "tlh", "admin": true,
        });
        assert_eq!(
            wrong_fields(NewUser::parse(document)),
            ["email", "password", "timezone", "language", "admin"]
        );
    }

    #[test]
    fn a_password_is_never_printed() {
        let document = json!({"email": "a@b", "password": "correct horse"});
        let shown = format!("{:?}", LogIn::parse(document).unwrap());
        assert!(!shown.contains("horse"), "{shown}");
    }

    #[test]
    fn a_new_password_needs_the_old_one() {
        let patch = UserPatch::parse(json!({"password": "a new password"}));
        assert_eq!(wrong_fields(patch), ["current_password"]);
        let patch = UserPatch::parse(json!({"timezone": "Asia/Karachi"})).unwrap();
        assert_eq!(serde_json::to_value(patch).unwrap(), json!({"timezone": "Asia/Karachi"}));
    }

    #[test]
    fn a_token_has_a_name_and_some_of_its_makers_scopes() {
        let person = Scopes::of_person(false);
        let token = NewAccessToken::parse(json!({"name": "ci", "scopes": ["chat"]}), person);
        assert_eq!(token.unwrap().scopes.to_string(), "chat");
        for (document, expected) in [
            (json!({}), vec!["name", "scopes"]),
            (json!({"name": "ci", "scopes": []}), vec!["scopes"]),
            (json!({"name": "ci", "scopes": ["chat", "everything"]}), vec!["scopes"]),
            (json!({"name": "ci", "scopes": ["admin"]}), vec!["scopes"]),
            (
                json!({"name": "ci", "scopes": ["chat"], "expires_at": "2001-01-01T00:00:00Z"}),
                vec!["expires_at"],
            ),
        ] {
            assert_eq!(wrong_fields(NewAccessToken::parse(document, person)), expected);
        }
    }
}
