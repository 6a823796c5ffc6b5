//! What the people of a team may do: roles, rights, and the one table that says which role has which right.
//!
//! The server asks it before it changes anything, the inbox before it offers a change. `docs/team.md` has the same table
//! in words, and a test holds the two against each other.

use serde::Serialize;

use crate::from_json;

/// An agent's role on the team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May do everything, and decides who else is an owner. A site has one at least.
    Owner,
    /// May handle conversations, change settings, and manage the team apart from its owners.
    Admin,
    /// May handle conversations.
    Agent,
}

/// Something that a person of the team may or may not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Read, claim, answer and close conversations.
    Answer,
    /// See what is known of a visitor, and correct it.
    EditVisitors,
    /// Block visitors, and unblock them.
    Block,
    /// See the settings, the bots and their flows.
    SeeSettings,
    /// See who is on the team.
    SeeTeam,
    /// Change the settings: closing, live chat, opening hours, texts, identity.
    ChangeSettings,
    /// Add bots, publish their flows, and set where they greet.
    ManageBots,
    /// Export what is stored of a visitor, and erase it.
    ManageData,
    /// Read the audit log.
    SeeAudit,
    /// Invite people, change roles, deactivate and reactivate: of admins and agents.
    ManageTeam,
    /// The same of owners.
    ManageOwners,
}

impl Role {
    /// All roles, the one with the most rights first.
    pub const ALL: [Role; 3] = [Role::Owner, Role::Admin, Role::Agent];

    /// The role on the wire, in commands and in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Admin => "admin",
            Role::Agent => "agent",
        }
    }

    /// True if a person in this role has the right.
    pub const fn may(self, right: Right) -> bool {
        match right {
            Right::Answer
            | Right::EditVisitors
            | Right::Block
            | Right::SeeSettings
            | Right::SeeTeam => true,
            Right::ChangeSettings
            | Right::ManageBots
            | Right::ManageData
            | Right::SeeAudit
            | Right::ManageTeam => matches!(self, Role::Owner | Role::Admin),
            Right::ManageOwners => matches!(self, Role::Owner),
        }
    }

    /// The right that it takes to invite, change or deactivate a person in this role.
    pub const fn managed_by(self) -> Right {
        match self {
            Role::Owner => Right::ManageOwners,
            Role::Admin | Role::Agent => Right::ManageTeam,
        }
    }

    /// True if a person in this role may invite, change or deactivate one in `other`.
    pub const fn may_manage(self, other: Role) -> bool {
        self.may(other.managed_by())
    }
}

impl Right {
    /// All rights, in the order of the table in `docs/team.md`.
    pub const ALL: [Right; 11] = [
        Right::Answer,
        Right::EditVisitors,
        Right::Block,
        Right::SeeSettings,
        Right::SeeTeam,
        Right::ChangeSettings,
        Right::ManageBots,
        Right::ManageData,
        Right::SeeAudit,
        Right::ManageTeam,
        Right::ManageOwners,
    ];
}

/// True if a site with so many active owners may lose one who is, or is not, among them: the last one has to stay, because
/// nobody else could make another.
pub const fn may_lose(active_owners: u64, is_one: bool) -> bool {
    !is_one || active_owners > 1
}

// A client that does not know a role treats it as `Agent`, which everybody is at least. So in an inbox that was open while
// its server learned of owners, an owner answers as ever, and sees settings without changing them until the page is loaded
// anew.
from_json!(enum Role { "owner" => Owner, "admin" => Admin, "agent" => Agent, _ => Agent });
