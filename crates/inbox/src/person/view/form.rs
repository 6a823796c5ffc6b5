//! The fields in which an agent changes a fact: Enter saves, Escape gives up.

use leptos::either::Either;
use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html;
use leptos::prelude::*;
use porchlight_protocol::limits::{
    ATTRIBUTE_CHARS_MAX, ATTRIBUTE_KEY_CHARS_MAX, EMAIL_BYTES_MAX, NAME_CHARS_MAX, PHONE_CHARS_MAX,
};
use porchlight_protocol::person::AttributeValue;

use crate::frame::keyboard::is_composing;
use crate::person::part::{Part, Written, key};
use crate::person::view::fact::mark_of;
use crate::person::{Outcome, PersonPanel, told};
use crate::ui::focus::focus_soon;
use crate::ui::icon::{self, icon};
use crate::ui::parts::words;
use crate::words::{Word, say};

/// The fields of a part.
#[derive(Clone, Copy)]
struct Fields {
    key: NodeRef<html::Input>,
    text: NodeRef<html::Input>,
    /// For what is true or false.
    choice: NodeRef<html::Select>,
}

impl Fields {
    fn written(self) -> Written {
        let of = |field: NodeRef<html::Input>| field.get_untracked().map(|it| it.value());
        let chosen = self.choice.get_untracked().map(|it| it.value());
        Written {
            key: of(self.key).unwrap_or_default(),
            value: of(self.text).or(chosen).unwrap_or_default(),
        }
    }
}

/// The fields, and what to do with them.
pub fn form(panel: PersonPanel, part: Part, label: String) -> impl IntoView {
    let fields = Fields { key: NodeRef::new(), text: NodeRef::new(), choice: NodeRef::new() };
    let before = panel
        .record
        .with_untracked(|it| it.as_ref().map(|it| part.written(it)))
        .unwrap_or_default();
    let refused = move || panel.outcome.with(|it| matches!(it, Outcome::Refused(_)));
    let busy = move || panel.outcome.with(|it| *it == Outcome::Busy).then_some("true");
    let is_new = part == Part::New;
    let can_remove = !is_new && !before.value.is_empty();

    let save = {
        let part = part.clone();
        move |written: Written| {
            let next = after(&part, &written);
            panel.save(&part, &written, move || focus_soon(next));
        }
    };
    let on_submit = {
        let save = save.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            save(fields.written());
        }
    };
    let leave = {
        let part = part.clone();
        move || {
            panel.give_up();
            focus_soon(at(&part));
        }
    };
    let on_key = {
        let leave = leave.clone();
        move |event: KeyboardEvent| {
            if event.key() == "Escape" && !is_composing(&event) {
                // Neither the sheet nor the conversation is left.
                event.prevent_default();
                event.stop_propagation();
                leave();
            }
        }
    };
    view! {
        <form class="edit" novalidate=true on:submit=on_submit on:keydown=on_key>
            {is_new.then(|| new_key(fields, refused))}
            {field(panel, part.clone(), label, before.value, fields, refused)}
            {move || match panel.outcome.get() {
                Outcome::Refused(why) => {
                    Some(
                        view! {
                            <p class="problem" id="edit-problem" role="alert">
                                {icon(icon::EXCLAMATION)}
                                {words(why)}
                            </p>
                        },
                    )
                }
                Outcome::None | Outcome::Busy => None,
            }}
            <div class="edit__acts">
                <button class="btn btn--sm btn--primary" type="submit" aria-disabled=busy>
                    {say(Word::ActSave)}
                </button>
                <button class="btn btn--sm btn--quiet" type="button" on:click=move |_| leave()>
                    {say(Word::BotsCancel)}
                </button>
                {can_remove
                    .then(|| {
                        view! {
                            <button
                                class="btn btn--sm btn--quiet edit__remove"
                                type="button"
                                aria-disabled=busy
                                on:click=move |_| save(Written::default())
                            >
                                {say(Word::PersonRemove)}
                            </button>
                        }
                    })}
            </div>
        </form>
    }
}

/// Where the focus goes when nothing was changed: the button that began.
fn at(part: &Part) -> String {
    match part {
        Part::New => ".person__add".to_owned(),
        part => ["[data-part='", &mark_of(part), "'] .fact__edit"].concat(),
    }
}

/// Where the focus goes after a change. A row that was removed is not there any more.
fn after(part: &Part, written: &Written) -> String {
    match part {
        Part::New => at(&Part::Attribute(key(&written.key))),
        Part::Attribute(_) if written.value.trim().is_empty() => ".person__body".to_owned(),
        part => at(part),
    }
}

/// What an attribute that is added is to be called.
fn new_key(fields: Fields, refused: impl Fn() -> bool + Copy + Send + 'static) -> impl IntoView {
    takes_focus(fields.key);
    view! {
        <label class="edit__label">
            {say(Word::PersonKey)}
            <input
                class="input"
                type="text"
                autocomplete="off"
                autocapitalize="off"
                maxlength=ATTRIBUTE_KEY_CHARS_MAX.to_string()
                aria-invalid=move || refused().then_some("true")
                aria-describedby="edit-problem"
                node_ref=fields.key
            />
        </label>
    }
}

fn field(
    panel: PersonPanel,
    part: Part,
    label: String,
    value: String,
    fields: Fields,
    refused: impl Fn() -> bool + Copy + Send + 'static,
) -> impl IntoView {
    let is_new = part == Part::New;
    let (kind, limit) = match part {
        Part::Name => ("text", NAME_CHARS_MAX),
        Part::Email => ("email", EMAIL_BYTES_MAX),
        Part::Phone => ("tel", PHONE_CHARS_MAX),
        Part::Attribute(_) | Part::New => ("text", ATTRIBUTE_CHARS_MAX),
    };
    if is_truth(panel, &part) {
        fields.choice.on_load(|field| {
            request_animation_frame(move || {
                let _ = field.focus();
            });
        });
        let option = |truth: bool| {
            let text = told::value(&AttributeValue::Bool(truth));
            let selected = text == value;
            view! { <option value=text.clone() selected=selected>{text.clone()}</option> }
        };
        return Either::Left(view! {
            <select class="input select" aria-label=label node_ref=fields.choice>
                {option(true)}
                {option(false)}
            </select>
        });
    }
    if !is_new {
        takes_focus(fields.text);
    }
    let input = view! {
        <input
            class="input"
            type=kind
            dir=if matches!(kind, "text") { "auto" } else { "ltr" }
            autocomplete="off"
            maxlength=limit.to_string()
            aria-label=label
            aria-invalid=move || refused().then_some("true")
            aria-describedby="edit-problem"
            value=value
            node_ref=fields.text
        />
    };
    Either::Right(match is_new {
        true => Either::Left(view! {
            <label class="edit__label">
                {say(Word::PersonValue)}
                {input}
            </label>
        }),
        false => Either::Right(input),
    })
}

/// True if the part is an attribute that is true or false.
fn is_truth(panel: PersonPanel, part: &Part) -> bool {
    let Part::Attribute(key) = part else { return false };
    panel.record.with_untracked(|it| {
        let told = it.as_ref().and_then(|it| it.attributes.get(key));
        told.is_some_and(|told| matches!(told.value, AttributeValue::Bool(_)))
    })
}

fn takes_focus(field: NodeRef<html::Input>) {
    field.on_load(|field| {
        request_animation_frame(move || {
            let _ = field.focus();
            field.select();
        });
    });
}
