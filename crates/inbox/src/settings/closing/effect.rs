//! The effect of saving, as sentences.

use porchlight_protocol::ClosingSettings;
use porchlight_protocol::settings::ClosingEffect;

use crate::settings::closing::period;
use crate::words::{Count, Pattern, Word, count, count_with, fill, number, say};

/// True if the settings differ in the periods, so that conversations may close at once.
pub fn replans(saved: &ClosingSettings, edited: &ClosingSettings) -> bool {
    saved.auto_close_after_s != edited.auto_close_after_s
        || saved.bots_close_after_s() != edited.bots_close_after_s()
}

/// The effect of saving, as a sentence for each group of conversations. Only changes are mentioned.
pub fn sentences(
    saved: &ClosingSettings,
    edited: &ClosingSettings,
    effect: &ClosingEffect,
) -> Vec<String> {
    let mut said = Vec::new();
    if replans(saved, edited) {
        said.extend(closing(edited, effect));
    }
    if saved.warn_before_s != edited.warn_before_s && closes(edited) {
        said.push(warning(edited.warn_before_s));
    }
    let mut closed = Vec::new();
    let keeps = |settings: &ClosingSettings| settings.hide_closed && settings.keep_unread;
    if saved.hide_closed != edited.hide_closed {
        closed.push(hiding(edited.hide_closed, keeps(edited), effect.closed));
    } else if keeps(saved) != keeps(edited) {
        closed.push(say(keeping(keeps(edited))));
    }
    if saved.disable_field != edited.disable_field {
        let field = if edited.disable_field { Count::EffectFieldOff } else { Count::EffectFieldOn };
        closed.push(count(field, effect.closed));
    }
    match (saved.notice, edited.notice) {
        (true, true) if saved.notices != edited.notices => {
            closed.push(count(Count::EffectNewText, effect.closed));
        }
        (before, after) if before != after => {
            let notice = if after { Count::EffectNoticeOn } else { Count::EffectNoticeOff };
            closed.push(count(notice, effect.closed));
        }
        _ => {}
    }
    if effect.closed > 0 {
        said.extend(closed);
    } else if !closed.is_empty() {
        said.push(say(Word::EffectNoneClosed));
    }
    if said.is_empty() {
        said.push(say(Word::EffectNothing));
    }
    said
}

fn closes(settings: &ClosingSettings) -> bool {
    settings.auto_close_after_s.is_some() || settings.bots_close_after_s().is_some()
}

fn closing(edited: &ClosingSettings, effect: &ClosingEffect) -> Vec<String> {
    if effect.open == 0 {
        return vec![say(Word::EffectNoneOpen)];
    }
    if !closes(edited) {
        return vec![say(Word::EffectStayOpen)];
    }
    let due = (effect.due > 0).then(|| due(effect));
    let later = effect.timed.saturating_sub(effect.due);
    let later = (later > 0).then(|| {
        let who = if effect.due == 0 { Count::EffectLater } else { Count::EffectMore };
        count_with(who, later, &[&after(edited)])
    });
    let said: Vec<String> = due.into_iter().chain(later).collect();
    if said.is_empty() {
        return vec![say(Word::EffectNoneCloses)];
    }
    said
}

/// The number of conversations that would close at once.
pub fn due(effect: &ClosingEffect) -> String {
    match effect.due >= effect.open {
        true => count(Count::EffectDueAll, effect.due),
        false => count_with(Count::EffectDueSome, effect.due, &[&number(effect.open)]),
    }
}

fn after(edited: &ClosingSettings) -> String {
    match (edited.auto_close_after_s, edited.bots_close_after_s()) {
        (Some(all), Some(bots)) if all != bots => {
            fill(Pattern::EffectWithBot, &[&period::words(all), &period::words(bots)])
        }
        (all, bots) => all.or(bots).map(period::words).unwrap_or_default(),
    }
}

fn warning(before_s: Option<u64>) -> String {
    match before_s {
        Some(before_s) => fill(Pattern::EffectWarned, &[&period::words(before_s)]),
        None => say(Word::EffectNotWarned),
    }
}

fn hiding(hide: bool, keeps: bool, closed: u64) -> String {
    let what = match (hide, keeps) {
        (true, true) => Count::EffectHideOnceRead,
        (true, false) => Count::EffectHide,
        (false, _) => Count::EffectShow,
    };
    count(what, closed)
}

fn keeping(keeps: bool) -> Word {
    if keeps { Word::EffectKeep } else { Word::EffectDontKeep }
}

#[cfg(test)]
mod tests {
    use porchlight_protocol::Notice;

    use super::*;

    const EFFECT: ClosingEffect = ClosingEffect { open: 8, timed: 8, due: 3, closed: 12 };

    fn said(change: impl FnOnce(&mut ClosingSettings), effect: ClosingEffect) -> Vec<String> {
        let saved = ClosingSettings::default();
        let mut edited = saved.clone();
        change(&mut edited);
        sentences(&saved, &edited, &effect)
    }

