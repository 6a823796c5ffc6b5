//! wasm-bindgen's command-line tool. Trunk calls it; `cargo xtask setup` builds it.

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(std::env::args_os())
}
