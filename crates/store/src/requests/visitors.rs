//! Visitors: what a site knows of them, and how its back end proves who they are.

use porchlight_protocol::audit::Deed;
use porchlight_protocol::person::{
    EditVisitor, Identified, Identify, IdentityPage, IdentitySettings, NewSecret, RetireSecret,
    Returned, Teller, VisitorName, VisitorRecord,
};
use porchlight_protocol::proof::{CheckProof, ProofChecked};
use porchlight_protocol::rights::Right;
use porchlight_protocol::visit::{Collecting, ToldPage};
use porchlight_protocol::{ErrorCode, MemberId, Revision, VisitorId};

use crate::credential::{Credential, VisitorCredential};
use crate::error::{Error, Result};
use crate::identity::{self, Surroundings, Told};
use crate::ops::Actor;
use crate::proof;
use crate::random::{self, Hash};
use crate::sql::Sql;
use crate::store::{SiteId, Store};
use crate::tables::conversations::{self, Found, Listed};
use crate::tables::sites::Site;
use crate::tables::{agents, audit, records, returns, secrets, sites, visitors};

use super::settings::must_have;

/// Records that are looked at in one transaction.
const SWEPT_AT_ONCE: usize = 200;

impl Store {
    /// What the site knows of a visitor.
    pub async fn visitor_record(&self, session: Hash, id: VisitorId) -> Result<VisitorRecord> {
        let now = self.now();
        self.read(move |sql| {
            let agent = agents::authorise(sql, &session, now)?;
            must_have(&agent, Right::EditVisitors)?;
            seen(sql, &agent.site, &id)
        })
        .await
    }

    /// Changes what the site knows of a visitor, by an agent's hand. Refused if it has changed since the revision that the
    /// agent saw.
    pub async fn edit_visitor(
        &self,
        session: Hash,
        id: VisitorId,
        edit: EditVisitor,
    ) -> Result<VisitorRecord> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::EditVisitors)?;
            let before = seen(commit.sql, &agent.site, &id)?;
            if visitors::standing(commit.sql, agent.site.id, &id, commit.now)?
                .is_some_and(|it| it.erased)
            {
                return Err(ErrorCode::VisitorErased.into());
            }
            if !before.is_as_seen_at(edit.revision) {
                return Err(ErrorCode::RecordChanged.into());
            }
            let refused = |body| Error::Refused(Box::new(body));
            let details = edit.clone().details().checked();
            let details = details.map_err(|wrong| refused(wrong.body()))?;
            let by = Teller::Agent { name: agent.member.name };
            let now = commit.now;
            records::change_from(commit, agent.site.id, before, |record| {
                record.tell(details, &by, now).map_err(|wrong| refused(wrong.body()))
            })
        })
        .await
    }

    /// A page of a visitor's conversations, the newest first: those before `before`, `limit` at most; and what lists show
    /// of the visitor.
    pub async fn conversations_of_visitor(
        &self,
        session: Hash,
        id: VisitorId,
        before: Option<Revision>,
        limit: usize,
    ) -> Result<(Found, Vec<VisitorName>)> {
        let now = self.now();
        self.read(move |sql| {
            let site = agents::authorise(sql, &session, now)?.site.id;
            let id = visitors::resolved(sql, site, &id)?.ok_or(ErrorCode::VisitorUnknown)?;
            let found = conversations::list(sql, site, &Listed::Visitor(id), before, limit)?;
            let names = records::names(sql, site, &found.conversations)?;
            Ok((found, names))
        })
        .await
    }

    /// Takes what a page tells of its visitor, with the proof of it, if there is one. A key that was never used creates a
    /// visitor. If anything is refused, nothing is taken.
    pub async fn identify(
        &self,
        credential: VisitorCredential,
        identify: Identify,
        surroundings: Surroundings,
    ) -> Result<Identified> {
        let (key, site, now) = (credential.key, credential.site.clone(), self.now());
        let told = self.read(move |sql| {
            let site = sites::by_key(sql, &site)?;
            let secrets = secrets::all(sql, site.id, now)?;
            let proved = proof::check(&site.identity, &secrets, &identify, now)?;
            Told::checked(&identify, proved, surroundings)
        });
        let told = told.await?;
        self.write_for(&Credential::Visitor(credential), move |commit, site| {
            identity::identify(commit, &site, &key, &told)
        })
        .await
    }

    /// Lets the browser with this key come back to a conversation by a link with this secret.
    pub async fn come_back(&self, credential: VisitorCredential, link: &str) -> Result<Returned> {
        let (key, link) = (credential.key, random::hash(link));
        self.write_for(&Credential::Visitor(credential), move |commit, site| {
            returns::redeem(commit, &site, &key, &link)
        })
        .await
    }

    /// Takes what a page of the site tells of the visit, as far as the site collects it. Of whoever has no conversation, nothing
    /// is kept.
    pub async fn visited(&self, credential: VisitorCredential, told: ToldPage) -> Result<()> {
        let key = credential.key;
        self.write_for(&Credential::Visitor(credential), move |commit, site| {
            let visitor = visitors::by_key(commit.sql, site.id, &key)?;
            if visitor.is_blocked {
                return Err(ErrorCode::VisitorBlocked.into());
            }
            if !conversations::has_any(commit.sql, site.id, &visitor.id)? {
                return Ok(());
            }
            let now = commit.now;
            records::change(commit, site.id, &visitor.id, |record| {
                told.take(record, site.collecting, now);
                records::sees(record, now);
                Ok(())
            })?;
            Ok(())
        })
        .await
    }

    /// Notes that a visitor is here, once an hour at most, and only if something is known of them. For anybody else it does
    /// nothing.
    pub async fn saw(&self, credential: Credential) -> Result<()> {
        let now = self.now();
        let stale = self.read(move |sql| {
            let grant = credential.authorise(sql, now)?;
            let Actor::Visitor(visitor) = grant.actor else { return Ok(None) };
            let is_stale = records::is_stale(sql, grant.site.id, &visitor, now)?;
            Ok(is_stale.then_some((grant.site.id, visitor)))
        });
        let Some((site, visitor)) = stale.await? else { return Ok(()) };
        self.write_at(site, move |commit, site| {
            records::touch(commit.sql, site.id, &visitor, commit.now)
        })
        .await
    }
}

