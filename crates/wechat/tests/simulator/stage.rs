use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use dika_wechat::{
    Config, OpenId, OutTradeNo, Settings,
    pay::{NewOrder, Pay},
};
use dika_wechat_sim::{NoticeBytes, RunningSim, SimConfig, start};

/// Whether an error is the one awaited.
pub type Is<E> = fn(&E) -> bool;

/// What came to the notification address, and what to answer next (204 when nothing is left).
#[derive(Default)]
pub struct Received {
    pub notices: Mutex<Vec<(HeaderMap, Vec<u8>)>>,
    pub answers: Mutex<VecDeque<u16>>,
}

impl Received {
    pub fn count(&self) -> usize {
        self.notices.lock().unwrap().len()
    }

    pub fn all(&self) -> Vec<(HeaderMap, Vec<u8>)> {
        self.notices.lock().unwrap().clone()
    }

    /// Waits until so many came.
    pub async fn wait_for(&self, count: usize) -> Vec<(HeaderMap, Vec<u8>)> {
        for _ in 0..500 {
            if self.count() >= count {
                return self.all();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} notifications came, {count} were awaited", self.count());
    }
}

/// A simulator with one merchant's client and notification address.
pub struct Stage {
    pub sim: RunningSim,
    pub settings: Settings,
    pub config: Config,
    pub pay: Pay,
    pub received: Arc<Received>,
    pub payer: OpenId,
}

async fn take(
    State(received): State<Arc<Received>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    received
        .notices
        .lock()
        .unwrap()
        .push((headers, body.to_vec()));
    let status = received.answers.lock().unwrap().pop_front().unwrap_or(204);
    StatusCode::from_u16(status).unwrap()
}

impl Stage {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With settings changed before they are loaded.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let sim = start(SimConfig::for_tests()).await.unwrap();
        let received = Arc::new(Received::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let notify_url = format!("http://{}/notify", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/notify", post(take))
            .with_state(Arc::clone(&received));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let mut settings = sim.settings(&notify_url);
        change(&mut settings);
        let config = Config::load(&settings).unwrap();
        let pay = Pay::new(&config).unwrap();
        let payer = OpenId::new(sim.users()[0].openid.clone()).unwrap();
        Self {
            sim,
            settings,
            config,
            pay,
            received,
            payer,
        }
    }

    /// Creates a JSAPI order of 20 yuan and gives its number.
    pub async fn order(&self) -> OutTradeNo {
        let no = fresh_no();
        self.pay
            .create_jsapi(&order(&no, 2000), &self.payer)
            .await
            .unwrap();
        no
    }

    /// Waits until so many notifications were sent and their answers noted.
    pub async fn wait_sent(&self, count: usize) {
        for _ in 0..500 {
            if self.sim.sent().len() >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!(
            "{} notifications were sent, {count} were awaited",
            self.sim.sent().len()
        );
    }

    /// Another client of the same simulator.
    pub fn client(&self, change: impl FnOnce(&mut Settings)) -> Pay {
        let mut settings = self.settings.clone();
        change(&mut settings);
        Pay::new(&Config::load(&settings).unwrap()).unwrap()
    }
}

pub fn fresh_no() -> OutTradeNo {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    OutTradeNo::new(format!("order_{:06}", NEXT.fetch_add(1, Ordering::Relaxed))).unwrap()
}

pub fn order(no: &OutTradeNo, total_fen: i64) -> NewOrder {
    NewOrder::new(no.clone(), "校园卡充值", total_fen).unwrap()
}

pub fn now() -> i64 {
    i64::try_from(
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_secs(),
    )
    .unwrap()
}

/// A forged notification's headers as a server gets them.
pub fn headers(bytes: &NoticeBytes) -> HeaderMap {
    bytes
        .headers
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect::<Vec<_>>()
        .into_iter()
        .fold(
            HeaderMap::new(),
            |mut map, (name, value): (axum::http::HeaderName, axum::http::HeaderValue)| {
                map.append(name, value);
                map
            },
        )
}
