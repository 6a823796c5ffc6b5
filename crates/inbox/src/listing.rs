//! The pages of a folder. What is open comes with the connection; what is closed, and what is too
//! much for one welcome, is asked for page by page.

use leptos::prelude::*;
use porchlight_client::inbox::Filter;
use porchlight_client::{Failure, Input, Link, Machine};
use porchlight_protocol::limits::PAGE_CONVERSATIONS_MAX;
use porchlight_protocol::wire::Listing;
use porchlight_protocol::{ErrorCode, Revision};
use wasm_bindgen_futures::spawn_local;

use crate::app::App;
use crate::shell::InboxShell;

/// How much of the listed folder is there, for the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageState {
    /// Its next page is on the way.
    Loading,
    /// Its next page could not be loaded.
    Failed,
    /// What was asked for is there; more can be.
    More,
    /// All of it is there.
    Whole,
}

/// What has been asked for of a folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Page {
    asking: bool,
    failed: bool,
    begun: bool,
    next: Option<Revision>,
}

impl App {
    /// Asks for the first page of the listed folder, if it needs one and has none.
    pub fn ensure_page(self) {
        let filter = self.route.with_untracked(|route| route.filter());
        let begun = self.pages.with_value(|pages| pages.contains_key(&filter));
        if !begun && matches!(filter, Filter::Closed | Filter::All) {
            self.load_page();
        }
    }

    /// Forgets which pages were loaded, and asks for the first one again.
    pub(crate) fn renew_pages(self) {
        self.pages.update_value(|pages| pages.clear());
        self.ensure_page();
    }

    /// Asks for the next page of the listed folder.
    pub fn load_page(self) {
        let Some(api) = self.api() else { return };
        let filter = self.route.with_untracked(|route| route.filter());
        let page = self.page_of(filter).unwrap_or_default();
        if page.asking {
            return;
        }
        self.keep_page(filter, Page { asking: true, failed: false, ..page });
        let mut path = ["/conversations?filter=", filter.as_str()].concat();
        if let Some(next) = page.next {
            path.push_str("&before=");
            path.push_str(&next.to_string());
        }
        spawn_local(async move {
            let listing = api.get::<Listing>(&path).await;
            if self.is_over() {
                return;
            }
            match listing {
                Ok(Listing { conversations, next }) => {
                    let page = Page { asking: false, failed: false, begun: true, next };
                    self.keep_page(filter, page);
                    self.dispatch(Input::Listed(conversations));
                }
                Err(Failure::Refused(error)) if error.code == ErrorCode::SignInRequired => {
                    self.gate.lost();
                }
                Err(_) => self.keep_page(filter, Page { asking: false, failed: true, ..page }),
            }
        });
        self.look(InboxShell::show_list);
    }

    fn page_of(self, filter: Filter) -> Option<Page> {
        self.pages.with_value(|pages| pages.get(&filter).copied())
    }

    fn keep_page(self, filter: Filter, page: Page) {
        self.pages.update_value(|pages| {
            pages.insert(filter, page);
        });
        self.look(InboxShell::show_list);
    }

    pub(crate) fn show_page(self, machine: &Machine) {
        let filter = self.route.with_untracked(|route| route.filter());
        let state = match self.page_of(filter) {
            _ if !machine.is_welcomed() && machine.link() == Link::Down => PageState::Failed,
            _ if !machine.is_welcomed() => PageState::Loading,
            Some(page) if page.asking => PageState::Loading,
            Some(page) if page.failed => PageState::Failed,
            Some(page) if page.begun && page.next.is_none() => PageState::Whole,
            Some(_) => PageState::More,
            None if machine.folder(Filter::Open).len() >= PAGE_CONVERSATIONS_MAX => PageState::More,
            None => PageState::Whole,
        };
        if self.page.get_untracked() != state {
            self.page.set(state);
        }
    }
}
