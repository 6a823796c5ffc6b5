//! The texts of the notice in the form, by language.

use porchlight_protocol::Notice;
use porchlight_protocol::limits::{NOTICE_CHARS_MAX, NOTICE_LANGUAGES_MAX};
use porchlight_protocol::notice;
use porchlight_protocol::text::{self, TextError};

/// The texts, at least one; the first is the default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts(Vec<Notice>);

/// A removed language, with its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    at: usize,
    /// Its text.
    pub notice: Notice,
}

/// Why a language can't be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddError {
    /// The input is empty.
    Missing,
    /// The input is no language tag.
    Malformed,
    /// The language has been added already.
    Repeated(String),
    /// The limit is reached.
    TooMany,
}

impl Texts {
    /// The texts of these settings. If there are none: an empty text in `language`, which stands for the
    /// built-in text.
    pub fn of(notices: &[Notice], language: &str) -> Texts {
        if notices.is_empty() {
            Texts(vec![Notice { language: language.to_owned(), text: String::new() }])
        } else {
            Texts(notices.to_vec())
        }
    }

    /// The languages in their order, with their texts.
    pub fn iter(&self) -> impl Iterator<Item = &Notice> {
        self.0.iter()
    }

    /// The default language.
    pub fn default_language(&self) -> &str {
        self.0.first().map_or("", |first| &first.language)
    }

    /// The text in a language.
    pub fn text(&self, language: &str) -> &str {
        self.find(language).map_or("", |notice| &notice.text)
    }

    /// The tag of a language as it is written here, if it is here.
    pub fn find(&self, language: &str) -> Option<&Notice> {
        self.0.iter().find(|notice| notice.language.eq_ignore_ascii_case(language))
    }

    /// True if there is more than one language.
    pub fn are_several(&self) -> bool {
        self.0.len() > 1
    }

    /// True if the only text is empty: visitors see the built-in text.
    pub fn are_built_in(&self) -> bool {
        matches!(self.0.as_slice(), [only] if text::is_blank(&only.text))
    }

    /// Sets the text in a language.
    pub fn write(&mut self, language: &str, text: String) {
        if let Some(notice) = self.0.iter_mut().find(|notice| notice.language == language) {
            notice.text = text;
        }
    }

    /// Adds a language, and returns its canonical tag. A built-in text in English is written out, so that it
    /// stays.
    pub fn add(&mut self, tag: &str) -> Result<String, AddError> {
        let tag = tag.trim();
        if tag.is_empty() {
            return Err(AddError::Missing);
        }
        let language = notice::language(tag).ok_or(AddError::Malformed)?;
        if self.find(&language).is_some() {
            return Err(AddError::Repeated(language));
        }
        if self.0.len() >= NOTICE_LANGUAGES_MAX {
            return Err(AddError::TooMany);
        }
        let built_in = self.are_built_in();
        let english = |notice: &&mut Notice| notice.language == "en";
        if let Some(only) = self.0.first_mut().filter(|_| built_in).filter(english) {
            only.text = notice::DEFAULT_NOTICE.to_owned();
        }
        self.0.push(Notice { language: language.clone(), text: String::new() });
        Ok(language)
    }

    /// Removes a language, unless it is the last one.
    pub fn remove(&mut self, language: &str) -> Option<Removed> {
        if !self.are_several() {
            return None;
        }
        let at = self.0.iter().position(|notice| notice.language == language)?;
        Some(Removed { at, notice: self.0.remove(at) })
    }

    /// Restores a language at its position, unless it has been added again.
    pub fn restore(&mut self, Removed { at, notice }: Removed) {
        if self.find(&notice.language).is_none() {
            self.0.insert(at.min(self.0.len()), notice);
        }
    }

    /// Makes a language the default.
    pub fn make_default(&mut self, language: &str) {
        if let Some(at) = self.0.iter().position(|notice| notice.language == language) {
            let first = self.0.remove(at);
            self.0.insert(0, first);
        }
    }

    /// The texts for the settings, without empty ones.
    pub fn notices(&self) -> Vec<Notice> {
        let written = self.0.iter().filter(|notice| !text::is_blank(&notice.text));
        written
            .map(|Notice { language, text }| Notice {
                language: language.clone(),
                text: text::notice(text).unwrap_or_else(|_| text.trim().to_owned()),
            })
            .collect()
    }

    /// The errors, by language.
    pub fn problems(&self) -> Vec<(&str, TextError)> {
        if self.are_built_in() {
            return Vec::new();
        }
        let problem = |notice: &'_ Notice| text::notice(&notice.text).err();
        self.0
            .iter()
            .filter_map(|notice| Some((notice.language.as_str(), problem(notice)?)))
            .collect()
    }
}

