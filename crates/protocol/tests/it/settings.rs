//! What a site may set on its page *Close Conversations*, what it is told of the rest, and what is in
//! force on which plan.

use porchlight_protocol::limits::{BODY_BYTES_MAX, NOTICE_CHARS_MAX, NOTICE_LANGUAGES_MAX};
use porchlight_protocol::settings::{SettingsError, Since};
use porchlight_protocol::text::TextError;
use porchlight_protocol::{ClosingSettings, ErrorCode, Notice, Plan, Policy};

use crate::world::all_options;

const MINUTE_S: u64 = 60;
const HOUR_S: u64 = 60 * MINUTE_S;
const DAY_S: u64 = 24 * HOUR_S;
const YEAR_S: u64 = 365 * DAY_S;

fn off() -> ClosingSettings {
    ClosingSettings::default()
}

fn notice(language: &str, text: &str) -> Notice {
    Notice { language: language.to_owned(), text: text.to_owned() }
}

fn with_notices(notices: &[(&str, &str)]) -> ClosingSettings {
    let notices = notices.iter().map(|(language, text)| notice(language, text)).collect();
    ClosingSettings { notices, ..off() }
}

/// It is refused with this code, about this field.
#[track_caller]
fn refused(settings: ClosingSettings, code: ErrorCode, field: &str) {
    let error = settings.checked().unwrap_err();
    let body = error.body();
    assert_eq!((body.code, body.field.as_deref()), (code, Some(field)), "{error:?}");
    assert_eq!(body.message, code.message());
}

#[track_caller]
fn taken(settings: ClosingSettings) {
    assert_eq!(settings.clone().checked(), Ok(settings));
}

#[test]
fn all_is_off_until_a_site_says_otherwise() {
    taken(off());
    assert_eq!(off().policy(Plan::Enterprise, 9), Policy::default());
    let policy = Policy::default();
    assert_eq!((policy.live_closes_after_s, policy.bot_closes_after_s), (None, None));
    assert_eq!((policy.warn_before_s, policy.hide_closed_since), (None, None));
    assert_eq!((policy.disable_field, policy.notices), (false, None));
}

#[test]
fn a_period_has_at_least_a_minute_and_at_most_a_year() {
    for period in [MINUTE_S, MINUTE_S + 1, DAY_S, YEAR_S] {
        taken(ClosingSettings { auto_close_after_s: Some(period), ..off() });
        taken(ClosingSettings { bot_auto_close_after_s: Some(period), bots_apart: true, ..off() });
    }
    for period in [0, 1, MINUTE_S - 1, YEAR_S + 1, u64::MAX] {
        for bots_apart in [false, true] {
            refused(
                ClosingSettings { auto_close_after_s: Some(period), bots_apart, ..off() },
                ErrorCode::PeriodOutOfRange,
                "auto_close_after_s",
            );
            // What is kept for later is checked now: it may be switched on at any time.
            refused(
                ClosingSettings { bot_auto_close_after_s: Some(period), bots_apart, ..off() },
                ErrorCode::PeriodOutOfRange,
                "bot_auto_close_after_s",
            );
        }
    }
}

#[test]
fn a_warning_has_at_least_a_minute_and_at_most_a_day() {
    for warning in [MINUTE_S, 5 * MINUTE_S, DAY_S] {
        taken(ClosingSettings {
            warn_before_s: Some(warning),
            auto_close_after_s: Some(YEAR_S),
            ..off()
        });
        // Kept while nothing closes by itself.
        taken(ClosingSettings { warn_before_s: Some(warning), ..off() });
    }
    for warning in [0, MINUTE_S - 1, DAY_S + 1, u64::MAX] {
        for auto_close_after_s in [None, Some(YEAR_S)] {
            refused(
                ClosingSettings { warn_before_s: Some(warning), auto_close_after_s, ..off() },
                ErrorCode::WarningOutOfRange,
                "warn_before_s",
            );
        }
    }
}

#[test]
fn a_warning_is_shorter_than_each_period_that_is_on() {
    let settings = |live, bots_apart, bots| ClosingSettings {
        auto_close_after_s: live,
        bots_apart,
        bot_auto_close_after_s: bots,
        warn_before_s: Some(5 * MINUTE_S),
        ..off()
    };
    let longer = Some(5 * MINUTE_S + 1);
    for shorter in [Some(MINUTE_S), Some(5 * MINUTE_S)] {
        for (live, apart, bots) in
            [(shorter, false, None), (shorter, true, longer), (longer, true, shorter)]
        {
            let settings = settings(live, apart, bots);
            refused(settings, ErrorCode::WarningOutOfRange, "warn_before_s");
        }
        // A period for bots that is not on is in nobody's way.
        taken(settings(longer, false, shorter));
    }
    taken(settings(longer, true, longer));
    taken(settings(longer, true, None));
    taken(settings(None, true, longer));
}

