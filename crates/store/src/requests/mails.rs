//! E-mail that goes out: its settings, the queue, and what a node that sends it asks for.

use porchlight_protocol::audit::Deed;
use porchlight_protocol::mail::{Call, MailQueue, MailSettings};
use porchlight_protocol::replace::Replace;
use porchlight_protocol::rights::Right;
use porchlight_protocol::{ErrorCode, SiteKey, VisitorId};

use crate::credential::Credential;
use crate::error::Result;
use crate::random::Hash;
use crate::store::{SiteId, Store};
use crate::tables::mails::{self, Mail, Tried};
use crate::tables::sites::{self, Site, SiteHead};
use crate::tables::{agents, audit};

use super::settings::must_have;

/// What agents see and change of it.
impl Store {
    /// When the site of a session sends e-mail.
    pub async fn mail_settings(&self, session: Hash) -> Result<MailSettings> {
        let now = self.now();
        self.read(move |sql| Ok(agents::authorise(sql, &session, now)?.site.mail)).await
    }

    /// Saves when the site sends e-mail. Refused if it has changed since the admin saw it.
    pub async fn set_mail_settings(
        &self,
        session: Hash,
        mail: Replace<MailSettings>,
    ) -> Result<MailSettings> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ChangeSettings)?;
            let mail = sites::set_mail(commit, &agent.site, mail.clone())?;
            if mail != agent.site.mail {
                audit::note(commit, &agent, (Deed::MailChanged, "", ""))?;
            }
            Ok(mail)
        })
        .await
    }

    /// The latest mails of the site.
    pub async fn mail_queue(&self, session: Hash) -> Result<MailQueue> {
        let now = self.clock().now();
        self.read(move |sql| {
            let agent = agents::authorise(sql, &session, now.wall)?;
            must_have(&agent, Right::ChangeSettings)?;
            mails::queue(sql, agent.site.id, now.wall, now.steady)
        })
        .await
    }

    /// Has a mail that was not sent tried now.
    pub async fn retry_mail(&self, session: Hash, id: String) -> Result<()> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ChangeSettings)?;
            match mails::retry(commit, agent.site.id, &id)? {
                true => Ok(()),
                false => Err(ErrorCode::NotFound.into()),
            }
        })
        .await
    }

    /// A test to the agent of a session, to send now, and the site that it is of.
    pub async fn test_mail(&self, session: Hash) -> Result<(Site, Mail)> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ChangeSettings)?;
            let mail = mails::test(commit, &agent.site, &agent.member.id)?;
            Ok((agent.site, mail.ok_or(ErrorCode::SignInRequired)?))
        })
        .await
    }

    /// Whether the agent of a session wants to be called by e-mail.
    pub async fn wants_mail(&self, session: Hash) -> Result<bool> {
        let now = self.now();
        self.read(move |sql| {
            let agent = agents::authorise(sql, &session, now)?;
            mails::wanted(sql, agent.site.id, &agent.member.id)
        })
        .await
    }

    /// Saves whether the agent of a session wants to be called by e-mail.
    pub async fn set_wants_mail(&self, session: Hash, on: bool) -> Result<()> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            mails::set_wanted(commit, agent.site.id, &agent.member.id, on)
        })
        .await
    }

    /// The site of a mail that has brought somebody an answer; `None` if there is none (any more).
    pub async fn mailed(&self, key: SiteKey, id: String) -> Result<Option<Site>> {
        let site = self.site(key).await?;
        self.read(move |sql| Ok(mails::is_answer(sql, site.id, &id)?.then_some(site))).await
    }

    /// Notes that whoever got this mail wants no more of them. False if there is no such mail (any more).
    pub async fn unsubscribe(&self, key: SiteKey, id: String) -> Result<bool> {
        let site = self.site_id(key).await?;
        self.write_at(site, move |commit, site| mails::unsubscribe(commit, site.id, &id)).await
    }
}

/// What a node asks that sends it.
impl Store {
    /// How far all sites are.
    pub async fn heads(&self) -> Result<Vec<SiteHead>> {
        self.read(sites::heads).await
    }

    /// Whether the team of a site, of whom nobody is online, is to be called; if so, the mails are planned.
    pub async fn call_team(&self, id: SiteId) -> Result<Call> {
        let now = self.now();
        let call = self.read(move |sql| mails::call(sql, &sites::by_id(sql, id)?, now)).await;
        let call = match call {
            // Once more, while nobody else can.
            Ok(Call::Now) => {
                self.write_at(id, |commit, site| mails::plan_call(commit, &site)).await
            }
            call => call,
        };
        unless_gone(call, Call::Never)
    }

    /// The sites that have mails to send.
    pub async fn mails_due(&self) -> Result<Vec<SiteId>> {
        let now = self.clock().now().steady;
        self.read(move |sql| mails::due(sql, now)).await
    }

    /// The answers that come due within so many milliseconds, and whom they are for.
    pub async fn answers_due(&self, within_ms: i64) -> Result<Vec<(SiteId, String, VisitorId)>> {
        let until = self.clock().now().steady + within_ms;
        self.read(move |sql| mails::soon(sql, until)).await
    }

    /// Puts a mail off, because its visitor is here.
    pub async fn put_mail_off(&self, site: SiteId, id: String) -> Result<()> {
        let done = self.write_at(site, move |commit, site| mails::put_off(commit, site.id, &id));
        unless_gone(done.await, ())
    }

    /// Leases mails of a site that are due, `limit` at most: until the lease ends no other node sends them.
    pub async fn lease_mails(
        &self,
        site: SiteId,
        limit: usize,
    ) -> Result<Option<(Site, Vec<Mail>)>> {
        let leased = self.write_at(site, move |commit, site| {
            let mails = mails::lease(commit, &site, limit)?;
            Ok(Some((site, mails)))
        });
        unless_gone(leased.await, None)
    }

    /// Notes what became of a try.
    pub async fn mail_tried(&self, site: SiteId, id: String, tried: Tried) -> Result<()> {
        let done =
            self.write_at(site, move |commit, site| mails::tried(commit, &site, &id, &tried));
        unless_gone(done.await, ())
    }

    /// Forgets what became of mails long ago. True if none is left.
    pub async fn forget_old_mails(&self) -> Result<bool> {
        self.write(mails::forget_old).await
    }
}

/// What was asked of a site that was removed meanwhile.
fn unless_gone<T>(done: Result<T>, gone: T) -> Result<T> {
    match done {
        Err(error) if error.is(ErrorCode::SiteUnknown) => Ok(gone),
        done => done,
    }
}
