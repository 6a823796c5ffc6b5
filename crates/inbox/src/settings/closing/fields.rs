//! The content of the form, and the settings that it makes.

use porchlight_protocol::text::TextError;
use porchlight_protocol::{ClosingSettings, ErrorBody};

use crate::settings::closing::period::{self, CLOSING, Period, PeriodError, Range, WARNING};
use crate::settings::closing::texts::Texts;
use crate::words::{Pattern, Word, fill, say};

/// The content of the form, as typed, valid or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    /// The auto-close period.
    pub auto_close: Period,
    /// True if conversations with bots have a period of their own.
    pub bots_apart: bool,
    /// That period. Kept, without effect, while `bots_apart` is off.
    pub bot_auto_close: Period,
    /// The time between warning and closing.
    pub warning: Period,
    /// True if closed conversations are hidden from Home after a reload.
    pub hide_closed: bool,
    /// True if those with unread messages are hidden only once they are read. Kept, without effect, while
    /// `hide_closed` is off.
    pub keep_unread: bool,
    /// True if the live chat field is disabled at once.
    pub disable_field: bool,
    /// True if the notice is shown.
    pub notice: bool,
    /// The texts of the notice. Kept, without effect, while `notice` is off.
    pub texts: Texts,
}

/// A field that can have a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// The period of all conversations, or of live chats.
    AutoClose,
    /// The period of bot conversations.
    BotAutoClose,
    /// The warning.
    Warning,
    /// The list of languages.
    Languages,
    /// The text in this language.
    Text(String),
}

/// A problem, because of which the form can't be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field.
    pub field: Field,
    /// The message: what is wrong, and what to do.
    pub words: String,
    /// True if the field is only empty so far: the problem is shown when the agent tries to save, not before.
    pub unfinished: bool,
}

/// The result of parsing a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The settings. Invalid fields have their saved values.
    pub settings: ClosingSettings,
    /// The problems, in the order of the page. Fields that are switched off have none.
    pub problems: Vec<Problem>,
}

impl Fields {
    /// The form for these settings. `language` is the language to edit if there is no text.
    pub fn of(settings: &ClosingSettings, language: &str) -> Fields {
        Fields {
            auto_close: Period::of(settings.auto_close_after_s, &CLOSING),
            bots_apart: settings.bots_apart,
            bot_auto_close: Period::of(settings.bot_auto_close_after_s, &CLOSING),
            warning: Period::of(settings.warn_before_s, &WARNING),
            hide_closed: settings.hide_closed,
            keep_unread: settings.keep_unread,
            disable_field: settings.disable_field,
            notice: settings.notice,
            texts: Texts::of(&settings.notices, language),
        }
    }

    /// True if any conversations close by themselves, so that a warning makes sense.
    pub fn closes(&self) -> bool {
        self.auto_close.is_on() || self.bots_apart && self.bot_auto_close.is_on()
    }

    /// Parses the form, with `saved` as the values of invalid fields.
    pub fn read(&self, saved: &ClosingSettings) -> Reading {
        let mut reading = Reading { settings: saved.clone(), problems: Vec::new() };
        let settings = &mut reading.settings;
        let mut problems = Vec::new();
        settings.bots_apart = self.bots_apart;
        match self.auto_close.seconds(&CLOSING) {
            Ok(seconds) => settings.auto_close_after_s = seconds,
            Err(error) => problems.push(Problem::of_period(Field::AutoClose, error, &CLOSING)),
        }
        match self.bot_auto_close.seconds(&CLOSING) {
            Ok(seconds) => settings.bot_auto_close_after_s = seconds,
            Err(_) if !self.bots_apart => {}
            Err(error) => problems.push(Problem::of_period(Field::BotAutoClose, error, &CLOSING)),
        }
        match self.warning.seconds(&WARNING) {
            Ok(seconds) => {
                settings.warn_before_s = seconds;
                let readable = problems.is_empty();
                problems.extend(seconds.filter(|_| readable).and_then(|s| too_early(s, settings)));
            }
            Err(_) if !self.closes() => {}
            Err(error) => problems.push(Problem::of_period(Field::Warning, error, &WARNING)),
        }
        settings.hide_closed = self.hide_closed;
        settings.keep_unread = self.keep_unread;
        settings.disable_field = self.disable_field;
        settings.notice = self.notice;
        let wrong = self.texts.problems();
        if self.notice || wrong.is_empty() {
            settings.notices = self.texts.notices();
            problems.extend(wrong.into_iter().map(|(language, error)| Problem {
                field: Field::Text(language.to_owned()),
                words: say(text_refused(error, self.texts.are_several())),
                unfinished: error == TextError::Empty,
            }));
        }
        reading.problems = problems;
        reading
    }

