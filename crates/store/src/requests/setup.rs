//! The first site and its owner, made in the browser: for whoever has the address that a server prints while its store is
//! empty.

use porchlight_protocol::ErrorCode;
use porchlight_protocol::audit::Deed;
use porchlight_protocol::rights::Role;

use crate::error::Result;
use crate::random::Hash;
use crate::sql::{Sql, params};
use crate::store::Store;
use crate::tables::agents::{self, Agent, NewAgent};
use crate::tables::audit;
use crate::tables::sites::{self, NewSite};

use super::team::Joining;

impl Store {
    /// Lets whoever has the secret with this hash set the store up, and nobody with an earlier one. Does nothing if the store
    /// has a site.
    pub async fn offer_setup(&self, token: Hash) -> Result<bool> {
        self.write(move |commit| {
            if !sites::all(commit.sql)?.is_empty() {
                return Ok(false);
            }
            commit.sql.execute("UPDATE meta SET setup = $1", params![token])?;
            Ok(true)
        })
        .await
    }

    /// Refuses a secret by which the store can't be set up (any more).
    pub async fn check_setup(&self, token: Hash) -> Result<()> {
        self.read(move |sql| must_be_offered(sql, &token)).await
    }

    /// Sets the store up: adds the site and its owner, and signs the owner in with `session`. Of several who do it at once,
    /// one succeeds.
    pub async fn set_up(
        &self,
        token: Hash,
        site: NewSite,
        owner: Joining,
        session: Hash,
        device: String,
    ) -> Result<Agent> {
        self.write(move |commit| {
            must_be_offered(commit.sql, &token)?;
            // The row is locked by this: whoever comes second finds nothing to take back.
            let taken = "UPDATE meta SET setup = NULL WHERE setup = $1";
            if commit.sql.execute(taken, params![token])? == 0 {
                return Err(ErrorCode::InvitationUsed.into());
            }
            let id = sites::add(commit.sql, &site)?;
            let Joining { email, name, password } = owner.clone();
            let owner = NewAgent { email, name, role: Role::Owner, password };
            let (agent, _) = agents::add(commit.sql, id, &owner)?;
            let held = commit.hold(id)?;
            let login = agents::login_of(commit.sql, id, &agent)?.ok_or(ErrorCode::NotFound)?;
            let agent = agents::sign_in(commit, held, &login, &session, &device, None)?;
            audit::note(commit, &agent, (Deed::SetUp, "", ""))?;
            Ok(agent)
        })
        .await
    }
}

fn must_be_offered(sql: Sql<'_>, token: &Hash) -> Result<()> {
    if !sites::all(sql)?.is_empty() {
        return Err(ErrorCode::InvitationUsed.into());
    }
    let query = "SELECT EXISTS (SELECT 1 FROM meta WHERE setup = $1)";
    let offered: bool = sql.value(query, params![token])?;
    if offered { Ok(()) } else { Err(ErrorCode::InvitationEnded.into()) }
}
