//! The conversation machine that widget and inbox share.
//!
//! [`Machine::step`] takes an [`Input`], updates the state, and returns the [`Effect`]s that the shell has to
//! carry out and the [`Change`]s that the view has to render. It does no I/O, and reads no clock and no source
//! of randomness: time and jitter are passed in as values. It is total: no input from a server or a person
//! makes it fail.
//!
//! ```text
//! person, server, clock, page ──Input──► Machine::step ──Effect──► shell: HTTP, socket, storage, timers
//!                                             └──────────Change──► shell: signals, views
//! ```
//!
//! After every input the machine *pumps*: it compares what it has with what it should have, and requests what
//! is missing (a socket, a gap in a log, the delivery of a message). So a lost answer, a reconnect and the
//! first start take the same path, and there is no second way to get in sync.

mod backoff;
mod clock;
pub mod effect;
pub mod hold;
pub mod home;
pub mod inbox;
pub mod input;
pub mod link;
pub mod machine;
mod map;
#[cfg(feature = "team")]
pub mod names;
pub mod outbox;
pub mod timeline;
pub mod window;

pub use effect::{Change, Effect, Sender, Step, Timer};
pub use input::{Command, Failure, Input, Range, Writing};
pub use link::Link;
pub use machine::{Machine, Me};
pub use outbox::{Delivery, Outgoing, Place};
pub use timeline::{Content, Row, RowKey};
