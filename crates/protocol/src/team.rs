//! The people of a site, as its team sees them; how they are invited; and what an agent sets about themselves.

use serde::Serialize;

use crate::Millis;
use crate::event::Member;
use crate::from_json;
use crate::id::{MemberId, PictureId, SiteKey};
use crate::limits::{EMAIL_BYTES_MAX, INVITATION_NOTE_CHARS_MAX};
use crate::rights::Role;
use crate::second_factor::SecondFactor;
use crate::text::{self, TextError};

/// A person of the team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Person {
    /// The person's id and name.
    pub agent: Member,
    /// The e-mail address that they sign in with.
    pub email: String,
    /// The person's role.
    pub role: Role,
    /// False if they have been deactivated.
    pub active: bool,
    /// True if they have said to be away.
    pub away: bool,
    /// When they used the inbox last, to the hour; absent if they are signed in nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<Millis>,
    /// Their picture, which is at `…/pictures/{id}`; absent if they have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<PictureId>,
}

/// The people of a site. The answer to `GET …/team`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Team {
    /// The people: those who are active first, in the order in which they joined.
    pub people: Vec<Person>,
}

/// The role that a person gets. The body of `PUT …/team/{id}/role`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewRole {
    /// The role.
    pub role: AnyRole,
}

/// A role that a client asks for. An unknown one is an error, not an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AnyRole {
    /// [`Role::Owner`].
    Owner,
    /// [`Role::Admin`].
    Admin,
    /// [`Role::Agent`].
    Agent,
}

impl From<AnyRole> for Role {
    fn from(role: AnyRole) -> Role {
        match role {
            AnyRole::Owner => Role::Owner,
            AnyRole::Admin => Role::Admin,
            AnyRole::Agent => Role::Agent,
        }
    }
}

impl From<Role> for AnyRole {
    fn from(role: Role) -> AnyRole {
        match role {
            Role::Owner => AnyRole::Owner,
            Role::Admin => AnyRole::Admin,
            Role::Agent => AnyRole::Agent,
        }
    }
}

/// An invitation to make. The body of `POST …/team/invitations`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewInvitation {
    /// The role that the invited person gets.
    pub role: AnyRole,
    /// Whom it is for, such as an e-mail address: a note for the team, up to 120 characters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl NewInvitation {
    /// The invitation with its note cleaned to a single line, or why it is refused.
    pub fn checked(self) -> Result<Self, TextError> {
        let note = match text::label(&self.note, INVITATION_NOTE_CHARS_MAX) {
            Err(TextError::Empty) => String::new(),
            note => note?,
        };
        Ok(NewInvitation { note, ..self })
    }
}

/// An open invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitation {
    /// Its id, which is no secret.
    pub id: MemberId,
    /// The role that the invited person gets.
    pub role: Role,
    /// Whom it is for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The name of who invites.
    pub by: String,
    /// When it expires.
    pub expires_at: Millis,
}

/// The open invitations of a site. The answer to `GET …/team/invitations`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitations {
    /// The invitations, the newest first.
    pub invitations: Vec<Invitation>,
}

/// An invitation that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invited {
    /// The invitation.
    pub invitation: Invitation,
    /// The link, which is shown once: the server keeps only a hash of the secret in its fragment.
    pub link: String,
}

/// The secret of an invitation. The body of `POST …/invitation`.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvitationToken {
    /// What follows the `#` of the link.
    pub token: String,
}

/// What an invited person sees before they accept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvitationSeen {
    /// The site's name.
    pub site_name: String,
    /// The role that they get.
    pub role: Role,
    /// The name of who invites.
    pub by: String,
    /// When it expires.
    pub expires_at: Millis,
}

/// An invited person. The body of `POST …/invitation/accept`.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Accept {
    /// What follows the `#` of the link.
    pub token: String,
    /// The person's name, which visitors see.
    pub name: String,
    /// The e-mail address to sign in with.
    pub email: String,
    /// The password.
    pub password: String,
}

/// An agent's account, as they see it. The answer to `GET …/account`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Account {
    /// The agent's id and name.
    pub agent: Member,
    /// The e-mail address that they sign in with.
    pub email: String,
    /// The browsers in which they are signed in, the one used last first.
    pub sessions: Vec<SignedIn>,
    /// The second factor of their sign-in; absent if it is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_factor: Option<SecondFactor>,
    /// The agent's picture, which is at `…/pictures/{id}`; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<PictureId>,
}

/// A picture that was stored. The answer to `PUT …/account/picture`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pictured {
    /// The picture, which is at `…/pictures/{id}`.
    pub picture: PictureId,
}

