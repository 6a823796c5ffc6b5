use porchlight_protocol::conversation::{Side, Status};
use porchlight_protocol::limits::{
    AUTO_CLOSE_AFTER_S_MAX, AUTO_CLOSE_AFTER_S_MIN, WARN_BEFORE_S_MIN,
};
use porchlight_protocol::settings::{ClosingEffect, ClosingPage};
use porchlight_protocol::wire::{Appended, Hello, ServerFrame};
use porchlight_protocol::{
    Author, ClosingSettings, ConversationId, EventBody, Plan, Policy, Revision,
};
use serde_json::json;

use crate::harness::*;

/// All twelve, each on a server of its own: what a fresh client lists, what an open one lists, and
/// whether the visitor may go on.
#[tokio::test]
async fn all_twelve_policies_hold_when_a_conversation_is_closed() {
    for bits in 0..12 {
        let (hide, keep_unread) = (bits >= 4, bits >= 8);
        let (disable, notice) = (bits & 1 != 0, bits & 2 != 0);
        let server = TestServer::start().await;
        let settings = ClosingSettings { keep_unread, ..closing(hide, disable, notice) };
        server.set_closing(settings).await;
        let (visitor, ada) = (server.visitor(), server.agent("ada").await);
        let id = visitor.starts("Hello").await;
        ada.claims(&id).await;
        let open_tab = visitor.sync(&hello()).await;
        ada.closes(&id).await;
        let case = format!("hide {hide}, keep {keep_unread}, disable {disable}, notice {notice}");

        let policy = visitor.sync(&hello()).await.policy;
        assert_eq!(policy.hide_closed_since.is_some(), hide, "{case}");
        assert_eq!(policy.keep_unread, keep_unread, "{case}");
        assert_eq!((policy.disable_field, policy.notices.is_some()), (disable, notice), "{case}");
        assert_eq!(visitor.home().await.is_empty(), hide, "a reload: {case}");
        let still = visitor.home_since(Some(open_tab.booted)).await;
        assert_eq!(still, [id.clone()], "an open tab: {case}");
        // A conversation of one's own can be looked at whatever Home lists.
        assert!(visitor.conversation(&id).await.is_closed());

        let answer = visitor.act(&id, &message("One more thing")).await;
        if disable {
            assert_eq!(answer.refusal(), "409 conversation_closed", "{case}");
            assert!(visitor.conversation(&id).await.is_closed(), "{case}");
            assert_eq!(visitor.events(&id).await.len(), 3, "{case}");
        } else {
            assert!(answer.status.is_success(), "{case}");
            assert!(!visitor.conversation(&id).await.is_closed(), "{case}");
            let events = visitor.events(&id).await;
            assert!(matches!(events[3].body, EventBody::Reopened), "{case}");
            assert_eq!(visitor.home().await, [id.clone()], "{case}");
        }
        // Nobody is locked out: a new conversation can be started in every case.
        visitor.starts("Hello again").await;
    }
}

impl Visitor {
    async fn reads(&self, id: &ConversationId, up_to: u64) {
        self.put(&format!("/conversations/{id}/read"), &json!({"up_to": up_to})).await;
    }
}

#[tokio::test]
async fn what_is_kept_is_listed_until_it_was_read_and_the_page_is_loaded_once_more() {
    let mut server = TestServer::start().await;
    let keeps = ClosingSettings { keep_unread: true, ..closing(true, false, false) };
    server.set_closing(keeps.clone()).await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let [read, unread] = [visitor.starts("One").await, visitor.starts("Two").await];
    for id in [&read, &unread] {
        ada.claims(id).await;
        ada.says(id, "It ships on Friday.").await;
    }
    visitor.reads(&read, 3).await;
    ada.closes(&read).await;
    ada.closes(&unread).await;
    assert_eq!(visitor.home().await, [unread.clone()]);

    // Who has it on the screen keeps it, whoever reads it where.
    let (mut open_tab, welcome) = visitor.socket().await;
    visitor.reads(&unread, 4).await;
    let state = visitor.conversation(&unread).await;
    assert!(state.read_revision > welcome.booted.revision);
    let told = ServerFrame::Read {
        conversation: unread.clone(),
        side: Side::Visitor,
        up_to: 4,
        revision: Some(state.read_revision),
    };
    assert_eq!(open_tab.next().await, told);
    visitor.reads(&unread, 4).await;
    assert_eq!(visitor.conversation(&unread).await, state, "read twice is read once");
    assert_eq!(visitor.home_since(Some(welcome.booted.clone())).await, [unread.clone()]);
    assert!(visitor.home().await.is_empty());
    server.restart().await;
    let visitor = server.visitor_with(&server.site, visitor.key.clone());
    assert_eq!(visitor.home_since(Some(welcome.booted)).await, [unread]);
    assert!(visitor.home().await.is_empty());
}

