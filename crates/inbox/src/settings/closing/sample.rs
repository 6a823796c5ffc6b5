//! The sample of the preview: a made-up conversation with the signed-in agent, under the edited settings.

use porchlight_protocol::closing::{self, NoticePlace, VisitorView};
use porchlight_protocol::conversation::Kind;
use porchlight_protocol::wire::{Boot, Sample, Welcome};
use porchlight_protocol::{
    Author, ClosingSettings, Conversation, ConversationId, Epoch, Event, EventBody, Member,
    MemberId, Millis, Plan, Revision, VisitorId,
};

use crate::words::{Word, say};

/// Milliseconds between two messages.
const STEP_MS: Millis = 60_000;

/// The moment that the preview shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Before the auto-close, while the warning is shown.
    Before,
    /// At the moment of closing.
    AtOnce,
    /// After a reload of the page.
    Reloaded,
}

/// What the preview shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The moment.
    pub when: When,
    /// True for Home, false for the conversation.
    pub home: bool,
    /// The visitor's language, a BCP 47 tag.
    pub language: String,
}

/// True if the visitor of a live chat is warned, so that [`When::Before`] can be shown.
pub fn warns(settings: &ClosingSettings, plan: Plan) -> bool {
    let policy = settings.policy(plan, 0);
    policy.live_closes_after_s.and(policy.warn_before_s).is_some()
}

/// The sample for this look and these settings on the site's plan. `agent` is the agent in the conversation,
/// `now` the time.
pub fn sample(
    settings: &ClosingSettings,
    plan: Plan,
    agent: &Member,
    look: &Look,
    now: Millis,
) -> Sample {
    let other = other(now);
    let events = events(agent, look.when, quiet_ms(settings, look.when), now);
    let talk = fold(1, Kind::Live, &events);
    // Hiding came into force with the newest commit.
    let revision = talk.revision;
    let policy = settings.policy(plan, revision);
    let booted = if look.when == When::Reloaded { revision + 1 } else { 0 };
    let listed = closing::visitor_view(&talk, &policy, booted).listed;
    let thread = (listed && !look.home).then(|| talk.id.clone());
    let conversations = if listed { vec![talk, other] } else { vec![other] };
    let epoch = Epoch::from_bytes([1; 16]);
    let welcome = Welcome {
        counts: None,
        visitors: Vec::new(),
        booted: Boot { epoch, revision: booted },
        revision: revision.max(booted),
        now,
        policy,
        online: true,
        conversations,
    };
    Sample { welcome, events, thread, language: look.language.clone() }
}

/// The preview as a sentence, for agents who can't see the frame.
pub fn caption(settings: &ClosingSettings, plan: Plan, agent: &Member, look: &Look) -> Word {
    let events = events(agent, look.when, 0, 0);
    let talk = fold(1, Kind::Live, &events);
    let policy = settings.policy(plan, talk.revision);
    let booted = if look.when == When::Reloaded { Revision::MAX } else { 0 };
    let view = closing::visitor_view(&talk, &policy, booted);
    match look {
        Look { when: When::Before, home: true, .. } => Word::PreviewHomeWithoutWarning,
        Look { when: When::Before, .. } => Word::PreviewWarning,
        _ if !view.listed => Word::PreviewHomeWithout,
        Look { home: true, .. } if view.marked_closed => Word::PreviewHomeMarks,
        Look { home: true, .. } => Word::PreviewHomeSame,
        _ => said_in_thread(view),
    }
}

fn said_in_thread(view: VisitorView) -> Word {
    match (view.field, view.notice) {
        (true, None) => Word::PreviewSame,
        (true, Some(_)) => Word::PreviewNoticeAtEnd,
        (false, Some(NoticePlace::Thread)) | (false, None) => Word::PreviewStartForField,
        (false, Some(NoticePlace::Field)) => Word::PreviewNoticeForField,
    }
}