/// A browser in which an agent is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedIn {
    /// The session's id, which is no secret.
    pub id: String,
    /// The browser and its system, such as `Firefox, Windows`; empty if they are unknown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub device: String,
    /// When it signed in.
    pub created_at: Millis,
    /// When it was used last, to the hour.
    pub seen_at: Millis,
    /// True for the session that asks.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub this: bool,
}

/// A site of which an agent's person is an active agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SiteOfMine {
    /// The site's key.
    pub site: SiteKey,
    /// The site's name.
    pub name: String,
    /// The person's role there.
    pub role: Role,
    /// How many open conversations nobody owns there.
    pub waiting: u64,
}

/// The sites of an agent's person. The answer to `GET …/account/sites`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SitesOfMine {
    /// The sites, by their names; the one of the session that asks is among them.
    pub sites: Vec<SiteOfMine>,
}

/// The site to go to. The body of `POST …/session/site`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GoToSite {
    /// The site's key.
    pub site: SiteKey,
}

/// Another name. The body of `PUT …/account/name`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewName {
    /// The name, which visitors see.
    pub name: String,
}

/// Another e-mail address. The body of `PUT …/account/email`.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewEmail {
    /// The address to sign in with.
    pub email: String,
    /// The agent's password, as a confirmation.
    pub password: String,
}

/// Another password. The body of `PUT …/account/password`.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewPassword {
    /// The password until now, as a confirmation.
    pub current: String,
    /// The password from now on.
    pub new: String,
}

/// The secret by which an empty server can be set up. The body of `POST …/setup/check`.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetUpToken {
    /// What follows the `#` of the address that the server has printed.
    pub token: String,
}

/// The first site of a server and its owner. The body of `POST …/setup`.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetUp {
    /// What follows the `#` of the address that the server has printed.
    pub token: String,
    /// The site's name.
    pub site_name: String,
    /// The origin of the pages that may embed the chat, such as `https://shop.example`.
    pub address: String,
    /// The owner's name.
    pub name: String,
    /// The address with which the owner signs in.
    pub email: String,
    /// The owner's password.
    pub password: String,
}

/// An e-mail address in the form in which it is stored: trimmed, in lower case. `None` if it can't be one.
pub fn email(text: &str) -> Option<String> {
    let email = text.trim().to_lowercase();
    let well_formed = email
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'));
    let is_line = !email.chars().any(|c| c.is_whitespace() || c.is_control());
    (well_formed && is_line && email.len() <= EMAIL_BYTES_MAX).then_some(email)
}

from_json!(struct Person { agent, email, role, active, away: optional, seen_at: optional, picture: optional });
from_json!(
    struct Team {
        people: each,
    }
);
from_json!(strict struct NewRole { role });
from_json!(strict enum AnyRole { "owner" => Owner, "admin" => Admin, "agent" => Agent });
from_json!(strict struct NewInvitation { role, note: optional });
from_json!(struct Invitation { id, role, note: optional, by, expires_at });
from_json!(
    struct Invitations {
        invitations: each,
    }
);
from_json!(struct Invited { invitation, link });
from_json!(strict struct InvitationToken { token });
from_json!(struct InvitationSeen { site_name, role, by, expires_at });
from_json!(strict struct Accept { token, name, email, password });
from_json!(
    struct Account {
        agent,
        email,
        sessions: each,
        second_factor: optional,
        picture: optional,
    }
);
from_json!(struct Pictured { picture });
from_json!(struct SignedIn { id, device: optional, created_at, seen_at, this: optional });
from_json!(struct SiteOfMine { site, name, role, waiting });
from_json!(
    struct SitesOfMine {
        sites: each,
    }
);
from_json!(strict struct GoToSite { site });
from_json!(strict struct NewName { name });
from_json!(strict struct NewEmail { email, password });
from_json!(strict struct NewPassword { current, new });
from_json!(strict struct SetUpToken { token });
from_json!(strict struct SetUp { token, site_name, address, name, email, password });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_stored_in_one_form() {
        assert_eq!(email(" Ada@Lantern.example ").as_deref(), Some("ada@lantern.example"));
        let long = [&"x".repeat(320), "@lantern.example"].concat();
        for bad in
            ["", "ada", "@lantern.example", "ada@lantern", "a@b@c.d", "a b@c.d", "a\n@c.d", &long]
        {
            assert_eq!(email(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_note_is_a_line_or_nothing() {
        let new =
            |note: &str| NewInvitation { role: AnyRole::Agent, note: note.to_owned() }.checked();
        assert_eq!(new(" for\nBen ").unwrap().note, "for Ben");
        assert_eq!(new(" \u{200b} ").unwrap().note, "");
        assert!(new(&"x".repeat(INVITATION_NOTE_CHARS_MAX + 1)).is_err());
    }
}
