//! Limits on flows. They keep a flow small enough to be read, drawn and run within a transaction.

/// Bytes of a flow's JSON.
pub const FLOW_BYTES_MAX: usize = 256 * 1024;

/// Steps of a flow.
pub const STEPS_MAX: usize = 500;

/// Characters of a step's name.
pub const NAME_CHARS_MAX: usize = 40;

/// Choices of a question: more are a list that nobody reads.
pub const CHOICES_MAX: usize = 12;

/// Characters of a choice, which is a button.
pub const CHOICE_CHARS_MAX: usize = 60;

/// Cases of a branch.
pub const CASES_MAX: usize = 30;

/// Attributes that a flow saves.
pub const ATTRIBUTES_MAX: usize = 50;

/// Characters of an attribute's value; what is longer is cut.
pub const VALUE_CHARS_MAX: usize = 500;

/// Tries that a question may allow.
pub const TRIES_MAX: u32 = 10;

/// Tries of a question that does not say how many.
pub const TRIES: u32 = 3;

/// Seconds of a wait: a day.
pub const WAIT_S_MAX: u64 = 24 * 60 * 60;

/// Steps that a run takes without the visitor. A published flow has no loop without a question, so this is
/// what ends a run that the check should not have let through.
pub const STEPS_AT_ONCE_MAX: usize = 100;

/// Messages that a run sends without the visitor. What is more than this is a flow that talks to itself.
pub const MESSAGES_AT_ONCE_MAX: usize = 20;
