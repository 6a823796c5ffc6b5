//! A fact: what it is, its value, and where that comes from. Some can be changed in place.

use leptos::either::Either;
use leptos::prelude::*;
use porchlight_browser::time;
use porchlight_protocol::Millis;
use porchlight_protocol::person::{Teller, VisitorRecord};

use crate::app::App;
use crate::person::PersonPanel;
use crate::person::part::Part;
use crate::person::told;
use crate::person::view::form::form;
use crate::ui::icon::{self, icon};
use crate::ui::parts::{ago, words, words_of};
use crate::words::{Pattern, Word, fill, say};

/// Where a value comes from, with its icon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Somebody has told it.
    Teller(Teller),
    /// The browser says so of itself.
    Browser,
    /// The server has recorded it.
    Server,
}

impl Source {
    /// Who has told a value.
    pub fn of(teller: &Teller) -> Source {
        Source::Teller(teller.clone())
    }

    /// The icon and the words.
    pub fn view(&self) -> impl IntoView + use<> {
        let (path, says) = match self {
            Source::Teller(teller) => (mark(teller), told::by(teller)),
            Source::Browser => (icon::GLOBE, say(Word::PersonByBrowser)),
            Source::Server => (icon::CLOCK, say(Word::PersonByServer)),
        };
        view! {
            {icon(path)}
            {words(says)}
        }
    }
}

fn mark(teller: &Teller) -> &'static str {
    match teller {
        Teller::Proof => icon::SHIELD,
        Teller::Page => icon::GLOBE,
        Teller::Visitor => icon::USER,
        Teller::Bot => icon::BOT,
        Teller::Agent { .. } => icon::PENCIL,
        Teller::Other => icon::QUESTION,
    }
}

/// A fact that can't be changed here.
pub fn plain(
    name: String,
    value: impl IntoView,
    source: Option<(App, Source, Millis)>,
) -> impl IntoView {
    view! {
        <div class="fact">
            <dt class="fact__name">{name}</dt>
            <dd class="fact__value">{value}</dd>
            {source.map(|(app, source, at)| told_by(app, &source, at))}
        </div>
    }
}

fn told_by(app: App, source: &Source, at: Millis) -> impl IntoView + use<> {
    view! {
        <dd class="fact__source">
            {source.view()} <span aria-hidden="true">"·"</span>
            {words_of(move || ago(at, app.now.get().max(time::now())))}
        </dd>
    }
}

/// A value of the record, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    value: String,
    source: Source,
    at: Millis,
}

impl Seen {
    fn of(part: &Part, record: &VisitorRecord) -> Option<Seen> {
        let (by, at) = match part {
            Part::Name => record.name.as_ref().map(|it| (&it.by, it.at))?,
            Part::Email => record.email.as_ref().map(|it| (&it.by, it.at))?,
            Part::Phone => record.phone.as_ref().map(|it| (&it.by, it.at))?,
            Part::Attribute(key) => record.attributes.get(key).map(|it| (&it.by, it.at))?,
            Part::New => return None,
        };
        Some(Seen { value: part.written(record).value, source: Source::of(by), at })
    }
}

/// The attribute by which the focus finds a row again.
pub fn mark_of(part: &Part) -> String {
    match part {
        Part::Name => "name".to_owned(),
        Part::Email => "email".to_owned(),
        Part::Phone => "phone".to_owned(),
        Part::Attribute(key) => ["attribute-", key].concat(),
        Part::New => "new".to_owned(),
    }
}

/// A fact that can be changed in place.
pub fn row(panel: PersonPanel, part: Part, name: String) -> impl IntoView {
    let of = part.clone();
    let editing = Memo::new(move |_| panel.editing.with(|it| it.as_ref() == Some(&of)));
    let of = part.clone();
    let seen =
        Memo::new(move |_| panel.record.with(|it| it.as_ref().and_then(|it| Seen::of(&of, it))));
    let mark = mark_of(&part);
    let label = name.clone();
    let body = move || {
        if editing.get() {
            Either::Left(
                view! { <dd class="fact__form">{form(panel, part.clone(), label.clone())}</dd> },
            )
        } else {
            Either::Right(shown(panel, part.clone(), &label, seen))
        }
    };
    view! {
        <div class="fact" data-part=mark>
            <dt class="fact__name">{name}</dt>
            {body}
        </div>
    }
}

fn shown(
    panel: PersonPanel,
    part: Part,
    label: &str,
    seen: Memo<Option<Seen>>,
) -> impl IntoView + use<> {
    let edit = fill(Pattern::PersonEdit, &[label]);
    move || {
        let (part, edit) = (part.clone(), edit.clone());
        let begin = {
            let part = part.clone();
            move |_| panel.begin(part.clone())
        };
        match seen.get() {
            Some(Seen { value, source, at }) => Either::Left(view! {
                <dd class="fact__value">
                    <span class="fact__text" translate="no">
                        <bdi>{value}</bdi>
                    </span>
                    {panel
                        .may_edit
                        .then(|| {
                            view! {
                                <button
                                    class="icon-btn fact__edit"
                                    type="button"
                                    aria-label=edit.clone()
                                    title=edit
                                    on:click=begin
                                >
                                    {icon(icon::PENCIL)}
                                </button>
                            }
                        })}
                </dd>
                {told_by(panel.app, &source, at)}
            }),
            None => Either::Right(view! {
                <dd class="fact__value">
                    {match add(&part) {
                        Some(words) if panel.may_edit => {
                            Either::Left(
                                view! {
                                    <button class="link fact__edit" type="button" on:click=begin>
                                        {say(words)}
                                    </button>
                                },
                            )
                        }
                        _ => Either::Right("–"),
                    }}
                </dd>
            }),
        }
    }
}

fn add(part: &Part) -> Option<Word> {
    Some(match part {
        Part::Name => Word::PersonAddName,
        Part::Email => Word::PersonAddEmail,
        Part::Phone => Word::PersonAddPhone,
        Part::Attribute(_) | Part::New => return None,
    })
}
