//! Text that changes while it is shown. It is set on its element, never on a text node: a browser that
//! translates the page puts nodes of its own in the place of ours.

use leptos::prelude::document;
use leptos::tachys::html::attribute::AttributeValue;
use leptos::tachys::renderer::types::Element;
use porchlight_protocol::text::{Part, href, parts};

/// The content of an element: `<p data-words=words(…)>`. It renders no attribute: implementing
/// [`AttributeValue`] is how a view takes a value of our own.
#[derive(Clone, PartialEq, Eq)]
pub struct Words {
    text: String,
    links: bool,
    choices: Vec<String>,
}

/// Plain text.
pub fn words(text: impl Into<String>) -> Words {
    Words { text: text.into(), links: false, choices: Vec::new() }
}

/// A person's text, with its addresses as links. Text nodes only: it is never markup.
pub fn rich(text: impl Into<String>) -> Words {
    Words { links: true, ..words(text) }
}

impl Words {
    /// With choices below, as buttons.
    pub fn asking(self, choices: &[String]) -> Words {
        Words { choices: choices.to_vec(), ..self }
    }

    fn fill(&self, element: &Element) {
        if !self.links {
            return element.set_text_content(Some(&self.text));
        }
        element.set_text_content(None);
        for part in parts(&self.text) {
            let added = match part {
                Part::Text(text) => element.append_with_str_1(text),
                Part::Link(address) => link(address).and_then(|it| element.append_with_node_1(&it)),
            };
            // It fails only where nothing could be shown.
            let _ = added;
        }
        for choice in &self.choices {
            let _ = button(choice).map(|button| element.append_with_node_1(&button));
        }
    }
}

fn button(choice: &str) -> Result<Element, wasm_bindgen::JsValue> {
    let button = document().create_element("button")?;
    for (name, value) in
        [("type", "button"), ("class", "btn choice"), ("data-do", "choose"), ("data-id", choice)]
    {
        button.set_attribute(name, value)?;
    }
    button.set_text_content(Some(choice));
    Ok(button)
}

fn link(address: &str) -> Result<Element, wasm_bindgen::JsValue> {
    let link = document().create_element("a")?;
    link.set_attribute("href", &href(address))?;
    link.set_attribute("target", "_blank")?;
    link.set_attribute("rel", "noopener noreferrer nofollow")?;
    link.set_text_content(Some(address));
    Ok(link)
}

impl AttributeValue for Words {
    type State = (Element, Words);
    type AsyncOutput = Words;
    type Cloneable = Words;
    type CloneableOwned = Words;

    fn build(self, element: &Element, _: &str) -> Self::State {
        self.fill(element);
        (element.clone(), self)
    }

    fn rebuild(self, _: &str, state: &mut Self::State) {
        if state.1 != self {
            self.fill(&state.0);
            state.1 = self;
        }
    }

    // What a view needs for being rendered on a server, which this one never is.

    fn html_len(&self) -> usize {
        0
    }

    fn to_html(self, _: &str, _: &mut String) {}

    fn to_template(_: &str, _: &mut String) {}

    fn hydrate<const FROM_SERVER: bool>(self, key: &str, element: &Element) -> Self::State {
        self.build(element, key)
    }

    fn into_cloneable(self) -> Words {
        self
    }

    fn into_cloneable_owned(self) -> Words {
        self
    }

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Words {
        self
    }
}