#[tokio::test]
async fn keeping_ends_for_pages_that_are_loaded_afterwards() {
    let server = TestServer::start().await;
    let keeps = ClosingSettings { keep_unread: true, ..closing(true, false, false) };
    server.set_closing(keeps.clone()).await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    ada.claims(&id).await;
    ada.says(&id, "It ships on Friday.").await;
    ada.closes(&id).await;
    let open_tab = visitor.sync(&hello()).await;
    assert_eq!(open_tab.policy.hide_unread_since, None);
    server.set_closing(closing(true, false, false)).await;
    let policy = visitor.sync(&hello()).await.policy;
    assert!(policy.hide_unread_since > policy.hide_closed_since);
    assert_eq!(visitor.home_since(Some(open_tab.booted)).await, [id.clone()]);
    assert!(visitor.home().await.is_empty());
    server.set_closing(keeps).await;
    assert_eq!(visitor.home().await, [id]);
}

#[tokio::test]
async fn what_an_agent_opens_again_is_back_at_once() {
    let server = TestServer::start().await;
    server.set_closing(closing(true, true, true)).await;
    let (visitor, ada, ben) =
        (server.visitor(), server.agent("ada").await, server.agent("ben").await);
    let id = visitor.starts("Hello").await;
    ada.claims(&id).await;
    ada.closes(&id).await;
    assert!(visitor.home().await.is_empty());
    assert_eq!(ben.folder("?filter=closed").await.conversations.len(), 1);

    ben.act(&id, &json!("reopen")).await.ok::<serde_json::Value>();
    assert_eq!(visitor.home().await, [id.clone()]);
    visitor.says(&id, "There you are").await;
    assert_eq!(ben.folder("?filter=mine").await.conversations.len(), 1, "it is Ben's now");
}

#[tokio::test]
async fn what_a_visitor_closes_leaves_home_at_once() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    let booted = visitor.sync(&hello()).await.booted;
    visitor.closes(&id).await;

    assert!(visitor.home_since(Some(booted)).await.is_empty());
    assert_eq!(ada.folder("?filter=closed").await.conversations.len(), 1);
    assert_eq!(visitor.closes(&id).await.events, [], "closing twice is nothing");
}

#[tokio::test]
async fn switching_hiding_on_takes_nothing_from_an_open_tab() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    ada.claims(&id).await;
    ada.closes(&id).await;
    let open_tab = visitor.sync(&hello()).await.booted;

    server.set_closing(closing(true, false, false)).await;
    assert_eq!(visitor.home_since(Some(open_tab.clone())).await, [id.clone()]);
    assert!(visitor.home().await.is_empty());
    // Saved again while on, it counts from when it was switched on.
    let since = visitor.sync(&hello()).await.policy.hide_closed_since;
    server.set_closing(closing(true, false, true)).await;
    assert_eq!(visitor.sync(&hello()).await.policy.hide_closed_since, since);
    // Off and on again is new.
    server.set_closing(closing(false, false, true)).await;
    server.set_closing(closing(true, false, true)).await;
    assert!(visitor.sync(&hello()).await.policy.hide_closed_since > since);
    assert_eq!(visitor.home_since(Some(open_tab)).await, [id]);
}

#[tokio::test]
async fn settings_reach_open_clients_live() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    visitor.starts("Hello").await;
    let (mut socket, welcome) = visitor.socket().await;
    assert_eq!(welcome.policy, Policy::default());

    let settings = ClosingSettings {
        auto_close_after_s: Some(3_600),
        warn_before_s: Some(300),
        notices: vec![notice("PT-br", "  Até logo,\r\nveja https://lantern.example  ")],
        ..closing(false, true, true)
    };
    let saved = ada.sets_closing(&settings).await;
    assert_eq!(saved.plan, Plan::Professional);
    assert_eq!(
        saved.settings.notices,
        [notice("pt-BR", "Até logo,\nveja https://lantern.example")]
    );
    assert_eq!(ada.closing().await, saved);
    let ServerFrame::Policy(policy) = socket.next().await else { panic!() };
    assert_eq!(policy, visitor.sync(&hello()).await.policy);
    assert_eq!(policy.live_closes_after_s, Some(3_600));
    assert_eq!(policy.bot_closes_after_s, Some(3_600));
    assert_eq!(policy.warn_before_s, Some(300));
    assert_eq!(policy.notices, Some(saved.settings.notices));
}

