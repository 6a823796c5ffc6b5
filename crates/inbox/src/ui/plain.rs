//! Texts for `prop:textContent`.

use leptos::tachys::html::property::IntoProperty;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::Element;

/// A text for `prop:textContent` that is set only if it is another one. To set the same again makes a new text node: a
/// selection in it would be lost, and in WebKit also a click, if that happens between press and release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plain(pub String);

impl Plain {
    fn set(&self, element: &Element, key: &str) {
        Rndr::set_property(element, key, &self.0.as_str().into());
    }
}

impl IntoProperty for Plain {
    type State = (Element, Plain);
    type Cloneable = Plain;
    type CloneableOwned = Plain;

    fn hydrate<const FROM_SERVER: bool>(self, element: &Element, key: &str) -> Self::State {
        self.build(element, key)
    }

    fn build(self, element: &Element, key: &str) -> Self::State {
        self.set(element, key);
        (element.clone(), self)
    }

    fn rebuild(self, state: &mut Self::State, key: &str) {
        let (element, before) = state;
        if self != *before {
            self.set(element, key);
            *before = self;
        }
    }

    fn into_cloneable(self) -> Self::Cloneable {
        self
    }

    fn into_cloneable_owned(self) -> Self::CloneableOwned {
        self
    }
}
