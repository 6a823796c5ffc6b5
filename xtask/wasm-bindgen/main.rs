//! wasm-bindgen's command-line tool, which Trunk calls, and its runner of tests, which cargo calls: with
//! `test-runner` as the first argument. `cargo xtask setup` builds it.

use std::ffi::OsString;

fn main() -> anyhow::Result<()> {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|first| first == "test-runner") {
        arguments.remove(1);
        wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(arguments)
    } else {
        wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(arguments)
    }
}
