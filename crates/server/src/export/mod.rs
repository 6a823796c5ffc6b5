//! What is stored of a visitor, as one JSON file or one HTML page. It is written part by part, as the store reads it, so
//! that neither memory nor the store notices how much there is.

pub mod html;
mod json;

use std::collections::HashSet;

use porchlight_protocol::ConversationId;
use porchlight_store::export::{ExportPage, Exported, ExportedConversation};
use porchlight_words::Language;

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For programs.
    Json,
    /// One page for people, which needs nothing else.
    Html,
}

impl Format {
    /// The end of the file's name, and what the audit log says.
    pub const fn as_str(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Html => "html",
        }
    }

    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Format::Json => "application/json",
            Format::Html => "text/html; charset=utf-8",
        }
    }
}

/// Writes an export: the beginning, each part, the end.
pub struct Writer {
    format: Format,
    of: Exported,
    language: &'static Language,
    /// What was written. One in which somebody has written meanwhile comes once more, and is skipped.
    had: HashSet<ConversationId>,
    /// True while a conversation is begun and not ended.
    open: bool,
}

impl Writer {
    /// A writer of what is exported. A page for people is in this language.
    pub fn new(format: Format, of: Exported, language: &'static Language) -> Self {
        Writer { format, of, language, had: HashSet::new(), open: false }
    }

    /// The file's name.
    pub fn file_name(&self) -> String {
        let id = self.of.visitor.as_str();
        let short = id.get(..8).unwrap_or(id);
        format!("visitor-{short}.{}", self.format.as_str())
    }

    /// What is exported.
    pub fn of(&self) -> &Exported {
        &self.of
    }

    /// The beginning.
    pub fn begin(&self) -> String {
        match self.format {
            Format::Json => json::begin(&self.of),
            Format::Html => html::begin(&self.of, self.language),
        }
    }

    /// A part.
    pub fn part(&mut self, page: &ExportPage) -> String {
        let mut text = String::new();
        for it in &page.conversations {
            self.conversation(it, &mut text);
        }
        text
    }

    fn conversation(&mut self, it: &ExportedConversation, text: &mut String) {
        if it.begins {
            self.close(text);
            if !self.had.insert(it.conversation.id.clone()) {
                return;
            }
            let first = self.had.len() == 1;
            match self.format {
                Format::Json => json::begin_conversation(&it.conversation, first, text),
                Format::Html => html::begin_conversation(&it.conversation, self.language, text),
            }
            self.open = true;
        }
        if !self.open {
            return;
        }
        for (index, event) in it.events.iter().enumerate() {
            match self.format {
                Format::Json => json::event(event, it.begins && index == 0, text),
                Format::Html => html::event(event, self.language, text),
            }
        }
    }

    fn close(&mut self, text: &mut String) {
        if std::mem::take(&mut self.open) {
            text.push_str(match self.format {
                Format::Json => json::END_OF_CONVERSATION,
                Format::Html => html::END_OF_CONVERSATION,
            });
        }
    }

    /// The end.
    pub fn end(mut self) -> String {
        let mut text = String::new();
        self.close(&mut text);
        text.push_str(match self.format {
            Format::Json => json::END,
            Format::Html => html::END,
        });
        text
    }
}
