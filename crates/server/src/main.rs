//! The `porchlight` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    porchlight_server::cli::main()
}
