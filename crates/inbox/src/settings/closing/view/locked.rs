//! The panel for a site whose plan does not include closing settings.

use leptos::html;
use leptos::prelude::*;
use porchlight_protocol::Plan;

use crate::settings::closing::ClosingForm;
use crate::ui::copy::{copied_note, copy_button};
use crate::ui::icon::{self, icon};
use crate::words::{Word, say};

/// The panel above the settings.
pub fn locked(page: ClosingForm) -> impl IntoView {
    let site = page.app.session.with_value(|session| session.site.as_str().to_owned());
    let command = ["porchlight site plan ", &site, " ", Plan::Professional.as_str()].concat();
    let field = NodeRef::<html::Input>::new();
    let copied = RwSignal::new(None::<Word>);
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
                    {copy_button(field, copied)}
                    <button class="btn btn--sm" type="button" on:click=move |_| page.load()>
                        {say(Word::LockedAgain)}
                    </button>
                    {copied_note(copied)}
                </div>
            </div>
        </section>
    }
}
