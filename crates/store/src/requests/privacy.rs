//! Visitors, as the team handles them: blocked, exported, erased.

use std::net::IpAddr;

use porchlight_protocol::audit::Deed;
use porchlight_protocol::privacy::{BlockedPage, NewBlock, Standing};
use porchlight_protocol::rights::Right;
use porchlight_protocol::{ErrorCode, Millis, SiteKey, VisitorId};

use crate::credential::Credential;
use crate::error::Result;
use crate::export::{self, ExportPage, Exported};
use crate::random::Hash;
use crate::sql::Sql;
use crate::store::{SiteId, Store};
use crate::tables::erasing::Place;
use crate::tables::networks::Awaited;
use crate::tables::sites::Site;
use crate::tables::{agents, audit, blocks, erasing, networks, records, visitors};

use super::settings::must_have;

impl Store {
    /// What the team may know of a visitor's standing. `met` says from which network the visitors with these keys were
    /// met last.
    pub async fn standing(
        &self,
        session: Hash,
        visitor: VisitorId,
        met: impl Met,
    ) -> Result<Standing> {
        let now = self.now();
        self.read(move |sql| {
            let site = agents::authorise(sql, &session, now)?.site;
            standing(sql, &site, &visitor, now, &met)
        })
        .await
    }

    /// Blocks a visitor, with a note that has been [checked](NewBlock::checked); with another note, if they are blocked
    /// already. Blocks their network, too, if the block says so, or ends that: the one that `met` says, or the one from
    /// which the visitor comes back.
    pub async fn block(
        &self,
        session: Hash,
        visitor: VisitorId,
        new: NewBlock,
        met: impl Met,
    ) -> Result<Standing> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::Block)?;
            let (site, now) = (&agent.site, commit.now);
            let before = visitors::standing(commit.sql, site.id, &visitor, now)?;
            let before = before.ok_or(ErrorCode::VisitorUnknown)?;
            if before.erased {
                // There is nobody left to block.
                return Err(ErrorCode::VisitorErased.into());
            }
            let had_network = before.block.as_ref().is_some_and(|block| block.network.is_some());
            let is_new = before.block.is_none_or(|block| block.note != new.note);
            if is_new {
                blocks::set(commit, &agent, &visitor, &new.note)?;
            }
            let until = new.network_until(now);
            match until {
                Some(until) => {
                    let keys = visitors::keys(commit.sql, site.id, &visitor)?;
                    networks::set(commit, site, &visitor, met(&site.key, &keys), until)?;
                }
                None => networks::end(commit, site.id, &visitor)?,
            }
            if is_new || until.is_some() {
                let seconds = new.network_for_s.map(|seconds| seconds.to_string());
                let detail = seconds.unwrap_or_default();
                audit::note(commit, &agent, (Deed::Blocked, visitor.as_str(), &detail))?;
            } else if had_network {
                audit::note(commit, &agent, (Deed::NetworkUnblocked, visitor.as_str(), ""))?;
            }
            if is_new || until.is_some() || had_network {
                records::stands_anew(commit, site.id, &visitor)?;
            }
            standing(commit.sql, site, &visitor, now, &met)
        })
        .await
    }

    /// Unblocks a visitor. Does nothing if they are not blocked.
    pub async fn unblock(
        &self,
        session: Hash,
        visitor: VisitorId,
        met: impl Met,
    ) -> Result<Standing> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::Block)?;
            let site = &agent.site;
            if blocks::lift(commit.sql, site.id, &visitor)? {
                networks::end(commit, site.id, &visitor)?;
                audit::note(commit, &agent, (Deed::Unblocked, visitor.as_str(), ""))?;
                records::stands_anew(commit, site.id, &visitor)?;
            }
            standing(commit.sql, site, &visitor, commit.now, &met)
        })
        .await
    }

    /// A page of the blocked visitors of an agent's site, after this one.
    pub async fn blocked(
        &self,
        session: Hash,
        after: Option<VisitorId>,
        limit: usize,
    ) -> Result<BlockedPage> {
        let now = self.now();
        self.read(move |sql| {
            let agent = agents::authorise(sql, &session, now)?;
            must_have(&agent, Right::Block)?;
            blocks::page(sql, agent.site.id, after.as_ref(), limit, now)
        })
        .await
    }
}

/// Says from which network the visitor of a site with one of these keys was met last, if that is known.
pub trait Met: Fn(&SiteKey, &[Hash]) -> Option<IpAddr> + Send + 'static {}

impl<F: Fn(&SiteKey, &[Hash]) -> Option<IpAddr> + Send + 'static> Met for F {}

