//! The error codes with which each route may refuse, for the API's description.
//!
//! A route names the groups that apply to it. Tests hold every refusal that they meet against the
//! description, and every code that is described against the code that sends it.

use porchlight_protocol::ErrorCode::{self, *};

/// Codes that belong together, because one cause brings them to a route.
pub type Group = &'static [ErrorCode];

/// A visitor's key.
pub const VISITOR: Group = &[SiteUnknown, VisitorKeyInvalid, VisitorKeyRevoked];
/// An agent's session.
pub const AGENT: Group = &[SignInRequired];
/// An agent's session, where something changes.
pub const AGENT_CHANGE: Group = &[SignInRequired, CsrfTokenInvalid];
/// A bot's token.
pub const BOT: Group = &[BotTokenInvalid];
/// A method other than GET: a page on another origin may not send it.
pub const CHANGE: Group = &[OriginNotAllowed];
/// A query that is read.
pub const QUERY: Group = &[Malformed];
/// A body that is read.
pub const BODY: Group = &[Malformed, BodyTooLarge, OriginNotAllowed];
/// A hello.
pub const HELLO: Group = &[VersionMismatch];
/// A conversation that the address names.
pub const CONVERSATION: Group = &[ConversationUnknown];
/// A text that people will read.
pub const TEXT: Group = &[TextEmpty, TextTooLong];
/// A client id that makes the request idempotent.
pub const CLIENT_ID: Group = &[Malformed, ClientIdReused];
/// A visitor's act.
pub const VISITOR_ACT: Group = &[ConversationClosed, LiveChatOff, NotAllowed, VisitorBlocked];
/// A bot's act.
pub const BOT_ACT: Group =
    &[ConversationClosed, NotAllowed, NewMessages, ChoicesInvalid, VisitorErased];
/// An agent's act.
pub const AGENT_ACT: Group =
    &[ConversationClosed, NotAllowed, ClaimRequired, ClaimedByOther, NewMessages, VisitorErased];
/// A first message.
pub const START: Group = &[TooManyOpen, LiveChatOff, NotAllowed, IdentityRequired, VisitorBlocked];
/// A visitor who types.
pub const TYPES: Group = &[VisitorBlocked];
/// A visitor whom an agent looks at.
pub const RECORD: Group = &[VisitorUnknown];
/// What is told of a visitor; with `field`.
pub const DETAILS: Group =
    &[TextTooLong, EmailInvalid, PhoneInvalid, AttributeInvalid, TooManyAttributes];
/// A record that an agent changes.
pub const EDIT: Group = &[RecordChanged];
/// Who a page says that its visitor is.
pub const IDENTIFY: Group = &[
    ExternalIdInvalid,
    HashWrong,
    TokenInvalid,
    TokenExpired,
    TokenAlgorithm,
    ProofUnexpected,
    OtherPerson,
    JoinTooLarge,
    VisitorBlocked,
];
/// A link that leads back to a conversation.
pub const RETURN: Group = &[LinkExpired, LinkUsed, OtherPerson];
/// The settings for identity.
pub const IDENTITY: Group = &[PublicKeyInvalid];
/// A secret that is made.
pub const SECRET: Group = &[TooManySecrets];
/// A listing.
pub const LISTING: Group = &[FilterUnknown];
/// Signing in.
pub const SIGN_IN: Group =
    &[SignInFailed, AccountDeactivated, SecondFactorRequired, SecondFactorWrong];
/// What only admins of sites on a higher plan may do.
pub const MANAGE: Group = &[RoleRequired, PlanRequired];
/// The closing settings; with `field`.
pub const CLOSING: Group = &[
    PeriodOutOfRange,
    WarningOutOfRange,
    LanguageInvalid,
    LanguageRepeated,
    TooManyLanguages,
    TextEmpty,
    TextTooLong,
];