    #[test]
    fn who_closes_at_once_is_counted() {
        let hour = |edited: &mut ClosingSettings| edited.auto_close_after_s = Some(3_600);
        assert_eq!(
            said(hour, EFFECT),
            [
                "3 of 8 open conversations have been inactive for longer and will close right away.",
                "5 more will close after 1 hour without activity.",
            ]
        );
        assert_eq!(
            said(hour, ClosingEffect { open: 1, timed: 1, due: 1, closed: 0 }),
            ["The open conversation has been inactive for longer and will close right away."]
        );
        assert_eq!(
            said(hour, ClosingEffect { due: 8, ..EFFECT }),
            ["All 8 open conversations have been inactive for longer and will close right away."]
        );
        assert_eq!(
            said(hour, ClosingEffect { due: 0, ..EFFECT }),
            ["8 open conversations will close after 1 hour without activity."]
        );
        assert_eq!(
            said(hour, ClosingEffect::default()),
            ["No conversation is open right now. This applies to future ones."]
        );
    }

    #[test]
    fn bots_with_a_period_of_their_own_are_named() {
        let bots = |edited: &mut ClosingSettings| {
            edited.auto_close_after_s = Some(86_400);
            edited.bots_apart = true;
            edited.bot_auto_close_after_s = Some(900);
        };
        assert_eq!(
            said(bots, ClosingEffect { open: 1, timed: 1, due: 0, closed: 0 }),
            [
                "1 open conversation will close after 1 day (with a bot: 15 minutes) without activity."
            ]
        );
        let only_bots = |edited: &mut ClosingSettings| {
            edited.bots_apart = true;
            edited.bot_auto_close_after_s = Some(900);
        };
        assert_eq!(
            said(only_bots, ClosingEffect { open: 4, timed: 0, due: 0, closed: 0 }),
            ["No open conversation will close automatically."]
        );
    }

    #[test]
    fn a_period_that_is_kept_for_later_changes_nothing() {
        let kept = |edited: &mut ClosingSettings| edited.bot_auto_close_after_s = Some(900);
        assert_eq!(said(kept, EFFECT), ["Nothing changes for existing conversations."]);
        let warned = |edited: &mut ClosingSettings| edited.warn_before_s = Some(300);
        assert_eq!(said(warned, EFFECT), ["Nothing changes for existing conversations."]);
    }

    #[test]
    fn switching_off_is_told_too() {
        let saved = ClosingSettings {
            auto_close_after_s: Some(3_600),
            warn_before_s: Some(300),
            hide_closed: true,
            disable_field: true,
            notice: true,
            ..ClosingSettings::default()
        };
        let off = ClosingSettings::default();
        assert_eq!(
            sentences(&saved, &off, &ClosingEffect { open: 2, timed: 0, due: 0, closed: 1 }),
            [
                "Open conversations stay open until somebody closes them.",
                "1 closed conversation returns to its visitor’s Home.",
                "The live chat field is enabled again in 1 closed conversation at once.",
                "The notice disappears from 1 closed conversation at once.",
            ]
        );
        let unwarned = ClosingSettings { warn_before_s: None, ..saved.clone() };
        assert_eq!(sentences(&saved, &unwarned, &EFFECT), ["Visitors are no longer warned."]);
    }

    #[test]
    fn what_is_closed_already_is_counted() {
        let all = |edited: &mut ClosingSettings| {
            (edited.hide_closed, edited.disable_field, edited.notice) = (true, true, true);
        };
        assert_eq!(
            said(all, EFFECT),
            [
                "12 closed conversations disappear from their visitors’ Home when the page is reloaded.",
                "The live chat field is disabled in 12 closed conversations at once.",
                "The notice appears in 12 closed conversations at once.",
            ]
        );
        assert_eq!(
            said(all, ClosingEffect { closed: 0, ..EFFECT }),
            ["No conversation is closed right now. This applies to future ones."]
        );
    }

    #[test]
    fn what_is_kept_until_it_was_read_is_told_with_hiding() {
        let keeps = |edited: &mut ClosingSettings| {
            (edited.hide_closed, edited.keep_unread) = (true, true);
        };
        let once_read = "12 closed conversations disappear from their visitors’ Home once read and \
                         the page is reloaded.";
        assert_eq!(said(keeps, EFFECT), [once_read]);
        let alone = |edited: &mut ClosingSettings| edited.keep_unread = true;
        assert_eq!(said(alone, EFFECT), ["Nothing changes for existing conversations."]);
        let hides = ClosingSettings { hide_closed: true, ..ClosingSettings::default() };
        let keeps = ClosingSettings { keep_unread: true, ..hides.clone() };
        assert_eq!(
            sentences(&hides, &keeps, &EFFECT),
            ["Closed conversations stay on the visitor’s Home until they have been read."]
        );
        assert_eq!(
            sentences(&keeps, &hides, &EFFECT),
            ["Closed conversations disappear when the page is reloaded, read or not."]
        );
    }

    #[test]
    fn a_text_counts_while_the_notice_is_shown() {
        let text = vec![Notice { language: "en".to_owned(), text: "Bye!".to_owned() }];
        let hidden = |edited: &mut ClosingSettings| edited.notices = text.clone();
        assert_eq!(said(hidden, EFFECT), ["Nothing changes for existing conversations."]);
        let saved = ClosingSettings { notice: true, ..ClosingSettings::default() };
        let edited = ClosingSettings { notices: text.clone(), ..saved.clone() };
        assert_eq!(
            sentences(&saved, &edited, &EFFECT),
            ["The new text appears in 12 closed conversations at once."]
        );
    }
}
