use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::Response,
};
use serde_json::{Value, json};

use crate::{
    behaviour::SigningKey,
    bill,
    clock::real_ms,
    faults::{Call, Fault, response_after, response_before},
    keys::random_hex,
    shared::Shared,
    trades::{Form, Refusal},
    world::World,
};

/// How old a request's signature may be.
const SKEW_S: i64 = 300;

/// One call of `/v3/…`.
enum Task {
    Create(Form),
    Query(String),
    Close(String),
    Refund,
    QueryRefund(String),
    TradeBill,
    BillFile,
}

impl Task {
    /// Reads method and path; `None` for what this simulator does not serve.
    fn of(method: &Method, path: &str) -> Option<Self> {
        let parts: Vec<String> = path.trim_matches('/').split('/').map(unescape).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match (method.as_str(), parts.as_slice()) {
            ("POST", ["v3", "pay", "transactions", "jsapi"]) => Some(Self::Create(Form::Jsapi)),
            ("POST", ["v3", "pay", "transactions", "h5"]) => Some(Self::Create(Form::H5)),
            ("POST", ["v3", "pay", "transactions", "native"]) => Some(Self::Create(Form::Native)),
            ("GET", ["v3", "pay", "transactions", "out-trade-no", no]) => {
                Some(Self::Query((*no).to_owned()))
            }
            ("POST", ["v3", "pay", "transactions", "out-trade-no", no, "close"]) => {
                Some(Self::Close((*no).to_owned()))
            }
            ("POST", ["v3", "refund", "domestic", "refunds"]) => Some(Self::Refund),
            ("GET", ["v3", "refund", "domestic", "refunds", no]) => {
                Some(Self::QueryRefund((*no).to_owned()))
            }
            ("GET", ["v3", "bill", "tradebill"]) => Some(Self::TradeBill),
            ("GET", ["v3", "billdownload", "file"]) => Some(Self::BillFile),
            _ => None,
        }
    }

    fn call(&self) -> Call {
        match self {
            Self::Create(_) => Call::Create,
            Self::Query(_) => Call::Query,
            Self::Close(_) => Call::Close,
            Self::Refund => Call::Refund,
            Self::QueryRefund(_) => Call::QueryRefund,
            Self::TradeBill => Call::TradeBill,
            Self::BillFile => Call::BillFile,
        }
    }
}