fn standing(
    sql: Sql<'_>,
    site: &Site,
    visitor: &VisitorId,
    now: Millis,
    met: &impl Met,
) -> Result<Standing> {
    let standing = visitors::standing(sql, site.id, visitor, now)?;
    let standing = standing.ok_or(ErrorCode::VisitorUnknown)?;
    let keys = visitors::keys(sql, site.id, visitor)?;
    Ok(Standing { network_known: met(&site.key, &keys).is_some(), ..standing })
}

/// The networks of blocked visitors.
impl Store {
    /// The blocked visitors, of all sites, whose networks are blocked, too, as soon as somebody knows them.
    pub async fn awaited_networks(&self) -> Result<Vec<Awaited>> {
        let now = self.now();
        self.read(move |sql| networks::awaited(sql, now)).await
    }

    /// Takes the network of one of them.
    pub async fn met(&self, site: SiteId, visitor: VisitorId, network: IpAddr) -> Result<()> {
        let met = self
            .write_at(site, move |commit, site| networks::met(commit, &site, &visitor, network));
        match met.await {
            // It was removed meanwhile.
            Err(error) if error.is(ErrorCode::SiteUnknown) => Ok(()),
            met => met,
        }
    }

    /// Forgets the networks whose blocks have ended.
    pub async fn forget_networks(&self) -> Result<()> {
        self.write(networks::forget_ended).await
    }
}

/// Erasing.
impl Store {
    /// Begins to erase a visitor: their key opens nothing any more, and whoever finds the mark finishes it
    /// ([`Store::erase_some`]). Returns the site, and who it is whom the team calls so. Does nothing if it has begun before.
    pub async fn begin_erasing(
        &self,
        session: Hash,
        visitor: VisitorId,
    ) -> Result<(SiteId, VisitorId)> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ManageData)?;
            let begun = erasing::begin(commit, agent.site.id, &visitor)?;
            let (person, begins) = begun.ok_or(ErrorCode::VisitorUnknown)?;
            if begins {
                audit::note(commit, &agent, (Deed::Erased, person.as_str(), ""))?;
            }
            Ok((agent.site.id, person))
        })
        .await
    }

    /// Erases some of the conversations of a visitor who is being erased, from a place on. Returns where the next part
    /// begins; `None` once all is erased.
    pub async fn erase_some(
        &self,
        site: SiteId,
        visitor: VisitorId,
        from: Place,
    ) -> Result<Option<Place>> {
        let some = self
            .write_at(site, move |commit, site| erasing::some(commit, site.id, &visitor, &from));
        match some.await {
            // It was removed meanwhile.
            Err(error) if error.is(ErrorCode::SiteUnknown) => Ok(None),
            some => some,
        }
    }

    /// The visitors who are being erased, of all sites.
    pub async fn erasing(&self) -> Result<Vec<(SiteId, VisitorId)>> {
        self.read(erasing::begun).await
    }
}

/// Exporting.
impl Store {
    /// Begins to export a visitor, and notes it. `format` is what the audit log says of it.
    pub async fn begin_export(
        &self,
        session: Hash,
        visitor: VisitorId,
        format: &'static str,
    ) -> Result<Exported> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ManageData)?;
            let found = export::begin(commit.sql, &agent.site, &visitor, commit.now)?;
            let found = found.ok_or(ErrorCode::VisitorUnknown)?;
            audit::note(commit, &agent, (Deed::Exported, visitor.as_str(), format))?;
            Ok(found)
        })
        .await
    }

    /// The next part of an export. No part holds a reader for longer than it takes to read it.
    pub async fn export_page(&self, of: &Exported, from: export::Place) -> Result<ExportPage> {
        let (site, visitor) = (of.site, of.visitor.clone());
        self.read(move |sql| export::page(sql, site, &visitor, &from)).await
    }
}

/// Retention.
impl Store {
    /// The sites that remove closed conversations after a while.
    pub async fn retaining(&self) -> Result<Vec<SiteId>> {
        self.read(crate::tables::sites::retaining).await
    }

    /// Removes some of the closed conversations of a site that its retention reaches, `limit` at most. Returns how many
    /// there were.
    pub async fn remove_idle(&self, site: SiteId, limit: usize) -> Result<usize> {
        let removed = self.write_at(site, move |commit, site| {
            // By the site as it is held: the setting may have changed.
            let Some(after_ms) = site.retention.after_ms() else { return Ok(0) };
            let until = commit.steady.saturating_sub(after_ms);
            erasing::remove_idle(commit, site.id, until, limit)
        });
        match removed.await {
            // It was removed meanwhile.
            Err(error) if error.is(ErrorCode::SiteUnknown) => Ok(0),
            removed => removed,
        }
    }
}
