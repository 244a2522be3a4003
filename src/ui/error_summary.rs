//! What must be corrected before a form can go.

use crate::effect::effect;
use leptos::{ev::MouseEvent, html, prelude::*, wasm_bindgen::JsCast, web_sys::HtmlElement};

use super::{art::IconArt, tone::Tone};

/// One thing to correct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The `name` of the field.
    pub field: &'static str,
    /// What is wrong and what would be right.
    pub text: String,
}

/// A list of what to correct, above the form. It takes the focus whenever it is filled, and each
/// entry leads to its field.
#[component]
pub fn ErrorSummary(
    /// What this list is.
    #[prop(into)]
    title: String,
    /// The entries; nothing is drawn while there are none.
    #[prop(into)]
    errors: Signal<Vec<FieldError>>,
) -> impl IntoView {
    let summary = NodeRef::<html::Div>::new();
    effect(move || {
        let any = errors.with(|errors| !errors.is_empty());
        if let (true, Some(summary)) = (any, summary.get()) {
            // A node that is already gone can't take the focus; the next run has the new one.
            drop(summary.focus());
        }
    });
    let go = move |event: MouseEvent, field: &'static str| {
        let target = summary
            .get_untracked()
            .and_then(|summary| summary.owner_document())
            .and_then(|document| {
                document
                    .query_selector(&["#f-", field].concat())
                    .ok()
                    .flatten()
            })
            .and_then(|element| element.dyn_into::<HtmlElement>().ok());
        if let Some(target) = target {
            event.prevent_default();
            drop(target.focus());
        }
    };
    move || {
        let errors = errors.get();
        (!errors.is_empty()).then(|| {
            view! {
                <div class="notice tone-danger summary" node_ref=summary tabindex="-1" role="alert">
                    <IconArt icon=Tone::Danger.icon()/>
                    <div class="notice-body">
                        <p class="notice-title">{title.clone()}</p>
                        <ul>
                            {errors
                                .into_iter()
                                .map(|FieldError { field, text }| {
                                    view! {
                                        <li>
                                            <a
                                                href=format!("#f-{field}")
                                                rel="external"
                                                on:click=move |event| go(event, field)
                                            >
                                                {text}
                                            </a>
                                        </li>
                                    }
                                })
                                .collect_view()}
                        </ul>
                    </div>
                </div>
            }
        })
    }
}
