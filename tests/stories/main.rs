//! The stories: what people do with Porchlight, told as they would tell it. Each has a server, a shop
//! on another origin and a browser to itself.

mod access;
mod bots;
mod bots_page;
mod claiming;
mod closing;
mod desk;
mod first_words;
mod greeting;
mod history;
mod home;
mod hours;
mod kept;
mod keyboard;
mod languages;
mod lists;
mod live_chat;
mod long_threads;
mod losses;
mod matrix;
mod notices;
mod notifications;
mod older;
mod page;
mod pictures;
mod places;
mod plans;
mod proxies;
mod putting_away;
mod reading;
mod scene;
mod sizes;
mod texts;
mod timer;
mod told_meanwhile;
mod typing;
