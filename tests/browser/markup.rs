//! Markup in the browser: what is drawn again, what stays, what goes.

use std::{cell::Cell, rc::Rc};

use dika_markup::{Node, view};
use gloo_timers::future::TimeoutFuture;
use leptos::{
    mount,
    prelude::*,
    reactive::owner::Owner,
    tachys::{
        hydration::Cursor,
        view::{Position, PositionState, RenderHtml},
    },
};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement};

/// Markup drawn into an element of its own, until it is dropped.
struct Drawn {
    root: Element,
    _ends: Box<dyn std::any::Any>,
}

impl Drawn {
    fn new(markup: impl FnOnce() -> Node + 'static) -> Self {
        let document = document();
        let root: HtmlElement = document
            .create_element("div")
            .expect("an element")
            .unchecked_into();
        document
            .body()
            .expect("a body")
            .append_child(&root)
            .expect("a child");
        let ends = mount::mount_to(root.clone(), markup);
        Self {
            root: root.into(),
            _ends: Box::new(ends),
        }
    }

    fn html(&self) -> String {
        self.root.inner_html().replace("<!---->", "")
    }

    fn find(&self, css: &str) -> HtmlElement {
        self.root
            .query_selector(css)
            .expect("a selector")
            .unwrap_or_else(|| panic!("no {css} in {}", self.html()))
            .unchecked_into()
    }
}

impl Drop for Drawn {
    fn drop(&mut self) {
        self.root.remove();
    }
}

/// Effects run in tasks of their own.
async fn effects() {
    TimeoutFuture::new(0).await;
    TimeoutFuture::new(0).await;
}

#[wasm_bindgen_test]
async fn a_list_grows_shrinks_and_is_empty() {
    let items = RwSignal::new(vec!["a"]);
    let drawn = Drawn::new(move || {
        view! { <ul>{move || items.get().into_iter().map(|item| view! { <li>{item}</li> }).collect::<Node>()}</ul> }
    });
    for list in [vec!["a", "b", "c"], vec!["x"], vec![], vec!["p", "q"]] {
        items.set(list.clone());
        effects().await;
        let rows: String = list.iter().map(|item| format!("<li>{item}</li>")).collect();
        assert_eq!(drawn.html(), format!("<ul>{rows}</ul>"));
    }
}

#[wasm_bindgen_test]
async fn the_same_markup_keeps_its_elements_and_other_markup_replaces_them() {
    let (word, is_other) = (RwSignal::new("one"), RwSignal::new(false));
    let drawn = Drawn::new(move || {
        Node::live(move || {
            let word = word.get();
            if is_other.get() {
                view! { <button title=word>"other"</button> }
            } else {
                view! { <button title=word>{word}</button> }
            }
        })
    });
    let button = drawn.find("button");
    button.focus().expect("focus");
    word.set("two");
    effects().await;
    assert_eq!(drawn.html(), "<button title=\"two\">two</button>");
    assert!(button.is_same_node(document().active_element().as_deref()));
    is_other.set(true);
    effects().await;
    assert_eq!(drawn.html(), "<button title=\"two\">other</button>");
    assert!(!button.is_connected());
}

#[wasm_bindgen_test]
async fn attributes_come_and_go_and_single_classes_outlast_a_change_of_all() {
    let (all, is_on, name) = (
        RwSignal::new("a"),
        RwSignal::new(true),
        RwSignal::new(None::<String>),
    );
    let drawn = Drawn::new(move || {
        Node::live(move || {
            let (all, is_on) = (all.get(), is_on.get());
            view! { <i class=all class:on=is_on data-name=move || name.get()></i> }
        })
    });
    let classes = || drawn.find("i").class_name();
    assert_eq!(classes(), "a on");
    all.set("b");
    effects().await;
    assert_eq!(classes(), "b on");
    is_on.set(false);
    effects().await;
    assert_eq!(classes(), "b");
    name.set(Some("n".to_owned()));
    effects().await;
    assert_eq!(
        drawn.find("i").get_attribute("data-name").as_deref(),
        Some("n")
    );
    name.set(None);
    effects().await;
    assert!(!drawn.find("i").has_attribute("data-name"));
}

#[wasm_bindgen_test]
async fn a_tap_reaches_the_handler_of_what_is_drawn_now_and_one_may_end_its_own_element() {
    let (turn, told) = (RwSignal::new(1), Rc::new(Cell::new(0)));
    let tell = Rc::clone(&told);
    let tell = send_wrapper::SendWrapper::new(tell);
    let drawn = Drawn::new(move || {
        Node::live(move || {
            let (now, tell) = (turn.get(), tell.clone());
            (now < 3).then(|| {
                view! { <button on:click=move |_| { tell.set(now); turn.set(now + 1) }></button> }
            })
        })
    });
    let button = drawn.find("button");
    for expected in [1, 2] {
        button.click();
        assert_eq!(told.get(), expected);
        effects().await;
    }
    assert_eq!(drawn.html(), "");
    // Gone: nothing listens any more.
    button.click();
    assert_eq!(told.get(), 2);
}