fn unescape(part: &str) -> String {
    url::form_urlencoded::parse(format!("p={part}").as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// Everything under `/v3/`: faults, signature, the call itself, our signature.
pub(crate) async fn serve(
    State(sim): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(task) = Task::of(&method, uri.path()) else {
        return unsigned(404, "RESOURCE_NOT_EXISTS", "no such call");
    };
    let fault = sim.world().record_call(task.call());
    if let Some(response) = response_before(fault.as_ref()).await {
        return response;
    }
    if let Err((status, code, words)) = check_request(&sim, &method, &uri, &headers, &body) {
        return unsigned(status, code, words);
    }
    let asked_key = headers
        .get("Wechatpay-Serial")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let outcome = match &fault {
        Some(Fault::Refuse { status, code }) => Ok((
            *status,
            json!({ "code": code, "message": "refused on purpose" }).to_string(),
        )),
        _ => run(
            &sim,
            &mut sim.world(),
            &task,
            asked_key.clone(),
            &uri,
            &body,
        ),
    };
    let (status, text) = match outcome {
        Ok((200, text)) => (200, alter(fault.as_ref(), text)),
        Ok(other) => other,
        Err((status, code, words)) => (
            status,
            json!({ "code": code, "message": words }).to_string(),
        ),
    };
    let response = sign(&sim, status, text, asked_key.as_deref(), fault.as_ref());
    sim.wake.notify_one();
    response_after(fault.as_ref(), response).await
}

/// Checks what Tencent's gateway checks before anything is done.
fn check_request(
    sim: &Shared,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), Refusal> {
    let header = |name: header::HeaderName| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    if header(header::USER_AGENT).is_empty() || header(header::ACCEPT) != "application/json" {
        return Err((
            400,
            "PARAM_ERROR",
            "User-Agent and Accept: application/json are demanded",
        ));
    }
    if !body.is_empty() && header(header::CONTENT_TYPE) != "application/json" {
        return Err((415, "PARAM_ERROR", "Content-Type must be application/json"));
    }
    let wrong = |words: &'static str| (401, "SIGN_ERROR", words);
    let fields = header(header::AUTHORIZATION)
        .strip_prefix("WECHATPAY2-SHA256-RSA2048 ")
        .ok_or(wrong("another scheme than WECHATPAY2-SHA256-RSA2048"))?;
    let field = |name: &str| {
        fields
            .split(',')
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, _)| *key == name)
            .and_then(|(_, value)| value.strip_prefix('"')?.strip_suffix('"'))
    };
    if field("mchid") != Some(&sim.keys.merchant.mchid) {
        return Err(wrong("no such mchid"));
    }
    if field("serial_no") != Some(&sim.keys.merchant_signer.id) {
        return Err(wrong("no certificate with this serial_no"));
    }
    let timestamp = field("timestamp").ok_or(wrong("no timestamp"))?;
    let signed_s: i64 = timestamp.parse().map_err(|_| wrong("timestamp"))?;
    let now_s = real_ms() / 1000;
    if (now_s - signed_s).abs() > SKEW_S {
        return Err(wrong("timestamp is more than five minutes off"));
    }
    let nonce = field("nonce_str")
        .filter(|nonce| !nonce.is_empty())
        .ok_or(wrong("no nonce_str"))?;
    let path = uri
        .path_and_query()
        .map_or(uri.path(), |whole| whole.as_str());
    let mut message = format!("{method}\n{path}\n{timestamp}\n{nonce}\n").into_bytes();
    message.extend_from_slice(body);
    message.push(b'\n');
    if !sim
        .keys
        .merchant_signed(&message, field("signature").unwrap_or_default())
    {
        return Err(wrong("the signature does not match"));
    }
    let mut world = sim.world();
    world
        .nonces
        .retain(|_, seen_s| now_s - *seen_s <= 2 * SKEW_S);
    if world.nonces.insert(nonce.to_owned(), now_s).is_some() {
        return Err(wrong("this nonce_str was used before"));
    }
    Ok(())
}

fn run(
    sim: &Shared,
    world: &mut World,
    task: &Task,
    asked_key: Option<String>,
    uri: &Uri,
    body: &[u8],
) -> Result<(u16, String), Refusal> {
    let merchant = &sim.keys.merchant;
    let json_body = || {
        serde_json::from_slice::<Value>(body)
            .map_err(|_| (400, "PARAM_ERROR", "the body is not JSON"))
    };
    let answer = match task {
        Task::Create(form) => {
            world.create(merchant, &sim.base_url, *form, asked_key, &json_body()?)?
        }
        Task::Query(no) => {
            let named = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
                .any(|(name, value)| name == "mchid" && value == merchant.mchid.as_str());
            if !named {
                return Err((400, "PARAM_ERROR", "mchid"));
            }
            world.query(merchant, no)?
        }
        Task::Close(no) => {
            if json_body()?.get("mchid").and_then(Value::as_str) != Some(&merchant.mchid) {
                return Err((400, "PARAM_ERROR", "mchid"));
            }
            world.close(no)?;
            return Ok((204, String::new()));
        }
        Task::Refund => world.refund(&json_body()?)?,
        Task::QueryRefund(no) => world.query_refund(no)?,
        Task::TradeBill => {
            let asked = |name: &str| queried(uri, name).unwrap_or_default();
            let day = asked("bill_date");
            if asked("bill_type") != "ALL" || day.len() != 10 {
                return Err((400, "PARAM_ERROR", "bill_date or bill_type"));
            }
            let text = bill::of_day(&world.trades, &world.refunds, merchant, &day).ok_or((
                400,
                "NO_STATEMENT_EXIST",
                "nobody paid on that day",
            ))?;
            json!({
                "hash_type": "SHA1",
                "hash_value": bill::digest(&text),
                "download_url": format!("{}/v3/billdownload/file?token={day}", sim.base_url),
            })
        }
        Task::BillFile => {
            let day = queried(uri, "token").unwrap_or_default();
            let text = bill::of_day(&world.trades, &world.refunds, merchant, &day).ok_or((
                404,
                "RESOURCE_NOT_EXISTS",
                "no such bill",
            ))?;
            return Ok((200, text));
        }
    };
    Ok((200, answer.to_string()))
}

