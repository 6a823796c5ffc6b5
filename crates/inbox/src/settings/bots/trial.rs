//! The trial of the shown bot's flow: the real widget in a frame beside the editor, in a hidden site of its own.

use leptos::prelude::*;
use porchlight_browser::{Method, time, words};
use porchlight_protocol::{MemberId, Millis, SiteKey, bots};
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlIFrameElement;

use crate::settings::bots::{BotsPage, Edited, PATH};
use crate::settings::channel::{Channel, Heard};
use crate::settings::closing::preview::FrameState;
use crate::text;
use crate::words::say;

/// A trial, as the page knows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Trial {
    /// There is none.
    #[default]
    Closed,
    /// The flow has problems.
    Wrong,
    /// It is requested.
    Beginning,
    /// It did not begin, for this reason.
    Failed(String),
    /// It runs.
    Running(Running),
    /// Its time is over.
    Ended,
}

/// A trial that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The key of its chat.
    pub chat: SiteKey,
    /// The flow that is tried.
    text: String,
    /// When it ends by itself.
    ends_at: Millis,
    bot: MemberId,
}

/// What there is to say beside a trial's frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// It runs what stands in the editor.
    Nothing,
    /// The flow was changed since.
    Older,
    /// It was changed since, and has problems now.
    OlderForProblems,
}

impl Trial {
    /// True if there is something to show.
    pub fn is_open(&self) -> bool {
        *self != Trial::Closed
    }

    fn running(&self) -> Option<&Running> {
        match self {
            Trial::Running(running) => Some(running),
            _ => None,
        }
    }

    /// What there is to say, while this stands in the editor.
    pub fn note(&self, flow: &Edited) -> Note {
        match self.running() {
            Some(running) if running.text == flow.text => Note::Nothing,
            Some(_) if !flow.checked.problems.is_empty() => Note::OlderForProblems,
            Some(_) => Note::Older,
            None => Note::Nothing,
        }
    }

    /// The flow to begin with: what stands in the editor, or if that has problems, what was tried before.
    fn next(&self, flow: &Edited) -> Option<String> {
        if flow.checked.problems.is_empty() {
            return Some(flow.text.clone());
        }
        self.running().map(|running| running.text.clone())
    }

    fn is_over(&self, now: Millis) -> bool {
        self.running().is_some_and(|running| running.ends_at <= now)
    }
}

/// The language that the tried visitor reads: the one that was chosen, else the agent's, else the first one, which is the
/// flow's.
pub fn language_of(offered: &[String], chosen: Option<&str>, mine: &str) -> String {
    let same = |tag: &&String| chosen == Some(tag.as_str());
    let root = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let near = |tag: &&String| root(tag) == root(mine);
    let found = offered.iter().find(same).or_else(|| offered.iter().find(near)).or(offered.first());
    found.cloned().unwrap_or_else(|| mine.to_owned())
}

/// The trial beside the editor. Only the functions here write to its signals.
#[derive(Clone, Copy)]
pub struct TrialPane {
    /// The trial.
    pub trial: RwSignal<Trial>,
    /// Whether the frame is shown.
    pub frame: RwSignal<FrameState>,
    /// The language of the flow that was chosen.
    pub language: RwSignal<Option<String>>,
    /// The page.
    pub page: BotsPage,
    /// The number of the last request to begin.
    asked: StoredValue<u32>,
    channel: StoredValue<Option<Channel>, LocalStorage>,
}

impl TrialPane {
    /// Without a trial. It closes with the editor of its bot.
    pub fn open(page: BotsPage) -> Self {
        let pane = TrialPane {
            trial: RwSignal::new(Trial::Closed),
            frame: RwSignal::new(FrameState::Loading),
            language: RwSignal::new(None),
            page,
            asked: StoredValue::new(0),
            channel: StoredValue::new_local(None),
        };
        let edited = Memo::new(move |_| {
            let is_begun = page.flow(|flow| flow.is_begun) == Some(true);
            page.shown.get().filter(|_| is_begun)
        });
        Effect::new(move |before: Option<Option<MemberId>>| {
            let now = edited.get();
            if before.is_some_and(|before| before != now) {
                pane.close();
            }
            now
        });
        Effect::new(move |_| {
            page.app.now.track();
            if pane.trial.with_untracked(|trial| trial.is_over(time::now())) {
                pane.stop(Trial::Ended);
            }
        });
        pane
    }

