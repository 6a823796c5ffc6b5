//! The NATS server, by which nodes hint at changes in some tests.

use super::unpacked::Program;

/// The program.
pub const NATS: Program =
    Program { name: "nats-server", variable: "PORCHLIGHT_NATS", product: "usr/sbin/nats-server" };