#[tokio::test]
async fn everything_that_can_be_set_is_there_after_a_restart() {
    let mut server = TestServer::start().await;
    let settings = ClosingSettings {
        auto_close_after_s: Some(AUTO_CLOSE_AFTER_S_MAX),
        bots_apart: true,
        bot_auto_close_after_s: Some(AUTO_CLOSE_AFTER_S_MIN + 1),
        warn_before_s: Some(WARN_BEFORE_S_MIN),
        hide_closed: true,
        keep_unread: true,
        disable_field: true,
        notice: false,
        notices: vec![notice("de", "Auf Wiedersehen"), notice("zh-Hant", "再見, {agent}")],
    };
    server.set_closing(settings.clone()).await;
    server.restart().await;
    assert_eq!(server.agent("ada").await.closing().await.settings, settings);
}

#[tokio::test]
async fn a_page_of_an_older_inbox_can_still_be_saved() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let few = json!({"hide_closed": true, "disable_field": false, "notice": false});
    let page: ClosingPage = ada.put("/settings/closing", &few).await.ok();
    assert_eq!(page.settings, closing(true, false, false));
}

#[tokio::test]
async fn only_an_admin_changes_settings() {
    let server = TestServer::start().await;
    let ben = server.agent("ben").await;
    let settings = closing(true, true, true);
    for refused in [
        ben.put("/settings/closing", &settings).await,
        ben.post("/settings/closing/effect", &settings).await,
    ] {
        assert_eq!(refused.refusal(), "403 role_required");
    }
    let page = ben.closing().await;
    assert_eq!(page.settings, ClosingSettings::default(), "he may see them");
    let ada = server.agent("ada").await;
    let forged = ada.without("x-csrf-token");
    for refused in [
        forged.put("/settings/closing", &settings).await,
        forged.post("/settings/closing/effect", &settings).await,
    ] {
        assert_eq!(refused.refusal(), "403 csrf_token_invalid");
    }
    assert_eq!(ada.closing().await, page);
}

#[tokio::test]
async fn saving_tells_beforehand_for_how_many_conversations() {
    let server = TestServer::start().await;
    let bot = server.bot(&server.add_bot(&server.site));
    let ada = server.agent("ada").await;
    let (mia, tomas) = (server.visitor(), server.visitor());
    // Long ago: a live chat, one with the bot, and three that are closed.
    mia.starts("One").await;
    mia.starts_with_bot("Two").await;
    for _ in 0..2 {
        let id = mia.starts("Three, four").await;
        ada.claims(&id).await;
        ada.closes(&id).await;
    }
    let put_away = mia.starts("Five").await;
    mia.closes(&put_away).await;
    // Of two that the team closed one is dismissed, and one that was is back.
    let dismissed = mia.starts_with_bot("Six").await;
    bot.closes(&dismissed).await;
    mia.closes(&dismissed).await;
    let restored = mia.starts_with_bot("Seven").await;
    bot.closes(&restored).await;
    mia.closes(&restored).await;
    mia.act(&restored, &json!("reopen")).await.ok::<Appended>();
    // An hour later: two more, and another site's.
    server.time.passes(60 * MINUTE);
    tomas.starts("Eight").await;
    tomas.starts_with_bot("Nine").await;
    server.visitor_of(&server.another_site()).starts("Elsewhere").await;

    let all = ClosingEffect { open: 4, timed: 0, due: 0, closed: 3 };
    assert_eq!(ada.effect_of(&ClosingSettings::default()).await, all);
    assert_eq!(
        ada.effect_of(&closing_after(90)).await,
        ClosingEffect { timed: 4, ..all },
        "none is due yet"
    );
    assert_eq!(ada.effect_of(&closing_after(30)).await, ClosingEffect { timed: 4, due: 2, ..all });
    let apart = ClosingSettings { bots_apart: true, ..closing_after(30) };
    assert_eq!(ada.effect_of(&apart).await, ClosingEffect { timed: 2, due: 1, ..all });
    let bots =
        ClosingSettings { auto_close_after_s: None, bot_auto_close_after_s: Some(60), ..apart };
    assert_eq!(ada.effect_of(&bots).await, ClosingEffect { timed: 2, due: 1, ..all });

    // Asked only: nothing is closed, nothing is set. Then it is saved, and comes true.
    assert_eq!(ada.closing().await.settings, ClosingSettings::default());
    ada.sets_closing(&closing_after(30)).await;
    until("both are closed", async || {
        ada.effect_of(&closing_after(30)).await
            == ClosingEffect { open: 2, timed: 2, due: 0, closed: 5 }
    })
    .await;
}

