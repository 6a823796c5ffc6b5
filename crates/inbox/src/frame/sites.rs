//! The sites of the person who is signed in, and the way to another one.

pub mod view;

use leptos::prelude::*;
use porchlight_browser::Method;
use porchlight_protocol::SiteKey;
use porchlight_protocol::team::{GoToSite, SiteOfMine, SitesOfMine};
use porchlight_protocol::wire::Session;
use wasm_bindgen_futures::spawn_local;

use crate::app::App;

/// The sites. Only the functions here write to the signals.
#[derive(Clone, Copy)]
pub struct Sites {
    /// The sites, by their names; empty until they are loaded.
    pub all: RwSignal<Vec<SiteOfMine>>,
    busy: RwSignal<bool>,
    app: App,
}

impl Sites {
    /// The sites, which are requested.
    pub fn open(app: App) -> Self {
        let sites = Sites { all: RwSignal::new(Vec::new()), busy: RwSignal::new(false), app };
        sites.load();
        sites
    }

    /// True if there is another site to go to.
    pub fn are_several(self) -> bool {
        self.all.with(|all| all.len() > 1)
    }

    /// True for the site that is shown.
    pub fn is_here(self, site: &SiteKey) -> bool {
        self.app.session.with_value(|session| session.site == *site)
    }

    /// How many open conversations nobody owns at the other sites.
    pub fn waiting(self) -> u64 {
        let others = |all: &Vec<SiteOfMine>| {
            all.iter().filter(|it| !self.is_here(&it.site)).map(|it| it.waiting).sum()
        };
        self.all.with(others)
    }

    /// Requests the sites again. If that fails, those that are known stay.
    pub fn load(self) {
        let Some(api) = self.app.api() else { return };
        spawn_local(async move {
            let answer = api.get::<SitesOfMine>("/account/sites").await;
            match answer {
                Ok(SitesOfMine { sites }) => {
                    let _ = self.app.has_sites.try_set(sites.len() > 1);
                    let _ = self.all.try_set(sites);
                }
                Err(failure) => {
                    let _ = self.app.gate.unless_lost(failure);
                }
            }
        });
    }

    /// Goes to a site. This one's unsent texts stay in the browser.
    pub fn go(self, site: SiteKey) {
        let Some(api) = self.app.api() else { return };
        if self.is_here(&site) || self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        let (app, gate) = (self.app, self.app.gate);
        // The server closes this site's socket before it answers.
        gate.leaves(true);
        spawn_local(async move {
            let to = GoToSite { site };
            let answer = api.send::<_, Session>(Method::POST, "/session/site", &to).await;
            gate.leaves(false);
            match answer {
                Ok(session) => gate.joined(session),
                // Whether it was done is not known.
                Err(failure) if failure.is_retryable() => gate.lost(),
                Err(failure) => {
                    let _ = self.busy.try_set(false);
                    if let Some(why) = app.why(failure) {
                        app.tell(why);
                    }
                    self.load();
                }
            }
        });
    }
}
