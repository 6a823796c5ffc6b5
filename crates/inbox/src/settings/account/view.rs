//! Settings → Your account.

pub mod picture;
pub mod second_factor;

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use porchlight_browser::time;
use porchlight_protocol::limits::{EMAIL_BYTES_MAX, NAME_CHARS_MAX, PASSWORD_CHARS_MIN};
use porchlight_protocol::settings::Switch;
use porchlight_protocol::team::SignedIn;
use web_sys::HtmlInputElement;

use crate::app::App;
use crate::settings::account::view::picture::picture;
use crate::settings::account::view::second_factor::two_step;
use crate::settings::account::{AccountPage, Outcome, browser};
use crate::settings::frame::{self, Layout};
use crate::settings::page::Page;
use crate::settings::setting::Saving;
use crate::ui::focus::focus_soon;
use crate::ui::icon::{self, icon};
use crate::ui::parts;
use crate::ui::switch::{Named, switch};
use crate::words::{Pattern, Word, fill, number, say};

/// The page.
pub fn account(app: App) -> impl IntoView {
    let page = AccountPage::open(app);
    let body = frame::once_loaded(
        Page::Account,
        move || page.account.with(Option::is_some),
        move || page.has_failed(),
        move || page.load(),
        move || {
            let parts = (
                picture(page),
                name(page),
                email(page),
                password(page),
                mail(page),
                two_step(page),
                browsers(page),
            );
            frame::main(parts)
        },
    );
    frame::page(Page::Account, Layout::Single, body, ())
}

/// A part of the page that is saved by itself.
fn part(
    title: Word,
    outcome: RwSignal<Outcome>,
    save: impl Fn() + 'static,
    fields: impl IntoView,
) -> impl IntoView {
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        save();
    };
    view! {
        <section class="card" aria-label=say(title)>
            <h2 class="card__title">{say(title)}</h2>
            <form class="account" novalidate=true on:submit=on_submit>
                {fields}
                <div class="account__acts">
                    <button
                        class="btn"
                        type="submit"
                        aria-disabled=move || (outcome.get() == Outcome::Busy).then_some("true")
                    >
                        {say(Word::ActSave)}
                    </button>
                    <div role="status">{said(outcome)}</div>
                </div>
            </form>
        </section>
    }
}

/// What has become of a change.
pub(in crate::settings) fn said(outcome: RwSignal<Outcome>) -> impl IntoView {
    move || {
        match outcome.get() {
        Outcome::None => None,
        Outcome::Busy => Some(
            view! { <p class="account__state">{parts::words(say(Word::SaveSaving))}</p> }.into_any(),
        ),
        Outcome::Done(words) => (!words.is_empty()).then(|| {
            view! { <p class="account__state account__state--done">{icon(icon::CHECK)} {parts::words(words)}</p> }
                .into_any()
        }),
        Outcome::Refused(why) => Some(
            view! { <p class="problem">{icon(icon::EXCLAMATION)} {parts::words(why)}</p> }.into_any(),
        ),
    }
    }
}

fn name(page: AccountPage) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let now = page.account.with_untracked(|it| it.as_ref().map(|it| it.agent.name.clone()));
    let refused = move || matches!(page.name.get(), Outcome::Refused(_)).then_some("true");
    let save = move || page.rename(value(field));
    let fields = view! {
        <div>
            <input
                class="input"
                id="account-name"
                name="name"
                autocomplete="name"
                dir="auto"
                maxlength=NAME_CHARS_MAX.to_string()
                aria-label=say(Word::BotsName)
                aria-describedby="account-name-hint"
                aria-invalid=refused
                value=now.unwrap_or_default()
                node_ref=field
            />
            <p class="setting__hint" id="account-name-hint">
                {say(Word::AccountNameHint)}
            </p>
        </div>
    };
    part(Word::BotsName, page.name, save, fields)
}

const MAIL: Named =
    Named { id: "account-mail", text_id: "account-mail-text", name: Word::MailWanted };

/// Whether the agent is called by e-mail.
fn mail(page: AccountPage) -> impl IntoView {
    let setting = page.mail;
    let on = move || setting.saved.get().is_none_or(|saved| saved.on);
    let fixed = move || !setting.is_there() || setting.state.get() == Saving::Busy;
    let set = move |on| setting.save(Switch { on });
    let said = move || match setting.state.get() {
        Saving::Failed(why) => {
            Some(view! { <p class="problem">{icon(icon::EXCLAMATION)} {parts::words(why)}</p> })
        }
        _ => None,
    };
    view! {
        <section class="card">
            {switch(MAIL, on, fixed, || say(Word::MailWantedText), set)} <div role="status">{said}</div>
        </section>
    }
}

