//! A list whose items keep their elements: an item that was there before is updated in place if it
//! differs, and not even looked at if it does not. Focus and selection stay where they are.
//!
//! [`leptos::prelude::For`] keeps an item's element only as it is; each item would need a signal and
//! an effect of its own to change.

use std::collections::VecDeque;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::tachys::html::attribute::Attribute;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::{Element, Node, Placeholder};
use leptos::tachys::view::{Position, PositionState};

/// The items of a list, and how one of them is shown.
pub struct Keyed<T, V> {
    /// In the order of the screen.
    pub items: Vec<Arc<T>>,
    /// True if they are one item at different times. No two items of a list are.
    pub same: fn(&T, &T) -> bool,
    /// Shows one.
    pub view: fn(&T) -> V,
}

/// What is on the screen.
pub struct KeyedState<T, S> {
    items: VecDeque<(Arc<T>, S)>,
    end: Placeholder,
}

impl<T: Eq, V: Render> Render for Keyed<T, V> {
    type State = KeyedState<T, V::State>;

    fn build(self) -> Self::State {
        let mut state = KeyedState { items: VecDeque::new(), end: Rndr::create_placeholder() };
        for item in self.items {
            let shown = (self.view)(&item).build();
            state.items.push_back((item, shown));
        }
        state
    }

    fn rebuild(self, state: &mut Self::State) {
        let mut old = std::mem::take(&mut state.items);
        let (same, view) = (self.same, self.view);
        let mut items = self.items.into_iter();
        while let Some(item) = {
            // What is in front and in no place of the new list is gone.
            let left = items.as_slice();
            while old.front().is_some_and(|(was, _)| !left.iter().any(|item| same(item, was))) {
                if let Some((_, mut shown)) = old.pop_front() {
                    shown.unmount();
                }
            }
            items.next()
        } {
            let at = old.iter().position(|(was, _)| same(was, &item));
            let mut shown = match at.and_then(|at| old.remove(at)) {
                Some((was, mut shown)) => {
                    if was != item {
                        view(&item).rebuild(&mut shown);
                    }
                    shown
                }
                None => view(&item).build(),
            };
            if at != Some(0) {
                match old.front() {
                    Some((_, next)) => next.insert_before_this(&mut shown),
                    None => state.end.insert_before_this(&mut shown),
                };
            }
            state.items.push_back((item, shown));
        }
    }
}

impl<T, S: Mountable> Mountable for KeyedState<T, S> {
    fn unmount(&mut self) {
        for (_, shown) in &mut self.items {
            shown.unmount();
        }
        self.end.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        for (_, shown) in &mut self.items {
            shown.mount(parent, marker);
        }
        self.end.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        let first = self.items.front();
        first.is_some_and(|(_, shown)| shown.insert_before_this(child))
            || self.end.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        self.items.iter().flat_map(|(_, shown)| shown.elements()).collect()
    }
}

// What a view needs for being rendered on a server, which this one never is.

impl<T: Eq + Send + Sync + 'static, V: Render + 'static> AddAnyAttr for Keyed<T, V> {
    type Output<SomeNewAttr: Attribute> = Self;

    fn add_any_attr<NewAttr: Attribute>(self, _: NewAttr) -> Self::Output<NewAttr> {
        self
    }
}

impl<T: Eq + Send + Sync + 'static, V: Render + 'static> RenderHtml for Keyed<T, V> {
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

    fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> Self::State {
        self.build()
    }

    fn into_owned(self) -> Self {
        self
    }
}
