//! The check of a proof that the site's back end has made.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use porchlight_browser::time;
use porchlight_protocol::proof::{ProofChecked, ProofProblem};

use crate::settings::visitors::VisitorsPage;
use crate::ui::icon::{self, icon};
use crate::ui::parts;
use crate::words::{Pattern, Word, fill, say};

/// The card.
pub fn check(page: VisitorsPage) -> impl IntoView {
    let id = NodeRef::<html::Input>::new();
    let proof = NodeRef::<html::Textarea>::new();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let id = id.get_untracked().map(|field| field.value()).unwrap_or_default();
        let proof = proof.get_untracked().map(|field| field.value()).unwrap_or_default();
        page.check(&id, &proof);
    };
    view! {
        <section class="card" aria-labelledby="check">
            <h2 class="card__title" id="check">
                {say(Word::VisitorsCheck)}
            </h2>
            <p class="card__text">{say(Word::VisitorsCheckText)}</p>
            <form class="proof" novalidate=true on:submit=submit>
                <label class="label" for="check-id">
                    {say(Word::VisitorsId)}
                </label>
                <input
                    class="input"
                    id="check-id"
                    dir="auto"
                    translate="no"
                    autocomplete="off"
                    spellcheck="false"
                    node_ref=id
                />
                <label class="label" for="check-proof">
                    {say(Word::VisitorsProof)}
                </label>
                <textarea
                    class="input proof__text"
                    id="check-proof"
                    rows="3"
                    dir="ltr"
                    translate="no"
                    autocomplete="off"
                    spellcheck="false"
                    node_ref=proof
                ></textarea>
                <div class="proof__acts">
                    <button
                        class="btn"
                        type="submit"
                        aria-disabled=move || page.busy.get().then_some("true")
                    >
                        {say(Word::VisitorsCheckDo)}
                    </button>
                </div>
                <div role="status">{move || page.checked.get().map(|it| result(page, it))}</div>
            </form>
        </section>
    }
}

fn result(page: VisitorsPage, checked: Result<ProofChecked, String>) -> impl IntoView {
    let now = page.app.now.get_untracked().max(time::now());
    let (class, mark, words) = match checked {
        Ok(checked) if checked.problem.is_none() => {
            ("proof__holds", icon::CHECK, held(&checked, now))
        }
        Ok(checked) => ("problem", icon::EXCLAMATION, wrong(&checked, now)),
        Err(why) => ("problem", icon::EXCLAMATION, why),
    };
    view! { <p class=class>{icon(mark)} {parts::words(words)}</p> }
}

/// What a proof that holds proves, how long, and by which secret.
fn held(checked: &ProofChecked, now: i64) -> String {
    let mut said = vec![fill(Pattern::VisitorsHolds, &[checked.id.as_deref().unwrap_or_default()])];
    if let Some(at) = checked.expires_at {
        said.push(fill(Pattern::VisitorsExpires, &[&parts::moment(at, now)]));
    }
    if let Some(secret) = &checked.secret {
        said.push(fill(Pattern::VisitorsSecret, &[&secret.ends_in]));
    }
    said.join(" · ")
}

fn wrong(checked: &ProofChecked, now: i64) -> String {
    let at = checked.at.as_deref().unwrap_or("–");
    let word = match checked.problem.unwrap_or(ProofProblem::Other) {
        ProofProblem::Absent => Word::VisitorsProblemAbsent,
        ProofProblem::OtherMethod => Word::VisitorsProblemOtherMethod,
        ProofProblem::NoKey => Word::VisitorsProblemNoKey,
        ProofProblem::IdInvalid => Word::VisitorsProblemIdInvalid,
        ProofProblem::NoHash => Word::VisitorsProblemNoHash,
        ProofProblem::HashWrong => Word::VisitorsProblemHashWrong,
        ProofProblem::NoToken => Word::VisitorsProblemNoToken,
        ProofProblem::Algorithm => return fill(Pattern::VisitorsProblemAlgorithm, &[at]),
        ProofProblem::Signature => Word::VisitorsProblemSignature,
        ProofProblem::Extension => Word::VisitorsProblemExtension,
        ProofProblem::NoExpiry => Word::VisitorsProblemNoExpiry,
        ProofProblem::Expired => {
            let said = say(Word::VisitorsProblemExpired);
            return match checked.expires_at {
                Some(at) => [&said, " ", &parts::moment(at, now)].concat(),
                None => said,
            };
        }
        ProofProblem::NotYet => Word::VisitorsProblemNotYet,
        ProofProblem::NoSubject => Word::VisitorsProblemNoSubject,
        ProofProblem::OtherId => return fill(Pattern::VisitorsProblemOtherId, &[at]),
        ProofProblem::Claim => return fill(Pattern::VisitorsProblemClaim, &[at]),
        ProofProblem::Other => Word::VisitorsProblemOther,
    };
    say(word)
}
