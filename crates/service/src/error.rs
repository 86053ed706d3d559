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
    /// No credentials, or wrong ones.
    #[error("the request has no valid credentials")]
    Unauthenticated,
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
    /// The document or the query breaks a rule.
    #[error(transparent)]
    Input(#[from] domain::Error),
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
