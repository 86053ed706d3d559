use chrono::{DateTime, NaiveDate, NaiveDateTime};
use domain::{Account, Time, User};
use recurrence::Tz;
use service::{Error, Request, Result};

use crate::words::{Words, words};

/// Who looks, and what they see things in.
pub struct Site {
    pub user: User,
    pub account: Account,
    pub words: &'static Words,
    pub zone: Tz,
    pub now: Time,
    pub path: String,
    /// Whether log-ins are what lets people in: in local mode nobody can log out.
    pub has_log_in: bool,
    /// `set-cookie` for a session that goes on because it is used.
    pub renewed_cookie: Option<String>,
}

impl Site {
    /// Who asks, by their account.
    ///
    /// # Errors
    /// As [`service::identify_and_renew`].
    pub fn open(request: &Request) -> Result<Self> {
        let (caller, renewed_cookie) = service::identify_and_renew(request)?;
        let user = caller.person()?;
        let account = store::users::select(&user)?.ok_or(Error::Unauthenticated)?;
        Ok(Self {
            user,
            words: words(&account.language),
            // Postgres may know a zone that we don't.
            zone: account.timezone.parse().unwrap_or(Tz::UTC),
            account,
            now: Time::now(),
            path: request.path().to_owned(),
            has_log_in: !caller.is_local(),
            renewed_cookie,
        })
    }

    /// What their wall's clock says at a moment.
    pub fn wall(&self, time: Time) -> NaiveDateTime {
        self.local(time).naive_local()
    }

    /// Which day it is for them.
    pub fn today(&self) -> NaiveDate {
        self.wall(self.now).date()
    }

    fn local(&self, time: Time) -> DateTime<Tz> {
        time.utc().with_timezone(&self.zone)
    }
}
