/// Between one and 36 letters, digits, `-` or `_`: what all ids share, so that they fit into a path
/// and into a payment provider's order number (at most 32; the server makes them shorter).
fn is_id(text: &str) -> bool {
    (1..=36).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

wire_text!(
    /// A binding that waits for the student's yes, or had it.
    pub struct BindingId, "1 to 36 of A-Z a-z 0-9 - _", pattern "^[A-Za-z0-9_-]{1,36}$", is_id
);
wire_text!(
    /// A card bound to the signed-in student: an opaque id, not the number on the card.
    pub struct CardId, "1 to 36 of A-Z a-z 0-9 - _", pattern "^[A-Za-z0-9_-]{1,36}$", is_id
);
wire_text!(
    /// A top-up order. Also the order number at the payment provider.
    pub struct OrderId, "1 to 36 of A-Z a-z 0-9 - _", pattern "^[A-Za-z0-9_-]{1,36}$", is_id
);
wire_text!(
    /// A service point in the directory.
    pub struct ServicePointId, "1 to 36 of A-Z a-z 0-9 - _", pattern "^[A-Za-z0-9_-]{1,36}$", is_id
);
wire_text!(
    /// Made by the client once per intent to pay and sent as the `Idempotency-Key` header:
    /// the same key with the same body gives the same order, with another body a 409.
    pub struct IdempotencyKey, "1 to 36 of A-Z a-z 0-9 - _", pattern "^[A-Za-z0-9_-]{1,36}$", is_id
);
