//! What the closed notice says, to whom.

use porchlight_protocol::closing::notice;
use porchlight_protocol::notice::Shown;
use porchlight_protocol::text::{self, Part};
use porchlight_protocol::{Act, ClosingSettings, Notice};

use crate::world::{
    TIMER, VISITOR, World, agent, ann, ben, bot, claim_from, close, member, options, robot, say,
};

const SITE: &str = "Lamp Shop";

fn saying(notices: &[(&str, &str)]) -> ClosingSettings {
    let notice = |(language, text): &(&str, &str)| Notice {
        language: (*language).to_owned(),
        text: (*text).to_owned(),
    };
    ClosingSettings { notices: notices.iter().map(notice).collect(), ..options(false, false, true) }
}

/// What somebody who reads this language reads.
fn read(world: &World, language: &str) -> Option<String> {
    match notice(&world.conversation, &world.policy(), language, SITE)? {
        Shown::Own(text) => Some(text),
        Shown::Default => panic!("the site's own text was expected"),
    }
}

/// What it says of a conversation, if it says this.
fn says(mut world: World, text: &str) -> String {
    world.settings = saying(&[("en", text)]);
    read(&world, "en").unwrap()
}

/// Closed by Ann, who has this name.
fn closed_by(name: &str) -> World {
    let ann = member(0xa1, name);
    let mut world = World::greeted(ClosingSettings::default());
    world.must(&agent(ann.clone()), &claim_from(None));
    world.must(&agent(ann), &close(world.head()));
    world
}

#[test]
fn each_reader_has_the_notice_in_their_language_or_the_next_best() {
    let world = World::closed(saying(&[
        ("en", "Goodbye"),
        ("pt", "Adeus"),
        ("pt-BR", "Tchau"),
        ("zh-Hant-TW", "再見"),
    ]));
    for (language, text) in [
        ("pt-BR", "Tchau"),
        ("pt", "Adeus"),
        ("pt-PT", "Adeus"),
        ("pt-BR-abl1943", "Tchau"),
        ("PT-br", "Tchau"),
        ("en-GB", "Goodbye"),
        ("zh-Hant-TW", "再見"),
        // Not its own and not a broader one, but one that they read.
        ("zh-Hant", "再見"),
        ("zh-HK", "再見"),
        ("zh-CN", "再見"),
        ("pt_BR", "Tchau"),
        ("pt_PT.UTF-8", "Adeus"),
        // None of these: the site's default.
        ("ptx", "Goodbye"),
        ("fr-CA", "Goodbye"),
        ("tlh", "Goodbye"),
        // What a browser might say that is no tag, or more than one.
        ("de-u-co-phonebk", "Goodbye"),
        ("pt-u-co-standard", "Adeus"),
        ("", "Goodbye"),
        ("-", "Goodbye"),
        ("pt-", "Adeus"),
        ("C.UTF-8", "Goodbye"),
        ("日本語", "Goodbye"),
    ] {
        assert_eq!(read(&world, language).as_deref(), Some(text), "{language}");
    }
}

#[test]
fn the_sites_default_is_the_first_text_whatever_its_language() {
    let world = World::closed(saying(&[("de", "Tschüß"), ("en", "Goodbye")]));
    assert_eq!(read(&world, "fr").as_deref(), Some("Tschüß"));
}

#[test]
fn a_site_that_wrote_nothing_says_what_we_say() {
    let world = World::closed(options(false, false, true));
    let shown = notice(&world.conversation, &world.policy(), "pt-BR", SITE);
    assert_eq!(shown, Some(Shown::Default));
}

#[test]
fn there_is_a_notice_only_where_one_is_shown() {
    let mut world = World::closed(saying(&[("en", "Goodbye")]));
    assert!(read(&world, "en").is_some());
    world.must(&agent(ann()), &Act::Reopen);
    assert_eq!(read(&world, "en"), None, "not while it is open");
    world.must(&agent(ann()), &close(world.head()));
    world.settings.notice = false;
    assert_eq!(read(&world, "en"), None, "nor where it is off");
}

