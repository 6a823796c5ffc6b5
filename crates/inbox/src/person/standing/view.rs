//! How the visitor of the open conversation stands: a bar that says so, and the menu to block, export and erase.

use leptos::either::Either;
use leptos::html;
use leptos::prelude::*;
use porchlight_browser::time;
use porchlight_protocol::VisitorId;
use porchlight_protocol::limits::{BLOCK_NOTE_CHARS_MAX, NETWORK_BLOCK_S_MAX};
use porchlight_protocol::privacy::{Block, NewBlock, Standing};
use porchlight_protocol::rights::Right;

use crate::app::App;
use crate::settings::privacy;
use crate::ui::dialog;
use crate::ui::focus::focus_soon;
use crate::ui::icon::{self, icon};
use crate::ui::more::{Does, Item, more};
use crate::ui::parts::{ago, words};
use crate::words::{Count, Word, count, say};

/// The visitor of the open conversation.
#[derive(Clone, Copy)]
pub struct OfVisitor {
    app: App,
    visitor: Memo<Option<VisitorId>>,
    erased: Memo<bool>,
    asked: RwSignal<Option<Asked>>,
}

/// For how many seconds a network can be blocked: a day, a week, 30 days. Never for ever, because addresses change hands.
const PERIODS: [u32; 3] = [86_400, 604_800, NETWORK_BLOCK_S_MAX];

/// What the agent is asked to confirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Block,
    Erase,
}

impl OfVisitor {
    /// The visitor, whose standing is asked for with each conversation.
    pub fn open(app: App) -> Self {
        let visitor = Memo::new(move |_| {
            app.talk.with(|talk| Some(talk.as_ref()?.conversation.as_ref()?.visitor.clone()))
        });
        let erased = Memo::new(move |_| {
            app.talk.with(|talk| {
                talk.as_ref()
                    .and_then(|it| it.conversation.as_ref())
                    .is_some_and(|it| it.is_erased())
            })
        });
        Effect::new(move |_| {
            // Somebody else may have blocked or erased them, now or while there was no connection.
            erased.track();
            app.visitors.standings.track();
            app.welcomes.track();
            if let Some(visitor) = visitor.get() {
                app.look_at_standing(visitor);
            }
        });
        OfVisitor { app, visitor, erased, asked: RwSignal::new(None) }
    }

    /// What the server has said of this visitor; the default before it has.
    fn standing(self) -> Standing {
        let visitor = self.visitor.get();
        let told = self.app.visitors.standing.get();
        let mut standing = match told {
            Some((of, standing)) if Some(&of) == visitor.as_ref() => standing,
            _ => Standing::default(),
        };
        standing.erased |= self.erased.get();
        standing
    }

    fn items(self) -> Vec<Item> {
        let Some(visitor) = self.visitor.get() else { return Vec::new() };
        let standing = self.standing();
        let ask = move |what| Does::Act(Callback::new(move |()| self.asked.set(Some(what))));
        let mut items = Vec::new();
        match standing.block {
            _ if standing.erased => {}
            None => items.push(Item {
                icon: icon::OFF_LIMITS,
                words: Word::PrivacyBlock,
                does: ask(Asked::Block),
            }),
            Some(block) => {
                let (app, of) = (self.app, visitor.clone());
                let act = move |()| app.unblock(of.clone(), &block);
                let does = Does::Act(Callback::new(act));
                items.push(Item { icon: icon::UNDO, words: Word::PrivacyUnblock, does });
            }
        }
        if self.app.may(Right::ManageData) {
            let file = |what| {
                let path = crate::app::visitor_path(&visitor, what);
                Does::Download(["/api/v1/agent", &path].concat())
            };
            let (words, does) = (Word::PrivacyExportHtml, file("export.html"));
            items.push(Item { icon: icon::DOWN, words, does });
            let (words, does) = (Word::PrivacyExportJson, file("export.json"));
            items.push(Item { icon: icon::DOWN, words, does });
            if !standing.erased {
                items.push(Item {
                    icon: icon::CLOSE,
                    words: Word::PrivacyErase,
                    does: ask(Asked::Erase),
                });
            }
        }
        items
    }

    /// The menu, if there is something in it.
    pub fn menu(self) -> impl IntoView {
        let has_items = Memo::new(move |_| !self.items().is_empty());
        move || has_items.get().then(|| more(Word::PrivacyMenu, move || self.items()))
    }

    /// The bar that says that the visitor is blocked, or erased.
    pub fn bar(self) -> impl IntoView {
        let standing = Memo::new(move |_| self.standing());
        move || {
            let Standing { block, erased, .. } = standing.get();
            if erased {
                return Some(Either::Left(view! {
                    <p class="talk__standing">{icon(icon::EXCLAMATION)} {words(say(Word::PrivacyErasedBar))}</p>
                }));
            }
            block.map(|block| Either::Right(blocked(self, block)))
        }
    }

