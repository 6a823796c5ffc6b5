//! The conversation machine that widget and inbox share.
//!
//! [`Machine::step`] takes everything that can happen ([`Input`]), changes its own state and returns
//! what should be done outside ([`Effect`]) and what the view must look at again ([`Change`]). It does
//! no I/O, reads no clock and rolls no dice: time and jitter come in as values. It is total: nothing
//! that a server or a person can do makes it fail.
//!
//! ```text
//! person, server, clock, page ──Input──► Machine::step ──Effect──► shell: HTTP, socket, storage, timers
//!                                             └──────────Change──► shell: signals, views
//! ```
//!
//! After every input the machine *pumps*: it looks at what it knows and asks for what is missing (a
//! socket, a gap in a log, an unsent message). So a lost answer, a reconnect and the first start take
//! the same path, and there is no second way to get in sync.

mod backoff;
mod clock;
pub mod effect;
pub mod home;
pub mod inbox;
pub mod input;
pub mod link;
pub mod machine;
mod map;
pub mod outbox;
pub mod timeline;

pub use effect::{Change, Effect, Sender, Step, Timer};
pub use input::{Command, Failure, Input, Range, Writing};
pub use link::Link;
pub use machine::{Machine, Me};
pub use outbox::{Delivery, Outgoing, Place};
pub use timeline::{Content, Row, RowKey};