/// A parameter of the query.
fn queried(uri: &Uri, name: &str) -> Option<String> {
    url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// Changes a field of a good answer, where the fault says so.
fn alter(fault: Option<&Fault>, text: String) -> String {
    let (field, value) = match fault {
        Some(Fault::Garbage) => return "<html>signed, and not JSON</html>".to_owned(),
        Some(Fault::Odd { at, value }) => return with_value(&text, at, value).unwrap_or(text),
        Some(Fault::OtherOrder) => ("/out_trade_no", json!("another-order-0")),
        Some(Fault::OtherMerchant) => ("/mchid", json!("1900000000")),
        Some(Fault::State { state }) => ("/trade_state", json!(state)),
        Some(Fault::OtherAmount) => ("/amount/total", Value::Null),
        _ => return text,
    };
    let Ok(mut answer) = serde_json::from_str::<Value>(&text) else {
        return text;
    };
    if let Some(place) = answer.pointer_mut(field) {
        *place = if value.is_null() {
            json!(place.as_i64().unwrap_or(0) + 1)
        } else {
            value
        };
    }
    answer.to_string()
}

/// An answer with another value at a place. `None` where it is no JSON, or has no such object.
fn with_value(text: &str, at: &str, value: &Value) -> Option<String> {
    let mut answer: Value = serde_json::from_str(text).ok()?;
    let (parent, name) = at.rsplit_once('/')?;
    let object = answer.pointer_mut(parent)?.as_object_mut()?;
    object.insert(name.to_owned(), value.clone());
    Some(answer.to_string())
}

/// An answer with WeChat Pay's four headers, with the fault in its signature if it is one of signatures.
fn sign(
    sim: &Shared,
    status: u16,
    text: String,
    asked_key: Option<&str>,
    fault: Option<&Fault>,
) -> Response {
    let choice = match fault {
        Some(Fault::UnknownKey) => SigningKey::Stranger,
        _ => sim.world().behaviour.signing_key,
    };
    let signer = sim.keys.platform_signer(choice, asked_key);
    let mut timestamp = real_ms() / 1000;
    if fault == Some(&Fault::StaleSignature) {
        timestamp -= 600;
    }
    let nonce = random_hex(16);
    let mut message = format!("{timestamp}\n{nonce}\n{text}\n");
    if fault == Some(&Fault::BadSignature) {
        message.push('x');
    }
    let signature = signer.sign(message.as_bytes());
    let mut response = Response::new(Body::from(text));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    if fault != Some(&Fault::Unsigned) {
        let pairs = [
            ("wechatpay-serial", signer.id.clone()),
            ("wechatpay-timestamp", timestamp.to_string()),
            ("wechatpay-nonce", nonce),
            ("wechatpay-signature", signature),
        ];
        for (name, value) in pairs {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }
    response
}

/// A refusal that is not signed: Tencent signs nothing for a request it can't attribute.
fn unsigned(status: u16, code: &str, words: &str) -> Response {
    let mut response = Response::new(Body::from(
        json!({ "code": code, "message": words }).to_string(),
    ));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}