    /// The question before a visitor is blocked or erased.
    pub fn dialogs(self) -> impl IntoView {
        move || {
            let visitor = self.visitor.get_untracked()?;
            Some(match self.asked.get()? {
                Asked::Block => Either::Left(ask_block(self, visitor)),
                Asked::Erase => Either::Right(ask_erase(self, visitor)),
            })
        }
    }
}

fn blocked(of: OfVisitor, block: Block) -> impl IntoView {
    let app = of.app;
    let said = {
        let block = block.clone();
        move || how(&block, app.now.get().max(time::now()))
    };
    let lift = move |_| {
        if let Some(visitor) = of.visitor.get_untracked() {
            app.unblock(visitor, &block);
            focus_soon("#talk".to_owned());
        }
    };
    view! {
        <div class="talk__standing">
            {icon(icon::OFF_LIMITS)} <p prop:textContent=said></p>
            <button class="btn btn--sm" type="button" on:click=lift>
                {say(Word::PrivacyUnblock)}
            </button>
        </div>
    }
}

/// Who has blocked a visitor, when, and why.
pub fn how(block: &Block, now: porchlight_protocol::Millis) -> String {
    let blocked = privacy::words::blocked(block, &ago(block.at, now));
    match &block.network {
        None => blocked,
        Some(network) => [blocked, privacy::words::network(network, now)].join(" · "),
    }
}

fn ask_block(of: OfVisitor, visitor: VisitorId) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let visitor = StoredValue::new(visitor);
    // What is not chosen is not blocked; the period is the shortest one until another is chosen.
    let (with_network, period) = (RwSignal::new(false), RwSignal::new(PERIODS[0]));
    let cancel = move || of.asked.set(None);
    let block = move || {
        let note = field.get_untracked().map(|field| field.value()).unwrap_or_default();
        let network_for_s = with_network.get_untracked().then(|| period.get_untracked());
        of.asked.set(None);
        of.app.block(visitor.get_value(), NewBlock { note, network_for_s });
    };
    // Untracked: what the agent has written in the dialog would be lost.
    let known = untrack(move || of.standing().network_known);
    let network_text = say(match known {
        true => Word::PrivacyNetworkText,
        false => Word::PrivacyNetworkUnknown,
    });
    let note = move || {
        view! {
            <div class="dialog__field">
                <label class="label" for="block-note">{say(Word::PrivacyBlockNote)}</label>
                <input
                    class="input"
                    id="block-note"
                    dir="auto"
                    autocomplete="off"
                    maxlength=BLOCK_NOTE_CHARS_MAX.to_string()
                    node_ref=field
                />
            </div>
            <div class="dialog__field">
                <label class="dialog__check">
                    <input
                        type="checkbox"
                        aria-describedby="block-network-text"
                        on:change=move |event| with_network.set(event_target_checked(&event))
                    />
                    {say(Word::PrivacyNetwork)}
                </label>
                <p class="dialog__hint" id="block-network-text">
                    {network_text.clone()}
                </p>
                {move || {
                    with_network.get().then(|| {
                        view! {
                            <label class="label" for="block-network-for">
                                {say(Word::PrivacyNetworkFor)}
                            </label>
                            <select
                                class="input select"
                                id="block-network-for"
                                on:change=move |event| {
                                    period.set(event_target_value(&event).parse().unwrap_or(PERIODS[0]));
                                }
                            >
                                {PERIODS
                                    .map(|seconds| {
                                        view! {
                                            <option
                                                value=seconds.to_string()
                                                selected=seconds == period.get_untracked()
                                            >
                                                {privacy::words::period(seconds)}
                                            </option>
                                        }
                                    })}
                            </select>
                        }
                    })
                }}
            </div>
        }
    };
    dialog::dialog(
        Word::PrivacyBlockAsk,
        || say(Word::PrivacyBlockText),
        note,
        (Word::PrivacyCancel, cancel),
        (say(Word::PrivacyBlockDo), block),
    )
}

fn ask_erase(of: OfVisitor, visitor: VisitorId) -> impl IntoView {
    let visitor = StoredValue::new(visitor);
    let conversations = of.standing().conversations.max(1);
    let cancel = move || of.asked.set(None);
    let erase = move || {
        of.asked.set(None);
        of.app.erase(visitor.get_value());
    };
    dialog::dialog(
        Word::PrivacyEraseAsk,
        move || count(Count::PrivacyEraseText, conversations),
        || view! { <p class="dialog__text">{say(Word::PrivacyEraseFinal)}</p> },
        (Word::PrivacyCancel, cancel),
        (say(Word::PrivacyEraseDo), erase),
    )
}
