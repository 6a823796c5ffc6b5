//! The README followed word by word, with each of the proxies of `docs/proxy` in front.

use porchlight_stories::{Inbox, Look, PASSWORD, Proxy, Story};

#[test]
fn with_caddy_in_front_the_readme_leads_to_a_working_chat() {
    works_behind(Proxy::Caddy);
}

#[test]
fn with_nginx_in_front_the_readme_leads_to_a_working_chat() {
    works_behind(Proxy::Nginx);
}

fn works_behind(proxy: Proxy) {
    let story = Story::begin();
    let behind = story.behind(proxy);
    let script = format!("<script async src=\"{}/porchlight.js\"", behind.origin);
    assert!(behind.tag.starts_with(&script), "the tag is right: {}", behind.tag);

    // Whoever pastes the tag has a chat, and the agent signs in where the README says.
    let inbox = Inbox::visit(&story.somebody("Ada"), &behind.origin, Look::DESK);
    inbox.sign_in("ada@shop.example", PASSWORD);
    let shop = story.shop_with(&behind.tag);
    shop.open_chat();
    shop.starts("Do you ship to Norway?");
    inbox.takes("Do you ship to Norway?");
    inbox.reply("We do.");
    shop.sees_reply("We do.");

    behind.has_sockets();
    behind.has_long_polls();
    behind.counts_by_address();
}