    /// The field that the server's error names, if any.
    pub fn named(&self, error: &ErrorBody) -> Option<Field> {
        Some(match error.field.as_deref()? {
            "auto_close_after_s" => Field::AutoClose,
            "bot_auto_close_after_s" => Field::BotAutoClose,
            "warn_before_s" => Field::Warning,
            "notices" => Field::Languages,
            field => {
                let known = self.texts.find(field.strip_prefix("notices.")?);
                known.map_or(Field::Languages, |notice| Field::Text(notice.language.clone()))
            }
        })
    }
}

impl Problem {
    fn of_period(field: Field, error: PeriodError, range: &Range) -> Problem {
        Problem { field, words: say(error.words(range)), unfinished: error == PeriodError::Missing }
    }
}

/// The problem of a warning that is not shorter than the shortest period.
fn too_early(warning_s: u64, settings: &ClosingSettings) -> Option<Problem> {
    let all = settings.auto_close_after_s;
    let bots = settings.bots_close_after_s();
    let shortest_s = all.into_iter().chain(bots).min().filter(|after_s| *after_s <= warning_s)?;
    let pattern = match (shortest_s <= WARNING.min_s, all == Some(shortest_s)) {
        (true, true) => Pattern::PeriodNoTime,
        (true, false) => Pattern::PeriodNoTimeBots,
        (false, true) => Pattern::PeriodLess,
        (false, false) => Pattern::PeriodLessBots,
    };
    let words = fill(pattern, &[&period::words(shortest_s)]);
    Some(Problem { field: Field::Warning, words, unfinished: false })
}

fn text_refused(error: TextError, several: bool) -> Word {
    match error {
        TextError::Empty if several => Word::NoticeTextMissingOne,
        TextError::Empty => Word::NoticeTextMissing,
        TextError::TooLong { .. } => Word::NoticeTextTooLong,
    }
}

#[cfg(test)]
mod tests {
    use porchlight_protocol::limits::NOTICE_CHARS_MAX;
    use porchlight_protocol::{ErrorCode, Notice};

    use super::*;
    use crate::settings::closing::period::{Choice, Unit};

    const HOUR_S: u64 = 3_600;

    fn saved() -> ClosingSettings {
        ClosingSettings {
            auto_close_after_s: Some(4 * HOUR_S),
            bots_apart: true,
            bot_auto_close_after_s: Some(1_800),
            warn_before_s: Some(300),
            hide_closed: true,
            keep_unread: true,
            notice: true,
            notices: vec![
                Notice { language: "en".to_owned(), text: "Bye!".to_owned() },
                Notice { language: "pt-BR".to_owned(), text: "Tchau!".to_owned() },
            ],
            ..ClosingSettings::default()
        }
    }

    fn fields(settings: &ClosingSettings) -> Fields {
        Fields::of(settings, "en")
    }

    fn custom(number: &str, unit: Unit) -> Period {
        Period { choice: Choice::Custom, number: number.to_owned(), unit }
    }

    fn told(fields: &Fields) -> Vec<(Field, String)> {
        let reading = fields.read(&saved());
        if reading.problems.is_empty() {
            assert_eq!(reading.settings.clone().checked(), Ok(reading.settings));
        }
        reading.problems.into_iter().map(|it| (it.field, it.words)).collect()
    }

    #[test]
    fn a_form_that_nobody_touched_makes_what_was_saved() {
        for settings in [saved(), ClosingSettings::default()] {
            let reading = fields(&settings).read(&settings);
            assert_eq!(reading, Reading { settings, problems: Vec::new() });
        }
    }

