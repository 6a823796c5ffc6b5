//! Decides which messages an agent is notified of, once for all of the agent's tabs. Pure: time and the other
//! tabs' messages come in as values.
//!
//! [`Notifier::observe`] compares a conversation before and after a change. A notification is debounced, so
//! that a burst makes one, and dropped if somebody answers, claims or closes in the meantime. Then the tab asks
//! the agent's other tabs: a tab that has the conversation in view vetoes it, and of several tabs that ask at
//! once the one with the lowest number notifies.

use std::collections::BTreeMap;
use std::str::FromStr;

use porchlight_protocol::conversation::Kind;
use porchlight_protocol::{Conversation, ConversationId, Epoch, Member, Millis, Revision, Seq};

/// The debounce in milliseconds, and the longest that a burst extends it.
const SETTLES_MS: Millis = 700;
const SETTLES_MS_MAX: Millis = 2_000;

/// Milliseconds that a bot has for its answer before an agent is notified.
const BOT_ANSWERS_MS: Millis = 10_000;

/// Milliseconds by which a muted tab lets others go first.
const MUTED_WAITS_MS: Millis = 1_000;

/// Milliseconds that the other tabs have for a veto. Browsers don't throttle the tab that is in view.
const TABS_ANSWER_MS: Millis = 150;

/// Conversations at most whose last notified message is remembered.
const NOTIFIED_MAX: usize = 500;

/// The reason of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// A visitor writes, and the conversation is unassigned.
    New,
    /// A visitor writes in a conversation that the agent owns.
    Mine,
}

/// The reasons that the agent has switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// [`Why::New`].
    pub new: bool,
    /// [`Why::Mine`].
    pub mine: bool,
}

impl Wanted {
    /// Nothing.
    pub const NOTHING: Wanted = Wanted { new: false, mine: false };

    fn has(self, why: Why) -> bool {
        match why {
            Why::New => self.new,
            Why::Mine => self.mine,
        }
    }
}

/// A message between the tabs of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TabMessage {
    /// The tab with this number is about to notify of these messages.
    Asks(u32, Vec<(ConversationId, Seq)>),
    /// A tab has these conversations in view.
    InView(Vec<ConversationId>),
}

/// An effect for the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send to the other tabs.
    Send(TabMessage),
    /// Notify the agent once, of these conversations.
    Notify(Vec<(ConversationId, Why)>),
}

/// The part of a conversation's state that decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    visitor_seq: Seq,
    /// The last message is the visitor's.
    unanswered: bool,
    /// The commit since which a visitor in *Unassigned* has waited.
    waits_from: Option<Revision>,
    /// The `waits_from` that the agent has seen or was notified of: one wait is one new conversation.
    announced: Option<Revision>,
    mine: bool,
}

/// A pending notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct News {
    why: Why,
    seq: Seq,
    first_at: Millis,
    due: Millis,
}

/// The notifications of one tab.
#[derive(Debug, Clone)]
pub struct Notifier {
    /// A random number, the tab's rank among the agent's.
    tab: u32,
    me: Member,
    epoch: Option<Epoch>,
    known: BTreeMap<ConversationId, Known>,
    waits: BTreeMap<ConversationId, News>,
    asked: BTreeMap<ConversationId, News>,
    notifies_at: Option<Millis>,
    /// By conversation, the newest message that some tab has notified the agent of.
    notified: BTreeMap<ConversationId, Seq>,
}

impl Known {
    fn of(conversation: &Conversation, me: &Member) -> Known {
        Known {
            visitor_seq: conversation.visitor_seq,
            unanswered: !conversation.is_closed() && conversation.is_last_of_visitor(),
            waits_from: conversation
                .waits_since()
                .filter(|_| conversation.is_waiting())
                .map(|since| since.revision),
            announced: None,
            mine: conversation.is_owned_by(me),
        }
    }

