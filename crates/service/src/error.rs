use domain::Scope;
use identity::TokenError;
use spin_sdk::variables;

/// Why a request gets no answer of its own. `problem.rs` says what the client hears of it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The client's body ended before its time.
    #[error("the body is incomplete")]
    IncompleteBody,
    /// The body is larger than a request may be.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// The body is not JSON.
    #[error("the body is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// No credentials, or none that we know what to do with.
    #[error("the request has no valid credentials")]
    Unauthenticated,
    /// A token that is not good, and why.
    #[error(transparent)]
    InvalidToken(#[from] TokenError),
    /// A log-in, or a new password, that came with the wrong one.
    #[error("{0}")]
    WrongPassword(&'static str),
    /// The token is good, for other things.
    #[error("this takes a token with the scope {}", .0.as_str())]
    InsufficientScope(Scope),
    /// This takes a person who has logged in.
    #[error("a personal access token can't do this; log in")]
    OnlyPeople,
    /// A browser's cookie came with a page of somebody else.
    #[error("requests with a session's cookie are taken from this service's own pages alone")]
    ForeignOrigin,
    /// More often than may be; how many seconds to wait.
    #[error("too many requests; try again in {0} s")]
    TooMany(u32),
    /// There is no such thing, or it is someone else's.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The resource doesn't have this method; it has those.
    #[error("the method is none of {0}")]
    MethodNotAllowed(String),
    /// It was there, and is not kept any more.
    #[error("{0}")]
    Gone(&'static str),
    /// Others were faster, again and again; what they left has to be looked at first.
    #[error("{0}")]
    Conflict(&'static str),
    /// What is there already stands in the way; trying again changes nothing.
    #[error("{0}")]
    Taken(&'static str),
    /// An external identity provider's keys can't be had, and without them no token of it is judged.
    #[error("the identity provider's keys can't be fetched now")]
    ProviderAway,
    /// Log-ins are off.
    #[error("log-ins are off: the variable jwt_keys is empty")]
    LogInsOff,
    /// A variable of the component is not what it may be.
    #[error("the variable {0} can't be used")]
    Misconfigured(&'static str),
    /// The system has no random numbers.
    #[error(transparent)]
    NoRandomness(#[from] identity::NoRandomness),
    /// The document or the query breaks a rule.
    #[error(transparent)]
    Input(#[from] domain::Error),
    /// Nobody can tell when a task comes back.
    #[error(transparent)]
    Series(#[from] domain::SeriesError),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A variable of the component has no value.
    #[error("a variable can't be read")]
    Variable(#[from] variables::Error),
    /// The answer can't be written as JSON.
    #[error("the answer can't be written")]
    Answer(#[source] serde_json::Error),
}

/// The result of a handler's steps.
pub type Result<T> = std::result::Result<T, Error>;
