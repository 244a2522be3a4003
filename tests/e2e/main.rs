//! End-to-end journeys: the built app, the real server, real browsers. One file for each journey.
//!
//! `cargo test --test e2e -- gdut` runs those with a name; `cargo xtask test --only e2e` builds
//! first what they need.

#[path = "harness/mod.rs"]
mod harness;

/// The API is gone.
mod api_down;
/// Theme and text size on a student's own pages.
mod appearance;
/// axe-core, on every page in every state.
mod axe;
/// What is seen first stays as it came.
mod beginning;
/// The app's code gets lost on its way, or breaks.
mod broken_wasm;
/// Cards that take no money, wallets with little room.
mod cards;
/// A phone number that has another owner.
mod changed_hands;
/// A device whose clock is wrong.
mod device_clock;
/// Fingers that are faster than the download.
mod early_taps;
/// What is the same on every page: mark, title, focus; and the sandbox's own desk.
mod every_page;
/// What a page is for lies on its first screen.
mod first_screen;
/// What a first visit costs, and that nothing moves.
mod first_visit;
/// The gallery of parts: its looks are compared with pictures of it.
mod gallery;
/// The school's card, from sign-in to money on the card.
mod gdut;
/// Which card, first steps, all facts of the guide.
mod guide;
/// The University Town card's main wallet: nothing to collect.
mod hemc_main;
/// The utilities wallet, collected too late.
mod hemc_utilities;
/// Where the back button leads.
mod history;
/// The ready-made page and the living one are the same.
mod hydration;
/// It's somebody else; I can't tell.
mod identity;
/// Scripts of others that run before the page's own.
mod injected;
/// Both main journeys by keyboard alone; the order in which a screen reader reads.
mod keyboard;
/// The pages on privacy and terms.
mod legal;
/// An ID that ends in a letter, on both cards and in the password helper.
mod letter_id;
/// Amounts at, above and below the limits.
mod limits;
/// Wrong passwords, up to the lock.
mod lock_out;
/// A browser that keeps no cookies.
mod no_cookies;
/// Addresses that lead nowhere.
mod not_found;
/// Without a network, after one visit; releases that follow each other; the switch.
mod offline;
/// The main journeys with a PostgreSQL server.
mod on_postgres;
/// Two taps, one order; a lost answer, one order.
mod one_order;
/// The list of orders, page by page.
mod orders;
/// An order that was paid where its page did not see it.
mod paid_elsewhere;
/// A cashier that does not open.
mod pay_leap;
/// Cancelled, failed, silent.
mod payment_outcomes;
/// The phone's faults, at each step.
mod phone_faults;
/// What the pages' policy refuses.
mod policy;
/// Narrow screens, large text, fingers, forced colours.
mod reflow;
/// Every refusal in plain words.
mod refusals;
/// The main journeys on the production server.
mod rehearsal;
/// A page left open over a release.
mod release;
/// Reloading at each step.
mod reload;
/// A picture of every page.
mod screenshots;
/// A page that was out of sight without a word.
mod seen_again;
/// Five points, by campus, card and word.
mod service_points;
/// The session ends on the way.
mod session_end;
/// Language, text size, theme, signing out.
mod settings;
/// Fields filled in without an event.
mod silent_fill;
/// Long use: nothing piles up, nothing runs unseen.
mod smooth;
/// What changes by itself is said, and takes no focus along.
mod spoken;
/// Every page in every state: the walk that judges of looks and access take.
mod states;
/// Tablets that call themselves a desktop.
mod tablets;
/// Pages that others touched before the app woke.
mod touched;
/// Translated pages.
mod translated;
/// Where is my money?
mod triage;
/// One browser, two tabs.
mod two_tabs;
/// Words that a newer server may say.
mod unknown_words;
/// An unpaid order is continued or cancelled, never doubled.
mod unpaid;
/// The main journeys and every page in the engine of iOS.
mod webkit;
/// WeChat's text size, and bridges that misbehave.
mod wechat_habits;
/// Paying inside WeChat, and by WeChat Pay elsewhere.
mod wechat_pay;
/// Being signed in by WeChat.
mod wechat_sign_in;
/// Students' own pages that arrive with their data.
mod with_data;
/// Forms in a browser that runs no scripts.
mod without_scripts;
