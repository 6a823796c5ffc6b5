//! The texts of the inbox, and names for visitors, agents and folders.

pub mod period;

use porchlight_client::Failure;
use porchlight_protocol::rights::Role;
use porchlight_protocol::{ErrorBody, ErrorCode, Filter, Sort};

use crate::words::{Pattern, Word, fill, from_now, say};

/// The message for a sign-in that is rate-limited.
pub fn too_many_tries(retry_after_ms: Option<u64>) -> String {
    let seconds = retry_after_ms.unwrap_or(0).div_ceil(1_000).cast_signed();
    let when = match seconds {
        0 => return say(Word::SigninTooMany),
        1..=90 => from_now(seconds, "second", false),
        _ => from_now((seconds + 59) / 60, "minute", false),
    };
    fill(Pattern::SigninTooManyUntil, &[&when])
}

/// The initials in a member's avatar.
pub fn initials(name: &str) -> String {
    let letter = |word: &str| word.chars().find(|c| c.is_alphanumeric());
    let mut words = name.split_whitespace().filter_map(letter);
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

/// The first name of a member.
pub fn first_name(name: &str) -> &str {
    name.split_whitespace().next().unwrap_or(name)
}

/// A folder's name.
pub fn filter(filter: Filter) -> Word {
    match filter {
        Filter::Open => Word::FolderOpen,
        Filter::Unassigned => Word::FolderUnassigned,
        Filter::Mine => Word::FolderMine,
        Filter::Closed => Word::FolderClosed,
        Filter::All => Word::FolderAll,
    }
}

/// A role's name.
pub fn role(role: Role) -> Word {
    match role {
        Role::Owner => Word::TeamOwner,
        Role::Admin => Word::TeamAdmin,
        Role::Agent => Word::TeamAgent,
    }
}

/// What a role is for.
pub fn role_may(role: Role) -> Word {
    match role {
        Role::Owner => Word::TeamOwnerMay,
        Role::Admin => Word::TeamAdminMay,
        Role::Agent => Word::TeamAgentMay,
    }
}

/// An order's name.
pub fn sort(sort: Sort) -> Word {
    match sort {
        Sort::Newest | Sort::Left => Word::ListNewest,
        Sort::Waiting => Word::ListWaiting,
    }
}

/// The empty state of a folder: title and text.
pub fn empty(filter: Filter) -> (Word, Word) {
    match filter {
        Filter::Open => (Word::FolderEmptyOpen, Word::FolderEmptyOpenText),
        Filter::Unassigned => (Word::FolderEmptyUnassigned, Word::FolderEmptyUnassignedText),
        Filter::Mine => (Word::FolderEmptyMine, Word::FolderEmptyMineText),
        Filter::Closed => (Word::FolderEmptyClosed, Word::FolderEmptyClosedText),
        Filter::All => (Word::FolderEmptyAll, Word::FolderEmptyAllText),
    }
}

/// The message for an act that was refused, with what to do.
pub fn refused(error: &ErrorBody) -> String {
    say(match error.code {
        ErrorCode::ClaimedByOther => match &error.owner {
            Some(owner) => return fill(Pattern::RefusedClaimedBy, &[&owner.name]),
            None => Word::RefusedUnassigned,
        },
        ErrorCode::ClaimRequired => Word::RefusedNotYours,
        ErrorCode::ConversationClosed => Word::RefusedClosed,
        ErrorCode::Unavailable => Word::RefusedUnavailable,
        code => error_code(code),
    })
}

/// Why a request failed.
pub fn failure(failure: &Failure) -> Word {
    match failure {
        Failure::Network => Word::LinkUnreachable,
        Failure::Refused(error) => error_code(error.code),
    }
}

/// The message for an error, in the agent's language: the server's own is English.
pub fn error_code(code: ErrorCode) -> Word {
    match code {
        ErrorCode::VersionMismatch => Word::ErrorVersion,
        ErrorCode::SignInRequired => Word::ErrorSignIn,
        ErrorCode::SignInFailed => Word::SigninFailed,
        ErrorCode::OriginNotAllowed => Word::ErrorOrigin,
        ErrorCode::RoleRequired => Word::ErrorRoleRequired,
        ErrorCode::PlanRequired => Word::LockedStill,
        ErrorCode::ConversationUnknown => Word::TakenGone,
        ErrorCode::ConversationClosed => Word::TakenClosed,
        ErrorCode::ClaimRequired => Word::TalkClaimFirst,
        ErrorCode::NewMessages => Word::ErrorNewMessages,
        ErrorCode::SettingsChanged => Word::SaveOvertaken,
        ErrorCode::NotAllowed | ErrorCode::VisitorBlocked => Word::ErrorNotAllowed,
        ErrorCode::VisitorErased => Word::ErrorErased,
        ErrorCode::RetentionOutOfRange => Word::ErrorRetentionRange,
        ErrorCode::NetworkBlockOutOfRange => Word::ErrorNetworkRange,
        ErrorCode::CallMinutesOutOfRange => Word::ErrorCallMinutes,
        ErrorCode::MailOff => Word::ErrorMailOff,
        ErrorCode::QuestionsInvalid => Word::ErrorQuestions,
        ErrorCode::TextEmpty => Word::ErrorTextEmpty,
        ErrorCode::TextTooLong | ErrorCode::BodyTooLarge => Word::ErrorTextTooLong,
        ErrorCode::PlacesDiffer => Word::ErrorPlacesDiffer,
        ErrorCode::PeriodOutOfRange => Word::ErrorPeriodRange,
        ErrorCode::WarningOutOfRange => Word::ErrorWarningRange,
        ErrorCode::LanguageInvalid => Word::ErrorLanguageInvalid,
        ErrorCode::LanguageRepeated => Word::ErrorLanguageRepeated,
        ErrorCode::TooManyLanguages => Word::ErrorTooManyLanguages,
        ErrorCode::TooManyBots => Word::ErrorTooManyBots,
        ErrorCode::FlowInvalid => Word::ErrorFlowInvalid,
        ErrorCode::TooManyPages => Word::GreetsTooManyPages,
        ErrorCode::FlowChanged => Word::ErrorFlowChanged,
        ErrorCode::SecondFactorRequired => Word::SigninCodeHint,
        ErrorCode::SecondFactorWrong => Word::ErrorSecondFactorWrong,
        ErrorCode::SecondFactorOn => Word::ErrorSecondFactorOn,
        ErrorCode::OwnerRequired => Word::ErrorOwnerRequired,
        ErrorCode::LastOwner => Word::ErrorLastOwner,
        ErrorCode::AccountDeactivated => Word::ErrorDeactivated,
        ErrorCode::TooManyInvitations => Word::ErrorTooManyInvitations,
        ErrorCode::AddressInvalid => Word::ErrorAddressInvalid,
        ErrorCode::EmailInvalid => Word::ErrorEmailInvalid,
        ErrorCode::AlreadyOnTeam => Word::ErrorAlreadyOnTeam,
        ErrorCode::EmailTaken => Word::ErrorEmailTaken,
        ErrorCode::PasswordWeak => Word::ErrorPasswordWeak,
        ErrorCode::PasswordWrong => Word::ErrorPasswordWrong,
        ErrorCode::PictureInvalid => Word::ErrorPictureInvalid,
        ErrorCode::PictureTooLarge => Word::ErrorPictureTooLarge,
        ErrorCode::PictureAnimated => Word::ErrorPictureAnimated,
        ErrorCode::VisitorUnknown => Word::PersonGone,
        ErrorCode::RecordChanged => Word::PersonChanged,
        ErrorCode::PhoneInvalid => Word::PersonPhoneInvalid,
        ErrorCode::AttributeInvalid => Word::PersonAttributeInvalid,
        ErrorCode::TooManyAttributes => Word::PersonTooMany,
        ErrorCode::RateLimited => Word::RefusedTooFast,
        ErrorCode::Unavailable => Word::ErrorUnavailable,
        ErrorCode::Internal => Word::ErrorInternal,
        // Faults of the inbox itself.
        _ => Word::ErrorOther,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_get_their_letters() {
        assert_eq!(initials("Ada Lovell"), "AL");
        assert_eq!(initials("ada"), "A");
        assert_eq!(initials("Ada de la Lovell"), "AL");
        assert_eq!(initials("  "), "");
        assert_eq!(first_name("Ada Lovell"), "Ada");
    }

    #[test]
    fn waiting_is_told_in_a_measure_that_people_use() {
        assert_eq!(too_many_tries(Some(1)), "Too many attempts. Try again in 1 second.");
        assert_eq!(too_many_tries(Some(120_000)), "Too many attempts. Try again in 2 minutes.");
    }
}