    /// Begins a trial of what stands in the editor, with a visitor who was never here. It takes the place of the one that
    /// runs. If the editor's flow has problems, the one that runs begins anew.
    pub fn begin(self) {
        if !self.page.may_change {
            return;
        }
        self.page.check();
        let (Some(bot), Some(api)) = (self.page.shown.get_untracked(), self.page.app.api()) else {
            return;
        };
        let next = untrack(|| self.page.flow(|flow| self.trial.with(|trial| trial.next(flow))));
        let Some(text) = next.flatten() else { return self.put(Trial::Wrong) };
        let before = self.trial.with_untracked(|trial| trial.running().cloned());
        self.put(Trial::Beginning);
        let asked = self.asked.get_value();
        spawn_local(async move {
            let json = text.clone();
            let answer = api.send_text::<bots::Trial>(Method::POST, &path(&bot), json).await;
            let is_wanted = self.asked.try_get_value() == Some(asked);
            match answer {
                Ok(bots::Trial { chat, .. }) if !is_wanted => self.end(&bot, &chat),
                Ok(bots::Trial { chat, ends_in_ms }) => {
                    let ends_at = time::now() + ends_in_ms;
                    self.trial.set(Trial::Running(Running { chat, text, ends_at, bot }));
                }
                Err(failure) => {
                    // Nothing has taken its place.
                    if let Some(Running { bot, chat, .. }) = before {
                        self.end(&bot, &chat);
                    }
                    if is_wanted {
                        self.trial.set(match self.page.app.gate.unless_lost(failure) {
                            Some(failure) => Trial::Failed(say(text::failure(&failure))),
                            None => Trial::Closed,
                        });
                    }
                }
            }
        });
    }

    /// Closes the trial: all of it is removed.
    pub fn close(self) {
        self.stop(Trial::Closed);
    }

    /// The page is left.
    pub fn gone(self) {
        let running = self.trial.try_with_untracked(|trial| trial.running().cloned());
        if let Some(Running { bot, chat, .. }) = running.flatten() {
            self.end(&bot, &chat);
        }
    }

    /// Connects to the frame on this origin, which asks for this language. Calls `closed` if the visitor closes the chat.
    pub fn attach(
        self,
        frame: HtmlIFrameElement,
        origin: String,
        language: String,
        closed: impl Fn() + Clone + 'static,
    ) {
        let heard = move |heard| match heard {
            _ if self.frame.is_disposed() => {}
            Heard::Ready => self.tell(Channel::ping),
            Heard::Alive => self.show(FrameState::Live),
            Heard::Silent => self.show(FrameState::Failed),
            // Not within the channel's own call, which would drop it.
            Heard::Closed => {
                let closed = closed.clone();
                request_animation_frame(move || {
                    if !self.frame.is_disposed() {
                        closed();
                    }
                });
            }
        };
        self.channel.set_value(Some(Channel::new(frame, origin, language, heard)));
        self.show(FrameState::Loading);
    }

    /// The frame has loaded a document. A chat that was there and loads anew was told that it is over.
    pub fn loaded(self) {
        if self.frame.get_untracked() == FrameState::Live {
            return self.stop(Trial::Ended);
        }
        self.tell(Channel::loaded);
    }

    fn tell(self, tell: impl FnOnce(&Channel)) {
        self.channel.with_value(|channel| {
            if let Some(channel) = channel {
                tell(channel);
            }
        });
    }

    fn show(self, state: FrameState) {
        if self.frame.get_untracked() != state {
            self.frame.set(state);
        }
    }

    /// Puts this in the place of the trial that runs, and ends that.
    fn stop(self, trial: Trial) {
        self.gone();
        self.put(trial);
    }

