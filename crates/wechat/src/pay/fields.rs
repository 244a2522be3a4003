use serde_json::Value;

/// Adds a field to a JSON object.
pub(super) fn insert(body: &mut Value, name: &str, value: Value) {
    if let Some(object) = body.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}
