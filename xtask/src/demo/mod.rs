//! The demo: the product on one origin, a shop page with the chat on another.

mod nodes;

use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::build::{self, Mode, native};
use crate::report;
use crate::setup::{self, toolchain::Choice};
use crate::shell;
use crate::workspace::Workspace;

/// The options of the demo.
#[derive(Args)]
pub struct Options {
    /// Start with new data: delete the conversations of earlier demos.
    #[arg(long)]
    fresh: bool,
    /// The port of the product; the shop listens on the next one, and nodes on the three after that. By default 8787
    /// and 8788.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=65531))]
    port: Option<u16>,
    /// Run two nodes on a PostgreSQL database, behind a load balancer, with new data at each start. Either node can be
    /// killed while somebody chats.
    #[arg(long, conflicts_with = "fresh")]
    postgres: bool,
    /// Build fast rather than small.
    #[arg(long)]
    dev: bool,
}

/// Builds everything and runs the demo until it is stopped.
pub fn demo(workspace: &Workspace, choice: Choice, options: &Options) -> Result<()> {
    if let Some(wait) = wait(&setup::to_build(workspace)?, build::is_built(workspace)) {
        println!("\n{wait}");
    }
    let tools = setup::setup(workspace, choice)?;
    build::build(workspace, &tools, Mode::from_dev_flag(options.dev))?;
    report::headline("server");
    let server = native::server(workspace)?;

    if options.postgres {
        return nodes::run(&server, &setup::setup_for_nodes()?, options.port.unwrap_or(PORT));
    }
    let data = workspace.root.join("demo/data");
    if options.fresh {
        setup::remove_folder(&data)?;
    }
    let mut demo = Command::new(server);
    demo.arg("demo").arg("--data").arg(&data).current_dir(&workspace.root);
    if let Some(port) = options.port {
        demo.args(["--listen", &format!("127.0.0.1:{port}")]);
        demo.args(["--shop-listen", &format!("127.0.0.1:{}", port + 1)]);
    }
    report::headline("demo");
    become_command(&mut demo)
}

/// The port of the product, unless another is chosen.
const PORT: u16 = 8787;

/// The message that says how long a first run takes; `None` if nothing has to be built.
fn wait(tools: &[&str], built: bool) -> Option<String> {
    let mut builds: Vec<String> = tools.iter().map(|tool| (*tool).to_owned()).collect();
    builds.extend((!built).then(|| "Porchlight itself".to_owned()));
    let last = builds.pop()?;
    let what = match builds.is_empty() {
        true => last,
        false => format!("{} and {last}", builds.join(", ")),
    };
    let minutes = TOOL_MIN * tools.len() + if built { 0 } else { PRODUCT_MIN };
    Some(format!(
        "First this builds {what}. That takes about {minutes} minutes on two cores, and a line every \
         20 seconds shows the progress. Later runs take seconds."
    ))
}

/// Minutes that a tool takes to build on two cores.
const TOOL_MIN: usize = 3;

/// Minutes that widget, inbox and server take to build on two cores.
const PRODUCT_MIN: usize = 6;

/// Replaces this process by a command, so that Ctrl+C and every other signal reach the command alone.
fn become_command(command: &mut Command) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        let error = command.exec();
        Err(error).with_context(|| format!("cannot start `{}`", shell::line(command)))
    }
    #[cfg(not(unix))]
    shell::run(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_run_is_told_what_it_waits_for_and_for_how_long() {
        let both = wait(&["trunk", "wasm-bindgen"], false).unwrap();
        assert!(both.contains("builds trunk, wasm-bindgen and Porchlight itself."), "{both}");
        assert!(both.contains("about 12 minutes"), "{both}");
        let product = wait(&[], false).unwrap();
        assert!(product.contains("builds Porchlight itself. That takes about 6 min"), "{product}");
        assert_eq!(wait(&[], true), None);
    }
}
