//! The parts that pages are made of. None of them knows the app: what they show and do comes in.

pub mod copy;
pub mod dialog;
pub mod focus;
pub mod icon;
pub mod menu;
pub mod more;
pub mod parts;
pub mod plain;
pub mod portrait;
pub mod sheet;
pub mod switch;
