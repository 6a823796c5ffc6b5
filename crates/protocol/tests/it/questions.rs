//! What live chats ask: who may ask where, and that a question answers nobody.

use porchlight_protocol::call_back::CallBack;
use porchlight_protocol::conversation::Kind;
use porchlight_protocol::hours::Away;
use porchlight_protocol::person::{Change, Details, Teller, VisitorRecord};
use porchlight_protocol::questions::{Question, QuestionText, Questions, When, asker, asks};
use porchlight_protocol::rules::{Refusal, decide};
use porchlight_protocol::{
    Act, Author, Conversation, ConversationId, Event, EventBody, Member, MemberId, Policy,
    VisitorId,
};

fn chat(kind: Kind) -> Conversation {
    let (id, visitor) = (ConversationId::from_bytes([1; 16]), VisitorId::from_bytes([2; 16]));
    let mut chat = Conversation::new(id, kind, visitor, 0);
    happens(&mut chat, Author::Visitor, EventBody::message("Hello"));
    chat
}

fn happens(chat: &mut Conversation, author: Author, body: EventBody) {
    let seq = chat.head + 1;
    let at = i64::try_from(seq).unwrap();
    chat.apply(&Event { seq, revision: seq, at, author, client_id: None, body });
}

fn member(byte: u8) -> Member {
    Member { id: MemberId::from_bytes([byte; 16]), name: "Ada".to_owned() }
}

fn site() -> Author {
    Author::Bot(asker("Lantern"))
}

#[test]
fn the_site_asks_in_open_live_chats_that_nobody_has_claimed() {
    let ask = Act::Ask { text: "Your name?".to_owned(), choices: vec!["Skip".to_owned()] };
    let may = |chat: &Conversation, act: &Act| decide(chat, &site(), act, &Policy::default());
    let mut live = chat(Kind::Live);
    assert!(may(&live, &ask).is_ok() && may(&live, &Act::message("Thanks!")).is_ok());
    for act in [Act::HandOver, Act::Close { seen: 1 }, Act::KeepOpen, Act::Unclaim] {
        assert_eq!(may(&live, &act), Err(Refusal::NotAllowed), "{act:?}");
    }
    let other = decide(&live, &Author::Bot(member(3)), &ask, &Policy::default());
    assert_eq!(other, Err(Refusal::NotAllowed), "no other bot writes to a live chat");
    assert_eq!(may(&chat(Kind::Bot(member(3))), &ask), Err(Refusal::NotAllowed));
    happens(&mut live, Author::Agent(member(4)), EventBody::assigned(Some(member(4))));
    assert_eq!(may(&live, &ask), Err(Refusal::NotAllowed));
    let mut closed = chat(Kind::Live);
    happens(&mut closed, Author::Timer, EventBody::Closed);
    assert_eq!(may(&closed, &ask), Err(Refusal::ConversationClosed));
}

#[test]
fn what_the_visitor_has_written_tells_more_than_what_everybody_is_asked() {
    let told = |chat: &Conversation| chat.told().unwrap().text.clone();
    let mut live = chat(Kind::Live);
    for (question, answer) in [("Your name?", "Mia"), ("Your address?", "mia@shop.example")] {
        let before = told(&live);
        happens(&mut live, site(), EventBody::message("A moment, please."));
        happens(&mut live, site(), EventBody::message(question));
        assert_eq!(told(&live), before, "however much is asked");
        assert_eq!(live.last.as_ref().unwrap().text, question, "visitors see what was said last");
        happens(&mut live, Author::Visitor, EventBody::message(answer));
        assert_eq!((told(&live).as_str(), &live.words), (answer, &None));
    }
    happens(&mut live, site(), EventBody::message("Thanks!"));
    assert_eq!(told(&live), "mia@shop.example");
    happens(&mut live, Author::Agent(member(4)), EventBody::message("Hello, Mia"));
    assert_eq!(told(&live), "Hello, Mia");
    happens(&mut live, site(), EventBody::message("Your name?"));
    assert_eq!(told(&live), "Your name?", "nobody has written since the team");

    let mut with_bot = chat(Kind::Bot(member(3)));
    happens(&mut with_bot, Author::Bot(member(3)), EventBody::message("Your name?"));
    assert_eq!(told(&with_bot), "Your name?", "a bot talks with this visitor alone");
    let mut erased = chat(Kind::Live);
    happens(&mut erased, site(), EventBody::message("Your name?"));
    happens(&mut erased, Author::Timer, EventBody::Erased);
    assert_eq!(erased.told(), None);
}

