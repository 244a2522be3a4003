//! A sum over the nodes of a page, in their order. `crates/ship/src/take_over.js` computes the same over the living
//! page, just before the app takes it over: other nodes than these would end the app.

/// The sum of the names of all nodes in this HTML, as the DOM names them: `div`, `#text`, `#comment`. The HTML is
/// what the app renders: every `<` in it begins a tag or a comment, and every element but the void ones is closed.
pub fn sum(html: &str) -> i32 {
    names(html).fold(0, |sum, name| {
        let letters = name.encode_utf16().chain([u16::from(b' ')]);
        letters.fold(sum, |sum: i32, letter| {
            sum.wrapping_mul(31).wrapping_add(i32::from(letter))
        })
    })
}

fn names(html: &str) -> impl Iterator<Item = String> + '_ {
    let mut rest = html;
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            let Some(tag) = rest.strip_prefix('<') else {
                rest = rest.find('<').map_or("", |end| &rest[end..]);
                return Some("#text".to_owned());
            };
            if let Some(comment) = tag.strip_prefix('!') {
                let end = if comment.starts_with("--") {
                    "-->"
                } else {
                    ">"
                };
                rest = after(tag, end);
                return Some("#comment".to_owned());
            }
            rest = after_tag(tag);
            if !tag.starts_with('/') {
                let end = tag.find([' ', '>', '/']).unwrap_or(tag.len());
                return Some(tag[..end].to_ascii_lowercase());
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