#[wasm_bindgen_test]
async fn what_is_replaced_reads_no_signal_any_more() {
    let reads = Rc::new(Cell::new(0));
    let count = send_wrapper::SendWrapper::new(Rc::clone(&reads));
    let (is_shown, word) = (RwSignal::new(true), RwSignal::new("a"));
    let drawn = Drawn::new(move || {
        Node::live(move || {
            let count = count.clone();
            is_shown.get().then(|| {
                // Ends with this drawing: reading it later would be a panic.
                let own = Signal::derive(move || word.get());
                view! {
                    <p>{move || {
                        let count = count.clone();
                        view! { <b>{move || { count.set(count.get() + 1); own.get() }}</b> }
                    }}</p>
                }
            })
        })
    });
    assert_eq!((drawn.html().as_str(), reads.get()), ("<p><b>a</b></p>", 1));
    is_shown.set(false);
    word.set("b");
    effects().await;
    let before = reads.get();
    word.set("c");
    effects().await;
    assert_eq!((drawn.html().as_str(), reads.get()), ("", before));
}

#[wasm_bindgen_test]
async fn what_was_drawn_ends_as_a_whole() {
    let owner = Owner::new();
    let word = owner.with(|| ArcRwSignal::new("a"));
    let reads = Rc::new(Cell::new(0));
    let count = send_wrapper::SendWrapper::new(Rc::clone(&reads));
    let read = word.clone();
    let drawn = Drawn::new(move || {
        Node::live(move || {
            let (count, read) = (count.clone(), read.clone());
            view! { <p>{move || { count.set(count.get() + 1); read.get() }}</p> }
        })
    });
    assert_eq!(reads.get(), 1);
    drop(drawn);
    word.set("b");
    effects().await;
    assert_eq!(reads.get(), 1);
}

/// The markup of the element that stays as it came, and what the server wrote for it.
fn late_page(word: RwSignal<&'static str>) -> Node {
    view! { <p title="t">{move || word.get()}<b>"end"</b></p> }
}

/// Over an element of the server's: `late_page` in the place of what stays as it came, once `is_late`.
fn as_it_came(
    html: &str,
    word: RwSignal<&'static str>,
    late: impl Fn(Node) -> Node + Send + 'static,
) -> (Element, RwSignal<bool>, Box<dyn std::any::Any>) {
    // The first to mount anything starts what runs effects.
    drop(Drawn::new(|| Node::Nothing));
    let root = document().create_element("div").expect("an element");
    root.set_inner_html(html);
    let is_late = RwSignal::new(false);
    let owner = Owner::new();
    let drawn = owner.with(|| {
        let node = Node::live(move || {
            if is_late.get() {
                late(late_page(word))
            } else {
                Node::AsItCame
            }
        });
        let position = PositionState::new(Position::FirstChild);
        node.hydrate::<true>(&Cursor::new(root.clone()), &position)
    });
    (root, is_late, Box::new((owner, drawn)))
}

#[wasm_bindgen_test]
async fn what_stays_as_it_came_is_taken_over_later() {
    let html = "<p title=\"t\">one<b>end</b></p>";
    let word = RwSignal::new("one");
    let (root, is_late, _drawn) = as_it_came(html, word, |node| Node::TakenOver(Box::new(node)));
    let came = root.first_element_child().expect("an element");
    word.set("two");
    effects().await;
    assert_eq!(root.inner_html(), html);
    is_late.set(true);
    effects().await;
    assert!(
        came.is_same_node(root.first_child().as_ref()),
        "it was replaced"
    );
    // Taken over as it came: what differs is for whoever takes it over to know.
    word.set("three");
    effects().await;
    assert_eq!(
        root.inner_html(),
        "<p title=\"t\">three<b>end</b></p>",
        "it doesn't live"
    );
}

#[wasm_bindgen_test]
async fn what_stays_as_it_came_is_replaced_by_other_markup() {
    let word = RwSignal::new("new");
    let (root, is_late, _drawn) = as_it_came("<p>others <i>changed</i></p>", word, |node| node);
    let came = root.first_element_child().expect("an element");
    is_late.set(true);
    effects().await;
    assert_eq!(root.inner_html(), "<p title=\"t\">new<b>end</b></p>");
    assert!(!came.is_same_node(root.first_child().as_ref()));
}