#[test]
fn the_shortest_period_leaves_no_time_for_a_warning() {
    let settings = ClosingSettings { auto_close_after_s: Some(MINUTE_S), ..off() };
    for warning in [1, MINUTE_S - 1, MINUTE_S] {
        let settings = ClosingSettings { warn_before_s: Some(warning), ..settings.clone() };
        refused(settings, ErrorCode::WarningOutOfRange, "warn_before_s");
    }
}

#[test]
fn tags_and_texts_are_taken_in_their_usual_writing() {
    let written = with_notices(&[(" PT-br ", "  Tchau!\r\n"), ("zh-hant", "再見"), ("EN", "Bye")]);
    let cleaned = with_notices(&[("pt-BR", "Tchau!"), ("zh-Hant", "再見"), ("en", "Bye")]);
    assert_eq!(written.checked(), Ok(cleaned.clone()), "and in the order in which they stand");
    taken(cleaned);
}

#[test]
fn what_is_no_language_tag_is_refused_by_its_name() {
    for tag in ["", "x", "english", "en_US", "en-", "-en", "de--AT", "en US", "日本語", "*", "en-u"]
    {
        for before in [&[][..], &[("de", "Tschüß")]] {
            let mut settings = with_notices(before);
            settings.notices.push(notice(tag, "Bye"));
            refused(settings, ErrorCode::LanguageInvalid, &format!("notices.{tag}"));
        }
    }
}

#[test]
fn a_language_has_one_text() {
    for (first, second) in [("en", "en"), ("pt-BR", "PT-br"), ("en", " EN ")] {
        let settings = with_notices(&[(first, "Bye"), ("de", "Tschüß"), (second, "Goodbye")]);
        refused(settings, ErrorCode::LanguageRepeated, &format!("notices.{first}"));
    }
    taken(with_notices(&[("pt", "Tchau"), ("pt-BR", "Tchau"), ("pt-PT", "Adeus")]));
}

fn many(languages: usize, text: &str) -> ClosingSettings {
    let tag = |n: usize| {
        format!("x{}{}", char::from(b'a' + (n / 26) as u8), char::from(b'a' + (n % 26) as u8))
    };
    let notices = (0..languages).map(|n| notice(&tag(n), text)).collect();
    ClosingSettings { notices, notice: true, ..off() }
}

#[test]
fn there_are_as_many_languages_as_the_limit_says() {
    taken(many(NOTICE_LANGUAGES_MAX, "Bye"));
    refused(many(NOTICE_LANGUAGES_MAX + 1, "Bye"), ErrorCode::TooManyLanguages, "notices");
}

#[test]
fn the_most_that_can_be_set_fits_into_a_request() {
    let full = many(NOTICE_LANGUAGES_MAX, &"\u{1f426}".repeat(NOTICE_CHARS_MAX));
    taken(full.clone());
    assert!(serde_json::to_string(&full).unwrap().len() <= BODY_BYTES_MAX);
}

#[test]
fn a_text_is_checked_like_any_and_the_language_is_named() {
    let long = "é".repeat(NOTICE_CHARS_MAX);
    taken(with_notices(&[("pt-BR", &long)]));
    let too_long = format!("{long}!");
    for (text, code) in [
        ("", ErrorCode::TextEmpty),
        (" \n\t", ErrorCode::TextEmpty),
        (&too_long, ErrorCode::TextTooLong),
        ("\0\u{200b}", ErrorCode::TextEmpty),
    ] {
        refused(with_notices(&[("en", "Bye"), ("pt-br", text)]), code, "notices.pt-BR");
        // A notice that is off may be switched on at any time.
        let on = ClosingSettings { notice: true, ..with_notices(&[("pt-BR", text)]) };
        refused(on, code, "notices.pt-BR");
    }
}

#[test]
fn each_way_to_refuse_settings_has_a_code_of_the_visible_kind() {
    let errors = [
        SettingsError::Period { field: "auto_close_after_s" },
        SettingsError::Warning,
        SettingsError::Language { tag: "?".to_owned() },
        SettingsError::LanguageRepeated { language: "en".to_owned() },
        SettingsError::TooManyLanguages,
        SettingsError::Notice { language: "en".to_owned(), error: TextError::Empty },
    ];
    for error in errors {
        assert_eq!(error.code().status(), 422, "{error:?}");
        assert!(!error.code().is_retryable());
        assert!(!error.field().is_empty());
    }
}