/// What only admins do.
pub const ADMIN: Group = &[RoleRequired];
/// What concerns owners.
pub const OWNERS: Group = &[OwnerRequired];
/// A person of the team who is changed.
pub const PERSON: Group = &[LastOwner];
/// An invitation that is made.
pub const INVITE: Group = &[OwnerRequired, TooManyInvitations, TextTooLong];
/// The secret of an invitation.
pub const INVITED: Group = &[InvitationUsed, InvitationEnded];
/// An invitation that is accepted.
pub const ACCEPT: Group = &[EmailInvalid, EmailTaken, PasswordWeak];
/// An invitation that is accepted by somebody who has an account.
pub const JOIN: Group = &[AlreadyOnTeam];
/// Another site of the same person.
pub const GO_TO_SITE: Group = &[AccountDeactivated];
/// A server that is set up.
pub const SET_UP: Group = &[AddressInvalid];
/// An agent's own e-mail address.
pub const ACCOUNT_EMAIL: Group = &[EmailInvalid, EmailTaken, PasswordWrong];
/// An agent's own password.
pub const ACCOUNT_PASSWORD: Group = &[PasswordWeak, PasswordWrong];
/// A picture that an agent chooses.
pub const PICTURE: Group = &[Malformed, PictureInvalid, PictureTooLarge, PictureAnimated];
/// A change that the agent's password confirms.
pub const ACCOUNT_CONFIRMED: Group = &[PasswordWrong];
/// A second factor that is begun.
pub const SECOND_FACTOR: Group = &[PasswordWrong, SecondFactorOn];
/// The first code of a second factor.
pub const SECOND_FACTOR_CODE: Group = &[SecondFactorWrong, SecondFactorOn];
/// Texts in the site's own words; with `field`.
pub const OWN_TEXTS: Group = &[TextUnknown, TextRepeated, PlacesDiffer, TextEmpty, TextTooLong];
/// A bot that is added.
pub const BOTS: Group = &[TooManyBots];
/// A bot's flow.
pub const FLOW: Group = &[FlowInvalid];
/// A visitor who is blocked.
pub const BLOCK: Group = &[VisitorErased, TextTooLong, NetworkBlockOutOfRange];
/// For how long closed conversations are kept.
pub const RETENTION: Group = &[RetentionOutOfRange];
/// When e-mail is sent.
pub const MAIL: Group = &[CallMinutesOutOfRange, LanguageInvalid];
/// A test of it.
pub const MAIL_TEST: Group = &[MailOff];
/// Where a bot greets; with `field`.
pub const GREETING: Group = &[PageInvalid, TooManyPages, LanguageInvalid, TooManyLanguages];
/// A flow that is changed by somebody who has seen a version of it.
pub const FLOW_SEEN: Group = &[Malformed, FlowChanged];
/// Opening hours; with `field`.
pub const HOURS: Group = &[HoursInvalid];
/// What live chats ask; with `field`.
pub const QUESTIONS: Group = &[
    QuestionsInvalid,
    TextEmpty,
    TextTooLong,
    LanguageInvalid,
    LanguageRepeated,
    TooManyLanguages,
];
/// A language of the chat.
pub const TEXTS_LANGUAGE: Group = &[LanguageUnknown];
/// Settings that are saved.
pub const SAVE: Group = &[SettingsChanged];
/// The request that opens a socket.
pub const UPGRADE: Group = &[Malformed, OriginNotAllowed];
/// A socket's frame.
pub const FRAME: Group = &[Malformed, BodyTooLarge];

/// Every route counts by network, and may refuse while the server is busy or going down.
const EVERY: Group = &[RateLimited, Unavailable];

/// These groups' codes as the description of a response lists them.
pub fn refusals(groups: &[Group]) -> String {
    let mut codes: Vec<ErrorCode> = Vec::new();
    for code in groups.iter().copied().flatten().chain(EVERY) {
        if !codes.contains(code) {
            codes.push(*code);
        }
    }
    let codes: Vec<String> = codes.iter().map(|code| format!("`{}`", code.as_str())).collect();
    codes.join(", ")
}
