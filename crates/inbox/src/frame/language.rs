//! The choice of the inbox's language.

use leptos::prelude::*;
use porchlight_browser::words::language;

use crate::app::App;
use crate::settings::closing::names;
use crate::ui::sheet::sheet;
use crate::words::{Word, say};

/// The languages, as a dialog.
pub fn languages(app: App) -> impl IntoView {
    move || app.languages_shown.get().then(|| panel(app))
}

fn panel(app: App) -> impl IntoView {
    let here = language();
    let one = |tag: String| {
        let current = (tag == here).then_some("true");
        let (name, lang) = (names::own_name(&tag), tag.clone());
        view! {
            <li>
                <button
                    class="tongue"
                    type="button"
                    lang=lang
                    aria-current=current
                    on:click=move |_| app.choose_language(&tag)
                >
                    <span class="tongue__name" dir="auto" translate="no">
                        {name}
                    </span>
                </button>
            </li>
        }
    };
    let body = view! {
        <p class="sheet__hint">{say(Word::LanguageHint)}</p>
        <ul class="tongues">{offered().into_iter().map(one).collect_view()}</ul>
    };
    let close = move || app.show_languages(false);
    let (title, close_label) = (Word::FrameLanguage, Word::LanguageClose);
    sheet("dialog languages-sheet", "languages-title", title, close_label, close, body)
}

/// The languages that the server has: it names them in the document.
pub fn offered() -> Vec<String> {
    let root = document().document_element();
    let tags = root.and_then(|root| root.get_attribute("data-languages")).unwrap_or_default();
    tags.split(' ').map(str::to_owned).collect()
}
