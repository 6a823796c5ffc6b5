//! What is in the avatar of an agent: their picture, else their initials.

use leptos::either::Either;
use leptos::prelude::*;
use porchlight_protocol::PictureId;

/// The inside of an avatar. Decoration: the name stands beside it, or is the avatar's label.
pub fn portrait(
    initials: impl Fn() -> String + Send + Sync + 'static,
    picture: impl Fn() -> Option<PictureId> + Send + Sync + 'static,
) -> impl IntoView {
    let initials = StoredValue::new(initials);
    // One that another has replaced meanwhile, or that didn't get through.
    let missing = RwSignal::new(None::<PictureId>);
    let shown =
        Memo::new(move |_| picture().filter(|id| missing.with(|it| it.as_ref() != Some(id))));
    move || match shown.get() {
        Some(id) => Either::Left(view! {
            <img
                class="avatar__picture"
                src=address(&id)
                alt=""
                draggable="false"
                on:error=move |_| missing.set(Some(id.clone()))
            />
        }),
        None => {
            let letters = move || initials.with_value(|initials| initials());
            Either::Right(view! { <span translate="no" prop:textContent=letters></span> })
        }
    }
}

/// The address of a picture.
fn address(id: &PictureId) -> String {
    ["/api/v1/agent/pictures/", id.as_str()].concat()
}