/// Milliseconds since the last message at that moment.
fn quiet_ms(settings: &ClosingSettings, when: When) -> Millis {
    match (when, settings.auto_close_after_s, settings.warn_before_s) {
        (When::Before, Some(after_s), Some(before_s)) => {
            closing::millis(after_s.saturating_sub(before_s))
        }
        _ => STEP_MS,
    }
}

fn events(agent: &Member, when: When, quiet_ms: Millis, now: Millis) -> Vec<Event> {
    let agent = || Author::Agent(agent.clone());
    let message = |text: Word| EventBody::message(say(text));
    let to = agent().member().cloned();
    let mut log = vec![
        (Author::Visitor, message(Word::SampleQuestion)),
        (agent(), EventBody::assigned(to)),
        (agent(), message(Word::SampleAnswer)),
        (Author::Visitor, message(Word::SampleThanks)),
        (agent(), message(Word::SampleGoodbye)),
    ];
    if when != When::Before {
        log.push((agent(), EventBody::Closed));
    }
    // The last message is as old as that.
    let last = now.saturating_sub(quiet_ms);
    (1..)
        .zip(log)
        .map(|(seq, (author, body))| {
            let at = match body {
                EventBody::Closed => now,
                _ => last - STEP_MS * (5 - Millis::try_from(seq).unwrap_or(5)),
            };
            // After the commits of the other conversation.
            Event { seq, revision: 2 + seq, at, author, client_id: None, body }
        })
        .collect()
}

/// A second, open conversation, so that Home is not empty when the first is hidden.
fn other(now: Millis) -> Conversation {
    let bot = Member { id: MemberId::from_bytes([2; 16]), name: say(Word::SampleBot) };
    let message = |text: Word| EventBody::message(say(text));
    let at = now - 26 * 60 * STEP_MS;
    let log = [
        (Author::Visitor, message(Word::SampleBotQuestion)),
        (Author::Bot(bot.clone()), message(Word::SampleBotAnswer)),
    ];
    let events: Vec<Event> = (1..)
        .zip(log)
        .map(|(seq, (author, body))| Event {
            seq,
            revision: seq,
            at,
            author,
            client_id: None,
            body,
        })
        .collect();
    let mut other = fold(2, Kind::Bot(bot), &events);
    other.visitor_read.advance(other.head);
    other
}

fn fold(id: u8, kind: Kind, events: &[Event]) -> Conversation {
    let started_at = events.first().map_or(0, |event| event.at);
    let visitor = VisitorId::from_bytes([3; 16]);
    let mut talk =
        Conversation::new(ConversationId::from_bytes([id; 16]), kind, visitor, started_at);
    for event in events {
        talk.apply(event);
    }
    // The visitor has the conversation in view.
    talk.visitor_read.advance(talk.head);
    talk
}

#[cfg(test)]
mod tests {
    use porchlight_protocol::Policy;
    use porchlight_protocol::notice::Shown;

    use super::*;

    const NOW: Millis = 1_800_000_000_000;

    fn ada() -> Member {
        Member { id: MemberId::from_bytes([9; 16]), name: "Ada Lovell".to_owned() }
    }

    fn look(when: When, home: bool) -> Look {
        Look { when, home, language: "en".to_owned() }
    }

    fn eight() -> impl Iterator<Item = ClosingSettings> {
        (0..8).map(|bits| ClosingSettings {
            hide_closed: bits & 1 > 0,
            disable_field: bits & 2 > 0,
            notice: bits & 4 > 0,
            ..ClosingSettings::default()
        })
    }

    fn seen(settings: &ClosingSettings, plan: Plan, when: When) -> (Sample, VisitorView) {
        let sample = sample(settings, plan, &ada(), &look(when, false), NOW);
        let Welcome { policy, booted, .. } = &sample.welcome;
        let talk = fold(1, Kind::Live, &sample.events);
        let view = closing::visitor_view(&talk, policy, booted.revision);
        (sample, view)
    }

