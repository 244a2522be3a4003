use dika_contract::Fen;

/// `12345` as `123.45 yuan`, for operators.
pub fn yuan(amount: Fen) -> String {
    let fen = amount.get();
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02} yuan", fen / 100, fen % 100)
}
