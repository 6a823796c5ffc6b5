//! What a visitor sees of a closing: by default nothing, and three options that change it.

use porchlight_stories::{Closing, Role, Story};

use crate::scene::{NOTICE, NOTICES, mid_conversation};

#[test]
fn send_and_close_is_one_step() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Thanks, that was all.");

    inbox.send_and_close("You are welcome. Good night!");

    shop.sees_reply("You are welcome. Good night!");
    inbox.folder("Open");
    inbox.lists_no("Good night!");
    inbox.folder("Closed");
    inbox.lists("Good night!");
}

#[test]
fn by_default_the_visitor_sees_nothing_and_a_message_opens_it_again() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Which bulb does it take?");
    inbox.reply("Any E14.");
    shop.sees_reply("Any E14.");
    let before = shop.chat.text();

    inbox.end_chat_and_close();

    // Nothing on the screen tells of it, in the thread, on Home, or after a reload.
    shop.chat.settle();
    assert_eq!(shop.chat.text(), before);
    shop.goes_home();
    shop.home_lists("Any E14.", false);
    shop.reload();
    shop.home_lists("Any E14.", false);
    shop.opens("Any E14.");
    shop.field_is_there(true);

    // The next message opens it again for the agent, and it is still theirs.
    shop.visitor_writes("Got one, thank you!");
    shop.is_sent("Got one, thank you!");
    inbox.reads("Got one, thank you!");
    inbox.page.sees(Role::Button, "End Chat and Close");
    inbox.folder("Open");
    inbox.lists("Got one, thank you!");
    inbox.folder("Closed");
    inbox.lists_no("Got one, thank you!");
}

#[test]
fn an_agent_is_told_that_closing_takes_away_what_is_unread() {
    let story = Story::begin();
    let hides = Closing { hide_closed: true, ..Closing::default() };
    let (inbox, shop) = mid_conversation(&story, hides, "Can I return a lamp?");
    let told = "The visitor hasn’t read your last message. If you close now, it disappears";
    assert!(!inbox.page.shows(told), "there is nothing unread");
    shop.goes_home();
    inbox.reply("Within thirty days.");
    inbox.page.says(told);
    inbox.page.write("Message", "Goodbye!");
    inbox.page.click(Role::Button, "More ways to send");
    let menu = "Unread, it disappears from the visitor’s Home the next time they load the page.";
    inbox.page.says(menu);

    // As soon as it is read, or kept until it is, there is nothing to tell.
    inbox.settings(Closing { keep_unread: true, ..hides });
    inbox.page.lacks_words(told);
    inbox.page.lacks_words(menu);
    inbox.settings(hides);
    inbox.page.says(told);
    shop.opens("Within thirty days.");
    inbox.page.lacks_words(told);
}

#[test]
fn hidden_conversations_leave_home_with_the_next_reload() {
    let story = Story::begin();
    let closing = Closing { hide_closed: true, ..Closing::default() };
    let (inbox, shop) = mid_conversation(&story, closing, "Can I return a lamp?");
    inbox.end_chat_and_close();

    // Who had it on the screen keeps it.
    shop.chat.settle();
    shop.field_is_there(true);
    shop.goes_home();
    shop.home_lists("Can I return a lamp?", false);

    shop.reload();
    shop.home_lacks("Can I return a lamp?");

    // What the visitor can't see can't be lost: an agent can bring it back.
    inbox.reopen();
    inbox.reply("One more thing: it is on us.");
    shop.home_lists("One more thing: it is on us.", false);
    assert!(shop.line("One more thing").ends_with("1 unread"));
}

#[test]
fn the_field_goes_at_once_where_it_is_disabled() {
    let story = Story::begin();
    let closing = Closing { disable_field: true, ..Closing::default() };
    let (inbox, shop) = mid_conversation(&story, closing, "Is this the right place?");
    shop.field_is_there(true);
    shop.drafts("And I also wanted to");

    inbox.end_chat_and_close();
    shop.field_is_there(false);
    shop.goes_home();
    shop.home_lists("Is this the right place?", true);

    shop.reload();
    shop.home_lists("Is this the right place?", true);
    shop.opens("Is this the right place?");
    shop.field_is_there(false);

    // What was half written is not lost: it goes into the new conversation.
    shop.chat.click(Role::Button, "Start a new conversation");
    shop.draft_is("And I also wanted to");
    shop.visitor_writes(" ask something else.");
    shop.is_sent("And I also wanted to ask something else.");
    shop.goes_home();
    shop.home_lists("And I also wanted to ask something else.", false);
    shop.home_lists("Is this the right place?", true);
}

#[test]
fn a_closed_conversation_with_an_unread_answer_is_marked_as_both() {
    let story = Story::begin();
    let closing = Closing { disable_field: true, ..Closing::default() };
    let (inbox, shop) = mid_conversation(&story, closing, "Will you let me know?");
    shop.goes_home();
    shop.close_chat();
    inbox.send_and_close("It is on its way.");

    shop.open_chat();
    let line = shop.line("It is on its way.");
    assert!(line.contains("Closed") && line.contains("1 unread"), "{line}");
}

#[test]
fn the_notice_is_shown_at_once() {
    let story = Story::begin();
    let closing = Closing { notices: NOTICES, ..Closing::default() };
    let (inbox, shop) = mid_conversation(&story, closing, "That is all, thank you.");
    inbox.end_chat_and_close();

    shop.chat.reads(Role::Log, "Messages", NOTICE);
    shop.field_is_there(true);
    shop.goes_home();
    shop.home_lists("That is all, thank you.", true);
    shop.reload();
    shop.opens("That is all, thank you.");
    shop.chat.reads(Role::Log, "Messages", NOTICE);

    // A message opens it again, and the notice has nothing to say any more.
    shop.visitor_writes("Oh, one more question.");
    shop.is_sent("Oh, one more question.");
    inbox.reads("Oh, one more question.");
    assert!(!shop.thread().iter().any(|line| line == NOTICE));
}

