//! The wire as files: `tests/golden` shows each type and variant as JSON.
//!
//! Each file parses to the value below and is printed from it, byte by byte. A changed golden file
//! in a diff is the review of what old clients will meet; think of `WIRE_VERSION`.
//! `UPDATE_GOLDEN=1 cargo test -p porchlight-protocol` writes them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;

use porchlight_protocol::bots::{BotOfSite, Bots, NewBot, PublishedFlow};
use porchlight_protocol::call_back::CallBack;
use porchlight_protocol::conversation::{Kind, Preview, ReadMark, Side, Status};
use porchlight_protocol::greeting::{Greeter, Greeting, GreetingError, Visitors};
use porchlight_protocol::hours::Away;
use porchlight_protocol::person::{
    AttributeValue, Change, EditVisitor, Given, Identified, Identify, IdentityPage,
    IdentitySettings, NewSecret, ProofMethod, RetireSecret, SecretSeen, Teller, Told, VisitorName,
    VisitorRecord,
};
use porchlight_protocol::proof::{CheckProof, ProofChecked, ProofProblem};
use porchlight_protocol::replace::Replace;
use porchlight_protocol::second_factor::{
    AppCode, Confirmation, NewSecondFactor, RecoveryCodes, SecondFactor, Squares,
};
use porchlight_protocol::settings::{ClosingEffect, ClosingPage, SettingsError, Since, Switch};
use porchlight_protocol::team::{
    Accept, Account, AnyRole, Invitation, InvitationSeen, InvitationToken, Invitations, Invited,
    NewEmail, NewInvitation, NewName, NewPassword, NewRole, Person, Pictured, SetUp, SetUpToken,
    SignedIn, Team,
};
use porchlight_protocol::text::TextError;
use porchlight_protocol::texts::{OwnText, OwnTexts, SiteText, TextsLanguage, TextsPage};
use porchlight_protocol::visit::{Collecting, ToldPage, Visit, VisitedPage};
use porchlight_protocol::wire::{
    Appended, Auth, Boot, ClientFrame, Head, Hello, Listing, Page, Presence, ReadUpTo, Role,
    Sample, ServerFrame, Session, SignIn, SiteConfig, Start, Started, Welcome,
};
use porchlight_protocol::{
    Act, Author, ClientId, ClosingSettings, Conversation, ConversationId, Counts, Epoch, ErrorBody,
    ErrorCode, Event, EventBody, MemberId, Notice, PictureId, Plan, Policy, Seq, SiteKey,
    VisitorId, VisitorKey, WIRE_VERSION, left,
};

use crate::world::{
    TIMER, VISITOR, agent, ann, ask, asked, bot, choose, claim_from, close, member, names, note,
    options, robot, say, say_and_close,
};

/// Who sends it. What clients send is read strictly, so that their mistakes show; what the server
/// sends is read leniently, so that a newer server may say more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sender {
    Client,
    Server,
}

/// One golden file.
pub struct Case {
    pub name: String,
    pub from: Sender,
    /// The value as it should stand in the file.
    pub json: String,
    /// Whether a text parses, and if so whether to the very value.
    pub parse: Parse,
}

type Parse = Box<dyn Fn(&str) -> Result<bool, serde_json::Error>>;

fn case<T>(from: Sender, name: &str, value: T) -> Case
where
    T: Serialize + DeserializeOwned + PartialEq + 'static,
{
    Case {
        name: name.to_owned(),
        from,
        json: serde_json::to_string_pretty(&value).unwrap() + "\n",
        parse: Box::new(move |json| serde_json::from_str::<T>(json).map(|parsed| parsed == value)),
    }
}

fn client_id() -> ClientId {
    ClientId::from_bytes([0x11; 16])
}

fn conversation_id() -> ConversationId {
    ConversationId::from_bytes([0x22; 16])
}

fn site() -> SiteKey {
    "pl_lamp_shop".parse().unwrap()
}

fn rule() -> Greeting {
    Greeting {
        pages: vec!["/cart".to_owned(), "/shop/*".to_owned()],
        languages: vec!["de".to_owned(), "pt-BR".to_owned()],
        visitors: Visitors::New,
    }
}

fn boot() -> Boot {
    Boot { epoch: Epoch::from_bytes([0x33; 16]), revision: 907 }
}

