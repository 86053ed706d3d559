use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::names::names;

/// What a token lets its holder do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Scope {
    TasksRead,
    TasksWrite,
    Chat,
    Audit,
    Admin,
}

names!(
    Scope:
    TasksRead = "tasks:read",
    TasksWrite = "tasks:write",
    Chat = "chat",
    Audit = "audit",
    Admin = "admin",
);

impl Scope {
    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Some scopes. Written in a token with spaces between them (RFC 8693, section 4.2), elsewhere as a
/// list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scopes(u8);

impl Scopes {
    /// What a person may do who has logged in: everything but `admin`, unless that is granted.
    pub fn of_person(is_admin: bool) -> Self {
        Scope::ALL.into_iter().filter(|scope| is_admin || *scope != Scope::Admin).collect()
    }

    /// Those of a token's `scope`; what is none of ours is another service's.
    pub fn from_claim(claim: &str) -> Self {
        claim.split(' ').filter_map(Scope::parse).collect()
    }

    /// Whether the scope is one of them.
    pub fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether all of `others` are among them.
    pub fn include(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    fn names(self) -> impl Iterator<Item = &'static str> {
        Scope::ALL.into_iter().filter(move |scope| self.contains(*scope)).map(Scope::as_str)
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<T: IntoIterator<Item = Scope>>(scopes: T) -> Self {
        Self(scopes.into_iter().fold(0, |all, scope| all | scope.bit()))
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().collect::<Vec<_>>().join(" "))
    }
}

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names())
    }
}

impl<'de> Deserialize<'de> for Scopes {
    /// Of what the database keeps; a scope that a later version knew is no scope to this one.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        Ok(names.iter().filter_map(|name| Scope::parse(name)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_may_do_everything_but_administer() {
        let person = Scopes::of_person(false);
        assert_eq!(person.to_string(), "tasks:read tasks:write chat audit");
        assert!(!person.contains(Scope::Admin) && Scopes::of_person(true).contains(Scope::Admin));
    }

    #[test]
    fn scopes_are_read_as_they_are_written() {
        let scopes = Scopes::from_claim("openid audit tasks:read audit");
        assert_eq!(scopes.to_string(), "tasks:read audit");
        let list = serde_json::to_string(&scopes).unwrap();
        assert_eq!(list, r#"["tasks:read","audit"]"#);
        assert_eq!(serde_json::from_str::<Scopes>(&list).unwrap(), scopes);
        assert!(Scopes::of_person(false).include(scopes) && !scopes.contains(Scope::TasksWrite));
        assert!(!scopes.include(Scopes::from_claim("tasks:read chat")));
        assert_eq!(Scopes::from_claim("tasks"), Scopes::default());
    }
}