    #[test]
    fn at_once_everything_is_there_and_after_a_reload_what_is_hidden_is_not() {
        for settings in eight() {
            let (at_once, view) = seen(&settings, Plan::Professional, When::AtOnce);
            assert!(view.listed, "{settings:?}");
            assert_eq!(view.field, !settings.disable_field);
            assert_eq!(view.notice.is_some(), settings.notice);
            assert_eq!(at_once.welcome.conversations.len(), 2);
            assert!(at_once.thread.is_some());

            let (reloaded, view) = seen(&settings, Plan::Professional, When::Reloaded);
            assert_eq!(view.listed, !settings.hide_closed);
            assert_eq!(reloaded.thread.is_some(), !settings.hide_closed, "or Home");
            assert_eq!(
                reloaded.welcome.conversations.len(),
                if settings.hide_closed { 1 } else { 2 }
            );
        }
    }

    #[test]
    fn a_plan_without_closing_shows_everything_off() {
        for settings in eight() {
            for when in [When::AtOnce, When::Reloaded] {
                let (sample, view) = seen(&settings, Plan::Starter, when);
                assert_eq!(sample.welcome.policy, Policy::default());
                assert_eq!(view, VisitorView::OPEN);
            }
        }
    }

    #[test]
    fn the_agent_who_is_signed_in_closed_it() {
        let settings = ClosingSettings { notice: true, ..ClosingSettings::default() };
        let notices = vec![porchlight_protocol::Notice {
            language: "en".to_owned(),
            text: "{agent} of {site} says goodbye.".to_owned(),
        }];
        let settings = ClosingSettings { notices, ..settings };
        let (sample, _) = seen(&settings, Plan::Enterprise, When::AtOnce);
        let talk = sample.welcome.conversations.first().unwrap();
        assert_eq!(
            closing::notice(talk, &sample.welcome.policy, "en", "Lantern"),
            Some(Shown::Own("Ada Lovell of Lantern says goodbye.".to_owned()))
        );
        assert_eq!(talk.head, sample.events.len() as u64, "the whole log is there");
        assert!(talk.visitor_read.unread.is_empty());
    }

    #[test]
    fn the_warning_has_just_come() {
        for (after_s, before_s) in [(900, 300), (61, 60), (365 * 86_400, 86_400)] {
            let settings = ClosingSettings {
                auto_close_after_s: Some(after_s),
                warn_before_s: Some(before_s),
                ..ClosingSettings::default()
            };
            assert!(warns(&settings, Plan::Professional));
            assert!(!warns(&settings, Plan::Starter));
            let (sample, view) = seen(&settings, Plan::Professional, When::Before);
            let talk = sample.welcome.conversations.first().unwrap();
            let policy = &sample.welcome.policy;
            assert_eq!(view, VisitorView::OPEN);
            assert_eq!(closing::warns_at(talk, policy), Some(NOW));
            assert_eq!(closing::closes_at(talk, policy), Some(NOW + closing::millis(before_s)));
        }
        assert!(!warns(&ClosingSettings::default(), Plan::Professional));
    }

    #[test]
    fn the_caption_says_what_the_rule_says() {
        let mut said: Vec<String> = eight()
            .map(|settings| {
                say(caption(&settings, Plan::Professional, &ada(), &look(When::AtOnce, false)))
            })
            .collect();
        said.dedup();
        said.sort();
        said.dedup();
        assert_eq!(said.len(), 4, "field and notice make four: {said:?}");
        for settings in eight() {
            let reloaded =
                caption(&settings, Plan::Professional, &ada(), &look(When::Reloaded, true));
            assert_eq!(reloaded == Word::PreviewHomeWithout, settings.hide_closed);
            assert_eq!(
                caption(&settings, Plan::Starter, &ada(), &look(When::Reloaded, false)),
                Word::PreviewSame
            );
        }
    }

    #[test]
    fn nothing_is_from_the_future() {
        for when in [When::Before, When::AtOnce, When::Reloaded] {
            let sample =
                sample(&ClosingSettings::default(), Plan::Starter, &ada(), &look(when, true), NOW);
            assert!(sample.events.iter().all(|event| event.at <= NOW));
            assert!(sample.events.is_sorted_by_key(|event| event.at));
            assert_eq!(sample.thread, None, "Home");
        }
    }
}