fn event(seq: u64, author: Author, body: EventBody) -> Event {
    Event {
        seq,
        revision: 900 + seq,
        at: 1_763_800_000_000 + seq as i64 * 1_000,
        author,
        client_id: None,
        body,
    }
}

fn message(text: &str) -> EventBody {
    EventBody::message(text)
}

fn sent(seq: u64, author: Author, body: EventBody) -> Event {
    Event { client_id: Some(client_id()), ..event(seq, author, body) }
}

/// The visitor has read what was closed.
fn read(mut conversation: Conversation) -> Conversation {
    conversation.mark_read(Side::Visitor, Seq::MAX, || 908);
    conversation
}

fn conversation(kind: Kind, events: &[Event]) -> Conversation {
    let visitor = VisitorId::from_bytes([0x44; 16]);
    let mut conversation = Conversation::new(conversation_id(), kind, visitor, 1_763_800_000_000);
    for event in events {
        conversation.apply(event);
    }
    conversation
}

fn greeting() -> Event {
    sent(1, VISITOR, message("Do you have it in blue?"))
}

fn answered() -> Vec<Event> {
    vec![
        greeting(),
        event(2, agent(ann()), EventBody::assigned(Some(ann()))),
        event(3, agent(ann()), message("Yes: https://lamps.example/blue")),
    ]
}

fn closed_by(author: Author) -> Conversation {
    let mut events = answered();
    events.push(event(4, author, EventBody::Closed));
    conversation(Kind::Live, &events)
}

fn then(mut conversation: Conversation, event: Event) -> Conversation {
    conversation.apply(&event);
    conversation
}

fn settings() -> ClosingSettings {
    let notice = |language: &str, text: &str| Notice {
        language: language.to_owned(),
        text: text.to_owned(),
    };
    ClosingSettings {
        auto_close_after_s: Some(86_400),
        bots_apart: true,
        bot_auto_close_after_s: Some(3_600),
        warn_before_s: Some(300),
        notices: vec![
            notice("en", "{agent} of {site} has closed this conversation."),
            notice("pt-BR", "Esta conversa foi encerrada."),
        ],
        keep_unread: true,
        ..options(true, true, true)
    }
}

fn policy() -> Policy {
    settings().policy(Plan::Professional, 850)
}

fn hello() -> Hello {
    Hello { wire: WIRE_VERSION, auth: None, booted: None, known: None }
}

fn visitor_auth() -> Auth {
    Auth::Visitor { site: site(), key: VisitorKey::from_bytes([0x55; 32]) }
}

fn session(role: Role) -> Session {
    Session {
        agent: ann(),
        role,
        site: site(),
        site_name: "Lamp Shop".to_owned(),
        csrf: "c5".repeat(16),
        presence: Presence { away: role == Role::Agent, idle: false },
    }
}

fn person(role: Role, active: bool) -> Person {
    Person {
        agent: ann(),
        email: "ann@lantern.example".to_owned(),
        role,
        active,
        away: false,
        seen_at: Some(1_795_424_400_000),
        picture: active.then(picture),
    }
}

fn picture() -> PictureId {
    PictureId::from_bytes([0x7c; 16])
}

fn invitation(note: &str) -> Invitation {
    Invitation {
        id: ann().id,
        role: Role::Admin,
        note: note.to_owned(),
        by: "Ann".to_owned(),
        expires_at: 1_795_424_400_000,
    }
}

fn signed_in(device: &str, this: bool) -> SignedIn {
    SignedIn {
        id: "0123456789ab".to_owned(),
        device: device.to_owned(),
        created_at: 1_795_424_300_000,
        seen_at: 1_795_424_400_000,
        this,
    }
}

fn left_message() -> Event {
    let body = left::mark(vec![message("Is anybody there?")]).remove(0);
    Event { body, ..greeting() }
}

fn counts() -> Counts {
    Counts { revision: 907, open: 291, unassigned: 166, mine: 34, unread: 12 }
}

fn error(code: ErrorCode) -> ErrorBody {
    code.body()
}

fn nothing() -> Listing {
    Listing { conversations: vec![], next: None, counts: None, visitors: vec![] }
}

fn visitor_id() -> VisitorId {
    VisitorId::from_bytes([0x44; 16])
}

fn told<T>(value: T, by: Teller) -> Told<T> {
    Told { value, by, at: 1_763_800_030_000 }
}

