use std::net::IpAddr;

use http::Method;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use url::Url;

use crate::{
    clock,
    config::{Config, ConfigError, is_this_machine},
    http::Http,
    id::{OpenId, OutRefundNo, OutTradeNo, PrepayId},
    oauth::client,
    pay::{
        error::{Error, Rejection},
        fields::insert,
        order::{CodeUrl, H5Url, NewOrder, Trade},
        refund::{NewRefund, Refund},
        sign,
    },
};

/// WeChat Pay API v3 for one direct merchant. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Pay {
    pub(super) config: Config,
    http: Http,
    #[cfg(feature = "simulation")]
    exchange: Option<std::sync::Arc<dyn super::exchange::Exchange>>,
}

impl Pay {
    /// Builds the client.
    ///
    /// # Errors
    /// If the system's TLS roots can't be loaded.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        let http = client(config, is_this_machine(&config.0.pay_host))?;
        Ok(Self {
            config: config.clone(),
            http,
            #[cfg(feature = "simulation")]
            exchange: None,
        })
    }

    /// The same client, whose calls go to `exchange` instead of the network.
    #[cfg(feature = "simulation")]
    #[must_use]
    pub fn through(self, exchange: std::sync::Arc<dyn super::exchange::Exchange>) -> Self {
        Self {
            exchange: Some(exchange),
            ..self
        }
    }

    /// Creates an order to be paid inside WeChat by `payer`. The same order may be created again with the same content
    /// for a fresh prepay id (valid two hours).
    ///
    /// # Errors
    /// [`Error`]; ask [`Error::outcome`] whether the order may exist now.
    pub async fn create_jsapi(&self, order: &NewOrder, payer: &OpenId) -> Result<PrepayId, Error> {
        #[derive(Deserialize)]
        struct Answer {
            prepay_id: PrepayId,
        }
        let mut body = order.body(&self.config);
        insert(&mut body, "payer", json!({ "openid": payer }));
        Ok(self
            .ask::<Answer>(
                Method::POST,
                &["v3", "pay", "transactions", "jsapi"],
                &[],
                Some(body),
            )
            .await?
            .prepay_id)
    }

    /// Creates an order to be paid from an ordinary mobile browser whose public address is `client_ip`. The address
    /// returned lives five minutes.
    ///
    /// # Errors
    /// [`Error`]; ask [`Error::outcome`] whether the order may exist now.
    pub async fn create_h5(&self, order: &NewOrder, client_ip: IpAddr) -> Result<H5Url, Error> {
        #[derive(Deserialize)]
        struct Answer {
            h5_url: H5Url,
        }
        let mut body = order.body(&self.config);
        insert(
            &mut body,
            "scene_info",
            json!({ "payer_client_ip": client_ip.to_string(), "h5_info": { "type": "Wap" } }),
        );
        Ok(self
            .ask::<Answer>(
                Method::POST,
                &["v3", "pay", "transactions", "h5"],
                &[],
                Some(body),
            )
            .await?
            .h5_url)
    }

    /// Creates an order to be paid by scanning a code drawn from the text returned (valid two hours).
    ///
    /// # Errors
    /// [`Error`]; ask [`Error::outcome`] whether the order may exist now.
    pub async fn create_native(&self, order: &NewOrder) -> Result<CodeUrl, Error> {
        #[derive(Deserialize)]
        struct Answer {
            code_url: CodeUrl,
        }
        let body = order.body(&self.config);
        Ok(self
            .ask::<Answer>(
                Method::POST,
                &["v3", "pay", "transactions", "native"],
                &[],
                Some(body),
            )
            .await?
            .code_url)
    }

    /// Asks what became of an order.
    ///
    /// # Errors
    /// [`Error`]; an order never created is [`ErrorCode::OrderNotExist`]. An answer about another merchant, account or
    /// order is [`Error::Mismatch`].
    pub async fn query(&self, out_trade_no: &OutTradeNo) -> Result<Trade, Error> {
        let checked = &self.config.0;
        let trade: Trade = self
            .ask(
                Method::GET,
                &[
                    "v3",
                    "pay",
                    "transactions",
                    "out-trade-no",
                    out_trade_no.as_str(),
                ],
                &[("mchid", &checked.mchid)],
                None,
            )
            .await?;
        if trade.out_trade_no != *out_trade_no {
            return Err(Error::Mismatch("out_trade_no"));
        }
        trade
            .check_merchant(&self.config)
            .map_err(Error::Mismatch)?;
        trade.check_whole().map_err(Error::Malformed)?;
        Ok(trade)
    }

    /// Closes an unpaid order. A payment under way may still win: query once more before believing it, and treat
    /// [`ErrorCode::OrderPaid`] as paid only after a query.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn close(&self, out_trade_no: &OutTradeNo) -> Result<(), Error> {
        let body = json!({ "mchid": self.config.0.mchid });
        let path = [
            "v3",
            "pay",
            "transactions",
            "out-trade-no",
            out_trade_no.as_str(),
            "close",
        ];
        self.raw(Method::POST, &path, &[], Some(body))
            .await
            .map(|_| ())
    }

    /// Asks for money to go back. The same refund number asks for the same refund, so it may be repeated after an
    /// unknown outcome.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn refund(&self, refund: &NewRefund) -> Result<Refund, Error> {
        let answer: Refund = self
            .ask(
                Method::POST,
                &["v3", "refund", "domestic", "refunds"],
                &[],
                Some(refund.body(&self.config)),
            )
            .await?;
        if answer.out_refund_no != refund.out_refund_no
            || answer.out_trade_no != refund.out_trade_no
        {
            return Err(Error::Mismatch("out_refund_no"));
        }
        Ok(answer)
    }

    /// Asks what became of a refund.
    ///
    /// # Errors
    /// [`Error`]; a refund never asked for is [`ErrorCode::ResourceNotExists`].
    pub async fn query_refund(&self, out_refund_no: &OutRefundNo) -> Result<Refund, Error> {
        let answer: Refund = self
            .ask(
                Method::GET,
                &[
                    "v3",
                    "refund",
                    "domestic",
                    "refunds",
                    out_refund_no.as_str(),
                ],
                &[],
                None,
            )
            .await?;
        if answer.out_refund_no != *out_refund_no {
            return Err(Error::Mismatch("out_refund_no"));
        }
        Ok(answer)
    }

    /// Fetches a file of up to `limit` bytes whose address WeChat Pay gave. Its content is not signed: whoever asks compares its digest.
    pub(super) async fn download(&self, url: Url, limit: usize) -> Result<Vec<u8>, Error> {
        let checked = &self.config.0;
        let authorization = sign::authorization(checked, &Method::GET, &url, clock::unix_s(), "")?;
        let request = self
            .http
            .request(Method::GET, url)
            .header(http::header::AUTHORIZATION, authorization)
            .header(http::header::ACCEPT, "application/json");
        let reply = self.http.send_up_to(request, limit).await?;
        match reply.status {
            200 => Ok(reply.body),
            status @ 400..=499 => Err(Error::Rejected(Rejection::read(status, &reply.body, false))),
            status => Err(Error::Unavailable { status }),
        }
    }

    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<Value>,
    ) -> Result<T, Error> {
        let bytes = self.raw(method, path, query, body).await?;
        serde_json::from_slice(&bytes)
            .map_err(|_| Error::Malformed("the answer is not what Tencent documents"))
    }

    /// Signs, sends, verifies; hands out a body only when WeChat Pay's signature over it holds.
    async fn raw(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<Value>,
    ) -> Result<Vec<u8>, Error> {
        let checked = &self.config.0;
        #[cfg(feature = "simulation")]
        if let Some(exchange) = &self.exchange {
            let (status, bytes) = exchange.exchange(&method, path, body.as_ref()).await?;
            return believed(status, bytes, true);
        }
        let url = address(&checked.pay_host, path, query);
        let body = body.map(|value| value.to_string()).unwrap_or_default();
        let authorization = sign::authorization(checked, &method, &url, clock::unix_s(), &body)?;
        let mut request = self
            .http
            .request(method, url)
            .header(http::header::AUTHORIZATION, authorization)
            .header(http::header::ACCEPT, "application/json");
        if let Some(id) = checked.platform_keys.preferred_id() {
            request = request.header("Wechatpay-Serial", id);
        }
        if !body.is_empty() {
            request = request
                .header(http::header::CONTENT_TYPE, "application/json")
                .body(body);
        }
        let reply = self.http.send(request).await?;

        // Tencent signs every answer to a request whose own signature it accepted; gateways before it can't sign.
        let good = reply.status == 200 || reply.status == 204;
        let signed = reply.headers.contains_key(sign::SIGNATURE);
        if good || signed {
            sign::verify(checked, &reply.headers, &reply.body, clock::unix_s())?;
        }
        believed(reply.status, reply.body, signed)
    }
}

/// What an answer means whose signature holds, or that has none.
fn believed(status: u16, body: Vec<u8>, signed: bool) -> Result<Vec<u8>, Error> {
    match status {
        200 | 204 => Ok(body),
        400..=499 => Err(Error::Rejected(Rejection::read(status, &body, signed))),
        500..=599 => Err(Error::Unavailable { status }),
        _ => Err(Error::Malformed("a status that Tencent does not document")),
    }
}

/// Joins host, path segments and query; each part is escaped, so a name can't change the path.
fn address(host: &Url, path: &[&str], query: &[(&str, &str)]) -> Url {
    let mut url = host.clone();
    let escaped: Vec<String> = path
        .iter()
        .map(|part| url::form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>())
        .collect();
    url.set_path(&escaped.join("/"));
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_a_path_is_escaped() {
        let host = Url::parse("https://pay.example/").unwrap();
        let url = address(&host, &["v3", "a|b*c@d"], &[("mchid", "1 2")]);
        assert_eq!(url.as_str(), "https://pay.example/v3/a%7Cb*c%40d?mchid=1+2");
    }
}
