//! The panel for a site whose plan does not include closing settings.

use leptos::html;
use leptos::prelude::*;
use porchlight_protocol::Plan;

use super::super::icon::{self, icon};
use super::copy::copy;
use crate::closing::ClosingForm;
use crate::words::{Word, say};

/// The panel above the settings.
pub fn locked(page: ClosingForm) -> impl IntoView {
    let site = page.app.session.with_value(|session| session.site.as_str().to_owned());
    let command = ["porchlight site plan ", &site, " ", Plan::Professional.as_str()].concat();
    let field = NodeRef::<html::Input>::new();
    let copied = RwSignal::new(None::<Word>);
    let copy = move |_| {
        if let Some(field) = field.get_untracked() {
            copy(field, copied);
        }
    };
    view! {
        <section class="locked" aria-labelledby="locked-title">
            <span class="locked__art" aria-hidden="true">
                {icon(icon::LOCK)}
            </span>
            <div class="locked__words">
                <h2 class="locked__title" id="locked-title">
                    {say(Word::LockedTitle)}
                </h2>
                <p>
                    {say(Word::LockedText)}
                </p>
                <div class="locked__command">
                    <input
                        class="input"
                        readonly=true
                        dir="ltr"
                        aria-label=say(Word::LockedCommand)
                        prop:value=command
                        node_ref=field
                    />
                    <button class="btn btn--sm" type="button" on:click=copy>
                        {say(Word::LockedCopy)}
                    </button>
                    <button class="btn btn--sm" type="button" on:click=move |_| page.load()>
                        {say(Word::LockedAgain)}
                    </button>
                    <span
                        class="locked__copied"
                        role="status"
                        prop:textContent=move || copied.get().map(say).unwrap_or_default()
                    ></span>
                </div>
            </div>
        </section>
    }
}
