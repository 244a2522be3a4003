//! A bottom sheet.

use dika_markup::{ChildrenFn, Node, view};
use leptos::{
    ev::{FocusEvent, KeyboardEvent},
    html,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::HtmlElement,
};

use super::art::{Icon, IconArt};
use crate::effect::effect;

/// A modal dialog at the bottom edge. It takes the focus and keeps it; Escape, the backdrop and its button
/// close it and return the focus.
#[component]
pub fn Sheet(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Its title.
    #[prop(into)]
    title: String,
    /// The label of its close button.
    #[prop(into)]
    close_label: String,
    /// Its content.
    children: ChildrenFn,
) -> Node {
    let panel = NodeRef::<html::Div>::new();
    let opener = StoredValue::new_local(None::<HtmlElement>);
    let take_focus = move || {
        if let Some(panel) = panel.get() {
            drop(panel.focus());
        }
    };
    effect(move || {
        if open.get() {
            take_focus();
        } else if let Some(opener) = opener.try_update_value(Option::take).flatten() {
            // Set only if the sheet was open.
            drop(opener.focus());
        }
    });
    // The first focus from outside names the element to which it returns.
    let remember = move |event: FocusEvent| {
        let from = event
            .related_target()
            .and_then(|target| target.dyn_into::<HtmlElement>().ok())
            .filter(|from| {
                !panel
                    .get_untracked()
                    .is_some_and(|panel| panel.contains(Some(from)))
            });
        opener.update_value(|opener| {
            if opener.is_none() {
                *opener = from;
            }
        });
    };
    let escape = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            open.set(false);
        }
    };
    Node::live(move || {
        open.get().then(|| {
            view! {
                <div class="sheet-layer" on:keydown=escape>
                    <div class="sheet-back" on:click=move |_| open.set(false)></div>
                    <span tabindex="0" on:focus=move |_| take_focus()></span>
                    <div
                        class="sheet"
                        role="dialog"
                        aria-modal="true"
                        aria-label=title.clone()
                        tabindex="-1"
                        node_ref=panel
                        on:focusin=remember
                    >
                        <div class="sheet-head">
                            <h2 class="sheet-title">{title.clone()}</h2>
                            <button
                                type="button"
                                class="sheet-close"
                                aria-label=close_label.clone()
                                data-action="close"
                                on:click=move |_| open.set(false)
                            >
                                <IconArt icon=Icon::Cross/>
                            </button>
                        </div>
                        <div class="sheet-body stack">{children()}</div>
                    </div>
                    <span tabindex="0" on:focus=move |_| take_focus()></span>
                </div>
            }
        })
    })
}
