//! The closed notice speaks the visitor's language.

use porchlight_stories::{Closing, Role, Shop, Story};

use crate::scene::mid_conversation;

/// The site's own is English; one for all who read Portuguese, and one for Brazil.
const SPOKEN: &[(&str, &str)] = &[
    ("en", "{agent} has closed this chat. More at https://lantern.example/care"),
    ("pt", "{agent} fechou esta conversa."),
    ("pt-BR", "{agent}, da {site}, encerrou esta conversa."),
];

#[test]
fn each_visitor_reads_the_notice_in_the_language_of_their_page() {
    let story = Story::begin();
    let inbox = story.inbox();
    inbox.settings(Closing { notices: SPOKEN, ..Closing::default() });
    for (language, notice) in [
        ("pt-BR", "Ada, da Lantern & Oak, encerrou esta conversa."),
        ("pt-PT", "Ada fechou esta conversa."),
        ("fr", "Ada has closed this chat. More at https://lantern.example/care"),
    ] {
        let shop = story.shop_in(language);
        shop.open_chat();
        let question = format!("A question from a page in {language}");
        shop.starts(&question);
        inbox.takes(&question);
        inbox.end_chat_and_close();
        shop.chat.reads(Role::Log, "Messages", notice);
        shop.chat.tells(notice);
    }
}

#[test]
fn the_notice_has_links_and_no_markup() {
    let story = Story::begin();
    let closing = Closing {
        notices: &[("en", "<b>Closed</b> by {agent} and {nobody}: https://lantern.example/care")],
        ..Closing::default()
    };
    let (inbox, shop) = mid_conversation(&story, closing, "Where is the manual?");
    inbox.end_chat_and_close();

    let words = "<b>Closed</b> by Ada and {nobody}: https://lantern.example/care";
    shop.chat.reads(Role::Log, "Messages", words);
    shop.chat.sees(Role::Link, "https://lantern.example/care");

    // In the field's place it is the same.
    inbox.settings(Closing { disable_field: true, ..closing });
    shop.field_is_there(false);
    shop.chat.says(words);
    shop.chat.sees(Role::Link, "https://lantern.example/care");
    assert!(!in_thread(&shop, words));
}

#[test]
fn where_nobody_was_in_charge_the_site_speaks() {
    let mut story = Story::begin();
    story.forgives_lost_connections();
    let inbox = story.inbox();
    inbox.settings(Closing {
        auto_close_after_s: Some(3_600),
        disable_field: true,
        notices: &[("en", "{agent} is closed.")],
        ..Closing::default()
    });
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Hello?");
    story.server.kill();
    story.server.lets_pass(7_200);
    story.server.start_again();

    shop.field_is_there(false);
    shop.chat.says("Lantern & Oak is closed.");
}

fn in_thread(shop: &Shop, words: &str) -> bool {
    shop.thread().iter().any(|line| line == words)
}
