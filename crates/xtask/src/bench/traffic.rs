//! What crossed the network, from Chromium's log.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

/// What crossed the network during a visit.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes, headers included.
    pub bytes: u64,
    /// Requests.
    pub requests: u64,
    /// Addresses that were fetched more than once.
    pub twice: Vec<String>,
}

/// Sums the log up.
pub fn traffic(events: &[Value]) -> Traffic {
    let (mut bytes, mut addresses) = (0, Vec::new());
    let mut asked = HashMap::new();
    let mut cached = HashSet::new();
    for event in events {
        let (method, detail) = (
            event["method"].as_str().unwrap_or_default(),
            &event["params"],
        );
        let id = detail["requestId"].as_str().unwrap_or_default().to_owned();
        match method {
            "Network.requestWillBeSent" => {
                let request = &detail["request"];
                let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
                let key = format!("{} {}", text("method"), text("url"));
                if request["url"]
                    .as_str()
                    .is_some_and(|url| url.starts_with("http"))
                {
                    asked.insert(id, key);
                }
            }
            "Network.requestServedFromCache" => {
                cached.insert(id);
            }
            "Network.responseReceived" if detail["response"]["fromDiskCache"] == true => {
                cached.insert(id);
            }
            "Network.loadingFinished" if !cached.contains(&id) => {
                if let Some(key) = asked.remove(&id) {
                    bytes += whole(&detail["encodedDataLength"]);
                    addresses.push(key);
                }
            }
            _ => {}
        }
    }
    let requests = addresses.len() as u64;
    addresses.sort();
    let twice = addresses
        .chunk_by(|a, b| a == b)
        .filter(|same| same.len() > 1)
        .map(|same| same[0].clone())
        .collect();
    Traffic {
        bytes,
        requests,
        twice,
    }
}

/// A number without what stands behind its point; 0 where there is none.
pub fn whole(number: &Value) -> u64 {
    let text = number.as_number().map(ToString::to_string);
    let text = text.as_deref().and_then(|text| text.split('.').next());
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_what_crossed_the_network() {
        let asked = |id: &str, url: &str| json!({"method": "Network.requestWillBeSent", "params": {"requestId": id, "request": {"method": "GET", "url": url}}});
        let done = |id: &str, size: u32| json!({"method": "Network.loadingFinished", "params": {"requestId": id, "encodedDataLength": size}});
        let cached =
            json!({"method": "Network.requestServedFromCache", "params": {"requestId": "3"}});
        let events = [
            asked("1", "http://a/x"),
            asked("2", "http://a/x"),
            asked("3", "http://a/y"),
            asked("4", "data:,"),
            cached,
            done("1", 10),
            done("2", 20),
            done("3", 40),
            done("4", 80),
        ];
        let expected = Traffic {
            bytes: 30,
            requests: 2,
            twice: vec!["GET http://a/x".to_owned()],
        };
        assert_eq!(traffic(&events), expected);
    }

    #[test]
    fn numbers_lose_what_stands_behind_the_point() {
        assert_eq!(whole(&json!(12.9)), 12);
        assert_eq!(whole(&json!(7)), 7);
        assert_eq!(whole(&Value::Null), 0);
    }
}
