//! Who is here: the only state that pages share, beside the API and the language.

use dika_contract::{Session, User};
use leptos::prelude::*;

use crate::{
    api::{Api, Fault},
    platform::{self, Key},
};

/// What is known of the one who is here.
#[derive(Clone, Debug, PartialEq)]
pub enum Who {
    /// The server has not answered yet.
    Asking,
    /// Nobody is signed in.
    Nobody,
    /// This student is.
    Student(User),
    /// The server could not be asked.
    Unknown(Fault),
}

/// The session, in the context.
#[derive(Clone, Copy)]
pub struct Visit {
    who: RwSignal<Who>,
    sandbox: RwSignal<bool>,
    wechat: RwSignal<bool>,
}

impl Visit {
    /// Nobody has been asked yet.
    pub fn new() -> Self {
        Self {
            who: RwSignal::new(Who::Asking),
            sandbox: RwSignal::new(false),
            wechat: RwSignal::new(false),
        }
    }

    /// The app's session.
    ///
    /// # Panics
    /// Outside of [`crate::app::App`].
    pub fn here() -> Self {
        use_context().expect("the session is provided by App")
    }

    /// Who is here; tracks.
    pub fn who(self) -> Who {
        self.who.get()
    }

    /// Whether a student is signed in; tracks.
    pub fn is_signed_in(self) -> bool {
        self.who.with(|who| matches!(who, Who::Student(_)))
    }

    /// Whether money and people are invented here; tracks.
    pub fn is_sandbox(self) -> bool {
        self.sandbox.get()
    }

    /// Whether the server signs people in by WeChat; tracks.
    pub fn has_wechat(self) -> bool {
        self.wechat.get()
    }

    /// Who is here; does not track.
    pub fn who_untracked(self) -> Who {
        self.who.get_untracked()
    }

    /// Asks the server who is here, where it could not be asked before.
    pub fn ask_again(self, api: &Api) {
        if matches!(self.who_untracked(), Who::Unknown(_)) {
            platform::spawn(self.ask(api.clone()));
        }
    }

    /// Asks the server who is here.
    pub async fn ask(self, api: Api) {
        match api.session().await {
            Ok(session) => self.set(session),
            Err(fault) => {
                self.who.try_set(Who::Unknown(fault));
            }
        }
    }

    /// Takes the server's answer.
    pub fn set(self, session: Session) {
        self.sandbox.try_set(session.sandbox);
        self.wechat.try_set(session.wechat);
        match session.user {
            Some(user) => {
                // The next time that somebody has to be signed in is another one.
                platform::forget(&Key::WechatTry);
                self.who.try_set(Who::Student(user));
            }
            None => self.end(),
        }
    }

    /// Nobody is signed in any more: what was kept for a student goes too.
    pub fn end(self) {
        platform::forget(&Key::Home);
        platform::set_html_attribute(platform::KNOWN, None);
        self.who.try_set(Who::Nobody);
    }
}

impl Default for Visit {
    fn default() -> Self {
        Self::new()
    }
}
