use std::fmt;
use std::marker::PhantomData;
use std::net::{IpAddr, SocketAddr};

use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use dika_contract::ErrorCode;
use ipnet::IpNet;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::http::problem::ApiError;
use crate::http::state::HttpState;

/// A JSON body. What was wrong with it is neither told nor logged: bodies hold passwords.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match axum::Json::<Object<T>>::from_request(request, state).await {
            Ok(axum::Json(Object(body))) => Ok(Self(body)),
            Err(rejection) => {
                let refused = ApiError::new(ErrorCode::InvalidRequest);
                Err(match rejection {
                    JsonRejection::MissingJsonContentType(_) => {
                        refused.with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
                    }
                    JsonRejection::BytesRejection(bytes) => refused.with_status(bytes.status()),
                    _ => refused,
                })
            }
        }
    }
}

/// Reads an object. What serde also takes for one, a list of its fields' values, is not of the agreed shape.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }

        deserializer
            .deserialize_map(Fields(PhantomData))
            .map(Object)
    }
}

/// An id in the path. One of the wrong shape names nothing.
pub struct Id<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Self(id)),
            Err(_) => Err(ErrorCode::NotFound.into()),
        }
    }
}

/// The query, of the agreed shape.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(_) => Err(ErrorCode::InvalidRequest.into()),
        }
    }
}

/// The address that the call came from, where the server knows it.
pub struct ClientIp(pub Option<String>);

impl ClientIp {
    /// The net that limits are counted for: an IPv4 address, or the /64 of an IPv6 address, of which one line has all.
    pub fn net(&self) -> Option<String> {
        self.0.as_deref().map(|text| match text.parse::<IpAddr>() {
            Ok(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
            _ => text.to_owned(),
        })
    }
}

impl FromRequestParts<HttpState> for ClientIp {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &HttpState,
    ) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(peer.map(|ConnectInfo(address)| {
            client_ip(
                address.ip(),
                &parts.headers,
                &state.settings.trusted_proxies,
            )
            .to_string()
        })))
    }
}

/// The client behind the proxies that are ours: the last address in `X-Forwarded-For` that is none
/// of theirs. Whoever is not one of them may write there what they like.
fn client_ip(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_ours = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
    let mut client = peer.to_canonical();
    let forwarded: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    for text in forwarded.iter().rev().map(|text| text.trim()) {
        if !is_ours(client) {
            break;
        }
        let address = text
            .parse::<IpAddr>()
            .or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
        let Ok(address) = address else { break };
        client = address.to_canonical();
    }
    client
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn a_body_is_an_object() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Wish {
            #[serde(default)]
            word: String,
        }
        let read = |text: &str| serde_json::from_str::<Object<Wish>>(text).ok();
        let word = |text: &str| read(text).map(|Object(wish)| wish.word);
        assert_eq!(word(r#"{"word":"x","more":1}"#).as_deref(), Some("x"));
        assert_eq!(word("{}").as_deref(), Some(""));
        for other in ["[]", r#"["x"]"#, "null", r#""x""#, "1", ""] {
            assert!(read(other).is_none(), "{other}");
        }
    }

    #[test]
    fn one_line_is_one_net() {
        let net = |text: &str| ClientIp(Some(text.to_owned())).net().expect("known");
        assert_eq!(net("203.0.113.7"), "203.0.113.7");
        assert_eq!(net("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(net("2001:db8:1:2::1"), net("2001:db8:1:2:ffff::9"));
        assert_ne!(net("2001:db8:1:2::1"), net("2001:db8:1:3::1"));
        assert_eq!(ClientIp(None).net(), None);
    }

    #[test]
    fn only_our_proxies_are_believed() {
        let ours = ["10.0.0.0/8".parse().expect("a net")];
        let told = |peer: &str, forwarded: &str| {
            let headers = HeaderMap::from_iter([(
                HeaderName::from_static("x-forwarded-for"),
                HeaderValue::from_str(forwarded).expect("text"),
            )]);
            client_ip(peer.parse().expect("an address"), &headers, &ours).to_string()
        };
        assert_eq!(told("10.0.0.1", "203.0.113.7"), "203.0.113.7");
        assert_eq!(told("::ffff:10.0.0.1", "203.0.113.7:4711"), "203.0.113.7");
        // What the client wrote itself comes first and is not reached.
        assert_eq!(
            told("10.0.0.1", "1.1.1.1, 203.0.113.7, 10.0.0.2"),
            "203.0.113.7"
        );
        assert_eq!(told("203.0.113.9", "1.1.1.1"), "203.0.113.9");
        assert_eq!(told("10.0.0.1", "unknown"), "10.0.0.1");
    }
}