#[test]
fn who_closed_it_is_named() {
    assert_eq!(says(World::closed(options(true, true, true)), "Bye, {agent}"), "Bye, Ann");
    let mut by_robot = World::with_robot();
    by_robot.must(&bot(robot()), &close(by_robot.head()));
    assert_eq!(says(by_robot, "Bye, {agent}"), "Bye, Robot");
}

#[test]
fn who_was_in_charge_is_named_if_somebody_else_closed_it() {
    for closer in [VISITOR, TIMER] {
        let mut owned = World::claimed();
        owned.must(&closer, &close(0));
        assert_eq!(says(owned, "Bye, {agent}"), "Bye, Ann");

        let mut with_robot = World::with_robot();
        with_robot.must(&closer, &close(0));
        assert_eq!(says(with_robot, "Bye, {agent}"), "Bye, Robot");

        let mut taken_over = World::with_robot();
        taken_over.must(&agent(ben()), &claim_from(None));
        taken_over.must(&closer, &close(0));
        assert_eq!(says(taken_over, "Bye, {agent}"), "Bye, Ben");

        let mut nobodys = World::greeted(ClosingSettings::default());
        nobodys.must(&closer, &close(0));
        assert_eq!(says(nobodys, "Bye, {agent}"), "Bye, Lamp Shop", "the site is, then");
    }
}

#[test]
fn names_stand_wherever_the_variables_stand_and_nothing_else_is_changed() {
    for (text, filled) in [
        ("{agent} of {site}, {agent}", "Ann of Lamp Shop, Ann"),
        ("{agent}{site}", "AnnLamp Shop"),
        ("{{agent}}", "{Ann}"),
        ("{ agent }", "{ agent }"),
        ("{Agent}", "{Agent}"),
        ("{agent", "{agent"),
        ("agent}", "agent}"),
        ("{", "{"),
        ("{{{site", "{{{site"),
        ("{unknown} {}", "{unknown} {}"),
        ("é{site}é", "éLamp Shopé"),
        ("plain", "plain"),
    ] {
        assert_eq!(says(closed_by("Ann"), text), filled, "{text}");
    }
}

#[test]
fn a_name_is_a_name_even_if_it_looks_like_a_variable() {
    assert_eq!(says(closed_by("{site}"), "{agent}, {site}"), "{site}, Lamp Shop");
    assert_eq!(says(closed_by("{agent}"), "{agent}"), "{agent}");
    assert_eq!(says(closed_by("{"), "{agent}site}"), "{site}");
    let world = World::closed(saying(&[("en", "{site}: {agent}")]));
    let odd = notice(&world.conversation, &world.policy(), "en", "{agent}");
    assert_eq!(odd, Some(Shown::Own("{agent}: Ann".to_owned())));
}

#[test]
fn a_name_is_never_markup_and_links_only_like_any_text() {
    let notice = says(closed_by("<b onclick=x>Ann</b>"), "Ask {agent}");
    assert_eq!(text::parts(&notice), [Part::Text("Ask <b onclick=x>Ann</b>")]);
    let notice = says(closed_by("javascript:alert(1)"), "Ask {agent}");
    assert_eq!(text::parts(&notice), [Part::Text("Ask javascript:alert(1)")]);
    let notice = says(closed_by("https://ann.example"), "Ask {agent} or https://lamps.example.");
    assert_eq!(
        text::parts(&notice),
        [
            Part::Text("Ask "),
            Part::Link("https://ann.example"),
            Part::Text(" or "),
            Part::Link("https://lamps.example"),
            Part::Text("."),
        ]
    );
}

#[test]
fn the_notice_is_about_the_closing_of_now() {
    let mut world = World::closed(saying(&[("en", "Bye, {agent}")]));
    world.must(&agent(ben()), &Act::Reopen);
    world.must(&agent(ben()), &say("Back again."));
    world.must(&agent(ben()), &close(world.head()));
    assert_eq!(read(&world, "en").as_deref(), Some("Bye, Ben"));
}
