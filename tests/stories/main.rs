//! The stories: what people do with Porchlight, told as they would tell it. Each has a server, a shop
//! on another origin and a browser to itself.

mod access;
mod claiming;
mod closing;
mod first_words;
mod home;
mod keyboard;
mod losses;
mod pictures;
mod places;
