//! One attempt to tell a person of a reminder.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::DeliveryMethod;
use notify::{Channel, Language, Notice, Outcome, Randomness, Silence, Subscription};
use store::reminders::{Attempt, Came, Due};

use crate::settings::Settings;

/// How long it may take, from connecting to the end of the answer.
const BUDGET: Duration = Duration::from_secs(10);
/// How many bytes of an answer that says no are read.
const MOST_BYTES: usize = 4 * 1024;
/// How often it is tried, those attempts included that were lost. reminder_record.sql counts what failed; here ends what is
/// lost each time.
const MOST_ATTEMPTS: u32 = 15;

/// Tries, and says what came of it. `trace` is the one that the request joins, if it isn't the call's.
pub async fn attempt(due: &Due, settings: &Settings, trace: Option<&str>) -> Attempt {
    let outcome = match request(due, settings) {
        Ok(request) => send(due, &request, trace).await,
        Err(outcome) => outcome,
    };
    let (outcome, error) = match outcome {
        Outcome::Delivered => (Came::Delivered, None),
        Outcome::Refused(why) => (Came::Refused, Some(why)),
        Outcome::Failed(why) => (Came::Failed, Some(why)),
        Outcome::Unknown(why) => (Came::Unknown, Some(why)),
        Outcome::Gone => (Came::Gone, Some("nobody is there any more".to_owned())),
    };
    Attempt { user_id: due.user_id, delivery_id: due.delivery_id, claim: due.claim, outcome, error }
}

/// What to send, or what has come of it already.
fn request(due: &Due, settings: &Settings) -> Result<notify::Request, Outcome> {
    let refused = |why: &str| Outcome::Refused(why.to_owned());
    if due.attempts > MOST_ATTEMPTS {
        return Err(refused("nobody knows what became of the attempts"));
    }
    let notice = notice(due, settings);
    match due.method {
        DeliveryMethod::Email => {
            let mail = settings.mail.as_ref().map_err(|why| refused(why))?;
            let nowhere = if due.unsubscribed {
                "its user wants no reminders by mail"
            } else {
                "its user has no e-mail address"
            };
            let to = due.destination.as_deref().ok_or_else(|| refused(nowhere))?;
            Ok(notify::email(&notice, mail, to))
        }
        DeliveryMethod::Push => {
            let key = settings.vapid.as_ref().map_err(|why| refused(why))?;
            let known = due.subscription.as_ref();
            let known = known.ok_or_else(|| refused("its user has subscribed in no browser"))?;
            let subscription = Subscription {
                endpoint: known.endpoint.clone(),
                p256dh: known.p256dh.clone(),
                auth: known.auth.clone(),
            };
            let random = identity::random().map_err(|it| Outcome::Failed(it.to_string()))?;
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            let subject = &settings.vapid_subject;
            Ok(notify::push(&notice, &subscription, key, subject, now, Randomness::new(random))?)
        }
        DeliveryMethod::Webhook => {
            let to = due.destination.as_deref().ok_or_else(|| refused("it has no destination"))?;
            Ok(notify::webhook(&notice, to)?)
        }
    }
}

fn notice(due: &Due, settings: &Settings) -> Notice {
    let base = &settings.public_url;
    let link = |path: String| (!base.is_empty()).then(|| format!("{base}{path}"));
    let Due { all_day, ref timezone, .. } = *due;
    Notice {
        reminder_id: due.reminder_id,
        task_id: due.task_id,
        delivery_id: due.delivery_id,
        title: due.title.clone(),
        description: due.description.clone(),
        due: due.due.map(|at| notify::Due { at, all_day, timezone: timezone.clone() }),
        late: due.late,
        repeated: due.repeated,
        language: Language::parse(&due.language),
        link: link(format!("/#/tasks/{}", due.task_id)),
        unsubscribe: link(format!("/unsubscribe?token={}", due.unsubscribe_token)),
    }
}

async fn send(due: &Due, request: &notify::Request, trace: Option<&str>) -> Outcome {
    let channel = match due.method {
        DeliveryMethod::Email => Channel::Email,
        DeliveryMethod::Push => Channel::Push,
        DeliveryMethod::Webhook => Channel::Webhook,
    };
    let mut headers = request.headers.clone();
    headers.extend(trace.map(|trace| ("traceparent", trace.to_owned())));
    let asked =
        fetch::Request { url: &request.url, headers, body: Some(&request.body), budget: BUDGET };
    match fetch::send(asked).await {
        Ok(answer) if (200..300).contains(&answer.status()) => Outcome::Delivered,
        Ok(answer) => {
            let status = answer.status();
            let said = answer.body(MOST_BYTES).await.unwrap_or_default();
            Outcome::of_answer(channel, status, &String::from_utf8_lossy(&said))
        }
        Err(error) => Outcome::of_silence(match &error {
            fetch::Error::Address => Silence::NoAddress,
            fetch::Error::Denied => Silence::Unreachable("the address may not be reached"),
            fetch::Error::Unreachable(why) => Silence::Unreachable(why),
            fetch::Error::BrokenOff(why) => Silence::BrokenOff(why),
            fetch::Error::TimedOut => Silence::TimedOut,
            fetch::Error::TooLarge(_) => Silence::BrokenOff("the answer is too large"),
        }),
    }
}
