//! A server behind one of the proxies of `docs/proxy`, set up by the very commands of the README.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::readme;
use crate::server::{PASSWORD, Running, listening, output_of, program};
use crate::wait::until;

/// The proxy in front of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proxy {
    /// `docs/proxy/Caddyfile`.
    Caddy,
    /// `docs/proxy/nginx.conf`.
    Nginx,
}

/// A server behind a proxy.
#[derive(Debug)]
pub struct Behind {
    /// The origin that browsers use.
    pub origin: String,
    /// The port of that origin.
    pub port: u16,
    /// The script tag, as `site add` has printed it.
    pub tag: String,
    /// The site's key.
    pub site: String,
    /// The server's log when it had started.
    pub said: String,
    // Dropped in this order: the proxy first.
    _proxy: Running,
    _server: Running,
    _data: TempDir,
}

impl Behind {
    /// Runs the README's commands, with `shop` as the allowed origin. Logs go to `folder`.
    pub fn start(proxy: Proxy, folder: &Path, shop: &str) -> Behind {
        let port = free_port();
        let origin = format!("http://localhost:{port}");
        let data = tempfile::tempdir().expect("a folder for the data");
        let data_path = data.path().display().to_string();
        let here = |word: &String| {
            let word = word.replace(readme::DATA, &data_path).replace(readme::SHOP, shop);
            word.replace(readme::CHAT, &origin)
        };
        let commands = readme::commands();
        let commands: Vec<Vec<String>> =
            commands.iter().map(|words| words.iter().map(here).collect()).collect();
        let [site_add, agent_add, serve] = &commands[..] else {
            panic!("the README has three commands, not {commands:?}");
        };

        let added = output_of(site_add, "");
        let tag = added.lines().find(|line| line.trim_start().starts_with("<script"));
        let tag = tag.unwrap_or_else(|| panic!("no tag in {added}")).trim().to_owned();
        let site = tag.split('"').find(|word| word.starts_with("pl_")).expect("a key").to_owned();
        output_of(agent_add, PASSWORD);

        let log = folder.join("behind.log");
        let to = File::create(&log).expect("a log");
        let mut command = Command::new(program());
        // The default port of the README may be in use on this machine.
        command.args(serve).env("PORCHLIGHT_LISTEN", "127.0.0.1:0");
        let server = Running::start(&mut command, to).expect("the server starts");
        let (address, said) = until("the server to listen", || {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            let address = listening(&said).ok_or_else(|| format!("it said {said:?}"))?;
            Ok((address, said))
        });

        let in_front = match proxy {
            Proxy::Caddy => caddy(folder, port, &address.to_string()),
            Proxy::Nginx => nginx(folder, port, &address.to_string()),
        };
        until("the proxy to listen", || {
            std::net::TcpStream::connect(("127.0.0.1", port)).map(drop).map_err(|e| e.to_string())
        });
        Behind { origin, port, tag, site, said, _proxy: in_front, _server: server, _data: data }
    }
}

/// A free port. (Proxies can't listen on port 0 and report which port they got.)
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a port").port()
}

/// A file of `docs/proxy`, with some words replaced for this machine. Each of them has to be in the file.
fn example(name: &str, words: &[(&str, &str)]) -> String {
    let mut text = readme::file(&format!("docs/proxy/{name}"));
    for (there, here) in words {
        assert!(text.contains(there), "docs/proxy/{name} has no {there:?}");
        text = text.replace(there, here);
    }
    text
}

fn caddy(folder: &Path, port: u16, upstream: &str) -> Running {
    let site = format!("\nhttp://localhost:{port} {{");
    let words = [("\nchat.example {", site.as_str()), ("127.0.0.1:8787", upstream)];
    let file = folder.join("Caddyfile");
    // Without the admin interface, and without certificates.
    let text = format!("{{\n\tadmin off\n\tauto_https off\n}}\n{}", example("Caddyfile", &words));
    std::fs::write(&file, text).expect("a file");
    let mut caddy = Command::new(named("PORCHLIGHT_CADDY", "caddy"));
    caddy.args(["run", "--adapter", "caddyfile", "--config"]).arg(&file);
    caddy.env("XDG_DATA_HOME", folder).env("XDG_CONFIG_HOME", folder);
    run(caddy, folder)
}

fn nginx(folder: &Path, port: u16, upstream: &str) -> Running {
    let (listen, redirect) =
        (format!("listen 127.0.0.1:{port};"), format!("listen 127.0.0.1:{};", free_port()));
    let words = [
        ("server_name chat.example;", "server_name localhost;"),
        ("listen 443 ssl http2;", listen.as_str()),
        ("listen 80;", redirect.as_str()),
        ("127.0.0.1:8787", upstream),
    ];
    // `localhost` has no certificate.
    let text = example("nginx.conf", &words);
    let plain: Vec<&str> =
        text.lines().filter(|line| !line.trim_start().starts_with("ssl_certificate")).collect();
    let at = folder.display();
    let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let folders = folders.map(|what| format!("{what}_temp_path {at}/nginx-{what};")).join("\n");
    let text = format!(
        "daemon off;\npid {at}/nginx.pid;\nevents {{ worker_connections 512; }}\nhttp {{\n\
         access_log off;\n{folders}\n{}\n}}\n",
        plain.join("\n")
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, text).expect("a file");
    let mut nginx = Command::new(named("PORCHLIGHT_NGINX", "nginx"));
    nginx.args(["-e", "stderr", "-c"]).arg(&file).arg("-p").arg(folder);
    run(nginx, folder)
}

/// The path of a program: from a variable, or by its name on `PATH`.
fn named(variable: &str, name: &str) -> PathBuf {
    std::env::var_os(variable).map_or_else(|| name.into(), PathBuf::from)
}

fn run(mut command: Command, folder: &Path) -> Running {
    let log = File::create(folder.join("proxy.log")).expect("a log");
    let name = command.get_program().display().to_string();
    Running::start(&mut command, log)
        .unwrap_or_else(|error| panic!("{name}: {error}: `cargo xtask setup --tests` installs it"))
}
