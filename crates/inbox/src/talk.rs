//! A conversation: its transcript, the fields below it, and what the agent does in it.

pub mod closing_question;
pub mod composer;
pub mod converse;
pub mod desk;
pub mod draft;
pub mod history;
pub mod keep;
pub mod kept;
pub mod lines;
pub mod log;
pub mod message;
pub mod state;
pub mod taken;
pub mod typing;
pub mod undo;
pub mod view;
pub mod write;
