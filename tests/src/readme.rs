//! Parses the commands in the README, so that a story can run them as they are.

use std::path::Path;

/// The data folder in the README.
pub const DATA: &str = "/var/lib/porchlight";
/// The chat's origin in the README and in the proxies' files.
pub const CHAT: &str = "https://chat.example";
/// The shop's origin in the README.
pub const SHOP: &str = "https://shop.example";

/// A file of the checkout.
pub fn file(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
    std::fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The words of each `porchlight` command under *Run it*, in their order.
pub fn commands() -> Vec<Vec<String>> {
    let readme = file("README.md");
    let (_, section) = readme.split_once("## Run it").expect("README.md says how to run it");
    let section = section.split("\n## ").next().unwrap_or_default();
    let commands = section.lines().filter_map(|line| line.strip_prefix("porchlight "));
    commands.map(words).collect()
}

/// Splits a line into words as a shell does: with quotes, and without the comment after `#`.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    for letter in line.chars() {
        match letter {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            '#' if !quoted && word.is_none() => break,
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_apart_as_a_shell_does_it() {
        let line = "site add  --name \"My shop\" --plan \"\"   # a comment";
        assert_eq!(words(line), ["site", "add", "--name", "My shop", "--plan", ""]);
    }

    #[test]
    fn the_readme_adds_a_site_and_an_agent_and_serves() {
        let commands = commands();
        let begin: Vec<&str> =
            commands.iter().filter_map(|words| Some(words.first()?.as_str())).collect();
        assert_eq!(begin, ["site", "agent", "serve"]);
        // And it says where to sign in, which is where a story does.
        assert!(file("README.md").contains(&format!("`{CHAT}/dashboard/chat/inbox`")));
    }
}