    /// The reason to notify, provided that the visitor has written.
    fn why(&self) -> Option<Why> {
        match self {
            Known { unanswered: false, .. } => None,
            Known { mine: true, .. } => Some(Why::Mine),
            Known { waits_from: None, .. } => None,
            Known { waits_from, announced, .. } => (waits_from != announced).then_some(Why::New),
        }
    }

    /// True while a pending notification for this reason is still true.
    fn still(&self, why: Why) -> bool {
        self.unanswered
            && match why {
                Why::New => self.waits_from.is_some(),
                Why::Mine => self.mine,
            }
    }
}

impl Notifier {
    /// The notifications of a tab that has just booted; `tab` is a random number.
    pub fn new(tab: u32, me: Member) -> Notifier {
        Notifier {
            tab,
            me,
            epoch: None,
            known: BTreeMap::new(),
            waits: BTreeMap::new(),
            asked: BTreeMap::new(),
            notifies_at: None,
            notified: BTreeMap::new(),
        }
    }

    /// Sets the store's epoch; a new one discards everything that was known.
    pub fn set_epoch(&mut self, epoch: Option<&Epoch>) {
        if self.epoch.as_ref() != epoch {
            *self = Notifier { epoch: epoch.cloned(), ..Notifier::new(self.tab, self.me.clone()) };
        }
    }

    /// Takes up a conversation that may have changed. `booted` is the commit at which this tab booted: older
    /// messages notify nobody. A `muted` tab can't play the sound and lets others go first.
    pub fn observe(
        &mut self,
        conversation: &Conversation,
        booted: Revision,
        wanted: Wanted,
        muted: bool,
        now: Millis,
    ) {
        let id = &conversation.id;
        let before = self.known.get(id).copied();
        let wrote = match before {
            Some(before) => conversation.visitor_seq > before.visitor_seq,
            None => conversation.active_revision > booted,
        };
        let mut after = Known::of(conversation, &self.me);
        after.announced = match before {
            Some(before) => before.announced,
            None => after.waits_from.filter(|_| !wrote),
        };
        let why = after.why().filter(|_| wrote);
        if why == Some(Why::New) && wanted.new {
            after.announced = after.waits_from;
        }
        self.known.insert(id.clone(), after);
        for news in [&mut self.waits, &mut self.asked] {
            if news.get(id).is_some_and(|news| !after.still(news.why)) {
                news.remove(id);
            }
        }
        let notified = self.notified.get(id).is_some_and(|notified| *notified >= after.visitor_seq);
        let Some(why) = why.filter(|why| !notified && wanted.has(*why)) else { return };
        let first_at = self.waits.get(id).map_or(now, |news| news.first_at);
        let by_bot = why == Why::New && matches!(conversation.kind, Kind::Bot(_));
        let extra =
            if by_bot { BOT_ANSWERS_MS } else { 0 } + if muted { MUTED_WAITS_MS } else { 0 };
        let due = (now + SETTLES_MS).min(first_at + SETTLES_MS_MAX) + extra;
        self.waits.insert(id.clone(), News { why, seq: after.visitor_seq, first_at, due });
        // Each message of a burst extends the debounce of those before it, within the limit.
        if extra == 0 {
            for news in self.waits.values_mut().filter(|news| news.due <= due) {
                news.due = due.min(news.first_at + SETTLES_MS_MAX);
            }
        }
    }

    /// Discards a conversation that the machine no longer knows.
    pub fn forget(&mut self, id: &ConversationId) {
        self.known.remove(id);
        self.waits.remove(id);
        self.asked.remove(id);
    }

    /// When to [`tick`](Notifier::tick) next.
    pub fn next(&self) -> Option<Millis> {
        // While the other tabs are asked, what becomes due waits for that to end.
        self.notifies_at.or_else(|| self.waits.values().map(|news| news.due).min())
    }

