//! Two-step sign-in, as a card of the page *Your account*.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use porchlight_protocol::second_factor::{NewSecondFactor, Squares};

use crate::settings::account::second_factor::{Step, TwoStep, Wish};
use crate::settings::account::view::{password_field, said, value};
use crate::settings::account::{AccountPage, Outcome};
use crate::settings::copy_field;
use crate::ui::copy::{copied_note, copy};
use crate::ui::focus::focus_soon;
use crate::ui::parts::words;
use crate::words::{Count, Word, count, say};

/// The empty squares around a QR code, by which cameras find it.
const QUIET: u32 = 4;

/// The card.
pub fn two_step(page: AccountPage) -> impl IntoView {
    let card = TwoStep::of(page);
    view! {
        <section class="card" aria-labelledby="two-step" aria-live="polite">
            <h2 class="card__title" id="two-step" tabindex="-1">
                {say(Word::TwoStepTitle)}
            </h2>
            {move || match card.step.get() {
                Step::Rest => rest(card).into_any(),
                Step::Password(wish) => password(card, wish).into_any(),
                Step::App(secret) => app(card, secret).into_any(),
                Step::Codes(codes) => codes_of(card, codes).into_any(),
            }}
        </section>
    }
}

fn button(label: Word, class: &'static str, act: impl Fn() + 'static) -> impl IntoView {
    view! {
        <button class=class type="button" on:click=move |_| act()>
            {say(label)}
        </button>
    }
}

fn rest(card: TwoStep) -> impl IntoView {
    let wishes = move |wish| {
        card.wishes(wish);
        focus_soon("#two-step-password".to_owned());
    };
    let (text, acts) = match card.factor() {
        None => (
            say(Word::TwoStepOff),
            button(Word::TwoStepSetUp, "btn", move || wishes(Wish::SetUp)).into_any(),
        ),
        Some(factor) => {
            let left = count(Count::TwoStepCodesLeft, factor.recovery_codes);
            let acts = view! {
                {button(Word::TwoStepNewCodes, "btn", move || wishes(Wish::Codes))}
                {button(Word::TwoStepSwitchOff, "btn btn--quiet", move || wishes(Wish::Off))}
            };
            ([say(Word::TwoStepOn), left].join(" "), acts.into_any())
        }
    };
    view! {
        <div class="account">
            <p>{words(text)}</p>
            <div class="account__acts">{acts} <div role="status">{said(card.outcome)}</div></div>
        </div>
    }
}

/// A step with fields, and the way back.
fn form(
    card: TwoStep,
    submit: Word,
    save: impl Fn() + 'static,
    fields: impl IntoView,
) -> impl IntoView {
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        save();
    };
    let back = move || {
        card.rests();
        focus_soon("#two-step".to_owned());
    };
    let busy = move || (card.outcome.get() == Outcome::Busy).then_some("true");
    view! {
        <form class="account" novalidate=true on:submit=on_submit>
            {fields}
            <div class="account__acts">
                <button class="btn btn--primary" type="submit" aria-disabled=busy>
                    {say(submit)}
                </button>
                {button(Word::BotsCancel, "btn btn--quiet", back)}
                <div role="status">{said(card.outcome)}</div>
            </div>
        </form>
    }
}

fn password(card: TwoStep, wish: Wish) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let submit = match wish {
        Wish::SetUp => Word::TwoStepContinue,
        Wish::Codes => Word::TwoStepNewCodes,
        Wish::Off => Word::TwoStepSwitchOff,
    };
    let label = Word::TwoStepPassword;
    let fields = password_field("two-step-password", label, "current-password", field);
    form(card, submit, move || card.confirms(wish, value(field)), fields)
}

fn app(card: TwoStep, secret: NewSecondFactor) -> impl IntoView {
    let NewSecondFactor { secret, picture, .. } = secret;
    let code = NodeRef::<html::Input>::new();
    focus_soon("#two-step-code".to_owned());
    let refused = move || matches!(card.outcome.get(), Outcome::Refused(_)).then_some("true");
    let fields = view! {
        <p id="two-step-scan">
            {say(Word::TwoStepScan)}
        </p>
        {squares(&picture)}
        <div>
            <label class="label" for="two-step-secret">{say(Word::TwoStepSecret)}</label>
            <div class="locked__command">
                {copy_field("two-step-secret", "two-step-scan", move || secret.clone())}
            </div>
        </div>
        <div>
            <label class="label" for="two-step-code">{say(Word::TwoStepCode)}</label>
            <input
                class="input two-step__code"
                id="two-step-code"
                inputmode="numeric"
                autocomplete="one-time-code"
                dir="ltr"
                maxlength="12"
                aria-invalid=refused
                node_ref=code
            />
        </div>
    };
    form(card, Word::TwoStepConfirm, move || card.enters(value(code)), fields)
}

fn squares(code: &Squares) -> impl IntoView + use<> {
    let side = code.side + 2 * QUIET;
    view! {
        <svg
            class="two-step__picture"
            role="img"
            aria-label=say(Word::TwoStepPicture)
            viewBox=format!("-{QUIET} -{QUIET} {side} {side}")
            shape-rendering="crispEdges"
        >
            <path d=code.path.clone() />
        </svg>
    }
}

fn codes_of(card: TwoStep, codes: Vec<String>) -> impl IntoView {
    let copied = RwSignal::new(None::<Word>);
    let list = NodeRef::<html::Ul>::new();
    let all = codes.join("\n");
    let copy_all = move || {
        let selection = window().get_selection().ok().flatten();
        if let (Some(list), Some(selection)) = (list.get_untracked(), selection) {
            let _ = selection.select_all_children(&list);
        }
        copy(all.clone(), copied);
    };
    let kept = move || {
        card.rests();
        focus_soon("#two-step".to_owned());
    };
    focus_soon("#two-step-codes".to_owned());
    let each = codes.into_iter().map(|code| view! { <li>{code}</li> });
    view! {
        <div class="account">
            <p id="two-step-codes" tabindex="-1">
                {say(Word::TwoStepCodes)}
            </p>
            <ul class="two-step__codes" translate="no" dir="ltr" node_ref=list>
                {each.collect_view()}
            </ul>
            <div class="account__acts">
                {button(Word::TwoStepKept, "btn btn--primary", kept)}
                {button(Word::LockedCopy, "btn", copy_all)} {copied_note(copied)}
            </div>
        </div>
    }
}
