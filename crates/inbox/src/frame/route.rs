//! The place in the inbox, stored in the URL, so that a reload, a bookmark and the back button lead
//! there.

use porchlight_protocol::{ConversationId, Filter};

use crate::settings::page::Page;

const INBOX: &str = "/dashboard/chat/inbox";

/// A place in the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// The list, with or without an open conversation.
    Inbox {
        /// The shown folder.
        filter: Filter,
        /// The open conversation.
        open: Option<ConversationId>,
    },
    /// A page of the settings.
    Settings(Page),
    /// An unknown URL.
    Nowhere,
}

impl Route {
    /// The place of a URL.
    pub fn parse(path: &str, query: &str) -> Route {
        let path = path.trim_end_matches('/');
        if let Some(page) = Page::at(path) {
            return Route::Settings(page);
        }
        if matches!(path, "/dashboard" | "/dashboard/chat" | INBOX) {
            return Route::Inbox { filter: filter(query), open: None };
        }
        let id = path.strip_prefix(INBOX).and_then(|rest| rest.strip_prefix('/'));
        match id.and_then(|id| id.parse().ok()) {
            Some(id) => Route::Inbox { filter: filter(query), open: Some(id) },
            None => Route::Nowhere,
        }
    }

    /// The URL of the place.
    pub fn href(&self) -> String {
        let (filter, open) = match self {
            Route::Inbox { filter, open } => (filter, open),
            Route::Settings(page) => return page.href(),
            Route::Nowhere => return Page::FIRST.href(),
        };
        let mut href = INBOX.to_owned();
        if let Some(id) = open {
            href.push('/');
            href.push_str(id.as_str());
        }
        if *filter != Filter::Open {
            href.push_str("?filter=");
            href.push_str(filter.as_str());
        }
        href
    }

    /// The shown folder.
    pub fn filter(&self) -> Filter {
        match self {
            Route::Inbox { filter, .. } => *filter,
            Route::Settings(_) | Route::Nowhere => Filter::Open,
        }
    }

    /// The open conversation.
    pub fn open(&self) -> Option<&ConversationId> {
        match self {
            Route::Inbox { open, .. } => open.as_ref(),
            Route::Settings(_) | Route::Nowhere => None,
        }
    }

    /// The same folder with this conversation open, or with `None`, without one.
    pub fn with_open(&self, open: Option<ConversationId>) -> Route {
        Route::Inbox { filter: self.filter(), open }
    }

    /// The same conversation beside this folder.
    pub fn with_filter(&self, filter: Filter) -> Route {
        Route::Inbox { filter, open: self.open().cloned() }
    }
}

fn filter(query: &str) -> Filter {
    let pairs = query.trim_start_matches('?').split('&');
    let name = pairs.filter_map(|pair| pair.strip_prefix("filter=")).next();
    name.and_then(|name| name.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_and_its_address_say_the_same() {
        let id = "0123456789abcdef0123456789abcdef".parse().ok();
        for filter in Filter::ALL {
            for open in [None, id.clone()] {
                let route = Route::Inbox { filter, open };
                let href = route.href();
                let (path, query) = href.split_once('?').unwrap_or((&href, ""));
                assert_eq!(Route::parse(path, query), route);
            }
        }
        for route in Page::ALL.map(Route::Settings) {
            assert_eq!(Route::parse(&route.href(), ""), route);
        }
    }

    #[test]
    fn an_address_from_outside_never_fails() {
        let open = Route::Inbox { filter: Filter::Open, open: None };
        assert_eq!(Route::parse("/dashboard/chat/inbox/", "?filter=nonsense&x"), open);
        assert_eq!(Route::parse("/dashboard/chat/inbox/xyz", ""), Route::Nowhere);
        assert_eq!(Route::parse("/dashboard/elsewhere", ""), Route::Nowhere);
    }
}
