//! A sum over the nodes of a page, in their order, and one over what it says. `crates/ship/src/take_over.js` computes the
//! same over the living page, just before the app takes it over: other nodes than these would end the app, and other words
//! must not stay.

/// The sum of the names of all nodes in this HTML, as the DOM names them: `div`, `#text`, `#comment`. The HTML is
/// what the app renders: every `<` in it begins a tag or a comment, and every element but the void ones is closed.
pub fn sum(html: &str) -> i32 {
    sum_of(&names(html).fold(String::new(), |all, name| all + &name + " "))
}

/// The sum of all that is read in this HTML and of all attributes, of the same kind of HTML. Left out: blanks, and what a tap
/// changes before the app is there.
pub fn said(html: &str) -> i32 {
    let (mut words, mut elements) = (String::new(), Vec::new());
    for node in nodes(html) {
        match node {
            Node::Text(text) => {
                words.extend(unescaped(text).chars().filter(|it| !it.is_whitespace()));
            }
            Node::Comment => {}
            Node::Element { name, attributes } => {
                let mut attributes = attribute_list(attributes);
                attributes.sort_unstable();
                elements.push([name, &attributes.join(",")].concat());
            }
        }
    }
    sum_of(&[words, elements.join(",")].concat())
}

/// What a tap changes.
const CHANGING: [&str; 4] = ["aria-busy", "aria-current", "hidden", "open"];

/// The attributes in a tag behind its name, as `name=value`.
fn attribute_list(mut text: &str) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        text = text.trim_start();
        if text.is_empty() {
            return found;
        }
        let end = text.find([' ', '=']).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let (value, rest) = match rest.strip_prefix('=') {
            None => ("", rest),
            Some(value) => {
                let quote = value.chars().next().filter(|it| ['"', '\''].contains(it));
                match quote.and_then(|quote| value[1..].split_once(quote)) {
                    Some(quoted) => quoted,
                    None => value.split_at(value.find(' ').unwrap_or(value.len())),
                }
            }
        };
        text = rest;
        if !CHANGING.contains(&name) {
            found.push([name, "=", &unescaped(value)].concat());
        }
    }
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

fn sum_of(text: &str) -> i32 {
    text.encode_utf16().fold(0, |sum: i32, unit| {
        sum.wrapping_mul(31).wrapping_add(i32::from(unit))
    })
}

fn names(html: &str) -> impl Iterator<Item = String> + '_ {
    nodes(html).map(|node| match node {
        Node::Text(_) => "#text".to_owned(),
        Node::Comment => "#comment".to_owned(),
        Node::Element { name, .. } => name.to_ascii_lowercase(),
    })
}

/// A node as it is written.
enum Node<'a> {
    Text(&'a str),
    Comment,
    /// The begin of an element; `attributes` as they stand in its tag.
    Element {
        name: &'a str,
        attributes: &'a str,
    },
}

/// All nodes in their order.
fn nodes(html: &str) -> impl Iterator<Item = Node<'_>> {
    let mut rest = html;
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            let Some(tag) = rest.strip_prefix('<') else {
                let (text, next) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
                rest = next;
                return Some(Node::Text(text));
            };
            if let Some(comment) = tag.strip_prefix('!') {
                let end = if comment.starts_with("--") {
                    "-->"
                } else {
                    ">"
                };
                rest = after(tag, end);
                return Some(Node::Comment);
            }
            rest = after_tag(tag);
            if !tag.starts_with('/') {
                let text = tag[..tag.len() - rest.len()].trim_end_matches(['>', '/']);
                let (name, attributes) = text.split_at(text.find(' ').unwrap_or(text.len()));
                return Some(Node::Element { name, attributes });
            }
        }
    })
}

/// What follows the tag that begins here. Values of attributes may hold a `>`.
fn after_tag(tag: &str) -> &str {
    let mut quote = None;
    for (at, letter) in tag.char_indices() {
        match (quote, letter) {
            (None, '>') => return &tag[at + 1..],
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            _ => {}
        }
    }
    ""
}

fn after<'a>(text: &'a str, end: &str) -> &'a str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_has_its_name() {
        let html = "<div class=\"a>b\" title='c>\"d'>words<!>more<!-- x > y --><br><svg viewBox=\"0 0 1 1\">\
                    <linearGradient id=\"g\"/></svg> </div>";
        let found: Vec<String> = names(html).collect();
        let wanted = [
            "div",
            "#text",
            "#comment",
            "#text",
            "#comment",
            "br",
            "svg",
            "lineargradient",
            "#text",
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn what_is_read_is_summed_up_whatever_way_it_is_written() {
        let page = "<p title=\"a &amp; b\" class=\"x\">one<!>t &lt; wo</p><br><svg a=\"1\"><path d=\"m0\"/></svg>";
        for same in [
            "<p class=x title='a & b'> one t&lt;wo</p><br><svg a=1><path d=m0 /></svg>",
            "<p class=\"x\" title=\"a & b\" hidden>onet<!---->&lt;wo</p><br><svg a=\"1\"><path d=\"m0\"></path></svg>",
        ] {
            assert_eq!(said(page), said(same), "{same}");
        }
        for (from, to) in [
            ("one", "two"),
            ("class=\"x\"", "class=\"y\""),
            (" class=\"x\"", ""),
            ("<br>", "<hr>"),
            ("m0", "m1"),
        ] {
            assert_ne!(said(page), said(&page.replace(from, to)), "{from}");
        }
    }

    #[test]
    fn what_changes_the_nodes_changes_the_sum() {
        let page = "<div><p>one<!>two</p><i></i></div>";
        for other in [
            "<div><p>onetwo</p><i></i></div>",
            "<div><p>one<!>two</p></div>",
            "<div><p>one<!>two</p><i></i><i></i></div>",
            "<div> <p>one<!>two</p><i></i></div>",
            "<div><p><b>one</b><!>two</p><i></i></div>",
            "<div><p>one<!>two</p><b></b></div>",
        ] {
            assert_ne!(sum(page), sum(other), "{other}");
        }
        // Words and attributes may change: the app finds its nodes all the same.
        assert_eq!(sum(page), sum("<div class=x><p>1<!>2</p><i></i></div>"));
    }
}
