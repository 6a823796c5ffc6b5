//! Flows to begin with.

/// A flow to begin with. Its texts are in the languages of [`Template::LANGUAGES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// Greets, asks what it is about and for an address, and hands over.
    Greeting,
    /// Asks for the number of an order.
    Order,
    /// Tells when a business is open and where it is.
    Hours,
    /// Asks for a name, ways to reach the visitor, and what they need.
    Lead,
}

impl Template {
    /// All templates.
    pub const ALL: [Template; 4] =
        [Template::Greeting, Template::Order, Template::Hours, Template::Lead];

    /// The languages that they are in. English is the first.
    pub const LANGUAGES: [&str; 6] = ["en", "de", "fr", "es", "pt-BR", "ar"];

    /// Its name in programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Template::Greeting => "greeting",
            Template::Order => "order",
            Template::Hours => "hours",
            Template::Lead => "lead",
        }
    }

    /// The flow's JSON, in all languages.
    pub fn json(self) -> &'static str {
        match self {
            Template::Greeting => include_str!("../templates/greeting.json"),
            Template::Order => include_str!("../templates/order.json"),
            Template::Hours => include_str!("../templates/hours.json"),
            Template::Lead => include_str!("../templates/lead.json"),
        }
    }

    /// The flow's JSON with the texts of the nearest language alone: whoever changes a flow would have to change each
    /// language of it. Other languages are added where a site needs them.
    pub fn in_language(self, wanted: &str) -> String {
        let tag = nearest(wanted);
        let mut flow = String::new();
        let mut lines = self.json().lines();
        while let Some(line) = lines.next() {
            let opens = line.strip_suffix('{').filter(|_| text_of(lines.clone(), tag).is_some());
            if let Some((head, text)) = opens.zip(text_of(lines.clone(), tag)) {
                let end = lines.find(|line| line.trim_start().starts_with('}'));
                let comma = if end.is_some_and(|end| end.ends_with(',')) { "," } else { "" };
                flow.extend([head, text, comma]);
            } else if line.trim_start().starts_with("\"language\": ") {
                flow.extend(["  \"language\": \"", tag, "\","]);
            } else {
                flow.push_str(line);
            }
            flow.push('\n');
        }
        flow
    }
}

/// The language of the templates that is nearest to the wanted one; else English.
fn nearest(wanted: &str) -> &'static str {
    let base = |tag: &str| tag.split('-').next().unwrap_or_default().to_lowercase();
    let all = Template::LANGUAGES;
    let exact = all.into_iter().find(|tag| tag.eq_ignore_ascii_case(wanted));
    exact.or_else(|| all.into_iter().find(|tag| base(tag) == base(wanted))).unwrap_or("en")
}

/// The text in a language, with its quotation marks, if these lines are those of a text in several: the templates have
/// each language on a line of its own, and English on the first.
fn text_of<'a>(lines: impl Iterator<Item = &'a str>, tag: &str) -> Option<&'a str> {
    let texts: Vec<&str> = lines.map(str::trim).take_while(|line| !line.starts_with('}')).collect();
    texts.first()?.strip_prefix("\"en\": ")?;
    let key = ["\"", tag, "\": "].concat();
    let text = texts.iter().find_map(|line| line.strip_prefix(key.as_str()))?;
    Some(text.strip_suffix(',').unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Text, read};

    #[test]
    fn each_template_is_free_of_problems_in_each_language() {
        for template in Template::ALL {
            let name = template.as_str();
            let all = read(template.json()).unwrap_or_else(|wrong| panic!("{name}: {wrong:?}"));
            for tag in Template::LANGUAGES {
                let json = template.in_language(tag);
                let one = read(&json).unwrap_or_else(|wrong| panic!("{name}, {tag}: {wrong:?}"));
                assert_eq!(one.language, tag);
                assert_eq!(one.steps.len(), all.steps.len());
                assert!(!json.contains("\"en\": \""), "{name}, {tag}: {json}");
                let value: serde_json::Value = serde_json::from_str(template.json()).unwrap();
                in_all_languages(name, &value);
            }
        }
    }

    /// Each text is in each of the languages.
    fn in_all_languages(name: &str, value: &serde_json::Value) {
        match value {
            serde_json::Value::Object(fields) if fields.contains_key("en") => {
                let missing: Vec<_> =
                    Template::LANGUAGES.iter().filter(|tag| !fields.contains_key(**tag)).collect();
                assert!(missing.is_empty(), "{name}: {value} lacks {missing:?}");
            }
            serde_json::Value::Object(fields) => {
                fields.values().for_each(|value| in_all_languages(name, value));
            }
            serde_json::Value::Array(values) => {
                values.iter().for_each(|value| in_all_languages(name, value));
            }
            _ => {}
        }
    }

    #[test]
    fn a_template_is_in_the_nearest_language() {
        for (wanted, tag) in
            [("de-AT", "de"), ("pt", "pt-BR"), ("PT-br", "pt-BR"), ("ja", "en"), ("", "en")]
        {
            let flow = read(&Template::Hours.in_language(wanted)).unwrap();
            assert_eq!(flow.language, tag);
        }
        let flow = read(&Template::Order.in_language("fr")).unwrap();
        let Some(crate::Step::Ask(ask)) = flow.steps.get("greet") else { panic!("{flow:?}") };
        assert_eq!(ask.text, Text::One("Bonjour ! Que puis-je faire pour vous ?".to_owned()));
    }
}
