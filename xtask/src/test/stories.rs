//! The steps that tell stories, each in one engine.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};
use porchlight_cluster::{Cluster, Durability};

use super::engines::Engine;
use super::{Bench, Group, sizes};
use crate::setup::TestTools;

/// All stories.
pub fn in_chromium(bench: &Bench) -> Result<()> {
    let server = server(bench)?;
    bench.test(&["porchlight-stories"], |cargo| equip_all(bench, server, cargo))
}

/// Stories told once more on PostgreSQL: of each module in which the store has a part, those that ask for different
/// things of it. The server's tests ask for all things on both engines; what stories add is a browser.
const OF_THE_STORE: [&str; 26] = [
    "account::an_agent_has_a_picture_and_their_team_sees_it",
    "bots::a_bot_greets_asks_and_hands_over",
    "bots::an_agent_hands_back_and_the_bot_goes_on",
    "bots_page::an_admin_adds_a_bot_mends_its_flow_and_publishes_it",
    "claiming::folders_hold_what_they_say",
    "closing::a_change_of_settings_reaches_open_chats_live",
    "closing::a_message_to_a_closed_conversation_is_refused_and_its_text_goes_into_a_new_one",
    "closing::by_default_the_visitor_sees_nothing_and_a_message_opens_it_again",
    "desk::many_are_closed_at_once_and_what_is_not_ones_own_stays",
    "desk::what_a_visitor_opens_again_is_on_top_and_marked",
    "greeting::an_admin_says_where_a_bot_greets",
    "hours::hours_that_another_admin_has_saved_meanwhile_are_not_overwritten_unseen",
    "identity::a_proved_person_finds_their_conversations_on_another_device_and_nobody_else_does",
    "identity::agents_read_who_the_page_says_its_visitor_is",
    "live_chat::the_field_goes_everywhere_at_once_and_comes_back_with_what_was_half_written",
    "person::an_agent_notes_who_the_visitor_is_and_everybody_sees_it",
    "presence::whose_inbox_nobody_touches_is_away_until_somebody_does",
    "privacy::who_is_blocked_is_refused_kindly_until_the_block_is_taken_back",
    "privacy::who_is_erased_is_gone_from_both_sides_and_the_log_says_who_did_it",
    "putting_away::what_is_put_away_in_one_tab_leaves_the_other_one",
    "questions::who_writes_is_asked_once_and_a_slip_in_the_address_is_noticed",
    "team::who_answers_at_two_sites_goes_from_one_to_the_other",
    "timer::a_visitor_who_is_warned_keeps_it_open",
    "timer::what_came_due_while_the_server_was_down_is_closed_when_it_is_back",
    "told_meanwhile::who_types_is_seen_by_the_other_side_until_they_have_written_or_stopped",
    "visit::an_agent_sees_where_the_visitor_is_until_that_is_switched_off",
];

/// The stories of the store in Chromium, each with a database of its own on PostgreSQL.
pub fn on_postgres(bench: &Bench) -> Result<()> {
    let server = server(bench)?;
    let cluster = Cluster::start(&bench.test_tools.chaos.postgres, Durability::Killed)?;
    let filter = bench.options.filter.as_deref();
    let which = match filter {
        Some(filter) => vec![filter],
        None => ["--exact"].into_iter().chain(OF_THE_STORE).collect(),
    };
    bench.run_tests(&["porchlight-stories"], &which, |cargo| {
        equip_all(bench, server, cargo);
        cargo.env("PORCHLIGHT_TEST_POSTGRES", cluster.address());
    })
}

/// The core stories in Firefox.
pub fn in_firefox(bench: &Bench) -> Result<()> {
    let firefox = &bench.test_tools.firefox;
    core(bench, Engine::Firefox, firefox, |cargo, found| {
        cargo
            .env("PORCHLIGHT_FIREFOX", &found.firefox)
            .env("PORCHLIGHT_GECKODRIVER", &found.geckodriver);
    })
}

/// The core stories in WebKitGTK.
pub fn in_webkit(bench: &Bench) -> Result<()> {
    let webkit = &bench.test_tools.webkit;
    core(bench, Engine::WebKit, webkit, |cargo, found| {
        cargo
            .env("PORCHLIGHT_MINIBROWSER", &found.minibrowser)
            .env("PORCHLIGHT_WEBKITDRIVER", &found.driver)
            .env("PORCHLIGHT_XVFB", &found.xvfb);
    })
}

/// The core stories in another engine than Chromium, if this machine has it.
fn core<T>(
    bench: &Bench,
    engine: Engine,
    browser: &Result<T>,
    equip: impl Fn(&mut Command, &T),
) -> Result<()> {
    let browser = match browser {
        Ok(browser) => browser,
        Err(error) if bench.options.all_engines => bail!("there is no {engine}: {error:#}"),
        Err(error) => {
            bench.skip(&format!("stories, {engine}"), &format!("{error:#}"));
            return Ok(());
        }
    };
    let filter = bench.options.filter.as_deref().unwrap_or_default();
    for (story, why) in engine.left_out().filter(|(story, _)| story.contains(filter)) {
        bench.skip(story, why);
    }
    let stories: Vec<&str> = engine.stories().filter(|story| story.contains(filter)).collect();
    if stories.is_empty() {
        return Ok(());
    }
    let server = server(bench)?;
    let which: Vec<&str> = ["--exact"].into_iter().chain(stories).collect();
    bench.run_tests(&["porchlight-stories"], &which, |cargo| {
        equip_all(bench, server, cargo);
        cargo.env("PORCHLIGHT_ENGINE", engine.name());
        equip(cargo, browser);
    })
}

/// The server that stories run, with its pages.
fn server<'a>(bench: &'a Bench) -> Result<&'a Path> {
    if !bench.options.includes(Group::Sizes) && !bench.has_pages.replace(true) {
        sizes(bench)?;
    }
    Ok(&bench.programs()?.server)
}

/// Whether there is a story of this name. A name that is no story's would run nothing, and nobody would notice.
#[cfg(test)]
pub fn is_told(root: &Path, story: &str) -> bool {
    let Some((module, name)) = story.split_once("::") else { return false };
    let file = root.join(format!("tests/stories/{module}.rs"));
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.contains(&format!("#[test]\nfn {name}()"))
}

fn equip_all(bench: &Bench, server: &Path, cargo: &mut Command) {
    let TestTools { browser, proxies, .. } = &bench.test_tools;
    cargo
        .env("PORCHLIGHT_SERVER", server)
        .env("PORCHLIGHT_CHROMIUM", &browser.chromium)
        .env("PORCHLIGHT_CHROMEDRIVER", &browser.chromedriver)
        .env("PORCHLIGHT_AXE", &bench.tools.npm.axe)
        .env("PORCHLIGHT_CADDY", &proxies.caddy)
        .env("PORCHLIGHT_NGINX", &proxies.nginx);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    #[test]
    fn every_story_of_the_store_is_told() {
        let root = Workspace::locate().unwrap().root;
        for story in OF_THE_STORE {
            assert!(is_told(&root, story), "there is no {story}");
        }
    }
}