fn visitor_record() -> VisitorRecord {
    let attribute = |key: &str, value, by| (key.to_owned(), told(value, by));
    VisitorRecord {
        external_id: Some(told("user-42".to_owned(), Teller::Proof)),
        name: Some(told("Bo Lee".to_owned(), Teller::Agent { name: "Ann".to_owned() })),
        email: Some(told("bo@lee.example".to_owned(), Teller::Page)),
        phone: Some(told("+49 30 123456".to_owned(), Teller::Visitor)),
        call_back: Some(told(
            CallBack { from: 1_763_974_800_000, until: 1_763_985_600_000 },
            Teller::Visitor,
        )),
        attributes: [
            attribute("plan", AttributeValue::Text("gold".to_owned()), Teller::Proof),
            attribute("orders", AttributeValue::Number(3), Teller::Bot),
            attribute("vip", AttributeValue::Bool(true), Teller::Page),
        ]
        .into(),
        language: Some("de".to_owned()),
        time_zone: Some("Europe/Berlin".to_owned()),
        device: Some("Firefox, Windows".to_owned()),
        referrer: Some("https://find.example/lamps".to_owned()),
        visit: Some(Visit {
            pages: vec![VisitedPage {
                address: "https://shop.example/lamps".to_owned(),
                title: "Lamps".to_owned(),
                at: 1_763_800_050_000,
            }],
            seen_at: 1_763_800_060_000,
        }),
        edited: Some(904),
        last_seen: 1_763_800_060_000,
        proved: true,
        revision: 905,
        conversations: 3,
        ..VisitorRecord::new(visitor_id(), 1_763_800_000_000)
    }
}

fn visitor_name() -> VisitorName {
    VisitorName { joined: Some(VisitorId::from_bytes([0xb1; 16])), ..visitor_record().as_name() }
}

fn given() -> BTreeMap<String, Given> {
    let given = |key: &str, value| (key.to_owned(), value);
    [
        given("orders", Given::Value(AttributeValue::Number(4))),
        given("plan", Given::Value(AttributeValue::Text("silver".to_owned()))),
        given("vip", Given::Nothing),
    ]
    .into()
}

fn secret() -> SecretSeen {
    SecretSeen {
        id: MemberId::from_bytes([0xc1; 16]),
        ends_in: "abab".to_owned(),
        created_at: 1_763_800_000_000,
        retires_at: Some(1_763_900_000_000),
    }
}

