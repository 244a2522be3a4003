//! A payment's code, drawn here: what is paid and where is nobody else's to know. For desktops only:
//! WeChat does not read such a code off the phone that shows it.

use dika_contract::Timestamp;
use leptos::prelude::*;
use qrcodegen::{QrCode, QrCodeEcc};

use crate::{
    current_time,
    effect::effect,
    platform,
    text::{OrdersText, clock, fill},
    ui::{Notice, Tone, code_picture},
};

/// The light margin that readers need, in modules.
const MARGIN: i32 = 4;

/// The code in the page.
const SCAN: &str = "[data-scan]";

/// A code to scan, and until when it is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scan {
    /// What the code says, as the provider gave it.
    pub(super) code_url: String,
    /// When the provider forgets it.
    pub(super) until: Timestamp,
}

/// The code with its time; after that, why there is none.
pub(super) fn view(t: &'static OrdersText, scan: Scan) -> AnyView {
    let Scan { code_url, until } = scan;
    let Some((size, path)) = draw(&code_url) else {
        return view! { <Notice tone=Tone::Warn word=t.no_way alert=true><p>{t.no_way_text}</p></Notice> }
            .into_any();
    };
    let now = current_time::current_time();
    let is_over = Memo::new(move |_| now.get().is_some_and(|now| until.since(now) <= 0));
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
        if is_over.get() {
            return view! { <Notice tone=Tone::Warn word=t.scan_over alert=true><p>{t.scan_over_text}</p></Notice> }
                .into_any();
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
        .into_any()
    })
    .into_any()
}

/// The code's dark modules as one path of rows, and the edge of the square with its margin. Nothing
/// where a text is too long for any code.
fn draw(text: &str) -> Option<(i32, String)> {
    // Medium: a screen is clean, but cameras are held askew.
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

    /// Paints a path of rows, ten dots for each module, as a camera sees it.
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
    fn a_reader_reads_what_was_drawn() {
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
    fn no_code_holds_everything() {
        assert_eq!(draw(&"x".repeat(9_000)), None);
    }
}
