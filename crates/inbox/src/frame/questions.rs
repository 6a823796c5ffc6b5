//! The questions before the agent leaves what is not saved or sent.

use leptos::prelude::*;

use crate::app::App;
use crate::ui::dialog::dialog;
use crate::words::{Count, Word, count, say};

/// Asks before settings with unsaved changes are left.
pub fn leaving(app: App) -> impl IntoView {
    dialog(
        Word::DialogUnsaved,
        || say(Word::DialogUnsavedText),
        || (),
        (Word::DialogKeepEditing, move || app.stay()),
        (say(Word::DialogLeave), move || app.leave()),
    )
}

/// Asks before a sign-out that removes unsent texts.
pub fn signing_out(app: App, unsent: usize) -> impl IntoView {
    let text = count(Count::DialogUnsentText, unsent);
    dialog(
        Word::DialogUnsent,
        move || text.clone(),
        || (),
        (Word::DialogStay, move || app.stay_signed_in()),
        (say(Word::DialogSignOut), move || app.sign_out_now()),
    )
}