/// The record as it may be seen: without what is collected no longer, even if it is there still.
fn seen(sql: Sql<'_>, site: &Site, id: &VisitorId) -> Result<VisitorRecord> {
    let mut record = records::seen(sql, site.id, id)?.ok_or(ErrorCode::VisitorUnknown)?;
    site.collecting.strip(&mut record);
    Ok(record)
}

/// How the site's back end proves who a visitor is.
impl Store {
    /// The site's settings for identity.
    pub async fn identity(&self, session: Hash) -> Result<IdentityPage> {
        let now = self.now();
        self.read(move |sql| {
            let site = agents::authorise(sql, &session, now)?.site;
            Ok(IdentityPage { secrets: secrets::seen(sql, site.id, now)?, settings: site.identity })
        })
        .await
    }

    /// Saves them.
    pub async fn set_identity(
        &self,
        session: Hash,
        settings: IdentitySettings,
    ) -> Result<IdentityPage> {
        let settings = proof::settings(settings)?;
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ChangeSettings)?;
            let site = sites::set_identity(commit, &agent.site, settings.clone())?;
            if site.identity != agent.site.identity {
                audit::note(commit, &agent, (Deed::IdentityChanged, "", ""))?;
            }
            let secrets = secrets::seen(commit.sql, site.id, commit.now)?;
            Ok(IdentityPage { secrets, settings: site.identity })
        })
        .await
    }

    /// Makes a secret. Those that there are hold still.
    pub async fn add_secret(&self, session: Hash) -> Result<NewSecret> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ChangeSettings)?;
            let made = secrets::add(commit.sql, agent.site.id, commit.now)?;
            audit::note(commit, &agent, (Deed::SecretAdded, made.seen.id.as_str(), ""))?;
            Ok(made)
        })
        .await
    }

    /// Says when a secret retires, if it does. Until then, that can be undone.
    pub async fn retire_secret(
        &self,
        session: Hash,
        id: MemberId,
        retire: RetireSecret,
    ) -> Result<IdentityPage> {
        let retire = retire.checked()?;
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ChangeSettings)?;
            let (site, now) = (&agent.site, commit.now);
            if !secrets::retire(commit.sql, site.id, &id, retire.at(now), now)? {
                return Err(ErrorCode::NotFound.into());
            }
            let hours = retire.in_hours.map(|hours| hours.to_string()).unwrap_or_default();
            audit::note(commit, &agent, (Deed::SecretRetires, id.as_str(), &hours))?;
            let secrets = secrets::seen(commit.sql, site.id, now)?;
            Ok(IdentityPage { secrets, settings: site.identity.clone() })
        })
        .await
    }

    /// What a proof is worth. Nothing of it is kept.
    pub async fn check_proof(&self, session: Hash, given: CheckProof) -> Result<ProofChecked> {
        let now = self.now();
        self.read(move |sql| {
            let agent = agents::authorise(sql, &session, now)?;
            must_have(&agent, Right::ChangeSettings)?;
            let secrets = secrets::all(sql, agent.site.id, now)?;
            Ok(proof::examined(&agent.site.identity, &secrets, &given, now))
        })
        .await
    }

    /// Removes the secrets that have retired, of all sites.
    pub async fn remove_retired_secrets(&self) -> Result<()> {
        let now = self.now();
        for site in self.read(move |sql| secrets::retired(sql, now)).await? {
            let removed = self.write_at(site, move |commit, site| {
                secrets::remove_retired(commit.sql, site.id, commit.now)
            });
            match removed.await {
                // The site was removed meanwhile.
                Err(error) if error.is(ErrorCode::SiteUnknown) => {}
                removed => removed?,
            }
        }
        Ok(())
    }

    /// Removes a secret, from the next proof on.
    pub async fn remove_secret(&self, session: Hash, id: MemberId) -> Result<()> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ChangeSettings)?;
            if !secrets::remove(commit.sql, agent.site.id, &id)? {
                return Err(ErrorCode::NotFound.into());
            }
            audit::note(commit, &agent, (Deed::SecretRemoved, id.as_str(), ""))
        })
        .await
    }
}

