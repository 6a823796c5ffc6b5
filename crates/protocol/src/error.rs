//! Errors on the wire: a code for programs, a sentence for people.

use serde::Serialize;

use crate::event::Member;
use crate::json::{FromJson, Json, Malformed};
use crate::{Seq, from_json};

/// The body of every answer that is not a success, and of the socket's error frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// The error for programs. Codes are stable.
    pub code: ErrorCode,
    /// The error for people, and what to do about it. Not stable.
    pub message: String,
    /// With `rate_limited` and `unavailable`: milliseconds to wait before a retry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// With `new_messages`: the `seq` of the visitor's newest message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<Seq>,
    /// With `claimed_by_other`: the owner now; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Member>,
    /// With refused settings: the setting at fault, such as `notices.pt-BR`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

macro_rules! error_codes {
    (
        all {
            $($(#[$doc:meta])* $name:ident = $text:literal, $status:literal, $message:literal;)*
        }
        team {
            $($(#[$team_doc:meta])* $team:ident = $team_text:literal, $team_status:literal, $team_message:literal;)*
        }
    ) => {
        /// An error code. Each has one HTTP status.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
            $(#[cfg(feature = "team")] $(#[$team_doc])* #[serde(rename = $team_text)] $team,)*
        }

        impl ErrorCode {
            /// Every code, in the order of this list.
            pub const ALL: &[ErrorCode] = &[
                $(ErrorCode::$name,)*
                $(#[cfg(feature = "team")] ErrorCode::$team,)*
            ];

            /// The code on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(ErrorCode::$name => $text,)*
                    $(#[cfg(feature = "team")] ErrorCode::$team => $team_text,)*
                }
            }

            /// The HTTP status of the answer.
            pub fn status(self) -> u16 {
                match self {
                    $(ErrorCode::$name => $status,)*
                    $(#[cfg(feature = "team")] ErrorCode::$team => $team_status,)*
                }
            }

            /// The message for people.
            pub fn message(self) -> &'static str {
                match self {
                    $(ErrorCode::$name => $message,)*
                    $(#[cfg(feature = "team")] ErrorCode::$team => $team_message,)*
                }
            }
        }
    };
}

error_codes! {
    all {
        /// The request is not JSON, or not of the documented form.
        Malformed = "malformed", 400, "The request doesn't have the documented form.";
        /// The client's `wire` version differs from the server's.
        VersionMismatch = "version_mismatch", 409, "A newer version is running. Reload the page.";
        /// The visitor key is missing, unknown or ill-formed.
        VisitorKeyInvalid = "visitor_key_invalid", 401, "This visitor key is unknown.";
        /// The site has revoked this visitor's key.
        VisitorKeyRevoked = "visitor_key_revoked", 403, "This visitor key has been revoked.";
        /// The bot token is missing or unknown.
        BotTokenInvalid = "bot_token_invalid", 401, "This bot token is unknown.";
        /// No agent is signed in.
        SignInRequired = "sign_in_required", 401, "Sign in first.";
        /// The e-mail or the password is wrong; the answer does not say which.
        SignInFailed = "sign_in_failed", 401, "The email or password is incorrect.";
        /// The request lacks the session's CSRF token.
        CsrfTokenInvalid = "csrf_token_invalid", 403, "The CSRF token is missing or wrong. Reload the page.";
        /// The request comes from a page on another origin.
        OriginNotAllowed = "origin_not_allowed", 403, "Requests from this origin are not allowed.";
        /// The agent's role does not allow it.
        RoleRequired = "role_required", 403, "Only admins and owners of this site can do this.";
        /// The site's plan does not include it.
        PlanRequired = "plan_required", 403, "This requires the Professional plan or higher.";
        /// No site has this key.
        SiteUnknown = "site_unknown", 404, "No site has this key. Check data-site in the script tag.";
        /// There is no such conversation, or it is another visitor's: the answer is the same for both.
        ConversationUnknown = "conversation_unknown", 404, "There is no such conversation.";
        /// There is no such path.
        NotFound = "not_found", 404, "There is nothing at this address.";
        /// The path does not support the method.
        MethodNotAllowed = "method_not_allowed", 405, "This address doesn't support this method.";
        /// The conversation is closed, and the act does not re-open it.
        ConversationClosed = "conversation_closed", 409, "This conversation is closed.";
        /// The site has switched live chat off, and no bot answers here.
        LiveChatOff = "live_chat_off", 409, "Live chat is switched off here.";
        /// Agents reply to and close only conversations that they own.
        ClaimRequired = "claim_required", 403, "Claim this conversation first.";
        /// The owner is not the one whom the claiming agent saw.
        ClaimedByOther = "claimed_by_other", 409, "Somebody else owns this conversation now.";
        /// The visitor has written since the closer looked.
        NewMessages = "new_messages", 409, "The visitor has sent a new message. Read it before you close the conversation.";
        /// Other settings have been saved since the saver loaded them.
        SettingsChanged = "settings_changed", 409, "Somebody else has changed these settings. Reload them before you save.";
        /// The `client_id` has been used for another act.
        ClientIdReused = "client_id_reused", 409, "This client_id was used for another act. Use a new one.";
        /// This kind of actor may not do this here.
        NotAllowed = "not_allowed", 403, "This isn't allowed here.";
        /// The text is empty, or invisible.
        TextEmpty = "text_empty", 422, "Write something first.";
        /// The text is longer than the limit.
        TextTooLong = "text_too_long", 422, "The text is too long.";
        /// The text contains control characters. Servers of 0.1 refused them; now they are removed.
        TextInvalid = "text_invalid", 422, "The text contains characters that can't be displayed.";
        /// A period after which conversations close is shorter than a minute or longer than a year.
        PeriodOutOfRange = "period_out_of_range", 422, "The period must be between 1 minute and 1 year.";
        /// The warning before closing is out of range, or not shorter than the period.
        WarningOutOfRange = "warning_out_of_range", 422, "The warning must come between 1 minute and 1 day before closing, and be shorter than every period.";
        /// The language tag is ill-formed.
        LanguageInvalid = "language_invalid", 422, "This isn't a language tag. Use one such as en or pt-BR.";
        /// Two notices have the same language.
        LanguageRepeated = "language_repeated", 422, "There are two texts for the same language. Remove one.";
        /// The chat has no texts in this language.
        LanguageUnknown = "language_unknown", 422, "The chat doesn't speak this language.";
        /// The chat has no text with this key: the client may be of another version.
        TextUnknown = "text_unknown", 422, "There is no text with this key.";
        /// Two texts have the same key.
        TextRepeated = "text_repeated", 422, "There are two texts with the same key. Remove one.";
        /// The text lacks a place of the text that it replaces, or has another one.
        PlacesDiffer = "places_differ", 422, "The text must have the places in double braces that the original has, and no others.";
        /// There are more notices than the limit.
        TooManyLanguages = "too_many_languages", 422, "There are too many languages.";
        /// A bot's question has no choices, too many, or two that say the same.
        ChoicesInvalid = "choices_invalid", 422, "A question has 1 to 12 choices, all different.";
        /// The site has as many bots as it may have.
        TooManyBots = "too_many_bots", 409, "The site has too many bots. Remove one first.";
        /// A bot's flow has problems, which the answer lists.
        FlowInvalid = "flow_invalid", 422, "This flow has problems. Fix them first.";
        /// A pattern for the pages on which a bot greets is no path.
        PageInvalid = "page_invalid", 422, "This isn't the path of a page. Begin with / or *, without the site's address, such as /shop/*.";
        /// A bot's greeting rule has more pages than the limit.
        TooManyPages = "too_many_pages", 422, "There are too many pages.";
        /// A newer version of the flow has been published than the one that was seen.
        FlowChanged = "flow_changed", 409, "Somebody else has published a newer version of this flow. Look at it first.";
        /// The time zone is unknown, hours close before they open or overlap, or there are too many.
        HoursInvalid = "hours_invalid", 422, "These opening hours can't be kept: use a known time zone, and times on a day that follow each other.";
        /// The inbox has no folder of this name: the client may be newer than the server.
        FilterUnknown = "filter_unknown", 422, "There is no such folder.";
        /// The request body or frame is larger than the limit.
        BodyTooLarge = "body_too_large", 413, "The request is too large.";
        /// The visitor has too many open conversations.
        TooManyOpen = "too_many_open", 409, "Too many conversations are open. Continue in one of them.";
        /// Too many requests; `retry_after_ms` says when to retry.
        RateLimited = "rate_limited", 429, "Too many requests. Try again later.";
        /// The server is shutting down, overloaded, or can't write.
        Unavailable = "unavailable", 503, "The server can't handle this right now. Try again later.";
        /// A fault in the server. Its log has the details.
        Internal = "internal", 500, "Something went wrong on the server.";
    }

    // What only people of the team and the site's own programs meet. The widget, to which these would be text to carry, is
    // built without.
    team {
        /// Only owners may do this: it concerns an owner, or would make one.
        OwnerRequired = "owner_required", 403, "Only owners of this site can do this.";
        /// The site would be left without an owner.
        LastOwner = "last_owner", 409, "This is the site's only owner. Make somebody else an owner first.";
        /// The agent has been deactivated.
        AccountDeactivated = "account_deactivated", 403, "This account has been deactivated. Ask an admin of the site to reactivate it.";
        /// The invitation has been used.
        InvitationUsed = "invitation_used", 410, "This invitation has been used. Sign in with the e-mail address and password that were chosen, or ask for a new invitation.";
        /// The invitation has expired, has been taken back, or never was one.
        InvitationEnded = "invitation_ended", 410, "This invitation is not valid any more. Ask whoever invited you for a new one.";
        /// The site has as many open invitations as it may have.
        TooManyInvitations = "too_many_invitations", 409, "Too many invitations are open. Take one back first.";
        /// The e-mail address is not of the form of one.
        EmailInvalid = "email_invalid", 422, "This isn't an e-mail address.";
        /// Somebody on this server has this e-mail address.
        EmailTaken = "email_taken", 409, "Somebody signs in with this e-mail address already. If it is yours, sign in; otherwise use another one.";
        /// The person is on the site's team already, active or not.
        AlreadyOnTeam = "already_on_team", 409, "You are on this site's team already. If you have been deactivated, ask an admin to reactivate you.";
        /// The address of a website is not an origin.
        AddressInvalid = "address_invalid", 422, "This isn't the address of a website. Write it with https://, without a page, such as https://shop.example.";
        /// The new password is too short, too long, or easy to guess.
        PasswordWeak = "password_weak", 422, "This password is too easy to guess. Three or four words that have nothing to do with each other are good.";
        /// The password is right, and the agent has a second factor: the sign-in needs a `code`, too.
        SecondFactorRequired = "second_factor_required", 401, "Enter the code of your authenticator app, or one of your recovery codes.";
        /// The code is wrong, or was used before.
        SecondFactorWrong = "second_factor_wrong", 403, "This code is wrong, or was used already. Wait for the next one.";
        /// A second factor is in force, and would be replaced.
        SecondFactorOn = "second_factor_on", 409, "Two-step sign-in is on. Switch it off before you set it up anew.";
        /// The password that confirms a change is wrong.
        PasswordWrong = "password_wrong", 403, "The current password is incorrect.";
        /// The file is no picture that the server reads, or is not whole.
        PictureInvalid = "picture_invalid", 422, "This isn't a picture in PNG, JPEG or WebP, or a part of it is missing. Choose another file.";
        /// The picture has more bytes or pixels than the limit.
        PictureTooLarge = "picture_too_large", 413, "This picture is too large. It may have 5 MB and 25 megapixels. Make it smaller, or choose another one.";
        /// The picture moves.
        PictureAnimated = "picture_animated", 422, "This picture moves. Choose one that stands still.";
        /// The site has no such visitor.
        VisitorUnknown = "visitor_unknown", 404, "There is no such visitor.";
        /// The record has changed since the agent loaded it.
        RecordChanged = "record_changed", 409, "This visitor's details have changed meanwhile. Look at them before you save.";
        /// The telephone number is none.
        PhoneInvalid = "phone_invalid", 422, "This isn't a telephone number. Write 3 to 15 digits, with or without spaces and a leading +.";
        /// An attribute has a key or a value that it can't have.
        AttributeInvalid = "attribute_invalid", 422, "An attribute's name has up to 40 of a-z, 0-9 and _. Its value is a text of up to 255 characters, a whole number, true or false.";
        /// The record would have more attributes than the limit.
        TooManyAttributes = "too_many_attributes", 422, "A visitor has up to 50 attributes. Remove some first.";
        /// The id of a person is empty, too long, or has characters that can't be displayed.
        ExternalIdInvalid = "external_id_invalid", 422, "This can't be a person's id. Send a text of 1 to 255 characters, without control characters and spaces around it.";
        /// The hash is not that of the id, by a secret of the site.
        HashWrong = "hash_wrong", 403, "This hash is not the one of this id. Make it on your server: HMAC-SHA256 of exactly this id, with the site's secret, as 64 hexadecimal digits.";
        /// The JWT is no JWT, lacks a claim, or has a signature that does not hold.
        TokenInvalid = "token_invalid", 403, "This token does not hold. Sign it on your server with the site's key, with the claims sub and exp.";
        /// The JWT has expired.
        TokenExpired = "token_expired", 403, "This token has expired. Have your server sign a new one.";
        /// The JWT names another algorithm than the site's settings.
        TokenAlgorithm = "token_algorithm", 403, "This token is signed by another algorithm than the site's settings say.";
        /// The proof is of another kind than the site's settings say, or the site has no secret yet.
        ProofUnexpected = "proof_unexpected", 403, "The site's settings expect another kind of proof, or the site has no secret yet.";
        /// The device belongs to another person, whose identity is proved.
        OtherPerson = "other_person", 409, "Somebody else is identified on this device. Call logout first.";
        /// The link that led back to a conversation is too old, or of a visitor who is no more.
        LinkExpired = "link_expired", 410, "This link has expired. Open the chat where it was begun, or begin a new one.";
        /// The link that leads back to a conversation was opened in another browser before.
        LinkUsed = "link_used", 409, "This link was opened in another browser before. Each opens in one.";
        /// A device brings more conversations along than can be joined.
        JoinTooLarge = "join_too_large", 409, "This device has too many conversations to join them. Call logout first.";
        /// The site lets only those write whose identity is proved.
        IdentityRequired = "identity_required", 403, "Sign in on this website first: only people whom it knows can write here.";
        /// The site has as many secrets as it may have.
        TooManySecrets = "too_many_secrets", 409, "The site has too many secrets. Remove one that is not in use first.";
        /// The public key is none for ES256.
        PublicKeyInvalid = "public_key_invalid", 422, "This isn't a public key for ES256. Paste the PEM file of a P-256 key, with the line BEGIN PUBLIC KEY.";
        /// What the visitor wrote was erased: nothing can be written to them, or about them, any more.
        VisitorErased = "visitor_erased", 409, "This visitor has been erased. Nothing can be written here any more.";
        /// The site has blocked this visitor. A visitor meets it, too; the widget says what it says of any code that it does
        /// not know.
        VisitorBlocked = "visitor_blocked", 403, "This site doesn't take messages from this visitor.";
        /// A question of live chats asks for nothing, for what another one asks for, or there are none or too many.
        QuestionsInvalid = "questions_invalid", 422, "Ask one to five questions, each for something else: name, email, phone, or a key of small letters, digits and underscores.";
        /// The period after which closed conversations are removed is out of range.
        RetentionOutOfRange = "retention_out_of_range", 422, "Closed conversations can be kept between 30 days and 10 years.";
        /// The time for which a visitor's network would be blocked is out of range.
        NetworkBlockOutOfRange = "network_block_out_of_range", 422, "A network can be blocked between a minute and 30 days.";
        /// The time after which a team is called by e-mail is out of range.
        CallMinutesOutOfRange = "call_minutes_out_of_range", 422, "The team can be told after a minute to a day (1,440 minutes), or not at all (0).";
        /// The server can't send e-mail.
        MailOff = "mail_off", 409, "This server can't send e-mail. Whoever runs it has to set --smtp and --mail-from: see docs/mail.md.";
    }
}

impl ErrorBody {
    /// The message for people: the server's, or that of the code.
    pub fn said(&self) -> &str {
        if self.message.is_empty() { self.code.message() } else { &self.message }
    }
}

impl ErrorCode {
    /// Codes of earlier servers, which this server does not send.
    pub const RETIRED: &[ErrorCode] = &[ErrorCode::TextInvalid];

    /// An error body with this code and its message.
    pub fn body(self) -> ErrorBody {
        ErrorBody { message: self.message().to_owned(), ..self.bare() }
    }

    /// An error body without a message, for a refusal that no server has sent. A client has words of its own for it:
    /// the messages are English, and would be a kilobyte of the widget.
    pub fn bare(self) -> ErrorBody {
        ErrorBody {
            code: self,
            message: String::new(),
            retry_after_ms: None,
            seq: None,
            owner: None,
            field: None,
        }
    }

    /// True if a retry of the same request may succeed.
    pub fn is_retryable(self) -> bool {
        matches!(self, ErrorCode::RateLimited | ErrorCode::Unavailable | ErrorCode::Internal)
    }
}

from_json!(@serde ErrorCode);
from_json!(@serde ErrorBody);

impl FromJson for ErrorCode {
    /// Parses an unknown code as `NotAllowed`.
    fn from_json(json: Json) -> Result<Self, Malformed> {
        Ok(known(json)?.unwrap_or(ErrorCode::NotAllowed))
    }
}

impl FromJson for ErrorBody {
    /// Parses an unknown code as `NotAllowed`, or as `Unavailable` if there is a `retry_after_ms`.
    fn from_json(json: Json) -> Result<Self, Malformed> {
        let mut fields = json.fields()?;
        let code = known(fields.take("code").ok_or(Malformed("code"))?)?;
        let retry_after_ms: Option<u64> = fields.lenient("retry_after_ms");
        let unknown =
            if retry_after_ms.is_some() { ErrorCode::Unavailable } else { ErrorCode::NotAllowed };
        Ok(ErrorBody {
            code: code.unwrap_or(unknown),
            message: fields.lenient("message"),
            retry_after_ms,
            seq: fields.lenient("seq"),
            owner: fields.lenient("owner"),
            field: fields.lenient("field"),
        })
    }
}

fn known(code: Json) -> Result<Option<ErrorCode>, Malformed> {
    let text = String::from_json(code)?;
    Ok(ErrorCode::ALL.iter().find(|code| code.as_str() == text).copied())
}

/// Written by hand, because the derive does not see names that a macro inserts.
#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for ErrorCode {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        let sent = ErrorCode::ALL.iter().filter(|code| !ErrorCode::RETIRED.contains(code));
        let codes = sent.map(|code| code.as_str());
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .enum_values(Some(codes))
            .description(Some("An error code. Each has one HTTP status."))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for ErrorCode {}