    /// Handles what is due at `now`. `in_view` tells whether a conversation is open in this tab, and the tab
    /// visible.
    pub fn tick(&mut self, now: Millis, in_view: impl Fn(&ConversationId) -> bool) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.notifies_at.is_some_and(|at| at <= now) {
            self.notifies_at = None;
            let asked = std::mem::take(&mut self.asked);
            let reasons: Vec<_> = asked.into_iter().map(|(id, news)| (id, news.why)).collect();
            if !reasons.is_empty() {
                effects.push(Effect::Notify(reasons));
            }
        }
        if self.notifies_at.is_none() && self.waits.values().any(|news| news.due <= now) {
            // What is about to be due goes with it, in one notification.
            let with = now + SETTLES_MS;
            let (due, later) = std::mem::take(&mut self.waits)
                .into_iter()
                .partition::<BTreeMap<_, _>, _>(|(_, news)| news.due <= with);
            self.waits = later;
            self.asked = due.into_iter().filter(|(id, _)| !in_view(id)).collect();
            if !self.asked.is_empty() {
                let asks: Vec<_> =
                    self.asked.iter().map(|(id, news)| (id.clone(), news.seq)).collect();
                for (id, seq) in &asks {
                    self.mark_notified(id, *seq);
                }
                self.notifies_at = Some(now + TABS_ANSWER_MS);
                effects.push(Effect::Send(TabMessage::Asks(self.tab, asks)));
            }
        }
        effects
    }

    /// Handles another tab's message. Returns the answer to send, if any.
    pub fn receive(
        &mut self,
        word: &TabMessage,
        in_view: impl Fn(&ConversationId) -> bool,
    ) -> Option<TabMessage> {
        match word {
            TabMessage::InView(ids) => {
                for id in ids {
                    self.asked.remove(id);
                    self.waits.remove(id);
                }
                None
            }
            TabMessage::Asks(tab, asks) => {
                for (id, seq) in asks {
                    self.mark_notified(id, *seq);
                    if self.waits.get(id).is_some_and(|news| news.seq <= *seq) {
                        self.waits.remove(id);
                    }
                    // Both have asked: the lower number notifies.
                    if *tab < self.tab && self.asked.get(id).is_some_and(|news| news.seq <= *seq) {
                        self.asked.remove(id);
                    }
                }
                let seen: Vec<_> =
                    asks.iter().map(|(id, _)| id).filter(|id| in_view(id)).cloned().collect();
                (!seen.is_empty()).then_some(TabMessage::InView(seen))
            }
        }
    }

    fn mark_notified(&mut self, id: &ConversationId, seq: Seq) {
        if self.notified.len() >= NOTIFIED_MAX && !self.notified.contains_key(id) {
            self.notified.pop_first();
        }
        let notified = self.notified.entry(id.clone()).or_default();
        *notified = (*notified).max(seq);
    }
}

impl TabMessage {
    /// The message as it is sent.
    pub fn text(&self) -> String {
        match self {
            TabMessage::Asks(tab, asks) => {
                let mut text = ["asks ", &tab.to_string()].concat();
                for (id, seq) in asks {
                    text.extend([" ", id.as_str(), ":", &seq.to_string()]);
                }
                text
            }
            TabMessage::InView(ids) => {
                let ids: Vec<&str> = ids.iter().map(ConversationId::as_str).collect();
                ["in-view ", &ids.join(" ")].concat()
            }
        }
    }
}

/// The text is no [`TabMessage`], or one of another version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownMessage;

impl FromStr for TabMessage {
    type Err = UnknownMessage;

