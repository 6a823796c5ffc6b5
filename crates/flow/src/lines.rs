//! Where the steps of a flow stand in its JSON.

/// The line of each key of `steps`, from 1, in their order. The JSON has been parsed already; of other text the lines
/// mean nothing.
pub(crate) fn of_steps(json: &str) -> Vec<usize> {
    let mut lines = Vec::new();
    let (mut depth, mut line, mut in_steps) = (0_usize, 1, false);
    // The text that was read last, which a colon makes a key, and its line.
    let mut last = ("", 1);
    let mut rest = json;
    while let Some(c) = rest.chars().next() {
        let length = if c == '"' { length_of_text(rest) } else { c.len_utf8() };
        let Some((token, after)) = rest.split_at_checked(length) else { break };
        rest = after;
        match c {
            '\n' => line += 1,
            '"' => last = (token, line),
            ':' if depth == 1 => in_steps = is_steps(last.0),
            ':' if depth == 2 && in_steps => lines.push(last.1),
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    lines
}

/// Bytes of the text that stands at the start, with its quotation marks.
fn length_of_text(json: &str) -> usize {
    let mut is_escaped = false;
    let end = json.bytes().skip(1).position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    // The first quotation mark, and the last.
    end.map_or(json.len(), |end| end + 2)
}

/// True for `"steps"`, also if some of it is escaped.
fn is_steps(text: &str) -> bool {
    serde_json::from_str::<String>(text).is_ok_and(|text| text == "steps")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_steps_are_found_and_no_others() {
        let json = r#"{ "note": {"steps": {"x": 1}},
            "ste\u0070s": { "a": {
                "say": "\"b\": {\\",
                "then": "steps" },

              "b"
              : [{"c": 1}], "d": {} },
            "start": {"e": 1}
        }"#;
        assert_eq!(of_steps(json), [2, 6, 7]);
    }

    #[test]
    fn text_that_is_no_json_has_an_end() {
        for text in ["", "\"", "\"\\", "}}}:", "{\"steps\":{\"é", "{\"steps\":{\"é\":", "🙂\""]
        {
            of_steps(text);
        }
    }
}