#[test]
fn a_question_answers_nobody() {
    let mut live = chat(Kind::Live);
    let before = live.clone();
    let choices = vec!["Skip".to_owned()];
    happens(&mut live, site(), EventBody::asking("Your name?", choices));
    assert_eq!((live.unanswered, &live.team_read), (before.unanswered, &before.team_read));
    assert_eq!(live.waits_from(), before.waits_from());
    assert_eq!(live.visitor_read.unread, [2], "the visitor has something to read");
    assert_eq!(live.asked, Some(2));
    assert!(asks(&live.last.as_ref().unwrap().author));
    happens(&mut live, Author::Agent(member(4)), EventBody::message("Hi"));
    assert_eq!((live.unanswered, live.team_read.unread.len()), (None, 0));
    // A bot in its own conversation has read, and answers.
    let mut with_bot = chat(Kind::Bot(member(3)));
    happens(&mut with_bot, Author::Bot(member(3)), EventBody::message("Hi"));
    assert_eq!((with_bot.unanswered, with_bot.team_read.unread.len()), (None, 0));
}

#[test]
fn it_is_asked_when_the_site_says() {
    let away = [Away { from: 10, until: Some(20) }];
    for (when, now, is_online, expected) in [
        (When::Never, 15, false, false),
        (When::Always, 5, true, true),
        (When::Away, 5, true, false),
        (When::Away, 5, false, true),
        (When::Away, 15, true, true),
        (When::Away, 20, true, false),
    ] {
        assert_eq!(when.is_now(&away, now, is_online), expected, "{when:?} {now} {is_online}");
    }
}

#[test]
fn what_is_known_is_not_asked() {
    let asks = ["name", "email", "order"].map(|field| Question::of(field, true)).to_vec();
    let questions = Questions { when: When::Always, asks, call_back: false };
    let fields = |record: Option<&VisitorRecord>| {
        let asks = questions.for_visitor(record).into_iter();
        asks.map(|ask| ask.field.clone()).collect::<Vec<_>>()
    };
    assert_eq!(fields(None), ["name", "email", "order"]);
    let mut record = VisitorRecord::new(VisitorId::from_bytes([2; 16]), 0);
    let told: Details = porchlight_protocol::person::saved("order", "A-17").unwrap();
    record.tell(told, &Teller::Page, 0).unwrap();
    assert_eq!(fields(Some(&record)), ["name", "email"]);
    record.tell_id("42", &Teller::Proof, 0);
    assert_eq!(fields(Some(&record)), [""; 0]);
}

#[test]
fn a_call_back_can_be_all_that_is_asked() {
    let only = |call_back| Questions { when: When::Away, asks: Vec::new(), call_back };
    assert_eq!(only(true).checked(), Ok(only(true)));
    assert_eq!(only(false).checked().unwrap_err().field, "asks");
}

#[test]
fn a_wish_for_a_call_is_the_newest_and_ends_with_the_call() {
    let mut record = VisitorRecord::new(VisitorId::from_bytes([2; 16]), 0);
    let wish = |from| CallBack { from, until: from + 10 };
    let agent = Teller::Agent { name: "Ada".to_owned() };
    let tell = |record: &mut VisitorRecord, call_back, by: &Teller| {
        let details = Details { call_back, ..Details::default() }.checked();
        record.tell(details.unwrap(), by, 0).unwrap();
        record.as_name().call_back
    };
    assert_eq!(tell(&mut record, Change::Set(wish(5)), &Teller::Visitor), Some(wish(5)));
    assert_eq!(tell(&mut record, Change::Keep, &agent), Some(wish(5)));
    assert_eq!(tell(&mut record, Change::Remove, &agent), None);
    assert_eq!(tell(&mut record, Change::Set(wish(5)), &agent), Some(wish(5)), "undone");
    assert_eq!(tell(&mut record, Change::Set(wish(50)), &Teller::Visitor), Some(wish(50)));
    for none in [wish(0), CallBack { from: 9, until: 9 }, CallBack { from: 9, until: 3 }] {
        let details = Details { call_back: Change::Set(none), ..Details::default() };
        assert_eq!(details.checked().unwrap_err().field, "call_back", "{none:?}");
    }
    // Of two who turn out to be one person, the newer wish counts.
    let mut other = VisitorRecord::new(VisitorId::from_bytes([3; 16]), 0);
    let details = Details { call_back: Change::Set(wish(70)), ..Details::default() };
    other.tell(details, &Teller::Visitor, 9).unwrap();
    record.absorb(other);
    assert_eq!(record.as_name().call_back, Some(wish(70)));
}

#[test]
fn a_question_is_asked_in_the_nearest_language() {
    let text = |language: &str, text: &str| QuestionText {
        language: language.to_owned(),
        text: text.to_owned(),
    };
    let texts = vec![text("de", "Wer?"), text("en", "Who?")];
    let own = Question { texts: texts.clone(), ..Question::of("order", true) };
    let name = Question { texts, ..Question::of("name", true) };
    assert_eq!((own.own_text("en-GB"), own.own_text("fr")), (Some("Who?"), Some("Wer?")));
    assert_eq!((name.own_text("de-AT"), name.own_text("fr")), (Some("Wer?"), None));
}