/// What is collected of visitors.
impl Store {
    /// What the site collects.
    pub async fn collecting(&self, session: Hash) -> Result<Collecting> {
        let now = self.now();
        self.read(move |sql| Ok(agents::authorise(sql, &session, now)?.site.collecting)).await
    }

    /// Saves it. What is collected no longer is not shown from now on, and removed within minutes.
    pub async fn set_collecting(
        &self,
        session: Hash,
        collecting: Collecting,
    ) -> Result<Collecting> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ChangeSettings)?;
            if sites::set_collecting(commit, &agent.site, collecting)? {
                audit::note(commit, &agent, (Deed::CollectingChanged, "", &collecting.listed()))?;
            }
            Ok(collecting)
        })
        .await
    }

    /// The sites whose records hold what is collected no longer.
    pub async fn sweeping(&self) -> Result<Vec<SiteId>> {
        self.read(sites::sweeping).await
    }

    /// Takes it out of some records of a site. False once it is out of all of them.
    pub async fn sweep(&self, site: SiteId) -> Result<bool> {
        let swept = self.write_at(site, move |commit, site| {
            let Some(after) = sites::sweep(commit.sql, site.id)? else { return Ok(false) };
            let last = records::sweep(commit, site.id, &after, SWEPT_AT_ONCE)?;
            sites::set_sweep(commit.sql, site.id, last.as_deref())?;
            Ok(last.is_some())
        });
        match swept.await {
            // The site was removed meanwhile.
            Err(error) if error.is(ErrorCode::SiteUnknown) => Ok(false),
            swept => swept,
        }
    }
}