    #[test]
    fn what_can_not_be_read_is_told_and_stays_as_it_was() {
        let mut form = fields(&saved());
        form.auto_close = custom("x", Unit::Days);
        form.bot_auto_close = custom("2", Unit::Seconds);
        form.warning = custom("", Unit::Minutes);
        form.texts.write("pt-BR", "x".repeat(NOTICE_CHARS_MAX + 1));
        let reading = form.read(&saved());
        let problems: Vec<_> =
            reading.problems.iter().map(|it| (it.field.clone(), it.unfinished)).collect();
        assert_eq!(
            problems,
            [
                (Field::AutoClose, false),
                (Field::BotAutoClose, false),
                (Field::Warning, true),
                (Field::Text("pt-BR".to_owned()), false)
            ]
        );
        assert_eq!(reading.settings.auto_close_after_s, saved().auto_close_after_s);
        assert_eq!(reading.settings.bot_auto_close_after_s, saved().bot_auto_close_after_s);
        assert_eq!(reading.settings.warn_before_s, saved().warn_before_s);
    }

    #[test]
    fn what_is_switched_off_keeps_nobody_from_saving() {
        let mut form = fields(&saved());
        form.bots_apart = false;
        form.bot_auto_close = custom("", Unit::Days);
        form.notice = false;
        form.texts.write("en", String::new());
        assert_eq!(told(&form), []);
        let reading = form.read(&saved());
        assert_eq!(reading.settings.notices, saved().notices, "the texts stay");

        form.auto_close = Period::of(None, &CLOSING);
        form.warning = custom("99", Unit::Days);
        assert!(!form.closes());
        assert_eq!(told(&form), []);
    }

    #[test]
    fn a_warning_is_shorter_than_the_shortest_period() {
        let mut form = fields(&saved());
        form.warning = Period::of(Some(1_800), &WARNING);
        let words = "Choose less than the period of bot conversations, which is 30 minutes.";
        assert_eq!(told(&form), [(Field::Warning, words.to_owned())]);

        form.bots_apart = false;
        assert_eq!(told(&form), []);

        form.auto_close = custom("1", Unit::Minutes);
        form.warning = custom("1", Unit::Minutes);
        let words = "The period of 1 minute leaves no time for a warning.";
        assert_eq!(told(&form), [(Field::Warning, words.to_owned())]);

        form.auto_close = Period::of(None, &CLOSING);
        assert_eq!(told(&form), [], "there is nothing to warn of");
    }

    #[test]
    fn whatever_stands_in_the_form_and_has_no_problem_is_taken_by_the_server() {
        let periods = [None, Some(60), Some(61), Some(300), Some(HOUR_S), Some(365 * 24 * HOUR_S)];
        for auto_close in periods {
            for bots in periods {
                for warning in periods {
                    for apart in [false, true] {
                        let mut form = fields(&saved());
                        form.auto_close = Period::of(auto_close, &CLOSING);
                        form.bots_apart = apart;
                        form.bot_auto_close = Period::of(bots, &CLOSING);
                        form.warning = Period::of(warning, &WARNING);
                        told(&form);
                    }
                }
            }
        }
    }

    #[test]
    fn an_answer_of_the_server_finds_its_field() {
        let form = fields(&saved());
        let named = |field: &str| {
            let error =
                ErrorBody { field: Some(field.to_owned()), ..ErrorCode::PeriodOutOfRange.body() };
            form.named(&error)
        };
        assert_eq!(named("auto_close_after_s"), Some(Field::AutoClose));
        assert_eq!(named("bot_auto_close_after_s"), Some(Field::BotAutoClose));
        assert_eq!(named("warn_before_s"), Some(Field::Warning));
        assert_eq!(named("notices.PT-br"), Some(Field::Text("pt-BR".to_owned())));
        assert_eq!(named("notices.xx"), Some(Field::Languages));
        assert_eq!(named("notices"), Some(Field::Languages));
        assert_eq!(named("something_new"), None);
        assert_eq!(form.named(&ErrorCode::Internal.body()), None);
    }
}
