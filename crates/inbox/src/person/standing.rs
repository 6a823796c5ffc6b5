//! What an agent does with a visitor: block, unblock, erase.

pub mod view;

use leptos::prelude::*;
use porchlight_browser::Method;
use porchlight_client::Failure;
use porchlight_protocol::VisitorId;
use porchlight_protocol::privacy::{NewBlock, Standing};
use wasm_bindgen_futures::spawn_local;

use crate::app::{App, Undo};
use crate::person::face::numbered;
use crate::words::{Pattern, fill};

/// The path of a visitor in the API.
pub fn path(visitor: &VisitorId, what: &str) -> String {
    ["/visitors/", visitor.as_str(), "/", what].concat()
}

impl App {
    /// Asks how a visitor stands. A failure shows nothing: it is asked again with the next conversation.
    pub fn look_at_standing(self, of: VisitorId) {
        let Some(api) = self.api() else { return };
        spawn_local(async move {
            let answer = api.get::<Standing>(&path(&of, "standing")).await;
            if let (Ok(standing), false) = (answer, self.is_over()) {
                self.standing.set(Some((of, standing)));
            }
        });
    }

    /// Blocks a visitor. The toast offers to undo it.
    pub fn block(self, of: VisitorId, note: String) {
        let undo = Undo::Block { of: of.clone(), note: None };
        self.change_block(of, Some(note), undo);
    }

    /// Unblocks a visitor, who was blocked with this note. The toast offers to undo it.
    pub fn unblock(self, of: VisitorId, note: String) {
        let undo = Undo::Block { of: of.clone(), note: Some(note) };
        self.change_block(of, None, undo);
    }

    /// Takes one of these back.
    pub(crate) fn block_back(self, of: VisitorId, note: Option<String>) {
        self.change_block(of, note, Undo::Nothing);
    }

    fn change_block(self, of: VisitorId, note: Option<String>, undo: Undo) {
        let Some(api) = self.api() else { return };
        spawn_local(async move {
            let path = path(&of, "block");
            let blocked = note.is_some();
            let answer = match note {
                Some(note) => api.send::<_, Standing>(Method::PUT, &path, &NewBlock { note }).await,
                None => api.send::<_, Standing>(Method::DELETE, &path, &()).await,
            };
            let words =
                if blocked { Pattern::PrivacyIsBlocked } else { Pattern::PrivacyIsUnblocked };
            self.heard_standing(of, answer, move |_| (words, undo));
        });
    }

    /// Erases a visitor, which nothing undoes.
    pub fn erase(self, of: VisitorId) {
        let Some(api) = self.api() else { return };
        spawn_local(async move {
            let answer = api.send::<_, Standing>(Method::POST, &path(&of, "erase"), &()).await;
            self.heard_standing(of, answer, |standing| {
                let words = match standing.erasing {
                    true => Pattern::PrivacyIsErasing,
                    false => Pattern::PrivacyIsErased,
                };
                (words, Undo::Nothing)
            });
        });
    }

    /// What the open conversation's visitor is called; anybody else by the number.
    fn called(self, of: &VisitorId) -> String {
        let is_open = self.talk.with_untracked(|talk| {
            let open = talk.as_ref().and_then(|talk| talk.conversation.as_ref());
            open.is_some_and(|open| open.visitor == *of)
        });
        let face = self.face.get_untracked().filter(|_| is_open);
        face.map_or_else(|| numbered(of), |face| face.name)
    }

    fn heard_standing(
        self,
        of: VisitorId,
        answer: Result<Standing, Failure>,
        told: impl FnOnce(&Standing) -> (Pattern, Undo),
    ) {
        if self.is_over() {
            return;
        }
        match answer {
            Ok(standing) => {
                let (words, undo) = told(&standing);
                let words = fill(words, &[&self.called(&of)]);
                self.standing.set(Some((of, standing)));
                self.show_toast(words, undo, false);
            }
            Err(failure) => {
                if let Some(why) = self.why(failure) {
                    self.tell(why);
                }
            }
        }
    }
}
