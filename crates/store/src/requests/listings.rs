//! Listings: the folders of an agent's inbox, and a bot's conversations.

use porchlight_protocol::person::VisitorName;
use porchlight_protocol::{Counts, ErrorCode, Filter, Revision, Sort};

use crate::error::Result;
use crate::random::Hash;
use crate::store::{self, Store};
use crate::tables::conversations::{self, Found, Listed};
use crate::tables::{agents, bots, records, tallies};

impl Store {
    /// A page of a folder of the inbox of a session's agent: the conversations after `from`, which is the `next` of
    /// the page before, `limit` at most; and in the same snapshot the agent's counts, and what is known of the visitors. `Sort::Waiting` and
    /// `Sort::Left` list *Unassigned*, whatever the filter.
    pub async fn folder(
        &self,
        session: Hash,
        filter: Filter,
        sort: Sort,
        from: Option<Revision>,
        limit: usize,
    ) -> Result<(Found, Counts, Vec<VisitorName>)> {
        let now = self.now();
        self.read(move |sql| {
            let agent = agents::authorise(sql, &session, now)?;
            let site = agent.site.id;
            let me = agent.member.id;
            let counts = tallies::counts(sql, site, &me, store::revision(sql, site)?)?;
            let listed = match sort {
                Sort::Newest => Listed::Folder(filter, me),
                Sort::Waiting => Listed::Waiting,
                Sort::Left => Listed::LeftFirst,
            };
            let found = conversations::list(sql, site, &listed, from, limit)?;
            let names = records::names(sql, site, &found.conversations)?;
            Ok((found, counts, names))
        })
        .await
    }

    /// A page of the conversations with a token's bot, newest activity first: those before `before`, `limit` at most.
    pub async fn bot_conversations(
        &self,
        token: Hash,
        before: Option<Revision>,
        limit: usize,
    ) -> Result<Found> {
        self.read(move |sql| {
            let site = bots::site(sql, &token)?.ok_or(ErrorCode::BotTokenInvalid)?;
            let bot = bots::authorise_at(sql, site, &token)?;
            conversations::list(sql, site, &Listed::Bot(bot.id), before, limit)
        })
        .await
    }
}
