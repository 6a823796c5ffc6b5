//! A conversation: its state, its log, and what is done in it.

use porchlight_protocol::wire::{Appended, Page, ReadUpTo, Start, Started};
use porchlight_protocol::{Act, ClientId, Conversation, ConversationId, Seq};

use crate::asker::Asker;
use crate::credential::{Credential, Grant, VisitorCredential};
use crate::error::Result;
use crate::hint::Typing;
use crate::identity::Surroundings;
use crate::ops;
use crate::store::{SiteId, Store};
use crate::tables::mails;

/// Which events of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageOf {
    /// The first ones after this `seq`.
    After(Seq),
    /// The last ones before this `seq`.
    Before(Seq),
}

impl Store {
    /// What a credential grants, or the refusal that says why it does not hold.
    pub async fn authorise(&self, credential: Credential) -> Result<Grant> {
        let now = self.now();
        self.read(move |sql| credential.authorise(sql, now)).await
    }

    /// A conversation.
    pub async fn conversation(
        &self,
        credential: Credential,
        id: ConversationId,
    ) -> Result<Conversation> {
        let now = self.now();
        self.read(move |sql| {
            let Grant { site, actor, .. } = credential.authorise(sql, now)?;
            ops::conversation(sql, &site, &actor, &id)
        })
        .await
    }

    /// Who types in a conversation, when the holder of this credential does. It changes nothing.
    pub async fn typing(&self, credential: Credential, id: ConversationId) -> Result<Typing> {
        let now = self.now();
        self.read(move |sql| {
            let grant = credential.authorise(sql, now)?;
            ops::must_not_be_blocked(sql, now, &grant, &credential)?;
            let Grant { site, actor, .. } = grant;
            let conversation = ops::conversation(sql, &site, &actor, &id)?;
            let Conversation { id, visitor, .. } = conversation;
            Ok(Typing { site: site.id, visitor, conversation: id, by: actor.author() })
        })
        .await
    }

    /// A page of a conversation's log with `limit` events at most, and who got it.
    pub async fn page(
        &self,
        credential: Credential,
        id: ConversationId,
        of: PageOf,
        limit: usize,
    ) -> Result<(Page, Grant)> {
        let now = self.now();
        self.read(move |sql| {
            let grant = credential.authorise(sql, now)?;
            let Grant { site, actor, .. } = &grant;
            let conversation = ops::conversation(sql, site, actor, &id)?;
            let events = match of {
                PageOf::After(seq) => {
                    ops::events_after(sql, site, actor, &conversation, seq, limit)?
                }
                PageOf::Before(seq) => {
                    ops::events_before(sql, site, actor, &conversation, seq, limit)?
                }
            };
            Ok((Page { events, head: conversation.head }, grant))
        })
        .await
    }

    /// Starts a conversation with its first message. True if it is new, false for a retry. A key that was never used
    /// creates a visitor.
    pub async fn start(
        &self,
        credential: VisitorCredential,
        start: Start,
        surroundings: Surroundings,
        asker: impl Fn(SiteId) -> Asker + Send + 'static,
    ) -> Result<(Started, bool)> {
        let visitor = Credential::Visitor(credential.clone());
        let done = self.write_for(&visitor, move |commit, site| {
            let asker = asker(site.id);
            Ok((
                ops::start(commit, &site, &credential, &start, &surroundings, &asker)?,
                commit.waits,
            ))
        });
        let (done, waits) = done.await?;
        self.note_wait(waits);
        Ok(done)
    }

    /// Does an act, or returns the result of the first try with the same client id. True if the act is new. `is_online` tells
    /// of a site whether an agent is online.
    pub async fn act(
        &self,
        credential: Credential,
        id: ConversationId,
        (client_id, act): (ClientId, Act),
        is_online: impl Fn(SiteId) -> bool + Send + 'static,
    ) -> Result<(Appended, bool)> {
        let shown = credential.clone();
        let mails = self.plans_mails() && !matches!(credential, Credential::Visitor(_));
        let done = self.write_for(&credential, move |commit, site| {
            let is_online = is_online(site.id);
            let mailing = mails.then(|| site.clone());
            let with = (&client_id, &act);
            let (appended, is_new) = ops::act(commit, site, &shown, &id, with, is_online)?;
            if let Some(site) = mailing.filter(|_| is_new) {
                mails::plan_answer(commit, &site, &id, &appended.events)?;
            }
            Ok(((appended, is_new), commit.waits))
        });
        let (done, waits) = done.await?;
        self.note_wait(waits);
        Ok(done)
    }

    /// Moves the read mark of the sender's side.
    pub async fn mark_read(
        &self,
        credential: Credential,
        id: ConversationId,
        up_to: ReadUpTo,
    ) -> Result<()> {
        let shown = credential.clone();
        self.write_for(&credential, move |commit, site| ops::read(commit, site, &shown, &id, up_to))
            .await
    }
}