pub fn cases() -> Vec<Case> {
    use Sender::{Client, Server};
    let welcome = Welcome {
        booted: boot(),
        revision: 907,
        now: 1_763_800_060_000,
        policy: policy(),
        online: true,
        conversations: vec![conversation(Kind::Live, &answered())],
        counts: None,
        visitors: Vec::new(),
    };
    let mut cases = vec![
        // Conversations.
        case(Server, "conversation_new", conversation(Kind::Live, &[greeting()])),
        case(Server, "conversation_left", conversation(Kind::Live, &[left_message()])),
        case(Server, "conversation_open", conversation(Kind::Live, &answered())),
        case(
            Server,
            "conversation_asked",
            conversation(
                Kind::Bot(robot()),
                &[greeting(), event(2, bot(robot()), asked(&["In blue", "In red"]))],
            ),
        ),
        case(
            Server,
            "conversation_handed_over",
            conversation(
                Kind::Bot(robot()),
                &[greeting(), event(2, bot(robot()), EventBody::assigned(None))],
            ),
        ),
        case(Server, "conversation_closed_by_agent", closed_by(agent(ann()))),
        case(Server, "conversation_closed_by_visitor", closed_by(VISITOR)),
        case(Server, "conversation_closed_by_timer", closed_by(TIMER)),
        case(Server, "conversation_read_after_closing", read(closed_by(agent(ann())))),
        case(
            Server,
            "conversation_dismissed",
            then(closed_by(TIMER), event(5, VISITOR, EventBody::Dismissed)),
        ),
        case(
            Server,
            "conversation_reopened_by_visitor",
            then(closed_by(VISITOR), event(5, VISITOR, EventBody::Reopened)),
        ),
        case(
            Server,
            "conversation_with_bot",
            conversation(
                Kind::Bot(robot()),
                &[greeting(), event(2, bot(robot()), message("Beep"))],
            ),
        ),
        case(Server, "kind_live", Kind::Live),
        case(Server, "kind_bot", Kind::Bot(robot())),
        case(Server, "status_open", Status::Open),
        case(
            Server,
            "status_closed",
            Status::Closed { by: bot(robot()), at: 1_763_800_004_000, revision: 904 },
        ),
        case(
            Server,
            "preview",
            Preview {
                author: VISITOR, at: 1_763_800_001_000, text: "Do you have it…".to_owned()
            },
        ),
        case(Server, "read_mark", ReadMark { up_to: 3, unread: vec![4, 6] }),
        case(Server, "read_mark_nothing_unread", ReadMark { up_to: 3, unread: vec![] }),
        case(Server, "member", member(0xa1, "Ann")),
        // Answers.
        case(
            Server,
            "site_config",
            SiteConfig {
                site: site(),
                name: "Lamp Shop".to_owned(),
                allow_origins: vec!["https://lamps.example".to_owned()],
                preview: false,
                live_chat_off: true,
                away: vec![
                    Away { from: 1_795_338_000_000, until: Some(1_795_392_000_000) },
                    Away { from: 1_795_424_400_000, until: None },
                ],
                bots: vec![
                    Greeter::new(
                        member(0xb1, "Wick").id,
                        "Chat with Wick".to_owned(),
                        &rule(),
                        "de",
                    ),
                    Greeter::new(
                        member(0xb0, "Lumen").id,
                        "Chat with Lumen".to_owned(),
                        &Greeting::default(),
                        "de",
                    ),
                ],
            },
        ),
        case(
            Server,
            "site_config_of_a_preview",
            SiteConfig {
                site: site(),
                name: "Lamp Shop".to_owned(),
                allow_origins: vec!["https://chat.example".to_owned()],
                preview: true,
                live_chat_off: false,
                away: Vec::new(),
                bots: Vec::new(),
            },
        ),
        case(
            Server,
            "sample_of_a_thread",
            Sample {
                welcome: welcome.clone(),
                events: answered(),
                thread: Some(conversation_id()),
                language: "pt-BR".to_owned(),
            },
        ),
        case(
            Server,
            "sample_of_home",
            Sample {
                welcome: welcome.clone(),
                events: answered(),
                thread: None,
                language: "en".to_owned(),
            },
        ),
        case(
            Client,
            "own_texts",
            OwnTexts {
                texts: vec![OwnText { key: "home.new".to_owned(), text: "Ask us".to_owned() }],
            },
        ),
        case(
            Server,
            "texts_page",
            TextsPage {
                languages: vec![TextsLanguage { language: "en".to_owned(), own: 1 }],
                language: "en".to_owned(),
                revision: 7,
                texts: vec![
                    SiteText { key: "home.close".to_owned(), text: "Close".to_owned(), own: None },
                    SiteText {
                        key: "home.new".to_owned(),
                        text: "New conversation".to_owned(),
                        own: Some("Ask us".to_owned()),
                    },
                ],
            },
        ),
        case(Client, "new_bot", NewBot { name: "Wick".to_owned() }),
        case(
            Server,
            "bots",
            Bots {
                bots: vec![
                    BotOfSite { bot: robot(), version: Some(3) },
                    BotOfSite { bot: robot(), version: None },
                ],
            },
        ),
        case(Server, "published_flow", PublishedFlow { version: 3 }),
        case(Server, "page", Page { events: answered(), head: 3 }),
        case(Server, "appended", Appended { events: vec![greeting()], head: 1 }),
        case(Server, "appended_nothing", Appended { events: vec![], head: 4 }),
        case(
            Server,
            "started",
            Started {
                conversation: conversation(Kind::Live, &[greeting()]),
                events: vec![greeting()],
            },
        ),
        case(
            Server,
            "listing",
            Listing { conversations: vec![closed_by(agent(ann()))], next: Some(904), ..nothing() },
        ),
        case(
            Server,
            "listing_with_counts",
            Listing { counts: Some(counts()), visitors: vec![visitor_name()], ..nothing() },
        ),
        case(
            Server,
            "welcome_of_an_agent",
            Welcome { counts: Some(counts()), visitors: vec![visitor_name()], ..welcome.clone() },
        ),
        case(Server, "listing_last", nothing()),
        case(Server, "visitor_record", visitor_record()),
        case(Server, "visitor_record_new", VisitorRecord::new(visitor_id(), 1_763_800_000_000)),
        case(
            Client,
            "edit_visitor",
            EditVisitor {
                revision: 905,
                name: Change::Set("Bo Lee".to_owned()),
                phone: Change::Remove,
                call_back: Change::Remove,
                attributes: given(),
                ..EditVisitor::default()
            },
        ),
        case(
            Client,
            "identify",
            Identify {
                id: Some("user-42".to_owned()),
                name: Change::Set("Bo Lee".to_owned()),
                email: Change::Set("bo@lee.example".to_owned()),
                phone: Change::Remove,
                attributes: given(),
                hash: Some("ab".repeat(32)),
                jwt: None,
                language: Some("de".to_owned()),
                time_zone: Some("Europe/Berlin".to_owned()),
                referrer: Some("https://find.example/lamps".to_owned()),
            },
        ),
        case(
            Client,
            "identify_by_jwt",
            Identify { jwt: Some("e30.e30.c2lnbmVk".to_owned()), ..Identify::default() },
        ),
        case(Server, "identified", Identified { proved: true, anew: true }),
        case(Server, "identified_claimed", Identified { proved: false, anew: false }),
        case(
            Client,
            "identity_settings",
            IdentitySettings {
                method: ProofMethod::JwtEs256,
                required: true,
                public_key: Some("-----BEGIN PUBLIC KEY-----\n…".to_owned()),
            },
        ),
        case(
            Server,
            "identity_page",
            IdentityPage { settings: IdentitySettings::default(), secrets: vec![secret()] },
        ),
        case(
            Server,
            "new_secret",
            NewSecret { seen: secret(), secret: format!("pls_{}", "ab".repeat(32)) },
        ),
        case(Client, "retire_secret", RetireSecret { in_hours: Some(168) }),
        case(
            Client,
            "check_proof",
            CheckProof { id: Some("user-42".to_owned()), hash: Some("5f".to_owned()), jwt: None },
        ),
        case(
            Server,
            "proof_checked",
            ProofChecked {
                problem: Some(ProofProblem::Algorithm),
                at: Some("none".to_owned()),
                id: Some("user-42".to_owned()),
                expires_at: Some(1_763_800_300_000),
                secret: Some(secret()),
            },
        ),
        case(Client, "collecting", Collecting::BEFORE),
        case(
            Client,
            "told_page",
            ToldPage {
                address: Some("https://shop.example/lamps".to_owned()),
                title: Some("Lamps".to_owned()),
                referrer: Some("https://find.example/".to_owned()),
                time_zone: Some("Europe/Berlin".to_owned()),
            },
        ),
        case(Server, "session_of_an_owner", session(Role::Owner)),
        case(Server, "session_of_an_admin", session(Role::Admin)),
        case(Server, "session_of_an_agent", session(Role::Agent)),
        case(Client, "new_role", NewRole { role: AnyRole::Owner }),
        case(
            Client,
            "new_invitation",
            NewInvitation { role: AnyRole::Admin, note: "For Cara".to_owned() },
        ),
        case(Client, "invitation_token", InvitationToken { token: "ab".repeat(32) }),
        case(
            Client,
            "accept",
            Accept {
                token: "ab".repeat(32),
                name: "Cara".to_owned(),
                email: "cara@lantern.example".to_owned(),
                password: "a lamp in the window".to_owned(),
            },
        ),
        case(Client, "new_name", NewName { name: "Cara".to_owned() }),
        case(
            Client,
            "new_email",
            NewEmail {
                email: "cara@lantern.example".to_owned(),
                password: "a lamp in the window".to_owned(),
            },
        ),
        case(
            Client,
            "new_password",
            NewPassword { current: "a lamp".to_owned(), new: "another lamp".to_owned() },
        ),
        case(Client, "set_up_token", SetUpToken { token: "ab".repeat(32) }),
        case(
            Client,
            "set_up",
            SetUp {
                token: "ab".repeat(32),
                site_name: "Lantern & Oak".to_owned(),
                address: "https://shop.example".to_owned(),
                name: "Ada".to_owned(),
                email: "ada@lantern.example".to_owned(),
                password: "a lamp in the window".to_owned(),
            },
        ),
        case(
            Server,
            "team",
            Team {
                people: vec![
                    person(Role::Owner, true),
                    Person { away: true, seen_at: None, ..person(Role::Agent, false) },
                ],
            },
        ),
        case(Server, "invitations", Invitations { invitations: vec![invitation("For Cara")] }),
        case(
            Server,
            "invited",
            Invited {
                invitation: invitation(""),
                link: "https://chat.example/dashboard/invite#abab".to_owned(),
            },
        ),
        case(
            Server,
            "invitation_seen",
            InvitationSeen {
                site_name: "Lantern & Oak".to_owned(),
                role: Role::Admin,
                by: "Ann".to_owned(),
                expires_at: 1_795_424_400_000,
            },
        ),
        case(
            Server,
            "account",
            Account {
                agent: ann(),
                email: "ann@lantern.example".to_owned(),
                sessions: vec![signed_in("Firefox, Windows", true), signed_in("", false)],
                second_factor: None,
                picture: None,
            },
        ),
        case(
            Server,
            "account_with_second_factor",
            Account {
                agent: ann(),
                email: "ann@lantern.example".to_owned(),
                sessions: Vec::new(),
                second_factor: Some(SecondFactor { since: 1_795_424_400_000, recovery_codes: 9 }),
                picture: Some(picture()),
            },
        ),
        case(Server, "pictured", Pictured { picture: picture() }),
        case(
            Server,
            "new_second_factor",
            NewSecondFactor {
                secret: "GEZDGNBVGY3TQOJQ".to_owned(),
                address: "otpauth://totp/Porchlight:ann%40lantern.example?secret=GEZDGNBVGY3TQOJQ"
                    .to_owned(),
                picture: Squares { side: 2, path: "M0 0h2v1h-2z".to_owned() },
            },
        ),
        case(Server, "recovery_codes", RecoveryCodes { codes: vec!["abcde-fgh10".to_owned()] }),
        case(Client, "confirmation", Confirmation { password: "correct horse".to_owned() }),
        case(Client, "app_code", AppCode { code: "123456".to_owned() }),
        case(
            Client,
            "replace_a_switch",
            Replace { value: Switch { on: true }, seen: Some(Switch { on: false }) },
        ),
        case(Server, "boot", boot()),
        case(Server, "head", Head { conversation: conversation_id(), head: 3 }),
        case(Server, "policy_all_off", Policy::default()),
        case(Server, "policy_all_on", policy()),
        case(
            Server,
            "policy_beside_closing",
            Policy {
                live_chat_off: true,
                read_receipts: true,
                away: vec![Away { from: 1_795_424_400_000, until: None }],
                ..Policy::default()
            },
        ),
        case(
            Server,
            "policy_that_has_kept_unread",
            options(true, false, false)
                .policy(Plan::Professional, Since { hides_closed: 850, hides_unread: 903 }),
        ),
        case(
            Server,
            "policy_notice_in_our_words",
            options(false, false, true).policy(Plan::Professional, 850),
        ),
        case(Server, "plans", Plan::ALL.to_vec()),
        case(
            Server,
            "closing_page",
            ClosingPage { plan: Plan::Professional, revision: 41, settings: settings() },
        ),
        case(
            Server,
            "closing_page_locked",
            ClosingPage { plan: Plan::Starter, revision: 0, settings: ClosingSettings::default() },
        ),
        case(
            Server,
            "closing_effect",
            ClosingEffect { open: 120, timed: 110, due: 7, closed: 2_048 },
        ),
        case(Server, "error", error(ErrorCode::ConversationClosed)),
        case(
            Server,
            "error_rate_limited",
            ErrorBody { retry_after_ms: Some(1_500), ..error(ErrorCode::RateLimited) },
        ),
        case(
            Server,
            "error_new_messages",
            ErrorBody { seq: Some(7), ..error(ErrorCode::NewMessages) },
        ),
        case(
            Server,
            "error_claimed_by_other",
            ErrorBody { owner: Some(ann()), ..error(ErrorCode::ClaimedByOther) },
        ),
        case(Server, "error_plan_required", error(ErrorCode::PlanRequired)),
        case(
            Server,
            "error_period_out_of_range",
            SettingsError::Period { field: "bot_auto_close_after_s" }.body(),
        ),
        case(Server, "error_warning_out_of_range", SettingsError::Warning.body()),
        case(
            Server,
            "error_language_invalid",
            SettingsError::Language { tag: "en_US".to_owned() }.body(),
        ),
        case(
            Server,
            "error_language_repeated",
            SettingsError::LanguageRepeated { language: "pt-BR".to_owned() }.body(),
        ),
        case(Server, "error_too_many_languages", SettingsError::TooManyLanguages.body()),
        case(
            Server,
            "error_notice_empty",
            SettingsError::Notice { language: "pt-BR".to_owned(), error: TextError::Empty }.body(),
        ),
        case(Server, "error_page_invalid", GreetingError::Page("shop".to_owned()).body()),
        case(Server, "error_codes", ErrorCode::ALL.to_vec()),
        // Requests.
        case(
            Client,
            "start",
            Start {
                client_id: client_id(),
                text: "Do you have it in blue?".to_owned(),
                bot: false,
                bot_id: None,
                language: None,
            },
        ),
        case(
            Client,
            "start_with_bot",
            Start {
                client_id: client_id(),
                text: "Hello?".to_owned(),
                bot: true,
                bot_id: None,
                language: None,
            },
        ),
        case(
            Client,
            "start_by_the_bot",
            Start {
                client_id: client_id(),
                text: String::new(),
                bot: true,
                bot_id: None,
                language: Some("pt-BR".to_owned()),
            },
        ),
        case(
            Client,
            "start_by_a_bot",
            Start {
                client_id: client_id(),
                text: String::new(),
                bot: true,
                bot_id: Some(member(0xb1, "Wick").id),
                language: Some("pt-BR".to_owned()),
            },
        ),
        case(Client, "greeting", rule()),
        case(Client, "greeting_for_all", Greeting::default()),
        case(
            Client,
            "greeting_for_returning_visitors",
            Greeting { visitors: Visitors::Returning, ..Greeting::default() },
        ),
        case(Client, "read_up_to", ReadUpTo { up_to: 3 }),
        case(
            Client,
            "sign_in",
            SignIn {
                email: "ann@lamps.example".to_owned(),
                password: "correct horse".to_owned(),
                code: None,
            },
        ),
        case(
            Client,
            "sign_in_with_code",
            SignIn {
                email: "ann@lamps.example".to_owned(),
                password: "correct horse".to_owned(),
                code: Some("123456".to_owned()),
            },
        ),
        case(Client, "closing_settings_default", ClosingSettings::default()),
        case(Client, "closing_settings_all_on", settings()),
        // `POST …/sync`: the header says who is there.
        case(Client, "hello", hello()),
        case(Client, "hello_again", Hello { booted: Some(boot()), known: Some(907), ..hello() }),
    ];

    for auth in [visitor_auth(), Auth::Agent { csrf: "c5".repeat(16) }] {
        let name = match auth {
            Auth::Visitor { .. } => "visitor",
            Auth::Agent { .. } => "agent",
        };
        let hello = ClientFrame::Hello(Hello { auth: Some(auth.clone()), ..hello() });
        let frame = match hello {
            ClientFrame::Hello(_) => "hello",
        };
        cases.push(case(Client, &format!("auth_{name}"), auth));
        cases.push(case(Client, &format!("client_frame_{frame}_{name}"), hello));
    }

    for act in [
        say("Yes: https://lamps.example/blue"),
        say_and_close("Bye!", 7),
        close(7),
        Act::Reopen,
        Act::KeepOpen,
        claim_from(None),
        claim_from(Some(&ann())),
        Act::Unclaim,
        note("Asked for a discount before."),
        ask(&["In blue", "In red"]),
        choose("In red", 5),
        Act::HandOver,
    ] {
        let name = match act {
            Act::Message { answers: Some(_), .. } => "choose",
            Act::Message { .. } => "message",
            Act::Ask { .. } => "ask",
            Act::HandOver => "hand_over",
            Act::MessageAndClose { .. } => "message_and_close",
            Act::Close { .. } => "close",
            Act::Reopen => "reopen",
            Act::KeepOpen => "keep_open",
            Act::Claim { from: None } => "claim",
            Act::Claim { from: Some(_) } => "claim_from_another",
            Act::Unclaim => "unclaim",
            Act::Note { .. } => "note",
        };
        cases.push(case(Client, &format!("act_{name}"), act));
    }

    let noted = EventBody::Note { text: "Asked for a discount before.".to_owned() };
    for event in [
        sent(5, agent(ann()), message("Two\nlines, \"quoted\" – \u{1f426}")),
        sent(5, bot(robot()), asked(&["In blue", "In red"])),
        sent(5, agent(ann()), EventBody::Closed),
        sent(5, agent(ann()), EventBody::Reopened),
        sent(5, VISITOR, EventBody::KeptOpen),
        sent(5, VISITOR, EventBody::Dismissed),
        sent(5, VISITOR, EventBody::Restored),
        sent(5, agent(ann()), EventBody::assigned(Some(ann()))),
        sent(5, agent(ann()), EventBody::assigned(None)),
        sent(5, agent(ann()), EventBody::handed_back()),
        sent(5, agent(ann()), noted.clone()),
        sent(5, agent(ann()), noted).without_internals(),
        sent(5, TIMER, EventBody::Erased),
        event(5, Author::Withheld, EventBody::Unreadable),
    ] {
        let [name] = names(std::slice::from_ref(&event.body))[..] else { unreachable!() };
        cases.push(case(Server, &format!("event_{name}"), event));
    }
    cases.push(case(Server, "event_message_left", left_message()));

    for author in [VISITOR, agent(ann()), bot(robot()), TIMER, Author::Withheld] {
        let name = match author {
            Author::Visitor => "visitor",
            Author::Agent(_) => "agent",
            Author::Bot(_) => "bot",
            Author::Timer => "timer",
            Author::Withheld => "withheld",
            Author::Other => unreachable!("nobody writes it"),
        };
        cases.push(case(Server, &format!("author_{name}"), author));
    }

    for frame in [
        ServerFrame::Welcome(welcome),
        ServerFrame::Event { conversation: conversation_id(), event: greeting() },
        ServerFrame::Read {
            conversation: conversation_id(),
            side: Side::Visitor,
            up_to: 3,
            revision: Some(908),
        },
        ServerFrame::Read {
            conversation: conversation_id(),
            side: Side::Team,
            up_to: 3,
            revision: None,
        },
        ServerFrame::Typing { conversation: conversation_id(), by: agent(ann()) },
        ServerFrame::Policy(policy()),
        ServerFrame::Visitor(visitor_name()),
        ServerFrame::Online(false),
        ServerFrame::Beacon(vec![Head { conversation: conversation_id(), head: 3 }]),
        ServerFrame::Error(error(ErrorCode::VersionMismatch)),
    ] {
        let name = match frame {
            ServerFrame::Welcome(_) => "welcome",
            ServerFrame::Event { .. } => "event",
            ServerFrame::Read { side: Side::Visitor, .. } => "read_by_visitor",
            ServerFrame::Read { side: Side::Team, .. } => "read_by_team",
            ServerFrame::Typing { .. } => "typing",
            ServerFrame::Policy(_) => "policy",
            ServerFrame::Visitor(_) => "visitor",
            ServerFrame::Online(_) => "online",
            ServerFrame::Beacon(_) => "beacon",
            ServerFrame::Error(_) => "error",
            ServerFrame::Other => unreachable!("nobody writes it"),
        };
        cases.push(case(Server, &format!("server_frame_{name}"), frame));
    }
    cases
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

#[test]
fn each_wire_type_is_what_its_golden_file_shows() {
    let cases = cases();
    let names: BTreeSet<_> = cases.iter().map(|case| format!("{}.json", case.name)).collect();
    assert_eq!(names.len(), cases.len(), "each case has a name of its own");

    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(folder()).unwrap();
        for case in &cases {
            fs::write(folder().join(format!("{}.json", case.name)), &case.json).unwrap();
        }
        for file in files().difference(&names) {
            fs::remove_file(folder().join(file)).unwrap();
        }
    }

    let hint = "if it is meant, run again with UPDATE_GOLDEN=1 and look at the diff";
    assert_eq!(files(), names, "one file per case, one case per file; {hint}");
    for case in &cases {
        let file = fs::read_to_string(folder().join(format!("{}.json", case.name))).unwrap();
        assert!((case.parse)(&file).unwrap(), "{} parses to another value; {hint}", case.name);
        assert_eq!(file, case.json, "{} prints otherwise; {hint}", case.name);
    }
}

fn files() -> BTreeSet<String> {
    let entries = fs::read_dir(folder()).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn the_guide_lists_every_field_of_a_record() {
    let guide = include_str!("../../../../docs/privacy.md");
    let record = serde_json::to_value(visitor_record()).unwrap();
    let fields = record.as_object().unwrap();
    assert!(fields.len() >= 17, "{fields:?}");
    for field in fields.keys() {
        assert!(guide.contains(&format!("`{field}`")), "docs/privacy.md does not list `{field}`");
    }
}
