//! What is wrong with a bot's flow, in the agent's language.
//!
//! In English it is what `porchlight bot check` says, too ([`What`]'s `Display`): the tests compare the two.

use porchlight_flow::limits::{ATTRIBUTES_MAX, FLOW_BYTES_MAX, NAME_CHARS_MAX, STEPS_MAX};
use porchlight_flow::{TESTS, VERBS, What};

use crate::words::{Pattern, Word, fill, number, say};

/// What is wrong, and what to do.
pub fn problem(what: &What) -> String {
    match what {
        What::TooLarge => fill(Pattern::FlowProblemTooLarge, &[&number(FLOW_BYTES_MAX / 1024)]),
        What::Malformed { message } => with(Pattern::FlowProblemMalformed, &[message]),
        What::Version { version } => with(Pattern::FlowProblemVersion, &[&version.to_string()]),
        What::StepCount { count: 0 } => say(Word::FlowProblemNoSteps),
        What::StepCount { count } => {
            fill(Pattern::FlowProblemSteps, &[&number(*count), &number(STEPS_MAX)])
        }
        What::Name { name } => {
            fill(Pattern::FlowProblemName, &[&isolated(name), &number(NAME_CHARS_MAX)])
        }
        What::Twice => say(Word::FlowProblemTwice),
        What::Verb { found } if found.is_empty() => {
            with(Pattern::FlowProblemVerb, &[&VERBS.join(", ")])
        }
        What::Verb { found } => with(Pattern::FlowProblemSeveral, &[&found.join(", ")]),
        What::Test { found } if found.is_empty() => {
            with(Pattern::FlowProblemCase, &[&TESTS.join(", ")])
        }
        What::Test { found } => with(Pattern::FlowProblemCaseSeveral, &[&found.join(", ")]),
        What::Stray { field } => with(Pattern::FlowProblemStray, &[field]),
        What::Missing { field } => with(Pattern::FlowProblemMissing, &[field]),
        What::Unknown { target } => with(Pattern::FlowProblemUnknown, &[target]),
        What::Unreachable => say(Word::FlowProblemUnreachable),
        What::Loop { steps } => with(Pattern::FlowProblemLoop, &[&steps.join(" → ")]),
        What::Text { field } => with(Pattern::FlowProblemText, &[field]),
        What::Language { tag } => with(Pattern::FlowProblemLanguage, &[tag]),
        What::Count { field, min, max } => {
            fill(Pattern::FlowProblemCount, &[&isolated(field), &number(*min), &number(*max)])
        }
        What::Range { field, min, max } => {
            fill(Pattern::FlowProblemRange, &[&isolated(field), &number(*min), &number(*max)])
        }
        What::SameChoice { label } => with(Pattern::FlowProblemSameChoice, &[label]),
        What::PlaceInLabel { label } => with(Pattern::FlowProblemPlaceInLabel, &[label]),
        What::Place { attribute } => with(Pattern::FlowProblemPlace, &[attribute]),
        What::NeverSaved { attribute } => with(Pattern::FlowProblemNeverSaved, &[attribute]),
        What::TooMuchAtOnce { of, count, max } => {
            let pattern = match *of {
                "messages" => Pattern::FlowProblemTooManyMessages,
                _ => Pattern::FlowProblemTooManySteps,
            };
            fill(pattern, &[&number(*count), &number(*max)])
        }
        What::TooManyAttributes => fill(Pattern::FlowProblemAttributes, &[&number(ATTRIBUTES_MAX)]),
    }
}

/// A text with what the flow says in its places.
fn with(pattern: Pattern, values: &[&str]) -> String {
    let values: Vec<String> = values.iter().map(|value| isolated(value)).collect();
    fill(pattern, &values.iter().map(String::as_str).collect::<Vec<_>>())
}

/// What a flow says, between the isolates of Unicode's bidirectional algorithm: `"wait_s"` in an Arabic sentence.
fn isolated(value: &str) -> String {
    ["\u{2068}", value, "\u{2069}"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without isolates, and with the quotes and the first letter of a sentence as on a command line.
    fn plain(said: &str) -> String {
        let said: String = said
            .chars()
            .filter(|c| !matches!(c, '\u{2068}' | '\u{2069}'))
            .map(|c| match c {
                '“' | '”' => '"',
                '’' => '\'',
                c => c,
            })
            .collect();
        let mut letters = said.chars();
        letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
    }

    #[test]
    fn each_problem_is_told_in_the_words_of_the_command_line() {
        let (text, field) = (|it: &str| it.to_owned(), "tries");
        let all = [
            What::TooLarge,
            What::Version { version: 2 },
            What::StepCount { count: 0 },
            What::StepCount { count: 300 },
            What::Name { name: text("a b") },
            What::Twice,
            What::Verb { found: vec![] },
            What::Verb { found: vec!["say", "end"] },
            What::Test { found: vec![] },
            What::Test { found: vec!["is", "above"] },
            What::Stray { field },
            What::Missing { field },
            What::Unknown { target: text("b") },
            What::Unreachable,
            What::Loop { steps: vec![text("a"), text("b")] },
            What::Text { field: text("say") },
            What::Language { tag: text("english") },
            What::Count { field, min: 1, max: 9 },
            What::Range { field, min: 1, max: 9 },
            What::SameChoice { label: text("Yes") },
            What::PlaceInLabel { label: text("Hi {{name}}") },
            What::Place { attribute: text("name") },
            What::NeverSaved { attribute: text("name") },
            What::TooMuchAtOnce { of: "messages", count: 30, max: 20 },
            What::TooMuchAtOnce { of: "steps", count: 30, max: 20 },
            What::TooManyAttributes,
        ];
        for what in all {
            assert_eq!(plain(&problem(&what)), what.to_string());
        }
        // Of what the parser says, an agent also learns that it is not about a rule of flows.
        let malformed = What::Malformed { message: text("trailing comma") };
        assert_eq!(plain(&problem(&malformed)), "it can't be read as a flow: trailing comma");
    }

    #[test]
    fn what_a_flow_says_is_isolated() {
        let said = problem(&What::Missing { field: "wait_s" });
        assert_eq!(said, "\u{2068}wait_s\u{2069} is missing");
    }
}
