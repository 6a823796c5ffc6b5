//! The list of conversations: its pages, its rows, and what is done to many of them at once.

pub mod bulk;
pub mod density;
pub mod item;
pub mod listing;
pub mod pick;
pub mod select;
pub mod state;
pub mod view;
