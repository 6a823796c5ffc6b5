//! What the agent had written in a field that is no longer there.

use leptos::prelude::*;
use porchlight_protocol::ConversationId;
use porchlight_protocol::text::is_blank;

use crate::app::App;
use crate::talk::draft::Field;
use crate::words::{Word, say};

/// A draft without a field, shown so that it is not lost.
pub fn kept(app: App, id: ConversationId, field: Field) -> impl IntoView {
    let text = Memo::new(move |_| {
        app.composer.restored.track();
        app.fill(field).track();
        app.draft(&id, field)
    });
    let name = match field {
        Field::Reply => Word::DeskYourDraft,
        Field::Note => Word::DeskYourNote,
    };
    let there = Memo::new(move |_| text.with(|text| !is_blank(text)));
    move || {
        there.get().then(|| {
            view! {
                <div class="kept" role="group" aria-label=say(name) tabindex="0">
                    <p class="kept__name">{say(name)}</p>
                    <p class="kept__text" dir="auto" translate="no" prop:textContent=text></p>
                </div>
            }
        })
    }
}
