//! The pictures of the team's agents, wherever the inbox shows one of them.

use std::collections::BTreeMap;

use leptos::prelude::*;
use porchlight_protocol::team::{Person, Team};
use porchlight_protocol::{MemberId, PictureId};
use wasm_bindgen_futures::spawn_local;

use crate::app::App;
use crate::settings::team::PATH;

/// Of each agent who has one.
pub type Pictures = BTreeMap<MemberId, PictureId>;

impl App {
    /// The picture of an agent.
    pub fn picture_of(self, agent: &MemberId) -> Option<PictureId> {
        self.pictures.with(|all| all.get(agent).cloned())
    }

    /// The agent's own picture.
    pub fn own_picture(self) -> Option<PictureId> {
        self.picture_of(&self.me().id)
    }

    /// Requests the pictures. If that fails, those that are known stay.
    pub fn look_at_pictures(self) {
        let Some(api) = self.api() else { return };
        spawn_local(async move {
            match api.get::<Team>(PATH).await {
                Ok(team) if !self.is_over() => self.take_pictures(&team.people),
                Ok(_) => {}
                Err(failure) => {
                    let _ = self.gate.unless_lost(failure);
                }
            }
        });
    }

    /// Takes the pictures of these people, who are the whole team.
    pub fn take_pictures(self, people: &[Person]) {
        let each = people.iter().filter_map(|it| Some((it.agent.id.clone(), it.picture.clone()?)));
        let all: Pictures = each.collect();
        // Every row that shows an agent looks at them.
        if self.pictures.with_untracked(|before| *before != all) {
            self.pictures.set(all);
        }
    }

    /// The agent has got another picture, or none.
    pub fn pictured(self, picture: Option<PictureId>) {
        let me = self.me().id;
        self.pictures.update(|all| match picture {
            Some(picture) => drop(all.insert(me, picture)),
            None => drop(all.remove(&me)),
        });
    }
}
