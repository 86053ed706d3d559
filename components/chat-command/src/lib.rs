//! `/chat/command`: a sentence becomes an action, or a question.

mod model;
mod turn;

use std::time::Instant;

use assistant::{Said, World};
use domain::{ChatCommand, Scope, TaskSearch, TasksFound, User};
use service::{Error, Method, Request, Response, Result};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;
use uuid::Uuid;

use model::Model;
use turn::Kept;

/// How often a turn is decided anew because the conversation or a task has changed meanwhile.
const ATTEMPTS: u32 = 10;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    service::serve("chat-command", &[Method::Post], request, command).await
}

/// POST /chat/command
///
/// A turn is decided on what was read and written by one statement if that still holds. Of two
/// messages at once, one therefore waits its turn: it is decided again on what the other has left.
async fn command(mut request: Request) -> Result<Response> {
    let started = Instant::now();
    let caller = service::identify(&request)?;
    let user = caller.may(Scope::Chat)?;
    service::limit_user(&request, "chat_rate", &caller)?;
    let command = ChatCommand::parse(request.json().await?)?;
    let key = request.idempotency_key().await?;
    let client_key = command.conversation_id.unwrap_or_else(|| Uuid::now_v7().to_string());
    let mut model = Model::new(&request.origin);
    for _ in 0..ATTEMPTS {
        if let Some(key) = &key
            && let Some(kept) = store::idempotency_keys::answer::<Kept>(&user, key)?
        {
            return service::json(&kept.answer());
        }
        let timezone = command.timezone.as_deref();
        let standing = store::conversations::standing(&user, &client_key, timezone)?;
        let said = Said {
            sentence: &command.user_input,
            language: command.language.as_deref(),
            standing: &standing,
        };
        let mut world = Tasks { user, timezone: &standing.timezone, model: &mut model };
        let reply = assistant::turn(said, &mut world)?;
        let (turn, spoken) = turn::of(&client_key, &said, reply, started.elapsed());
        let kept = key.as_ref().map(|key| (key, &spoken));
        match store::conversations::turn(&user, &request.origin, &turn, kept) {
            Ok(Some(outcome)) => return service::json(&spoken.answer(outcome)),
            // The same request, sent twice at once, was faster.
            Ok(None) | Err(store::Error::Repeated) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::Conflict("other messages of this conversation were faster; send it again"))
}

/// The user's own tasks, and a model to ask.
struct Tasks<'a> {
    user: User,
    timezone: &'a str,
    model: &'a mut Model,
}

impl World for Tasks<'_> {
    type Error = store::Error;

    fn find(&mut self, wanted: &TaskSearch) -> store::Result<TasksFound> {
        store::tasks::search(&self.user, self.timezone, wanted)
    }

    fn consult(&mut self, about: &assistant::model::Consultation<'_>) -> Option<Vec<u8>> {
        self.model.consult(about)
    }
}
