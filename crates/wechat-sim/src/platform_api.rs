use std::convert::Infallible;

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::Response,
};
use serde_json::{Value, json};

use crate::{
    faults::{Call, Fault, response_after, response_before},
    shared::Shared,
    world::World,
};

/// Runs one call of the public platform's API with its faults: JSON as `text/plain`, status 200 even for refusals.
pub(crate) async fn platform_call(
    sim: &Shared,
    call: Call,
    run: impl FnOnce(&mut World) -> Result<Value, (i64, &'static str)>,
) -> Result<Response, Infallible> {
    let fault = sim.world().record_call(call);
    if let Some(response) = response_before(fault.as_ref()).await {
        return Ok(response);
    }
    let text = match &fault {
        Some(Fault::Garbage) => "<xml>not JSON</xml>".to_owned(),
        Some(Fault::ErrCode { errcode }) => {
            json!({ "errcode": errcode, "errmsg": "refused on purpose" }).to_string()
        }
        _ => match run(&mut sim.world()) {
            Ok(value) => value.to_string(),
            Err((errcode, errmsg)) => json!({ "errcode": errcode, "errmsg": errmsg }).to_string(),
        },
    };
    let mut response = Response::new(Body::from(text));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    Ok(response_after(fault.as_ref(), response).await)
}
