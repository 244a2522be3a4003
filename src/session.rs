//! Who is signed in: the only state that pages share, beside the API and the language.

use dika_contract::{self as contract, Issuer, User};
use futures_util::FutureExt;
use leptos::prelude::*;

use crate::{
    api::{Api, Fault},
    platform::{self, StorageKey},
};

/// Whether a student is signed in.
#[derive(Clone, Debug, PartialEq)]
pub enum SignInState {
    /// The server has not replied yet.
    Pending,
    /// Nobody is signed in.
    SignedOut,
    /// This student is signed in.
    SignedIn(User),
    /// The server could not be reached.
    Unknown(Fault),
}

/// The session. In the context.
#[derive(Clone, Copy)]
pub struct Session {
    state: RwSignal<SignInState>,
    is_sandbox: RwSignal<bool>,
    has_wechat: RwSignal<bool>,
    has_sms: RwSignal<bool>,
}

impl Session {
    /// A session that was not requested yet.
    pub fn new() -> Self {
        Self {
            state: RwSignal::new(SignInState::Pending),
            is_sandbox: RwSignal::new(false),
            has_wechat: RwSignal::new(false),
            has_sms: RwSignal::new(true),
        }
    }

    /// The session that the page brought along, or one that was not requested yet.
    pub fn of_page(api: &Api) -> Self {
        let session = Self::new();
        let seed = api.of_page();
        let seed = seed.and_then(|(page, _)| page.session().now_or_never());
        if let Some(Ok(seed)) = seed {
            session.is_sandbox.set(seed.sandbox);
            session.has_wechat.set(seed.wechat);
            session.has_sms.set(seed.sms);
            // What the browser keeps is touched only once the API itself has said so: a browser may forget its cookie.
            if let Some(user) = seed.user {
                session.state.set(SignInState::SignedIn(user));
            }
        }
        session
    }

    /// The app's session.
    ///
    /// # Panics
    /// Outside of [`crate::app::App`].
    pub fn from_context() -> Self {
        use_context().expect("the session is provided by App")
    }

    /// Whether a student is signed in; tracks.
    pub fn state(self) -> SignInState {
        self.state.get()
    }

    /// Whether a student is signed in; does not track.
    pub fn state_untracked(self) -> SignInState {
        self.state.get_untracked()
    }

    /// Whether a student is known to be signed in; tracks.
    pub fn is_signed_in(self) -> bool {
        self.state
            .with(|state| matches!(state, SignInState::SignedIn(_)))
    }

    /// Whether a student is known to be signed in; does not track.
    pub fn is_signed_in_untracked(self) -> bool {
        self.state
            .with_untracked(|state| matches!(state, SignInState::SignedIn(_)))
    }

    /// The issuers of cards that the server hides from this session; tracks.
    pub fn hidden_cards(self) -> Vec<Issuer> {
        self.state.with(hidden_cards)
    }

    /// The same; does not track.
    pub fn hidden_cards_untracked(self) -> Vec<Issuer> {
        self.state.with_untracked(hidden_cards)
    }

    /// Whether the server is a sandbox, without real money; tracks.
    pub fn is_sandbox(self) -> bool {
        self.is_sandbox.get()
    }

    /// Whether the server offers sign-in by WeChat; tracks.
    pub fn has_wechat(self) -> bool {
        self.has_wechat.get()
    }

    /// Whether the server can send a code by SMS, as far as is known; tracks.
    pub fn has_sms(self) -> bool {
        self.has_sms.get()
    }

    /// Requests the session again if the last request failed.
    pub fn retry(self, api: &Api) {
        if matches!(self.state_untracked(), SignInState::Unknown(_)) {
            platform::spawn(self.request(api.clone()));
        }
    }

    /// Requests the session from the server.
    pub async fn request(self, api: Api) {
        match api.session().await {
            Ok(session) => self.set(session),
            Err(fault) => {
                self.state.try_set(SignInState::Unknown(fault));
            }
        }
    }

    /// Requests the session on a return to the page: somebody may have signed in or out in another tab. A
    /// failure changes nothing.
    pub async fn recheck(self, api: Api) {
        if let Ok(session) = api.session().await {
            self.set(session);
        }
    }

    /// Sets the session that the server sent.
    pub fn set(self, session: contract::Session) {
        self.is_sandbox.try_set(session.sandbox);
        self.has_wechat.try_set(session.wechat);
        self.has_sms.try_set(session.sms);
        match session.user {
            Some(user) => {
                // The next sign-in may try WeChat again.
                platform::remove(&StorageKey::WechatTry);
                if !user.hidden_cards.is_empty() {
                    // What was kept may be another person's.
                    platform::remove(&StorageKey::Home);
                }
                // The same again would draw anew what depends on it.
                let is_known = self.state.try_with_untracked(
                    |known| matches!(known, SignInState::SignedIn(known) if *known == user),
                );
                if is_known != Some(true) {
                    self.state.try_set(SignInState::SignedIn(user));
                }
            }
            None => self.end(),
        }
    }

    /// Marks the session as ended and deletes what was kept for the student.
    pub fn end(self) {
        platform::remove(&StorageKey::Home);
        platform::set_html_attribute(platform::KNOWN_STUDENT, None);
        self.state.try_set(SignInState::SignedOut);
    }
}

fn hidden_cards(state: &SignInState) -> Vec<Issuer> {
    match state {
        SignInState::SignedIn(user) => user.hidden_cards.clone(),
        _ => Vec::new(),
    }
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}