#[test]
fn a_change_of_settings_reaches_open_chats_live() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Are you open on Sunday?");
    inbox.end_chat_and_close();
    shop.chat.settle();
    shop.field_is_there(true);

    inbox.settings(Closing { disable_field: true, ..Closing::default() });
    shop.field_is_there(false);

    inbox.settings(Closing { disable_field: true, notices: NOTICES, ..Closing::default() });
    shop.chat.says(NOTICE);
    shop.field_is_there(false);

    inbox.settings(Closing { notices: NOTICES, ..Closing::default() });
    shop.field_is_there(true);
    shop.chat.reads(Role::Log, "Messages", NOTICE);

    inbox.settings(Closing::default());
    shop.field_is_there(true);
    assert!(!shop.chat.shows(NOTICE));

    // Hiding takes nothing away from who has it on the screen.
    inbox.settings(Closing { hide_closed: true, ..Closing::default() });
    shop.chat.settle();
    shop.goes_home();
    shop.home_lists("Are you open on Sunday?", false);
}

#[test]
fn a_message_to_a_closed_conversation_is_refused_and_its_text_goes_into_a_new_one() {
    let story = Story::begin();
    story.forgives("409 (Conflict)");
    story.forgives("net::ERR_INTERNET_DISCONNECTED");
    let closing = Closing { disable_field: true, ..Closing::default() };
    let (inbox, shop) = mid_conversation(&story, closing, "My lamp flickers.");

    // The visitor writes in a tunnel, while the agent closes.
    shop.goes_offline();
    shop.visitor_writes("It stopped when I changed the bulb.");
    inbox.end_chat_and_close();
    shop.comes_back();

    // The message stands in no thread; its text is kept, and the visitor is told.
    shop.field_is_there(false);
    shop.chat.says("Your message wasn’t sent because the conversation was closed.");
    assert_eq!(shop.count("It stopped when I changed the bulb."), 0);

    // Whoever gets past the missing field is refused by the server.
    let (site, conversation) = (&story.server.site, inbox.conversation());
    let (status, refusal) = shop.says_elsewhere(site, &conversation, "Let me in");
    assert_eq!((status, refusal["code"].as_str()), (409, Some("conversation_closed")));

    shop.chat.click(Role::Button, "Start a new conversation");
    shop.draft_is("It stopped when I changed the bulb.");
    shop.visitor_writes("");
    shop.is_sent("It stopped when I changed the bulb.");
    inbox.folder("Unassigned");
    inbox.lists("It stopped when I changed the bulb.");
}

#[test]
fn what_could_not_be_sent_is_not_lost_with_the_conversation_it_was_for() {
    let story = Story::begin();
    story.forgives("409 (Conflict)");
    story.forgives("net::ERR_INTERNET_DISCONNECTED");
    let closing = Closing { disable_field: true, hide_closed: true, ..Closing::default() };
    let (inbox, shop) = mid_conversation(&story, closing, "My lamp hums.");

    // The visitor is not looking when the message is refused.
    shop.goes_offline();
    shop.visitor_writes("It hums at night, too.");
    shop.goes_home();
    inbox.end_chat_and_close();
    shop.comes_back();
    shop.chat.says("Your message wasn’t sent because the conversation was closed.");

    // On the next page the conversation is hidden. Its last words are where one goes on.
    shop.reload();
    shop.home_lacks("My lamp hums.");
    shop.chat.click(Role::Button, "New conversation");
    shop.draft_is("It hums at night, too.");
    shop.visitor_writes("");
    shop.is_sent("It hums at night, too.");
}

#[test]
fn an_agent_opens_a_closed_conversation_again() {
    let story = Story::begin();
    let closing = Closing { disable_field: true, notices: NOTICES, ..Closing::default() };
    let (inbox, shop) = mid_conversation(&story, closing, "The glass came with a crack.");
    inbox.end_chat_and_close();
    shop.chat.says(NOTICE);
    shop.field_is_there(false);

    inbox.folder("Closed");
    inbox.opens("The glass came with a crack.");
    inbox.reopen();

    shop.field_is_there(true);
    shop.chat.announces("This conversation is open again.");
    assert!(!shop.thread().iter().any(|line| line == NOTICE));
    inbox.reply("A new glass is on its way.");
    shop.sees_reply("A new glass is on its way.");
    shop.goes_home();
    shop.home_lists("A new glass is on its way.", false);
}

#[test]
fn an_agent_who_has_not_seen_the_last_message_is_asked_before_closing() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "I think it works now.");
    let long = (1..80).map(|line| format!("Step {line} of what I tried\n")).collect::<String>();
    shop.says_elsewhere(&story.server.site, &inbox.conversation(), &long);
    inbox.reads("Step 79 of what I tried");

    // The agent reads further up when another message comes.
    inbox.scrolls_up();
    shop.visitor_writes("No, wait, it doesn't.");
    inbox.page.sees(Role::Button, "New messages");
    inbox.page.click(Role::Button, "End Chat and Close");

    inbox.is_asked("The visitor has sent a new message", "Keep it open");
    inbox.page.says("You haven’t seen this message yet.");
    inbox.page.click(Role::Button, "Keep it open");
    inbox.reads("No, wait, it doesn't.");
    inbox.page.sees(Role::Button, "End Chat and Close");
    inbox.end_chat_and_close();
}