    fn from_str(text: &str) -> Result<TabMessage, UnknownMessage> {
        let mut words = text.split(' ');
        match words.next() {
            Some("asks") => {
                let tab = words.next().and_then(|tab| tab.parse().ok()).ok_or(UnknownMessage)?;
                let ask = |word: &str| {
                    let (id, seq) = word.split_once(':')?;
                    Some((id.parse().ok()?, seq.parse().ok()?))
                };
                let asks: Option<Vec<_>> = words.map(ask).collect();
                asks.map(|asks| TabMessage::Asks(tab, asks)).ok_or(UnknownMessage)
            }
            Some("in-view") => {
                let ids: Option<Vec<_>> = words.map(|id| id.parse().ok()).collect();
                ids.map(TabMessage::InView).ok_or(UnknownMessage)
            }
            _ => Err(UnknownMessage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use porchlight_protocol::{Author, Event, EventBody, MemberId, VisitorId};

    const ALL: Wanted = Wanted { new: true, mine: true };

    fn member(n: u8) -> Member {
        Member { id: MemberId::from_bytes([n; 16]), name: "Ada".to_owned() }
    }

    fn id(n: u8) -> ConversationId {
        ConversationId::from_bytes([n; 16])
    }

    fn said(author: Author) -> (Author, EventBody) {
        (author, EventBody::message("hello"))
    }

    fn claimed(by: &Member) -> (Author, EventBody) {
        (Author::Agent(by.clone()), EventBody::assigned(Some(by.clone())))
    }

    /// Ada's tabs, and a site's conversations.
    struct Desk {
        now: Millis,
        revision: Revision,
        talks: BTreeMap<ConversationId, Conversation>,
        tabs: Vec<Tab>,
        wanted: Wanted,
    }

    struct Tab {
        notifier: Notifier,
        in_view: Option<ConversationId>,
        muted: bool,
        booted: Revision,
        notified: Vec<Vec<(ConversationId, Why)>>,
    }

    impl Desk {
        fn with_tabs(tabs: u32) -> Desk {
            let (talks, wanted) = (BTreeMap::new(), ALL);
            let mut desk = Desk { now: 0, revision: 9, talks, tabs: Vec::new(), wanted };
            (0..tabs).for_each(|tab| desk.opens_a_tab(tab));
            desk
        }

        fn opens_a_tab(&mut self, number: u32) {
            let (notifier, booted) = (Notifier::new(number, member(1)), self.revision);
            let tab = Tab { notifier, in_view: None, muted: false, booted, notified: Vec::new() };
            self.tabs.push(tab);
            let last = self.tabs.len() - 1;
            for talk in self.talks.values() {
                let tab = &mut self.tabs[last];
                tab.notifier.observe(talk, tab.booted, ALL, false, self.now);
            }
        }

        /// This happens in a conversation, and every tab hears of it.
        fn happens(&mut self, n: u8, kind: Kind, what: (Author, EventBody)) {
            self.revision += 1;
            let new = || Conversation::new(id(n), kind, VisitorId::from_bytes([n; 16]), 0);
            let talk = self.talks.entry(id(n)).or_insert_with(new);
            let (author, body) = what;
            let (seq, revision) = (talk.head + 1, self.revision);
            talk.apply(&Event { seq, revision, at: 0, author, client_id: None, body });
            for tab in &mut self.tabs {
                tab.notifier.observe(talk, tab.booted, self.wanted, tab.muted, self.now);
            }
        }

        fn live(&mut self, n: u8, what: (Author, EventBody)) {
            self.happens(n, Kind::Live, what);
        }

        /// Time goes by, and what tabs say to each other arrives at once, the slowest tab last.
        fn passes(&mut self, ms: Millis) {
            for _ in 0..ms / 10 {
                self.now += 10;
                let mut said = Vec::new();
                for (n, tab) in self.tabs.iter_mut().enumerate() {
                    if tab.notifier.next().is_none_or(|at| at > self.now) {
                        continue;
                    }
                    let in_view = tab.in_view.clone();
                    for effect in tab.notifier.tick(self.now, |id| in_view.as_ref() == Some(id)) {
                        match effect {
                            Effect::Send(word) => said.push((n, word)),
                            Effect::Notify(reasons) => tab.notified.push(reasons),
                        }
                    }
                }
                while let Some((from, word)) = said.pop() {
                    let word: TabMessage = word.text().parse().unwrap();
                    for (n, tab) in self.tabs.iter_mut().enumerate().filter(|(n, _)| *n != from) {
                        let in_view = tab.in_view.clone();
                        let answer = tab.notifier.receive(&word, |id| in_view.as_ref() == Some(id));
                        said.extend(answer.map(|answer| (n, answer)));
                    }
                }
            }
        }

        fn notified(&self) -> Vec<&Vec<(ConversationId, Why)>> {
            self.tabs.iter().flat_map(|tab| &tab.notified).collect()
        }
    }

    #[test]
    fn a_new_conversation_notifies_once_whatever_follows_in_it() {
        let mut desk = Desk::with_tabs(1);
        desk.live(1, said(Author::Visitor));
        desk.passes(SETTLES_MS_MAX);
        desk.live(1, said(Author::Visitor));
        desk.passes(60_000);
        assert_eq!(desk.notified(), [&vec![(id(1), Why::New)]]);
    }

    #[test]
    fn a_message_in_mine_notifies_and_one_in_a_colleagues_does_not() {
        let (ada, ben) = (member(1), member(2));
        let mut desk = Desk::with_tabs(1);
        for (n, owner) in [(1, &ada), (2, &ben)] {
            desk.live(n, said(Author::Visitor));
            desk.live(n, claimed(owner));
            desk.live(n, said(Author::Agent(owner.clone())));
        }
        desk.passes(60_000);
        assert!(desk.notified().is_empty(), "dealt with at once");
        for n in [1, 2] {
            desk.live(n, said(Author::Visitor));
        }
        desk.passes(60_000);
        assert_eq!(desk.notified(), [&vec![(id(1), Why::Mine)]]);
        // Each message in mine notifies.
        desk.live(1, said(Author::Visitor));
        desk.passes(60_000);
        assert_eq!(desk.notified().len(), 2);
    }

    #[test]
    fn what_was_there_when_the_tab_was_opened_is_no_news() {
        let mut desk = Desk::with_tabs(0);
        desk.live(1, said(Author::Visitor));
        desk.opens_a_tab(0);
        desk.passes(60_000);
        assert!(desk.notified().is_empty());
        // Nor is what a page further down brings.
        let older = desk.talks[&id(1)].clone();
        let tab = &mut desk.tabs[0];
        tab.notifier.forget(&id(1));
        tab.notifier.observe(&older, tab.booted, ALL, false, desk.now);
        desk.passes(60_000);
        assert!(desk.notified().is_empty());
    }

    #[test]
    fn a_visitor_who_opens_it_again_is_news_and_a_colleague_who_gives_it_back_is_not() {
        let ben = member(2);
        let mut desk = Desk::with_tabs(1);
        desk.live(1, said(Author::Visitor));
        desk.live(1, claimed(&ben));
        let back = (Author::Agent(ben.clone()), EventBody::assigned(None));
        desk.live(1, back.clone());
        desk.passes(60_000);
        assert!(desk.notified().is_empty(), "who wrote first was notified of when they wrote");
        desk.live(1, claimed(&ben));
        desk.live(1, (Author::Agent(ben), EventBody::Closed));
        desk.live(1, back);
        desk.live(1, (Author::Visitor, EventBody::Reopened));
        desk.live(1, said(Author::Visitor));
        desk.passes(60_000);
        assert_eq!(desk.notified().len(), 1);
    }

    #[test]
    fn a_bot_has_time_to_answer() {
        let bot = Kind::Bot(member(3));
        let mut desk = Desk::with_tabs(1);
        desk.happens(1, bot.clone(), said(Author::Visitor));
        desk.passes(BOT_ANSWERS_MS / 2);
        desk.happens(1, bot.clone(), said(Author::Bot(member(3))));
        desk.passes(60_000);
        assert!(desk.notified().is_empty());
        desk.happens(1, bot, said(Author::Visitor));
        desk.passes(60_000);
        assert_eq!(desk.notified(), [&vec![(id(1), Why::New)]]);
    }

    #[test]
    fn twenty_within_a_second_are_one_notification() {
        let mut desk = Desk::with_tabs(5);
        for n in 1..=20 {
            desk.live(n, said(Author::Visitor));
            desk.passes(50);
        }
        desk.passes(60_000);
        let notified = desk.notified();
        assert_eq!(notified.len(), 1);
        assert_eq!(notified[0].len(), 20);
    }

    #[test]
    fn a_visitor_who_writes_without_end_does_not_put_notifications_off() {
        let mut desk = Desk::with_tabs(1);
        for n in 1..=100 {
            desk.live(n, said(Author::Visitor));
            desk.passes(100);
        }
        let notified = desk.notified().len();
        assert!((3..=6).contains(&notified), "{notified} in ten seconds");
    }

    #[test]
    fn of_five_tabs_one_notifies_and_it_is_one_that_can_be_heard() {
        let mut desk = Desk::with_tabs(5);
        for tab in &mut desk.tabs[..4] {
            tab.muted = true;
        }
        desk.live(1, said(Author::Visitor));
        desk.passes(60_000);
        assert_eq!(desk.notified().len(), 1);
        assert_eq!(desk.tabs[4].notified.len(), 1);
        // If none can, one of them still notifies.
        desk.tabs[4].muted = true;
        desk.live(2, said(Author::Visitor));
        desk.passes(60_000);
        assert_eq!(desk.notified().len(), 2);
    }

    #[test]
    fn what_is_in_view_in_any_tab_is_quiet() {
        for viewer in 0..3 {
            let mut desk = Desk::with_tabs(3);
            desk.live(1, said(Author::Visitor));
            desk.live(1, claimed(&member(1)));
            desk.tabs[viewer].in_view = Some(id(1));
            desk.live(1, said(Author::Visitor));
            desk.live(2, said(Author::Visitor));
            desk.passes(60_000);
            assert_eq!(desk.notified(), [&vec![(id(2), Why::New)]], "tab {viewer}");
        }
    }

    #[test]
    fn a_tab_that_hears_of_it_late_does_not_notify_again() {
        let mut desk = Desk::with_tabs(1);
        desk.live(1, said(Author::Visitor));
        let late = desk.talks[&id(1)].clone();
        desk.passes(1_000);
        assert_eq!(desk.notified().len(), 1);
        let mut notifier = Notifier::new(7, member(1));
        let asks = TabMessage::Asks(0, vec![(id(1), 1)]);
        assert_eq!(notifier.receive(&asks, |_| false), None);
        notifier.observe(&late, 9, ALL, false, 2_000);
        assert_eq!(notifier.next(), None);
    }

    #[test]
    fn what_nobody_wants_waits_for_nothing() {
        let mut notifier = Notifier::new(0, member(1));
        let mut it = Conversation::new(id(1), Kind::Live, VisitorId::from_bytes([1; 16]), 0);
        let (author, body) = said(Author::Visitor);
        it.apply(&Event { seq: 1, revision: 10, at: 0, author, client_id: None, body });
        notifier.observe(&it, 9, Wanted { new: false, mine: true }, false, 0);
        assert_eq!(notifier.next(), None);
    }

    #[test]
    fn who_did_not_want_to_hear_of_it_hears_of_the_next_message() {
        let mut desk = Desk::with_tabs(1);
        desk.wanted = Wanted::NOTHING;
        desk.live(1, said(Author::Visitor));
        desk.passes(5_000);
        desk.wanted = ALL;
        desk.passes(5_000);
        assert!(desk.notified().is_empty(), "nothing is made up for");
        desk.live(1, said(Author::Visitor));
        desk.passes(5_000);
        assert_eq!(desk.notified(), [&vec![(id(1), Why::New)]]);
    }

    #[test]
    fn another_life_of_the_store_begins_anew() {
        let mut desk = Desk::with_tabs(1);
        desk.live(1, said(Author::Visitor));
        let notifier = &mut desk.tabs[0].notifier;
        assert!(notifier.next().is_some());
        notifier.set_epoch(Some(&Epoch::from_bytes([1; 16])));
        assert_eq!(notifier.next(), None);
    }

    #[test]
    fn words_that_are_none_are_not_understood() {
        for text in ["", "asks", "asks x", "asks 1 abc:2", "in-view no-id", "sings 1"] {
            assert_eq!(text.parse::<TabMessage>(), Err(UnknownMessage), "{text:?}");
        }
    }
}
