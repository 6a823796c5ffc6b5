//! Markup that never changes, and so costs the module nothing: the `<template>`s of the document, which the
//! server has filled with words: ours, and as text those of the site's owner.

use leptos::prelude::*;
use leptos::tachys::html::attribute::Attribute;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::{Element, Node};
use leptos::tachys::view::{Position, PositionState};
use wasm_bindgen::JsCast;
use web_sys::HtmlTemplateElement;

include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// A copy of a template's one element, as a view.
pub struct Inert(Template);

/// A template, as a view.
pub fn inert(template: Template) -> Inert {
    Inert(template)
}

/// What is on the screen.
pub struct InertState(Template, Element);

impl Template {
    fn element(self) -> Option<Element> {
        let template = document().get_elements_by_tag_name("template").item(self as u32)?;
        template.unchecked_into::<HtmlTemplateElement>().content().first_element_child()
    }

    /// What it says in its `<span>`.
    pub fn says(self) -> String {
        let span = self.element().and_then(|it| it.query_selector("span").ok()?);
        span.and_then(|it| it.text_content()).unwrap_or_default()
    }

    /// The part of it that a selector finds.
    pub fn part(self, selector: &str) -> Option<Element> {
        self.element()?.query_selector(selector).ok()?
    }

    fn copy(self) -> Element {
        let copy = self.element().and_then(|it| it.clone_node_with_deep(true).ok());
        // Without the server's document there is no screen to begin with.
        copy.map_or_else(|| Rndr::create_element("p", None), JsCast::unchecked_into)
    }
}

impl Render for Inert {
    type State = InertState;

    fn build(self) -> InertState {
        InertState(self.0, self.0.copy())
    }

    fn rebuild(self, state: &mut InertState) {
        if state.0 != self.0 {
            let mut now = self.build();
            state.insert_before_this(&mut now);
            state.unmount();
            *state = now;
        }
    }
}

impl Mountable for InertState {
    fn unmount(&mut self) {
        self.1.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.1.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.1.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        vec![self.1.clone()]
    }
}

// What a view needs for being rendered on a server, which this one never is.

impl AddAnyAttr for Inert {
    type Output<SomeNewAttr: Attribute> = Self;

    fn add_any_attr<NewAttr: Attribute>(self, _: NewAttr) -> Self::Output<NewAttr> {
        self
    }
}

impl RenderHtml for Inert {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        _: &mut String,
        _: &mut Position,
        _: bool,
        _: bool,
        _: Vec<AnyAttribute>,
    ) {
    }

    fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> InertState {
        self.build()
    }

    fn into_owned(self) -> Self {
        self
    }
}