    /// Puts this in the place of what there is. The answer to what was requested is no longer wanted.
    fn put(self, trial: Trial) {
        self.asked.update_value(|asked| *asked = asked.wrapping_add(1));
        self.channel.set_value(None);
        self.show(FrameState::Loading);
        if self.trial.with_untracked(|before| *before != trial) {
            self.trial.set(trial);
        }
    }

    /// Asks the server to remove a trial. If that fails, it ends by itself.
    fn end(self, bot: &MemberId, chat: &SiteKey) {
        let Some(api) = self.page.app.api() else { return };
        let path = [&path(bot), "?chat=", chat.as_str()].concat();
        spawn_local(async move {
            let _ = api.tell(Method::DELETE, &path, &()).await;
        });
    }

    /// The languages of the flow that stands in the editor, the flow's own first.
    pub fn languages(self) -> Vec<String> {
        self.page.flow(|flow| flow.checked.languages.clone()).unwrap_or_default()
    }

    /// The language that the tried visitor reads.
    pub fn visitor_language(self) -> String {
        let chosen = self.language.get();
        language_of(&self.languages(), chosen.as_deref(), &words::language())
    }
}

/// The path of a bot's trial.
fn path(bot: &MemberId) -> String {
    [PATH, "/", bot.as_str(), "/trial"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOW: &str = "{\"flow\": 1, \"start\": \"a\", \"steps\": {\"a\": {\"end\": true}}}";

    fn edited(text: &str) -> Edited {
        let mut edited = Edited::default();
        edited.begin(text.to_owned(), "en");
        edited
    }

    fn running(text: &str) -> Trial {
        let (chat, bot) = ("pl_trial_00".parse().unwrap(), MemberId::from_bytes([1; 16]));
        Trial::Running(Running { chat, text: text.to_owned(), ends_at: 1_000, bot })
    }

    #[test]
    fn a_trial_tells_when_it_runs_an_older_flow() {
        let trial = running(FLOW);
        let changed = format!("{FLOW} ");
        let broken = format!("{FLOW}}}");
        assert_eq!(trial.note(&edited(FLOW)), Note::Nothing);
        assert_eq!(trial.note(&edited(&changed)), Note::Older);
        assert_eq!(trial.note(&edited(&broken)), Note::OlderForProblems);
        for none in [Trial::Closed, Trial::Wrong, Trial::Beginning, Trial::Ended] {
            assert_eq!(none.note(&edited(&broken)), Note::Nothing);
        }
    }

    #[test]
    fn what_has_problems_is_not_tried_and_ends_nothing() {
        let (changed, broken) = (format!("{FLOW} "), format!("{FLOW}}}"));
        assert_eq!(Trial::Closed.next(&edited(FLOW)).as_deref(), Some(FLOW));
        assert_eq!(Trial::Closed.next(&edited(&broken)), None);
        assert_eq!(Trial::Ended.next(&edited(&broken)), None);
        let trial = running(FLOW);
        assert_eq!(trial.next(&edited(&changed)), Some(changed));
        assert_eq!(trial.next(&edited(&broken)).as_deref(), Some(FLOW), "anew, as before");
    }

    #[test]
    fn a_trial_is_over_at_its_end() {
        assert!(!running(FLOW).is_over(999) && running(FLOW).is_over(1_000));
        assert!(!Trial::Beginning.is_over(1_000));
        assert!(running(FLOW).is_open() && Trial::Ended.is_open() && !Trial::Closed.is_open());
    }

    #[test]
    fn the_visitor_reads_a_language_of_the_flow() {
        let offered = ["en", "de", "pt-BR"].map(str::to_owned);
        let language = |chosen, mine| language_of(&offered, chosen, mine);
        assert_eq!(language(Some("pt-BR"), "de"), "pt-BR");
        assert_eq!(language(None, "de-AT"), "de");
        assert_eq!(language(None, "pt"), "pt-BR");
        assert_eq!(language(None, "fr"), "en");
        assert_eq!(language(Some("fr"), "de"), "de", "it is no longer in the flow");
        assert_eq!(language_of(&[], None, "fr"), "fr");
    }
}
