//! A QR code to pay with, drawn here, so that no other party learns of the payment. For desktops only: a
//! phone can't scan a code on its own screen.

use dika_contract::Timestamp;
use dika_markup::{IntoNode, Node, view};
use leptos::prelude::*;
use qrcodegen::{QrCode, QrCodeEcc};

use crate::{
    current_time,
    effect::effect,
    platform,
    text::{OrdersText, clock, fill},
    ui::{Notice, Tone, code_picture},
};

/// The quiet zone around the code, in modules.
const MARGIN: i32 = 4;

/// The code in the page.
const SCAN: &str = "[data-scan]";

/// A code to scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scan {
    /// The code's content, from the payment provider.
    pub(super) code_url: String,
    /// When it expires.
    pub(super) until: Timestamp,
}

/// The code and its expiry; once expired, a notice.
pub(super) fn view(t: &'static OrdersText, scan: Scan) -> Node {
    let Scan { code_url, until } = scan;
    let Some((size, path)) = draw(&code_url) else {
        return view! { <Notice tone=Tone::Warn word=t.no_way alert=true><p>{t.no_way_text}</p></Notice> };
    };
    let now = current_time::current_time();
    let is_expired = Memo::new(move |_| now.get().is_some_and(|now| until.since(now) <= 0));
    let picture = code_picture(size, &path);
    // Where the page's colours are turned round as a whole, the code's are turned back: readers want it dark on
    // light. Looked at anew from time to time: whoever turns them may come late.
    let is_turned = RwSignal::new(false);
    effect(move || {
        now.track();
        platform::spawn(async move {
            // Once it is drawn.
            platform::next_task().await;
            is_turned.try_set(platform::is_turned(SCAN));
        });
    });
    (move || {
        if is_expired.get() {
            return view! { <Notice tone=Tone::Warn word=t.scan_over alert=true><p>{t.scan_over_text}</p></Notice> };
        }
        // A picture, because browsers that darken pages darken what is drawn in them, too.
        let picture = view! {
            <img
                class="scan"
                data-scan=""
                data-turned=move || is_turned.get().then_some("")
                src=picture.clone()
                alt=t.scan_label
            />
        };
        view! {
            <Notice tone=Tone::Info word=t.scan alert=true>
                <p>{fill(t.scan_text, &[&clock(until)])}</p>
                {picture}
            </Notice>
        }
    })
    .into_node()
}

/// Edge length with the quiet zone, and the dark modules as an SVG path, both in modules. Returns `None` if
/// the text is too long for a QR code.
fn draw(text: &str) -> Option<(i32, String)> {
    // Medium error correction: cameras are held at an angle.
    let code = QrCode::encode_binary(text.as_bytes(), QrCodeEcc::Medium).ok()?;
    let (size, mut path) = (code.size(), String::new());
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let length = (x..size).take_while(|x| code.get_module(*x, y)).count();
            let length = i32::try_from(length).unwrap_or_default();
            if length > 0 {
                let [x, y, length] = [x + MARGIN, y + MARGIN, length].map(|it| it.to_string());
                path += &["M", &x, " ", &y, "h", &length, "v1h-", &length, "z"].concat();
            }
            x += length.max(1);
        }
    }
    Some((size + 2 * MARGIN, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws the path as a bitmap, ten pixels per module.
    fn paint(size: i32, path: &str) -> Vec<Vec<bool>> {
        let size = usize::try_from(size).expect("a size");
        let mut picture = vec![vec![false; size * 10]; size * 10];
        for row in path.split('z').filter(|row| !row.is_empty()) {
            let parts: Vec<usize> = row
                .trim_start_matches('M')
                .split(['M', ' ', 'h'])
                .map(|part| part.trim_end_matches("v1"))
                .filter_map(|part| part.parse().ok())
                .collect();
            let [x, y, length] = parts[..3] else {
                panic!("{row}")
            };
            for line in &mut picture[y * 10..(y + 1) * 10] {
                line[x * 10..(x + length) * 10].fill(true);
            }
        }
        picture
    }

    #[test]
    fn a_reader_decodes_what_was_drawn() {
        let text = "weixin://wxpay/bizpayurl?pr=AbC12x_-Zz";
        let (size, path) = draw(text).expect("a code");
        let picture = paint(size, &path);
        let edge = picture.len();
        let mut seen = rqrr::PreparedImage::prepare_from_greyscale(edge, edge, |x, y| {
            if picture[y][x] { 0 } else { 255 }
        });
        let codes = seen.detect_grids();
        assert_eq!(codes.len(), 1);
        let (_, read) = codes[0].decode().expect("readable");
        assert_eq!(read, text);
    }

    #[test]
    fn a_text_that_is_too_long_has_no_code() {
        assert_eq!(draw(&"x".repeat(9_000)), None);
    }
}
