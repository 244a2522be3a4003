//! Markup as HTML: what the server sends, and what hydration finds its way by.

use dika_markup::{Node, view};
use leptos::tachys::view::RenderHtml;

fn html(node: Node) -> String {
    node.to_html()
}

#[test]
fn elements_attributes_and_texts_are_written_and_escaped() {
    let title = String::from("\"a\" & <b>");
    let node = view! {
        <p class="note" title=title.clone() hidden>
            {title}
            <br/>
        </p>
    };
    assert_eq!(
        html(node),
        "<p title=\"&quot;a&quot; &amp; &lt;b&gt;\" hidden class=\"note\">\
         \"a\" &amp; &lt;b&gt;<br></p>"
    );
}

#[test]
fn what_is_absent_is_not_written_and_classes_are_one_attribute() {
    let node = view! {
        <a href={None::<&str>} aria-current=Some("page") class="tab" class:on=true class:off=false></a>
    };
    assert_eq!(html(node), "<a aria-current=\"page\" class=\"tab on\"></a>");
    let alone = view! { <i class:on=true></i> };
    assert_eq!(html(alone), "<i class=\"on\"></i>");
}

#[test]
fn hydration_finds_marks_for_nothing_for_lists_and_between_texts() {
    let several = ["one", "two"].map(|item| view! { <li>{item}</li> });
    let node = view! { <ul>{None::<Node>}{several}</ul> };
    assert_eq!(html(node), "<ul><!><li>one</li><li>two</li><!></ul>");
    let texts = view! { <p>{"a"}{"b"}</p> };
    assert_eq!(html(texts), "<p>a<!>b</p>");
    // A text node needs a character.
    assert_eq!(html(view! { <p>{""}</p> }), "<p> </p>");
}

#[test]
fn closures_are_written_as_what_they_give() {
    let node = view! {
        <p data-state=move || Some("paid")>{move || Some(view! { <b>"yes"</b> })}</p>
    };
    assert_eq!(html(node), "<p data-state=\"paid\"><b>yes</b></p>");
}

#[test]
fn html_is_written_as_it_is() {
    let node = view! { <span inner_html="<svg></svg>" aria-hidden="true"></span> };
    assert_eq!(html(node), "<span aria-hidden=\"true\"><svg></svg></span>");
}

#[test]
fn markup_without_a_root_is_nothing_and_with_several_a_list() {
    assert_eq!(html(view! {}), "<!>");
    assert_eq!(html(view! { <i></i><b></b> }), "<i></i><b></b><!>");
}