#[tokio::test]
async fn visitors_take_back_what_they_closed() {
    let server = TestServer::start().await;
    server.set_closing(closing(false, true, false)).await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    visitor.closes(&id).await;
    assert!(visitor.home().await.is_empty());

    let undone: Appended = visitor.act(&id, &json!("reopen")).await.ok();
    assert_eq!(undone.events[0].body, EventBody::Reopened);
    assert_eq!(visitor.home().await, [id.clone()]);
    let seen = ada.folder("?filter=open").await.conversations;
    assert!(seen[0].reopened_by_visitor);
    visitor.says(&id, "Still here").await;
    ada.claims(&id).await;
    assert!(ada.conversation(&id).await.reopened_by_visitor, "until somebody answers");
    ada.says(&id, "So am I").await;
    assert!(!ada.conversation(&id).await.reopened_by_visitor);
}

#[tokio::test]
async fn visitors_put_away_what_others_closed_and_open_nothing_by_that() {
    let server = TestServer::start().await;
    server.set_closing(closing(false, true, true)).await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    ada.claims(&id).await;
    ada.closes(&id).await;
    let reopen = json!("reopen");
    assert_eq!(visitor.act(&id, &reopen).await.refusal(), "403 not_allowed");

    let dismissed = visitor.closes(&id).await;
    assert_eq!(dismissed.events[0].body, EventBody::Dismissed);
    assert!(visitor.home().await.is_empty());
    assert_eq!(visitor.closes(&id).await.events, [], "once is enough");
    let closer = ada.conversation(&id).await.status;
    assert!(matches!(closer, Status::Closed { by: Author::Agent(_), .. }), "{closer:?}");

    let restored: Appended = visitor.act(&id, &reopen).await.ok();
    assert_eq!(restored.events[0].body, EventBody::Restored);
    assert_eq!(visitor.home().await, [id.clone()]);
    assert_eq!(visitor.act(&id, &message("Hi")).await.refusal(), "409 conversation_closed");

    // What an agent opens again is back, wherever the visitor had put it.
    visitor.closes(&id).await;
    ada.act(&id, &reopen).await.ok::<Appended>();
    assert_eq!(visitor.home().await, [id]);
}

#[tokio::test]
async fn opening_what_is_open_is_done_already_whoever_asks() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    for caller in [&*visitor, &*ada] {
        let answer = caller.act(&id, &json!("reopen")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.ok::<Appended>(), Appended { events: vec![], head: 1 });
    }
}

#[tokio::test]
async fn a_boot_of_another_life_of_the_store_is_a_new_boot() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    visitor.starts("Hello").await;
    let now = visitor.sync(&hello()).await.booted;
    let mut other = now.clone();
    other.epoch = porchlight_protocol::Epoch::from_bytes([9; 16]);
    other.revision = 0;
    let welcome = visitor.sync(&Hello { booted: Some(other), ..hello() }).await;
    assert_eq!(welcome.booted, now);
}

#[tokio::test]
async fn an_admin_never_overwrites_settings_that_they_have_not_seen() {
    let server = TestServer::start().await;
    let (ada, again) = (server.agent("ada").await, server.agent("ada").await);
    let seen = ada.closing().await.revision;
    let theirs = again.sets_closing(&closing(false, true, false)).await;
    assert!(theirs.revision > seen);

    let mine = closing(true, false, false);
    let save = |seen: Revision| format!("/settings/closing?seen={seen}");
    assert_eq!(ada.put(&save(seen), &mine).await.refusal(), "409 settings_changed");
    assert_eq!(ada.closing().await, theirs, "nothing was saved");

    // Who wants the same as they do has nothing to look at.
    let same: ClosingPage = ada.put(&save(seen), &theirs.settings).await.ok();
    assert_eq!(same, theirs);

    // Having looked, they save.
    let saved: ClosingPage = ada.put(&save(theirs.revision), &mine).await.ok();
    assert_eq!(saved.settings, mine);
    assert_eq!(ada.closing().await, saved);
}

#[tokio::test]
async fn a_misspelt_question_is_no_leave_to_overwrite() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let page = ada.sets_closing(&closing_after(10)).await;
    for query in ["sean=0", "seen=0&sean=0", "Seen=0"] {
        let path = format!("/settings/closing?{query}");
        assert_eq!(ada.put(&path, &closing_after(20)).await.refusal(), "400 malformed", "{query}");
    }
    assert_eq!(ada.closing().await, page);
}
