//! The errors of a form.

use crate::effect::effect;
use dika_markup::{Node, view};
use leptos::{ev::MouseEvent, html, prelude::*, wasm_bindgen::JsCast, web_sys::HtmlElement};

use super::{art::IconArt, tone::Tone};

/// An error of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The `name` of the field.
    pub field: &'static str,
    /// What is wrong, and how to correct it.
    pub text: String,
}

/// The errors of a form, above it. Takes the focus when there are errors; each links to its field.
#[component]
pub fn ErrorSummary(
    /// The heading.
    #[prop(into)]
    title: String,
    /// The errors; empty draws nothing.
    #[prop(into)]
    errors: Signal<Vec<FieldError>>,
) -> Node {
    let summary = NodeRef::<html::Div>::new();
    effect(move || {
        let any = errors.with(|errors| !errors.is_empty());
        if let (true, Some(summary)) = (any, summary.get()) {
            // Fails if the element was replaced; the effect then runs again.
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
    Node::live(move || {
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
                                .collect::<Node>()}
                        </ul>
                    </div>
                </div>
            }
        })
    })
}