/// The number of characters as the limit counts them, and whether they are too many.
pub fn chars(text: &str) -> (usize, bool) {
    let chars = text.trim().chars().count();
    (chars, chars > NOTICE_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(languages: &[&str]) -> Texts {
        let notice = |language: &&str| Notice {
            language: (*language).to_owned(),
            text: ["in ", language].concat(),
        };
        Texts::of(&languages.iter().map(notice).collect::<Vec<_>>(), "en")
    }

    fn languages(texts: &Texts) -> Vec<&str> {
        texts.iter().map(|notice| notice.language.as_str()).collect()
    }

    #[test]
    fn without_texts_there_is_an_empty_one_to_write() {
        let mut texts = Texts::of(&[], "en");
        assert_eq!(texts.default_language(), "en");
        assert!(texts.are_built_in());
        assert_eq!(texts.notices(), []);
        assert_eq!(texts.problems(), []);
        texts.write("en", "  Bye!\r\n ".to_owned());
        assert!(!texts.are_built_in());
        assert_eq!(
            texts.notices(),
            [Notice { language: "en".to_owned(), text: "Bye!".to_owned() }]
        );
    }

    #[test]
    fn a_language_is_added_in_its_usual_writing_and_once() {
        let mut texts = texts(&["en", "de"]);
        assert_eq!(texts.add(" PT-br "), Ok("pt-BR".to_owned()));
        assert_eq!(languages(&texts), ["en", "de", "pt-BR"]);
        assert_eq!(texts.add("pt-BR"), Err(AddError::Repeated("pt-BR".to_owned())));
        assert_eq!(texts.add("DE"), Err(AddError::Repeated("de".to_owned())));
        assert_eq!(texts.add("  "), Err(AddError::Missing));
        assert_eq!(texts.add("en_US"), Err(AddError::Malformed));
        assert_eq!(texts.problems(), [("pt-BR", TextError::Empty)]);
    }

    #[test]
    fn beside_another_language_the_built_in_text_is_written_out() {
        let mut texts = Texts::of(&[], "en");
        assert!(texts.add("de").is_ok());
        assert_eq!(texts.text("en"), notice::DEFAULT_NOTICE);
        assert_eq!(texts.problems(), [("de", TextError::Empty)]);

        let mut texts = Texts::of(&[], "fr");
        assert!(texts.add("de").is_ok());
        assert_eq!(texts.text("fr"), "", "it is not French");
    }

    #[test]
    fn there_is_room_for_as_many_languages_as_the_limit_says() {
        let mut texts = texts(&["en"]);
        for letter in 'a'..='z' {
            assert!(texts.add(&format!("x{letter}")).is_ok());
        }
        assert!(["yaa", "yab", "yac"].iter().all(|tag| texts.add(tag).is_ok()));
        assert_eq!(texts.iter().count(), NOTICE_LANGUAGES_MAX);
        assert_eq!(texts.add("yad"), Err(AddError::TooMany));
        assert_eq!(texts.add("xa"), Err(AddError::Repeated("xa".to_owned())));
    }

    #[test]
    fn what_is_removed_comes_back_where_it_stood() {
        let mut texts = texts(&["en", "de", "fr"]);
        let before = texts.clone();
        let removed = texts.remove("de").unwrap();
        assert_eq!(languages(&texts), ["en", "fr"]);
        texts.restore(removed.clone());
        assert_eq!(texts, before);
        texts.restore(removed);
        assert_eq!(texts, before, "twice is once");

        let first = texts.remove("en").unwrap();
        assert_eq!(texts.default_language(), "de");
        texts.restore(first);
        assert_eq!(texts, before);
    }

    #[test]
    fn the_last_language_stays() {
        let mut texts = texts(&["en", "de"]);
        assert!(texts.remove("en").is_some());
        assert_eq!(texts.remove("de"), None);
        assert_eq!(languages(&texts), ["de"]);
    }

    #[test]
    fn the_default_is_the_first() {
        let mut texts = texts(&["en", "de", "fr"]);
        texts.make_default("fr");
        assert_eq!(languages(&texts), ["fr", "en", "de"]);
        texts.make_default("xx");
        assert_eq!(texts.default_language(), "fr");
    }

    #[test]
    fn what_can_not_be_shown_is_told_by_language() {
        let mut texts = texts(&["en", "de", "fr"]);
        texts.write("de", "x".repeat(NOTICE_CHARS_MAX + 1));
        texts.write("fr", " ".to_owned());
        let too_long = TextError::TooLong { chars_max: NOTICE_CHARS_MAX };
        assert_eq!(texts.problems(), [("de", too_long), ("fr", TextError::Empty)]);
        assert_eq!(chars(texts.text("de")), (NOTICE_CHARS_MAX + 1, true));
        assert_eq!(chars("  é  "), (1, false));
    }
}
