//! What a key is for.

use std::fmt;
use std::str::FromStr;

/// What a key may be used for; a key has one role for life. The numbers are signed and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum Role {
    /// Seals envelopes and issues grants.
    Issue = 1,
    /// Has envelopes and grants opened to it.
    Open = 2,
    /// Releases shares.
    Gate = 3,
    /// Signs checkpoints of a log.
    Log = 4,
    /// Cosigns checkpoints.
    Witness = 5,
    /// One officer of a two-person break-glass opening.
    BreakGlass = 6,
}

impl Role {
    /// All roles.
    pub const ALL: [Role; 6] = [
        Role::Issue,
        Role::Open,
        Role::Gate,
        Role::Log,
        Role::Witness,
        Role::BreakGlass,
    ];

    /// Its number in signed bytes.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The role of a number, where it is one.
    pub fn from_code(code: u8) -> Option<Role> {
        Role::ALL.into_iter().find(|r| r.code() == code)
    }

    /// Its name on the command line and in errors.
    pub fn name(self) -> &'static str {
        match self {
            Role::Issue => "issue",
            Role::Open => "open",
            Role::Gate => "gate",
            Role::Log => "log",
            Role::Witness => "witness",
            Role::BreakGlass => "break-glass",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Not the name of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a role; the roles are issue, open, gate, log, witness and break-glass")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Role, UnknownRole> {
        let mut all = Role::ALL.into_iter();
        all.find(|r| r.name() == name).ok_or(UnknownRole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_lead_back_to_their_role() {
        for (code, role) in (1u8..).zip(Role::ALL) {
            assert_eq!(Role::from_code(code), Some(role));
            assert_eq!(role.to_string().parse(), Ok(role));
        }
        assert_eq!((Role::from_code(0), Role::from_code(7)), (None, None));
        assert_eq!("Gate".parse::<Role>(), Err(UnknownRole));
    }
}
