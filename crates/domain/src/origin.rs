use uuid::Uuid;

/// Whose data a statement may touch. Every function of `store` on a user's data takes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User {
    /// The user's id.
    pub id: Uuid,
}

/// Where a change comes from; it stands in the change's event and audit row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The request's, 1 to 100 visible ASCII characters; the same from the first log line to the
    /// last audit row.
    pub correlation_id: String,
    /// The component that wrote the change.
    pub service: &'static str,
}
