//! Invitations: the fields for another one, the link of the one that was made, and those that are open.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use porchlight_browser::time;
use porchlight_protocol::limits::INVITATION_NOTE_CHARS_MAX;
use porchlight_protocol::rights::Role;
use porchlight_protocol::team::{Invitation, Invited};

use crate::settings::team::view::{role_of, role_options};
use crate::settings::team::{TeamPage, offer};
use crate::text;
use crate::ui::copy::copy_field;
use crate::ui::focus::focus_soon;
use crate::ui::icon::{self, icon};
use crate::ui::parts;
use crate::words::{Pattern, Word, fill, say};

/// The card.
pub fn invitations(page: TeamPage) -> impl IntoView {
    let listed = Memo::new(move |_| page.invitations.get().unwrap_or_default());
    let list = move || {
        (!listed.with(Vec::is_empty)).then(|| {
            view! {
                <ul class="people">
                    <For each=move || listed.get() key=|it| it.id.clone() let:it>
                        {row(page, it)}
                    </For>
                </ul>
            }
        })
    };
    let add = move || {
        (!page.inviting.get()).then(|| {
            view! {
                <button
                    class="btn"
                    id="invite"
                    type="button"
                    on:click=move |_| {
                        page.invite(true);
                        focus_soon("#invite-role".to_owned());
                    }
                >
                    {say(Word::TeamInvite)}
                </button>
            }
        })
    };
    view! {
        <section class="card" aria-labelledby="invites">
            <h2 class="card__title" id="invites">
                {say(Word::TeamInvites)}
            </h2>
            {move || page.made.get().map(|made| link(page, made))}
            {list}
            {move || page.inviting.get().then(|| fields(page))}
            <div class="bots__add">{add}</div>
        </section>
    }
}

/// The role, and whom it is for.
fn fields(page: TeamPage) -> impl IntoView {
    let note = NodeRef::<html::Input>::new();
    let roles = offer::invitable(page.role);
    let role = RwSignal::new(roles.first().copied().unwrap_or(Role::Agent));
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        let note = note.get_untracked().map(|note| note.value()).unwrap_or_default();
        page.make(role.get_untracked().into(), note, || focus_soon("#invite-link".to_owned()));
    };
    let cancel = move |_| {
        page.invite(false);
        focus_soon("#invite".to_owned());
    };
    view! {
        <form class="add-bot" novalidate=true aria-label=say(Word::TeamInvite) on:submit=on_submit>
            <div class="add-bot__field">
                <label for="invite-role">{say(Word::TeamRole)}</label>
                <select
                    class="input select"
                    id="invite-role"
                    aria-describedby="invite-role-hint"
                    on:change=move |event| {
                        if let Some(chosen) = role_of(&event_target_value(&event)) {
                            role.set(chosen);
                        }
                    }
                >
                    {role_options(roles, role.get_untracked())}
                </select>
                <p class="setting__hint" id="invite-role-hint">
                    {move || say(text::role_may(role.get()))}
                </p>
            </div>
            <div class="add-bot__field">
                <label for="invite-note">{say(Word::TeamNote)}</label>
                <input
                    class="input"
                    id="invite-note"
                    dir="auto"
                    autocomplete="off"
                    maxlength=INVITATION_NOTE_CHARS_MAX.to_string()
                    aria-describedby="invite-note-hint"
                    node_ref=note
                />
                <p class="setting__hint" id="invite-note-hint">
                    {say(Word::TeamNoteHint)}
                </p>
            </div>
            <div class="add-bot__acts">
                <p class="problem" role="alert">
                    {move || {
                        page.refused.get().map(|why| (icon(icon::EXCLAMATION), parts::words(why)))
                    }}
                </p>
                <button
                    class="btn btn--primary"
                    type="submit"
                    aria-disabled=move || page.busy.get().then_some("true")
                >
                    {say(Word::TeamMakeLink)}
                </button>
                <button class="btn btn--quiet" type="button" on:click=cancel>
                    {say(Word::BotsCancel)}
                </button>
            </div>
        </form>
    }
}

/// The link of the invitation that was made, to copy.
fn link(page: TeamPage, made: Invited) -> impl IntoView {
    let expires_at = made.invitation.expires_at;
    let once = move || {
        let now = page.app.now.get().max(time::now());
        fill(Pattern::TeamLinkOnce, &[&parts::moment(expires_at, now)])
    };
    view! {
        <div class="invited">
            <label class="setting__name" for="invite-link">
                {say(Word::TeamLink)}
            </label>
            <div class="locked__command">
                {copy_field("invite-link", "invite-link-once", move || made.link.clone())}
            </div>
            <p class="setting__hint" id="invite-link-once" prop:textContent=once></p>
        </div>
    }
}

fn row(page: TeamPage, invitation: Invitation) -> impl IntoView {
    let Invitation { id, role, note, by, expires_at } = invitation;
    let about = move || {
        let now = page.app.now.get().max(time::now());
        fill(Pattern::TeamInvitedBy, &[&by, &parts::moment(expires_at, now)])
    };
    let label =
        if note.is_empty() { None } else { Some([&say(Word::TeamTakeBack), ": ", &note].concat()) };
    let may = page.role.may_manage(role);
    let take_back = move |_| {
        page.take_back(id.clone());
        focus_soon("#invite, #invite-role".to_owned());
    };
    view! {
        <li class="people__one">
            <div class="people__who">
                <p class="people__name">
                    {say(text::role(role))}
                    {(!note.is_empty())
                        .then(|| {
                            view! {
                                " "
                                <span class="people__note" dir="auto" translate="no">
                                    {note}
                                </span>
                            }
                        })}
                </p>
                <p class="people__email" prop:textContent=about></p>
            </div>
            <div class="people__acts">
                {may
                    .then(|| {
                        view! {
                            <button
                                class="btn btn--sm"
                                type="button"
                                aria-label=label
                                on:click=take_back
                            >
                                {say(Word::TeamTakeBack)}
                            </button>
                        }
                    })}
            </div>
        </li>
    }
}
