//! The code that makes a proof, for the site's method.

use leptos::prelude::*;

use crate::settings::visitors::VisitorsPage;
use crate::settings::visitors::snippets::{BackEnd, of_page};
use crate::ui::copy::{copied_note, copy};
use crate::words::{Word, say};

/// The card.
pub fn snippet(page: VisitorsPage) -> impl IntoView {
    let back_end = RwSignal::new(BackEnd::Node);
    let copied = RwSignal::new(None::<Word>);
    let code = move || back_end.get().code(page.method());
    let options = BackEnd::ALL
        .into_iter()
        .map(|it| view! { <option value=it.name()>{it.name()}</option> })
        .collect_view();
    let choose = move |event| {
        let name = event_target_value(&event);
        if let Some(chosen) = BackEnd::ALL.into_iter().find(|it| it.name() == name) {
            back_end.set(chosen);
            copied.set(None);
        }
    };
    view! {
        <section class="card" aria-labelledby="snippet">
            <h2 class="card__title" id="snippet">
                {say(Word::VisitorsSnippet)}
            </h2>
            <p class="card__text">{say(Word::VisitorsSnippetText)}</p>
            <div class="proof">
                <label class="label" for="back-end">
                    {say(Word::VisitorsBackEnd)}
                </label>
                <select class="input select" id="back-end" translate="no" on:change=choose>
                    {options}
                </select>
                <pre
                    class="proof__code"
                    role="region"
                    aria-label=say(Word::VisitorsCode)
                    tabindex="0"
                    dir="ltr"
                    translate="no"
                    prop:textContent=code
                ></pre>
                <div class="proof__acts">
                    <button
                        class="btn btn--sm"
                        type="button"
                        on:click=move |_| copy(code().to_owned(), copied)
                    >
                        {say(Word::LockedCopy)}
                    </button>
                    {copied_note(copied)}
                </div>
                <pre
                    class="proof__code"
                    role="region"
                    aria-label=say(Word::VisitorsCodeOfPage)
                    tabindex="0"
                    dir="ltr"
                    translate="no"
                    prop:textContent=move || of_page(page.method())
                ></pre>
            </div>
        </section>
    }
}
