use uuid::Uuid;

/// Whose data a statement may touch. Every function of `store` on a user's data takes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User {
    /// The user's id.
    pub id: Uuid,
}

impl User {
    /// Whose requests local mode serves; a migrated database has this user.
    pub const DEMO: Self = Self { id: Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001) };
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
