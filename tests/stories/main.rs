//! The stories.

mod first_words;
