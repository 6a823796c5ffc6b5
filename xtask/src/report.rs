//! Headlines, durations and failures on standard output; bold only on a terminal.

use std::io::IsTerminal;
use std::time::Duration;

/// Prints the headline of a step.
pub fn headline(text: &str) {
    println!(
        "\n{}",
        bold(&format!("── {text} {}", "─".repeat(72_usize.saturating_sub(text.len()))))
    );
}

/// Prints an error with its chain of causes.
pub fn failure(error: &anyhow::Error) {
    println!("\n{}", bold(&format!("error: {error}")));
    for cause in error.chain().skip(1) {
        println!("  because: {cause}");
    }
}

/// A duration for people: `0.4 s`, `12 s`, `3 min 05 s`.
pub fn seconds(duration: Duration) -> String {
    let whole = duration.as_secs();
    match whole {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..60 => format!("{whole} s"),
        _ => format!("{} min {:02} s", whole / 60, whole % 60),
    }
}

fn bold(text: &str) -> String {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if plain || !std::io::stdout().is_terminal() {
        text.to_owned()
    } else {
        format!("\x1b[1m{text}\x1b[0m")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_say_them() {
        let say = |millis| seconds(Duration::from_millis(millis));
        assert_eq!(say(40), "0.0 s");
        assert_eq!(say(2_340), "2.3 s");
        assert_eq!(say(59_900), "59 s");
        assert_eq!(say(185_000), "3 min 05 s");
    }
}
