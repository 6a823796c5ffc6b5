//! Settings → Team: the people of the site, and who is invited.

pub mod acts;
pub mod offer;
pub mod view;

use leptos::prelude::*;
use porchlight_browser::Method;
use porchlight_client::Failure;
use porchlight_protocol::MemberId;
use porchlight_protocol::rights::{Right, Role};
use porchlight_protocol::team::{
    AnyRole, Invitation, Invitations, Invited, NewInvitation, Person, Team,
};
use wasm_bindgen_futures::spawn_local;

use crate::app::App;
use crate::settings::setting::Saving;
use crate::text;
use crate::words::{Word, say};

/// The path of the team in the API.
pub const PATH: &str = "/team";

/// The path of the invitations.
const INVITATIONS: &str = "/team/invitations";

/// The state of the page. Only the functions here write to its signals.
#[derive(Clone, Copy)]
pub struct TeamPage {
    /// The people, once they have been loaded.
    pub people: RwSignal<Option<Vec<Person>>>,
    /// The open invitations, once they have been loaded; none for agents who may not invite.
    pub invitations: RwSignal<Option<Vec<Invitation>>>,
    /// The state of the last load.
    pub state: RwSignal<Saving>,
    /// True while the fields of an invitation are shown.
    pub inviting: RwSignal<bool>,
    /// True while an invitation is being made.
    pub busy: RwSignal<bool>,
    /// Why the last invitation was not made.
    pub refused: RwSignal<Option<String>>,
    /// The invitation that was made last, with its link: nobody can ask for it again.
    pub made: RwSignal<Option<Invited>>,
    /// The agent's role.
    pub role: Role,
    /// The inbox.
    pub app: App,
}

impl TeamPage {
    /// The page, which requests the people.
    pub fn open(app: App) -> Self {
        let role = app.session.with_value(|session| session.role);
        let page = TeamPage {
            people: RwSignal::new(None),
            invitations: RwSignal::new(None),
            state: RwSignal::new(Saving::Idle),
            inviting: RwSignal::new(false),
            busy: RwSignal::new(false),
            refused: RwSignal::new(None),
            made: RwSignal::new(None),
            role,
            app,
        };
        page.load();
        // A change, or its undo, was answered.
        Effect::new(move |_| {
            if let Some(person) = app.settings.changed_person.get() {
                page.took(person);
            }
        });
        page
    }

    /// True if the agent may invite and change others.
    pub fn may_manage(self) -> bool {
        self.role.may(Right::ManageTeam)
    }

    /// True once everything is there.
    pub fn is_there(self) -> bool {
        let invitations = !self.may_manage() || self.invitations.with(Option::is_some);
        self.people.with(Option::is_some) && invitations
    }

    /// True if the last load has failed.
    pub fn has_failed(self) -> bool {
        self.state.with(|state| matches!(state, Saving::Failed(_)))
    }

    /// Requests people and invitations.
    pub fn load(self) {
        let Some(api) = self.app.api() else { return };
        self.state.set(Saving::Busy);
        spawn_local(async move {
            let people = api.get::<Team>(PATH).await.map(|team| team.people);
            let invitations = match self.may_manage() {
                true => api.get::<Invitations>(INVITATIONS).await.map(|all| all.invitations),
                false => Ok(Vec::new()),
            };
            if self.is_over() {
                return;
            }
            match (people, invitations) {
                (Ok(people), Ok(invitations)) => {
                    self.app.take_pictures(&people);
                    self.people.set(Some(people));
                    self.invitations.set(Some(invitations));
                    self.state.set(Saving::Idle);
                }
                (Err(failure), _) | (_, Err(failure)) => {
                    if let Some(why) = self.app.why(failure) {
                        self.state.set(Saving::Failed(why));
                    }
                }
            }
        });
    }

    /// Puts a person that the server has answered into the place of the one that is listed. Places don't move under the
    /// pointer; the next load sorts them.
    fn took(self, person: Person) {
        self.people.update(|people| {
            let listed = people.iter_mut().flatten().find(|it| it.agent.id == person.agent.id);
            if let Some(listed) = listed {
                *listed = person;
            }
        });
    }

    /// Writes the listed people anew, so that a choice that was refused goes back to what is.
    pub fn show_again(self) {
        self.people.update(|_| {});
    }

    /// Shows the fields of an invitation, or hides them.
    pub fn invite(self, shown: bool) {
        self.refused.set(None);
        self.made.set(None);
        self.inviting.set(shown);
    }

    /// Makes an invitation. Calls `done` once its link is there.
    pub fn make(self, role: AnyRole, note: String, done: impl Fn() + 'static) {
        let Some(api) = self.app.api().filter(|_| !self.busy.get_untracked()) else { return };
        self.refused.set(None);
        self.busy.set(true);
        spawn_local(async move {
            let body = NewInvitation { role, note };
            let answer = api.send::<_, Invited>(Method::POST, INVITATIONS, &body).await;
            if self.is_over() {
                return;
            }
            self.busy.set(false);
            match answer {
                Ok(made) => {
                    let listed = made.invitation.clone();
                    self.invitations.update(|all| all.get_or_insert_default().insert(0, listed));
                    self.inviting.set(false);
                    self.made.set(Some(made));
                    done();
                }
                Err(failure) => self.refused.set(self.app.why(failure)),
            }
        });
    }

    /// Takes an invitation back. It can't be undone: the link is not known here.
    pub fn take_back(self, id: MemberId) {
        let Some(api) = self.app.api() else { return };
        spawn_local(async move {
            let path = [INVITATIONS, "/", id.as_str()].concat();
            let answer = api.tell(Method::DELETE, &path, &()).await;
            if self.is_over() {
                return;
            }
            // Somebody else may have been faster, or it was accepted: it is not open in any case.
            let gone =
                matches!(&answer, Err(Failure::Refused(error)) if error.code.status() == 404);
            match answer {
                Err(failure) if !gone => {
                    if let Some(why) = self.app.why(failure) {
                        self.app.tell(why);
                    }
                }
                _ => {
                    self.invitations.update(|all| {
                        if let Some(all) = all {
                            all.retain(|it| it.id != id);
                        }
                    });
                    if self.made.with_untracked(|made| {
                        made.as_ref().is_some_and(|made| made.invitation.id == id)
                    }) {
                        self.made.set(None);
                    }
                    self.app.tell(say(Word::TeamTakenBack));
                }
            }
        });
    }

    fn is_over(self) -> bool {
        self.people.is_disposed()
    }
}

impl App {
    /// Why a request failed, in words; `None` if the session has ended, which is answered elsewhere.
    pub fn why(self, failure: Failure) -> Option<String> {
        self.gate.unless_lost(failure).map(|failure| say(text::failure(&failure)))
    }
}
