//! The fields for another bot.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use porchlight_flow::Template;
use porchlight_protocol::limits::NAME_CHARS_MAX;

use crate::settings::bots::BotsPage;
use crate::settings::bots::view::template_name;
use crate::ui::focus::focus_soon;
use crate::ui::icon::{self, icon};
use crate::ui::parts;
use crate::words::{Word, say};

/// The name, and the template to begin with.
pub fn fields(page: BotsPage) -> impl IntoView {
    let name = NodeRef::<html::Input>::new();
    let template = RwSignal::new(Template::Greeting);
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        let name = name.get_untracked().map(|name| name.value()).unwrap_or_default();
        page.add_bot(name, template.get_untracked(), || focus_soon("#flow".to_owned()));
    };
    // Stays where the mistake is.
    Effect::new(move |_| {
        if page.refused.with(Option::is_some)
            && let Some(name) = name.get_untracked()
        {
            let _ = name.focus();
        }
    });
    let choose = move |value: String| {
        let chosen = Template::ALL.into_iter().find(|it| it.as_str() == value);
        template.set(chosen.unwrap_or(Template::Greeting));
    };
    let option = |template: Template| {
        view! { <option value=template.as_str()>{say(template_name(template))}</option> }
    };
    let cancel = move |_| {
        page.add(false);
        focus_soon("#add-bot".to_owned());
    };
    view! {
        <form class="add-bot" novalidate=true aria-label=say(Word::BotsAdd) on:submit=on_submit>
            <div class="add-bot__field">
                <label for="bot-name">{say(Word::BotsName)}</label>
                <input
                    class="input"
                    id="bot-name"
                    dir="auto"
                    autocomplete="off"
                    maxlength=NAME_CHARS_MAX.to_string()
                    aria-describedby="bot-name-hint"
                    aria-invalid=move || page.refused.with(Option::is_some).then_some("true")
                    node_ref=name
                />
                <p class="setting__hint" id="bot-name-hint">
                    {say(Word::BotsNameHint)}
                    {move || {
                        page.refused
                            .get()
                            .map(|why| {
                                view! {
                                    <span class="problem">
                                        {icon(icon::EXCLAMATION)} {parts::words(why)}
                                    </span>
                                }
                            })
                    }}
                </p>
            </div>
            <div class="add-bot__field">
                <label for="bot-template">{say(Word::BotsBeginWith)}</label>
                <select
                    class="input select"
                    id="bot-template"
                    on:change=move |event| choose(event_target_value(&event))
                >
                    {Template::ALL.map(option).into_iter().collect_view()}
                </select>
            </div>
            <div class="add-bot__acts">
                <button class="btn btn--primary" type="submit">
                    {say(Word::BotsAddIt)}
                </button>
                <button class="btn btn--quiet" type="button" on:click=cancel>
                    {say(Word::BotsCancel)}
                </button>
            </div>
        </form>
    }
}
