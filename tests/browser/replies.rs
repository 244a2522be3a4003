//! Replies used by several tests.

use dika::api::Method;
use dika_contract::Directory;
use serde_json::{Value, json};

use crate::scripted_transport::ScriptedTransport;

/// A transport with a signed-in student and a directory with limits.
pub fn signed_in() -> ScriptedTransport {
    let script = ScriptedTransport::default();
    let session = json!({
        "user": { "id": "u1", "phone_masked": "138****1234" },
        "csrf_token": "t", "sandbox": true,
    });
    script.always(Method::Get, "/session", session);
    script.always(Method::Get, "/directory", directory());
    script.always(Method::Get, "/top-ups?open=true", json!({ "items": [] }));
    script
}

/// The built-in directory with limits: 1 to 500 yuan, presets 50 and 100.
pub fn directory() -> Value {
    let mut directory: Value =
        serde_json::from_str(Directory::SEED_JSON).expect("the built-in directory");
    let limits = json!({
        "presets_fen": [5_000, 10_000], "min_fen": 100, "max_fen": 50_000,
        "daily_fen": 100_000, "cap_fen": 200_000, "warn_from_fen": 10_000,
    });
    for issuer in directory["issuers"].as_array_mut().expect("issuers") {
        for wallet in issuer["wallets"].as_array_mut().expect("wallets") {
            wallet["limits"] = limits.clone();
        }
    }
    directory
}

/// A `hemc` card with this status.
pub fn card(id: &str, status: &str) -> Value {
    let balance = json!({ "amount_fen": 1_250, "as_of": "2026-11-22T09:30:00Z" });
    json!({
        "id": id, "issuer": "hemc", "card_no_masked": "**** 5678", "status": status,
        "identity": { "name": "Chen*", "student_no": "3124****08", "campus": "daxuecheng" },
        "is_default": false,
        "wallets": [
            { "kind": "main", "on_card": balance, "waiting": balance },
            { "kind": "utilities", "on_card": balance, "waiting": balance },
        ],
    })
}

/// An order for the hot-water wallet in these states.
pub fn order(id: &str, card: &str, fen: i64, payment: &str, claim: &str) -> Value {
    json!({
        "id": id, "card_id": card, "issuer": "hemc", "card_no_masked": "**** 5678",
        "holder": { "name": "Chen*", "student_no": "3124****08", "campus": "daxuecheng" },
        "wallet": "utilities", "amount_fen": fen, "payment": payment, "claim": claim,
        "created_at": "2026-11-22T09:30:00Z", "pay_by": "2026-11-22T09:45:00Z",
        "terminals": ["service_point", "hemc_top_up"],
        "timeline": [{ "event": "created", "at": "2026-11-22T09:30:00Z" }],
    })
}
