//! Which stories run in which engine: Chromium runs all of them, Firefox and WebKit the core.

use std::fmt;

/// An engine that runs the core stories, by its name for the harness in `tests`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Gecko.
    Firefox,
    /// WebKitGTK.
    WebKit,
}

/// The core stories: what a visitor and an agent do every day, and what engines differ in (storage, scroll positions,
/// lost connections, writing directions).
const CORE: [&str; 16] = [
    "first_words::who_does_not_click_leaves_no_trace",
    "first_words::a_visitor_writes_and_is_answered",
    "first_words::an_answer_waits_at_the_launcher_of_who_has_closed_the_chat",
    "first_words::a_reload_keeps_the_history",
    "first_words::what_was_half_written_is_there_after_a_reload",
    "closing::by_default_the_visitor_sees_nothing_and_a_message_opens_it_again",
    "closing::hidden_conversations_leave_home_with_the_next_reload",
    "closing::the_field_goes_at_once_where_it_is_disabled",
    "closing::the_notice_is_shown_at_once",
    "closing::an_agent_opens_a_closed_conversation_again",
    "putting_away::undo_brings_back_what_a_visitor_has_closed",
    "languages::a_german_page_has_a_german_chat",
    "languages::an_arabic_page_has_a_chat_from_right_to_left",
    "long_threads::what_is_read_stays_in_its_place",
    "losses::a_server_that_is_killed_goes_on_where_it_was",
    "losses::what_is_written_without_a_network_arrives_once_when_it_is_back",
];

/// Core stories that an engine has to leave out, and why.
const LEFT_OUT: [(Engine, &str, &str); 1] = [(
    Engine::WebKit,
    "losses::what_is_written_without_a_network_arrives_once_when_it_is_back",
    "its driver can't take it offline",
)];

impl Engine {
    /// The engine's name in `PORCHLIGHT_ENGINE`.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Firefox => "firefox",
            Engine::WebKit => "webkit",
        }
    }

    /// The core stories that run in this engine.
    pub fn stories(self) -> impl Iterator<Item = &'static str> {
        CORE.into_iter().filter(move |story| self.left_out().all(|(name, _)| name != *story))
    }

    /// The core stories that don't, with the reasons.
    pub fn left_out(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let own = LEFT_OUT.into_iter().filter(move |(engine, ..)| *engine == self);
        own.map(|(_, story, why)| (story, why))
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Engine::Firefox => "Firefox",
            Engine::WebKit => "WebKit",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test::stories::is_told;
    use crate::workspace::Workspace;

    #[test]
    fn every_core_story_is_told() {
        let root = Workspace::locate().unwrap().root;
        for story in CORE {
            assert!(is_told(&root, story), "there is no {story}");
        }
    }

    #[test]
    fn what_an_engine_leaves_out_is_a_core_story() {
        for (engine, story, why) in LEFT_OUT {
            assert!(CORE.contains(&story), "{story} is not in the core");
            assert!(!engine.stories().any(|name| name == story));
            assert!(!why.is_empty());
        }
    }
}
