//! Changes of people of the team, and their undo.

use leptos::prelude::*;
use porchlight_browser::Method;
use porchlight_protocol::Member;
use porchlight_protocol::rights::Role;
use porchlight_protocol::settings::Switch;
use porchlight_protocol::team::{NewRole, Person};
use serde::Serialize;
use wasm_bindgen_futures::spawn_local;

use crate::app::{App, Undo};
use crate::settings::team::PATH;
use crate::text;
use crate::words::{Pattern, fill, say};

impl App {
    /// Gives a person another role. The toast offers to undo it. Calls `refused` if it was not done.
    pub fn set_role(self, of: Member, before: Role, role: Role, refused: impl FnOnce() + 'static) {
        let body = NewRole { role: role.into() };
        self.change_person(of, "/role", body, refused, move |app, person| {
            let words = fill(Pattern::TeamHasRole, &[&person.agent.name, &say(text::role(role))]);
            // Who gives up what it takes to change it back can't.
            let may = app.session.with_value(|session| session.role.may_manage(role));
            let me = app.me().id == person.agent.id;
            let undo = Undo::Role { of: person.agent, role: before };
            app.show_toast(words, if may && !me { undo } else { Undo::Nothing }, false);
        });
    }

    /// Deactivates a person, or reactivates them. The toast offers to undo it.
    pub fn set_active(self, of: Member, active: bool) {
        let body = Switch { on: active };
        self.change_person(
            of,
            "/active",
            body,
            || (),
            move |app, person| {
                let pattern =
                    if active { Pattern::TeamIsActive } else { Pattern::TeamIsDeactivated };
                let words = fill(pattern, &[&person.agent.name]);
                app.show_toast(words, Undo::Active { of: person.agent, active: !active }, false);
            },
        );
    }

    /// Undoes a change of a role.
    pub(crate) fn role_back(self, of: Member, role: Role) {
        let body = NewRole { role: role.into() };
        self.change_person(
            of,
            "/role",
            body,
            || (),
            move |app, person| {
                app.tell(fill(Pattern::TeamHasRole, &[&person.agent.name, &say(text::role(role))]));
            },
        );
    }

    /// Undoes that a person was deactivated or reactivated.
    pub(crate) fn active_back(self, of: Member, active: bool) {
        let body = Switch { on: active };
        self.change_person(
            of,
            "/active",
            body,
            || (),
            move |app, person| {
                let pattern =
                    if active { Pattern::TeamIsActive } else { Pattern::TeamIsDeactivated };
                app.tell(fill(pattern, &[&person.agent.name]));
            },
        );
    }

    fn change_person(
        self,
        of: Member,
        what: &'static str,
        body: impl Serialize + 'static,
        refused: impl FnOnce() + 'static,
        done: impl FnOnce(App, Person) + 'static,
    ) {
        let Some(api) = self.api() else { return };
        spawn_local(async move {
            let path = [PATH, "/", of.id.as_str(), what].concat();
            let answer = api.send::<_, Person>(Method::PUT, &path, &body).await;
            if self.is_over() {
                return;
            }
            match answer {
                Ok(person) => {
                    if person.agent.id == self.me().id {
                        self.session.update_value(|session| session.role = person.role);
                    }
                    self.settings.changed_person.set(Some(person.clone()));
                    done(self, person);
                }
                Err(failure) => {
                    if let Some(why) = self.why(failure) {
                        self.tell(why);
                        refused();
                    }
                }
            }
        });
    }
}