fn email(page: AccountPage) -> impl IntoView {
    let (field, confirm) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let now = page.account.with_untracked(|it| it.as_ref().map(|it| it.email.clone()));
    let save = move || {
        page.set_email(value(field), value(confirm), move || empty(&[confirm]));
    };
    let fields = view! {
        <div>
            <input
                class="input"
                id="account-email"
                name="email"
                type="email"
                autocomplete="username"
                dir="ltr"
                maxlength=EMAIL_BYTES_MAX.to_string()
                aria-label=say(Word::SigninEmail)
                value=now.unwrap_or_default()
                node_ref=field
            />
        </div>
        {password_field("account-email-password", Word::SigninPassword, "current-password", confirm)}
    };
    part(Word::SigninEmail, page.email, save, fields)
}

fn password(page: AccountPage) -> impl IntoView {
    let (current, new) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let save = move || {
        page.set_password(value(current), value(new), move || empty(&[current, new]));
    };
    let fields = view! {
        {password_field("account-current", Word::AccountCurrent, "current-password", current)}
        <div>
            {password_field("account-new", Word::AccountNewPassword, "new-password", new)}
            {password_hint("account-new-hint")}
        </div>
    };
    part(Word::SigninPassword, page.password, save, fields)
}

/// A field for a password.
pub fn password_field(
    id: &'static str,
    label: Word,
    autocomplete: &'static str,
    field: NodeRef<html::Input>,
) -> impl IntoView {
    let described = (autocomplete == "new-password").then(|| [id, "-hint"].concat());
    view! {
        <div>
            <label class="label" for=id>{say(label)}</label>
            <input
                class="input"
                id=id
                type="password"
                autocomplete=autocomplete
                aria-describedby=described
                node_ref=field
            />
        </div>
    }
}

/// What makes a good password.
pub fn password_hint(id: &'static str) -> impl IntoView {
    view! {
        <p class="setting__hint" id=id>
            {fill(Pattern::AccountPasswordHint, &[&number(PASSWORD_CHARS_MIN)])}
        </p>
    }
}

/// What stands in a field.
pub fn value(field: NodeRef<html::Input>) -> String {
    field.get_untracked().map(|field: HtmlInputElement| field.value()).unwrap_or_default()
}

fn empty(fields: &[NodeRef<html::Input>]) {
    for field in fields.iter().filter_map(|field| field.get_untracked()) {
        field.set_value("");
    }
}

fn browsers(page: AccountPage) -> impl IntoView {
    let sessions = Memo::new(move |_| {
        page.account.with(|it| it.as_ref().map(|it| it.sessions.clone()).unwrap_or_default())
    });
    let several = Memo::new(move |_| sessions.with(|all| all.iter().any(|it| !it.this)));
    let end_others = move |_| {
        page.end_others();
        focus_soon("#main".to_owned());
    };
    view! {
        <section class="card" aria-labelledby="browsers">
            <h2 class="card__title" id="browsers">
                {say(Word::AccountBrowsers)}
            </h2>
            <ul class="people">
                <For each=move || sessions.get() key=|it| it.id.clone() let:it>
                    {row(page, it)}
                </For>
            </ul>
            {move || {
                several
                    .get()
                    .then(|| {
                        view! {
                            <div class="bots__add people__foot">
                                <button class="btn" type="button" on:click=end_others>
                                    {say(Word::AccountEndOthers)}
                                </button>
                            </div>
                        }
                    })
            }}
        </section>
    }
}

fn row(page: AccountPage, session: SignedIn) -> impl IntoView {
    let name = browser(&session);
    let (seen_at, this) = (session.seen_at, session.this);
    let used = move || {
        let now = page.app.now.get().max(time::now());
        fill(Pattern::AccountLastUsed, &[&parts::ago(seen_at, now)])
    };
    let label = fill(Pattern::AccountEndOf, &[&name]);
    let end = move |_| {
        page.end_session(session.clone());
        focus_soon("#main".to_owned());
    };
    view! {
        <li class="people__one">
            <div class="people__who">
                <p class="people__name" translate="no">{name}</p>
                <p class="people__email">
                    {if this {
                        view! { <span class="people__me">{say(Word::AccountThisBrowser)}</span> }.into_any()
                    } else {
                        view! { <span prop:textContent=used></span> }.into_any()
                    }}
                </p>
            </div>
            <div class="people__acts">
                {(!this)
                    .then(|| {
                        view! {
                            <button class="btn btn--sm" type="button" aria-label=label on:click=end>
                                {say(Word::FrameSignOut)}
                            </button>
                        }
                    })}
            </div>
        </li>
    }
}
