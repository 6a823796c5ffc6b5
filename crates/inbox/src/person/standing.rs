//! What an agent does with a visitor: block, unblock, erase.

pub mod view;

use leptos::prelude::*;
use porchlight_browser::{Method, time};
use porchlight_client::Failure;
use porchlight_protocol::VisitorId;
use porchlight_protocol::privacy::{Block, NewBlock, Standing};
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
                self.visitors.standing.set(Some((of, standing)));
            }
        });
    }

    /// Blocks a visitor. The toast offers to undo it.
    pub fn block(self, of: VisitorId, block: NewBlock) {
        let undo = Undo::Block { of: of.clone(), block: None };
        self.change_block(of, Some(block), undo, Pattern::PrivacyIsBlocked);
    }

    /// Unblocks a visitor, who was blocked so. The toast offers to undo it.
    pub fn unblock(self, of: VisitorId, block: &Block) {
        let undo = Undo::Block { of: of.clone(), block: Some(block.anew(time::now())) };
        self.change_block(of, None, undo, Pattern::PrivacyIsUnblocked);
    }

    /// Ends the block of a visitor's network. They stay blocked. The toast offers to undo it.
    pub fn free_network(self, of: VisitorId, block: &Block) {
        let undo = Undo::Block { of: of.clone(), block: Some(block.anew(time::now())) };
        let without = NewBlock { note: block.note.clone(), network_for_s: None };
        self.change_block(of, Some(without), undo, Pattern::PrivacyNetworkIsFree);
    }

    /// Takes one of these back.
    pub(crate) fn block_back(self, of: VisitorId, block: Option<NewBlock>) {
        let words = match block {
            Some(_) => Pattern::PrivacyIsBlocked,
            None => Pattern::PrivacyIsUnblocked,
        };
        self.change_block(of, block, Undo::Nothing, words);
    }

    fn change_block(self, of: VisitorId, block: Option<NewBlock>, undo: Undo, words: Pattern) {
        let Some(api) = self.api() else { return };
        spawn_local(async move {
            let path = path(&of, "block");
            let answer = match block {
                Some(block) => api.send::<_, Standing>(Method::PUT, &path, &block).await,
                None => api.send::<_, Standing>(Method::DELETE, &path, &()).await,
            };
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
        let face = self.visitors.face.get_untracked().filter(|_| is_open);
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
                self.visitors.standing.set(Some((of, standing)));
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
