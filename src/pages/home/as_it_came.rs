//! A student's home page that came whole. It can be read as it came, and what draws it is a third of the code: that is
//! fetched only once something on the page may have changed, and then takes the page over.

use dika_markup::Node;
use leptos::{prelude::*, tachys::view::Mountable};

use crate::{
    api::Api,
    effect::effect,
    platform,
    session::{Session, SignInState},
};

/// How soon to ask what became of an open order, in milliseconds: as soon as a page asks that the app has drawn.
const OPEN_ORDER_MS: u32 = 10_000;

/// The page as it came.
#[derive(Clone, Copy)]
pub(super) struct AsItCame {
    /// Whether it stands there still.
    stands: RwSignal<bool>,
    /// Something may have changed, or will have in so many milliseconds: the code is wanted.
    wanted_in_ms: RwSignal<Option<u32>>,
}

impl AsItCame {
    /// The page of this session's student, which is about to be taken over. `None` where it did not come whole.
    pub(super) fn begin(session: Session) -> Option<Self> {
        if !Api::from_context().is_page_whole() {
            return None;
        }
        let this = Self {
            stands: RwSignal::new(true),
            wanted_in_ms: RwSignal::new(None),
        };
        this.watch(session);
        Some(this)
    }

    /// Notices what may change the page.
    fn watch(self, session: Session) {
        let wanted = self.wanted_in_ms;
        let came_for = session.state_untracked();
        effect(move || {
            platform::on_page_shown(move || wanted.set(Some(0)));
            on_cleanup(platform::forget_page);
            if platform::is_on_page("[data-order]") {
                wanted.set(Some(OPEN_ORDER_MS));
            }
        });
        effect(move || {
            let now = session.state();
            if now == came_for || matches!(now, SignInState::Pending | SignInState::Unknown(_)) {
                return;
            }
            // It may be another student's, or shows what is to be hidden: not one moment longer.
            platform::forget_page();
            wanted.set(Some(0));
            self.end();
        });
    }

    /// Whether it stands there still; tracks.
    pub(super) fn stands(self) -> bool {
        self.stands.get()
    }

    /// In how many milliseconds the code is wanted, if it is; tracks.
    pub(super) fn wanted_in_ms(self) -> Option<u32> {
        self.wanted_in_ms.get()
    }

    /// Whether it stands there still; does not track.
    pub(super) fn stands_untracked(self) -> bool {
        self.stands.try_get_untracked() == Some(true)
    }

    /// The code is there: what it draws may take the page over.
    pub(super) fn end(self) {
        // Setting the same value again would draw the page again.
        if self.stands_untracked() {
            self.stands.set(false);
        }
    }
}

/// What `draw` draws, in the place of the page as it came. As long as the same student is signed in, it finds what the page
/// brought along, and takes the page's nodes over if it says the same.
pub(super) fn taken_over(draw: impl Fn() -> Node) -> Node {
    if !platform::recall_page() {
        return draw();
    }
    let owner = Owner::new();
    let agrees = platform::agrees(|aside| {
        owner.with(|| {
            let mut drawn = draw().build();
            drawn.mount(&aside, None);
            drawn
        })
    });
    // Its effects never run.
    owner.cleanup();
    // Once it is drawn: what `draw` gives is drawn by whoever asked for it.
    effect(platform::forget_page);
    if agrees {
        Node::TakenOver(Box::new(draw()))
    } else {
        draw()
    }
}
