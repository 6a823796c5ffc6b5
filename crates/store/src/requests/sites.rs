//! Sites, and the server's own address.

use std::collections::BTreeMap;

use porchlight_protocol::greeting::Greeting;
use porchlight_protocol::{ErrorCode, Member, SiteKey};

use crate::answers::{Usually, WITHIN_MS};
use crate::error::Result;
use crate::origin::Origin;
use crate::store::{SiteId, Store};
use crate::tables::agents::{self, NewAgent};
use crate::tables::bots::{self, NewBot};
use crate::tables::conversations;
use crate::tables::greetings;
use crate::tables::sites::{self, NewSite, Site};
use crate::tables::texts::{self, OwnWords};
use crate::tables::trials;

/// A site, as the widget's document needs it.
#[derive(Debug, Clone)]
pub struct SiteForDocument {
    /// The site.
    pub site: Site,
    /// The origins of the pages that may embed the chat.
    pub origins: Vec<String>,
    /// Its own texts in the document's language.
    pub own: OwnWords,
    /// The site whose team answers: for a trial, the one that it is of.
    pub team: SiteId,
    /// The bots with a published flow, each with its greeting rule; the first whose rule holds greets.
    pub bots: Vec<(Member, Greeting)>,
}

impl Store {
    /// The site with this key.
    pub async fn site(&self, key: SiteKey) -> Result<Site> {
        self.read(move |sql| sites::by_key(sql, &key)).await
    }

    /// The site with this key, and the origins of the pages that may embed the chat.
    pub async fn site_and_origins(&self, key: SiteKey) -> Result<(Site, Vec<String>)> {
        self.read(move |sql| {
            let site = sites::by_key(sql, &key)?;
            let origins = sites::origins(sql, site.id)?;
            Ok((site, origins))
        })
        .await
    }

    /// Within which time the team of a site usually answers, if that can be told.
    pub async fn usually_answers(&self, site: SiteId) -> Result<Option<Usually>> {
        let steady = self.clock().now().steady;
        self.read(move |sql| {
            let waited = conversations::waited(sql, site, steady - WITHIN_MS)?;
            Ok(Usually::of(&waited, steady))
        })
        .await
    }

    /// What the widget's document says of the site with this key, to somebody who reads `language`.
    pub async fn site_for_document(
        &self,
        key: SiteKey,
        language: &'static str,
    ) -> Result<SiteForDocument> {
        self.read(move |sql| {
            let site = sites::by_key(sql, &key)?;
            let origins = sites::origins(sql, site.id)?;
            let own = texts::of(sql, site.id, language)?;
            let bots = greetings::all(sql, site.id)?;
            let team = trials::tried(sql, site.id)?.unwrap_or(site.id);
            Ok(SiteForDocument { site, origins, own, team, bots })
        })
        .await
    }

    /// The own texts of the site with this key, in a language.
    pub async fn site_own_texts(
        &self,
        key: SiteKey,
        language: &'static str,
    ) -> Result<BTreeMap<String, String>> {
        self.read(move |sql| {
            let site = sites::id(sql, &key)?.ok_or(ErrorCode::SiteUnknown)?;
            Ok(texts::of(sql, site, language)?.texts)
        })
        .await
    }

    /// True if there is a site that can be read.
    pub async fn has_sites(&self) -> Result<bool> {
        self.read(|sql| Ok(!sites::listed(sql)?.is_empty())).await
    }

    /// Replaces the origins of the pages that may embed the chat.
    pub async fn set_origins(&self, key: SiteKey, origins: Vec<Origin>) -> Result<()> {
        self.write(move |commit| {
            let site = sites::by_key(commit.sql, &key)?;
            sites::set_origins(commit.sql, site.id, &origins)
        })
        .await
    }

    /// Adds a site with its team.
    pub async fn add_site(
        &self,
        site: NewSite,
        agents: Vec<NewAgent>,
        bots: Vec<NewBot>,
    ) -> Result<()> {
        self.write(move |commit| {
            let id = sites::add(commit.sql, &site)?;
            for agent in &agents {
                agents::add(commit.sql, id, agent)?;
            }
            for bot in &bots {
                bots::add(commit.sql, id, bot)?;
            }
            Ok(())
        })
        .await
    }

    /// Saves the public URL of the server, for the script tags that commands print.
    pub async fn set_public_url(&self, url: Origin) -> Result<()> {
        self.write(move |commit| sites::set_public_url(commit.sql, &url)).await
    }
}