#[test]
fn bots_have_the_period_of_live_chats_or_their_own() {
    let policy = |bots_apart| {
        let settings = ClosingSettings {
            auto_close_after_s: Some(DAY_S),
            bots_apart,
            bot_auto_close_after_s: Some(HOUR_S),
            ..off()
        };
        settings.policy(Plan::Professional, 1)
    };
    assert_eq!(policy(false).live_closes_after_s, Some(DAY_S));
    assert_eq!(policy(false).bot_closes_after_s, Some(DAY_S));
    assert_eq!(policy(true).live_closes_after_s, Some(DAY_S));
    assert_eq!(policy(true).bot_closes_after_s, Some(HOUR_S));

    let never = ClosingSettings { auto_close_after_s: Some(DAY_S), bots_apart: true, ..off() };
    assert_eq!(never.policy(Plan::Professional, 1).bot_closes_after_s, None, "bots never");
    let only_bots =
        ClosingSettings { bots_apart: true, bot_auto_close_after_s: Some(HOUR_S), ..off() };
    let policy = only_bots.policy(Plan::Professional, 1);
    assert_eq!((policy.live_closes_after_s, policy.bot_closes_after_s), (None, Some(HOUR_S)));
}

fn all_on() -> ClosingSettings {
    ClosingSettings {
        auto_close_after_s: Some(DAY_S),
        bots_apart: true,
        bot_auto_close_after_s: Some(HOUR_S),
        warn_before_s: Some(5 * MINUTE_S),
        hide_closed: true,
        keep_unread: true,
        disable_field: true,
        notice: true,
        notices: vec![notice("en", "Bye"), notice("pt-BR", "Tchau")],
    }
}

#[test]
fn closing_belongs_to_professional_and_higher() {
    let in_force = Policy {
        live_closes_after_s: Some(DAY_S),
        bot_closes_after_s: Some(HOUR_S),
        warn_before_s: Some(5 * MINUTE_S),
        hide_closed_since: Some(7),
        keep_unread: true,
        hide_unread_since: None,
        disable_field: true,
        live_chat_off: false,
        read_receipts: false,
        away: Vec::new(),
        notices: Some(vec![notice("en", "Bye"), notice("pt-BR", "Tchau")]),
    };
    assert_eq!(all_on().policy(Plan::Professional, 7), in_force);
    assert_eq!(all_on().policy(Plan::Enterprise, 7), in_force);
    assert_eq!(all_on().policy(Plan::Starter, 7), Policy::default(), "whatever is stored");
}

#[test]
fn each_option_is_in_force_by_itself() {
    for settings in all_options() {
        let policy = settings.policy(Plan::Professional, 7);
        assert_eq!(policy.hide_closed_since.is_some(), settings.hide_closed);
        assert_eq!(policy.keep_unread, settings.keep_unread);
        assert_eq!(policy.disable_field, settings.disable_field);
        assert_eq!(policy.notices.is_some(), settings.notice);
        let Policy { live_closes_after_s, bot_closes_after_s, warn_before_s, .. } = policy;
        assert_eq!((live_closes_after_s, bot_closes_after_s, warn_before_s), (None, None, None));
    }
}

#[test]
fn keeping_what_is_unread_matters_with_hiding_alone() {
    let settings = ClosingSettings { keep_unread: true, ..off() };
    taken(settings.clone());
    assert_eq!(settings.policy(Plan::Professional, 7), Policy::default());

    // Whose page was loaded before it ended goes on seeing what it sees; who hides anew keeps nothing.
    let hides = ClosingSettings { keep_unread: false, ..all_on() };
    let ended = |hides_closed, hides_unread| {
        let since = Since { hides_closed, hides_unread };
        hides.policy(Plan::Professional, since).hide_unread_since
    };
    assert_eq!((ended(7, 0), ended(7, 9), ended(10, 9)), (None, Some(9), None));

    let since = Since::from(7);
    let keeps = all_on().policy(Plan::Professional, since);
    assert_eq!(since.after(&keeps, true, 9), since, "what is kept on stays as it is");
    let ended = Since { hides_closed: 7, hides_unread: 9 };
    assert_eq!(since.after(&keeps, false, 9), ended);
    let hides = hides.policy(Plan::Professional, ended);
    assert_eq!(ended.after(&hides, false, 11), ended);
    assert_eq!(ended.after(&Policy::default(), true, 12), Since { hides_closed: 12, ..ended });
}

#[test]
fn texts_of_a_notice_that_is_off_are_kept_and_told_nobody() {
    let settings = ClosingSettings { notice: false, ..all_on() };
    taken(settings.clone());
    assert_eq!(settings.policy(Plan::Professional, 7).notices, None);
}

#[test]
fn plans_go_from_less_to_more_and_by_their_names() {
    assert!(Plan::ALL.is_sorted());
    for plan in Plan::ALL {
        let json = format!("\"{}\"", plan.as_str());
        assert_eq!(serde_json::to_string(&plan).unwrap(), json);
        assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
    }
    let including: Vec<_> = Plan::ALL.into_iter().filter(|plan| plan.includes_closing()).collect();
    assert_eq!(including, [Plan::Professional, Plan::Enterprise]);
    // A newer server's: it refuses what the plan does not include.
    let unknown: Plan = serde_json::from_str("\"club\"").unwrap();
    assert!(unknown.includes_closing());
}
