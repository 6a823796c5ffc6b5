//! Each refusal had a reason: the rules refuse the act in one of the states that there were since it was sent.

use porchlight_protocol::{Act, Author, Conversation, ErrorCode, rules};

use super::index::{self, Index};
use super::policies::Policies;
use super::readers::Facts;
use super::{Fault, Place, Report};
use crate::history::{Answer, History, Mark, Named, Outcome, Request, What};

pub(super) fn check(index: &Index<'_>, report: &mut Report) {
    let (facts, policies) = (Facts::new(index), Policies::new(index));
    for act in &index.history.acts {
        for it in &act.tries {
            let Outcome::Refused(code) = it.outcome else { continue };
            let known = match &act.what.what {
                What::Start { .. } => 0,
                What::Act { conversation, .. } => facts.heads.before(&conversation, it.invoked),
            };
            if !has_reason(index, &policies, act, code, known) {
                let conversation = History::conversation_of(act);
                let place = Place { conversation, seq: None, client: Some(act.client) };
                let what = format!("{}: {:?}", code.as_str(), act.what.what);
                report.add(Fault::RefusedWrongly, place, what);
            }
        }
    }
    for mark in &index.history.marks {
        let Mark { conversation, up_to } = &mark.what;
        refused(mark, Place::event(conversation, *up_to), report);
    }
    for settings in &index.history.settings {
        refused(settings, Place::default(), report);
    }
}

/// What nothing can be against: a read mark, and settings of an admin.
fn refused<W: std::fmt::Debug, T>(request: &Request<W, T>, place: Place<'_>, report: &mut Report) {
    for it in &request.tries {
        if let Outcome::Refused(code) = it.outcome {
            let what = format!("{}: {:?}", code.as_str(), request.what);
            report.add(Fault::RefusedWrongly, place.by(request.client), what);
        }
    }
}

/// True if the rules refuse the act with this code in the state at `known` or in a later one.
fn has_reason(
    index: &Index<'_>,
    policies: &Policies,
    request: &Request<Named, Answer>,
    code: ErrorCode,
    known: u64,
) -> bool {
    let What::Act { conversation, act } = &request.what.what else { return false };
    let Some(author) = index.who(request.client).map(|who| who.author()) else { return false };
    let Some(log) = index.log(conversation) else { return false };
    let mut state = index::start(&log.state);
    for event in &log.events {
        if state.head >= known && refuses(policies, &state, &author, act, code) {
            return true;
        }
        state.apply(event);
    }
    refuses(policies, &state, &author, act, code)
}

fn refuses(
    policies: &Policies,
    state: &Conversation,
    author: &Author,
    act: &Act,
    code: ErrorCode,
) -> bool {
    state.head > 0
        && policies.all().any(|policy| {
            rules::decide(state, author, act, policy).is_err_and(|refusal| refusal.code() == code)
        })
}
