use dika_connector::signature;
use dika_contract::session::{AnswerJoin, CodeSent, RequestCode, SignIn};
use dika_contract::top_up::ContinueTopUp;
use dika_contract::{
    Binding, Card, CardId, CreateBinding, CreateTopUp, Directory, ErrorCode, OrderId,
    RejectBinding, Session, TopUp, TopUpPage, endpoint,
};

use crate::http::health::Health;
use crate::http::machines::{CardLaid, TapAnswer};
use crate::http::openapi::operation::{
    Access, Answer, Content, Operation, Parameter, an_object, of,
};
use crate::http::wechat::js_config::SignedPage;

use Access::{Open, OpenWrite, Read, Signed, Write};
use ErrorCode as E;

/// Of connectors' and machines' messages, as Standard Webhooks name them.
const SIGNATURE: &[Parameter] = &[
    Parameter::header(signature::ID_HEADER, "The message's id."),
    Parameter::header(
        signature::TIMESTAMP_HEADER,
        "When it was sent, in seconds since 1970 UTC.",
    ),
    Parameter::header(signature::SIGNATURE_HEADER, "`v1,` and the signature."),
];

/// Every call of the API.
pub const OPERATIONS: &[Operation] = &[
    Operation::new(
        "get",
        endpoint::SESSION,
        "getSession",
        Open,
        "Who is signed in, and how this deployment works.",
    )
    .gives(&[Answer::json(
        200,
        of::<Session>,
        "Also where nobody is signed in.",
    )]),
    Operation::new(
        "post",
        endpoint::SESSION,
        "signIn",
        OpenWrite,
        "Sign in with the code that came by SMS; while signed in without a phone number, add it.",
    )
    .takes(of::<SignIn>)
    .gives(&[Answer::json(
        200,
        of::<Session>,
        "Signed in; the session cookie is set.",
    )])
    .refuses(&[E::CodeWrong, E::CodeExpired]),
    Operation::new("delete", endpoint::SESSION, "signOut", OpenWrite, "Sign out.")
        .gives(&[Answer::empty(204, "Nobody is signed in any more.")]),
    Operation::new(
        "post",
        endpoint::SESSION_CODE,
        "requestCode",
        OpenWrite,
        "Ask for a code by SMS.",
    )
    .takes(of::<RequestCode>)
    .gives(&[Answer::json(
        202,
        of::<CodeSent>,
        "The code is on its way, or may be.",
    )])
    .refuses(&[E::PhoneUnreachable, E::SmsUnavailable]),
    Operation::new(
        "post",
        endpoint::SESSION_START_CLEAN,
        "startClean",
        Write,
        "The hidden cards are another person's: the phone number parts with them.",
    )
    .gives(&[Answer::json(200, of::<Session>, "Who is here now.")]),
    Operation::new(
        "post",
        endpoint::SESSION_JOIN,
        "answerJoin",
        Write,
        "Whether the other account that was found in this WeChat is the same student's.",
    )
    .takes(of::<AnswerJoin>)
    .gives(&[Answer::json(200, of::<Session>, "Who is here now.")]),
    Operation::new(
        "get",
        endpoint::DIRECTORY,
        "getDirectory",
        Open,
        "Issuers, campuses, wallets, limits, hours, terminals, service points.",
    )
    .with(&[Parameter::header("if-none-match", "`ETag` of the answer before.")])
    .gives(&[
        Answer::json(200, of::<Directory>, "The directory."),
        Answer::empty(304, "As before."),
    ]),
    Operation::new(
        "post",
        endpoint::BINDINGS,
        "createBinding",
        Write,
        "Ask for a card with its password; the answer shows the masked identity.",
    )
    .takes(of::<CreateBinding>)
    .gives(&[Answer::json(
        201,
        of::<Binding>,
        "Waits for the student's answer.",
    )])
    .refuses(&[
        E::WrongAccountOrPassword,
        E::BindingLocked,
        E::SnapshotUser,
        E::PhoneRequired,
        E::IdentityNotConfirmed,
        E::CardSystemUnavailable,
    ]),
    Operation::new(
        "get",
        endpoint::BINDING,
        "getBinding",
        Read,
        "A binding of the signed-in student.",
    )
    .gives(&[Answer::json(200, of::<Binding>, "The binding.")])
    .refuses(&[E::NotFound, E::IdentityNotConfirmed]),
    Operation::new(
        "post",
        endpoint::BINDING_CONFIRM,
        "confirmBinding",
        Write,
        "Yes, this is me: the card is bound.",
    )
    .gives(&[Answer::json(
        200,
        of::<Binding>,
        "Bound; `card_id` names the card.",
    )])
    .refuses(&[
        E::NotFound,
        E::IdentityNotConfirmed,
        E::BindingExpired,
        E::BindingAnswered,
    ]),
    Operation::new(
        "post",
        endpoint::BINDING_REJECT,
        "rejectBinding",
        Write,
        "No, or I cannot tell: nothing is bound.",
    )
    .takes(of::<RejectBinding>)
    .gives(&[Answer::json(200, of::<Binding>, "Rejected.")])
    .refuses(&[E::NotFound, E::BindingExpired, E::BindingAnswered]),
    Operation::new(
        "get",
        endpoint::CARDS,
        "listCards",
        Read,
        "The student's cards with their balances, the default one first.",
    )
    .gives(&[Answer::json(200, of::<Vec<Card>>, "All cards.")]),
    Operation::new(
        "get",
        endpoint::CARD,
        "getCard",
        Read,
        "A card with its balances.",
    )
    .gives(&[Answer::json(200, of::<Card>, "The card.")])
    .refuses(&[E::NotFound, E::IdentityNotConfirmed]),
    Operation::new(
        "delete",
        endpoint::CARD,
        "unbindCard",
        Write,
        "Unbind a card. Money that waits stays the card's and can still be collected.",
    )
    .gives(&[Answer::empty(204, "Unbound.")])
    .refuses(&[E::NotFound, E::IdentityNotConfirmed]),
    Operation::new(
        "put",
        endpoint::CARD_DEFAULT,
        "setDefaultCard",
        Write,
        "Show this card first.",
    )
    .gives(&[Answer::json(200, of::<Card>, "The card.")])
    .refuses(&[E::NotFound, E::IdentityNotConfirmed]),
    Operation::new(
        "get",
        endpoint::TOP_UPS,
        "listTopUps",
        Read,
        "Orders, newest first, page by page. Never judge an outcome by a list.",
    )
    .with(&[
        Parameter::query(
            "cursor",
            of::<OrderId>,
            "`next_cursor` of the page before.",
        ),
        Parameter::query(
            "limit",
            |_| schemars::json_schema!({ "type": "integer", "minimum": 1, "maximum": 100 }),
            "At most so many; 20 where it is left out.",
        ),
        Parameter::query(
            "open",
            of::<bool>,
            "Only orders that still want something of the student.",
        ),
        Parameter::query("card_id", of::<CardId>, "Only this card's orders."),
    ])
    .gives(&[Answer::json(200, of::<TopUpPage>, "A page.")]),
    Operation::new(
        "post",
        endpoint::TOP_UPS,
        "createTopUp",
        Write,
        "Store an order. The same key with the same body gives the same order.",
    )
    .takes(of::<CreateTopUp>)
    .with(&[Parameter::IDEMPOTENCY_KEY])
    .gives(&[
        Answer::json(
            200,
            of::<TopUp>,
            "The key was seen before: the same order.",
        ),
        Answer::json(201, of::<TopUp>, "Stored; `prompt` says how to pay."),
    ])
    .refuses(&[
        E::IdempotencyKeyMissing,
        E::IdempotencyKeyReused,
        E::SnapshotUser,
        E::IdentityNotConfirmed,
        E::CardLost,
        E::CardFrozen,
        E::CardClosed,
        E::CardExpired,
        E::CardReplaced,
        E::WalletUnknown,
        E::AmountOutOfLimits,
        E::WalletCapExceeded,
        E::DailyLimitReached,
        E::OutsideServiceHours,
        E::UnpaidOrderExists,
        E::OrderUndecided,
        E::CardSystemUnavailable,
        E::PaymentUnavailable,
    ]),
    Operation::new(
        "get",
        endpoint::TOP_UP,
        "getTopUp",
        Read,
        "An order. Asks the payment provider where the outcome is still open.",
    )
    .gives(&[Answer::json(200, of::<TopUp>, "The order.")])
    .refuses(&[E::NotFound, E::IdentityNotConfirmed]),
    Operation::new(
        "post",
        endpoint::TOP_UP_CANCEL,
        "cancelTopUp",
        Write,
        "Give up an unpaid order.",
    )
    .gives(&[Answer::json(200, of::<TopUp>, "The order.")])
    .refuses(&[
        E::NotFound,
        E::IdentityNotConfirmed,
        E::OrderAlreadyPaid,
        E::OrderClosed,
        E::OrderUndecided,
        E::PaymentUnavailable,
    ]),
    Operation::new(
        "post",
        endpoint::TOP_UP_CONTINUE,
        "continueTopUp",
        Write,
        "Go on with an unpaid order: a fresh prompt.",
    )
    .takes(of::<ContinueTopUp>)
    .gives(&[Answer::json(
        200,
        of::<TopUp>,
        "The order with its prompt.",
    )])
    .refuses(&[
        E::NotFound,
        E::OrderAlreadyPaid,
        E::OrderClosed,
        E::OrderUndecided,
        E::PaymentUnavailable,
    ]),
    Operation::new(
        "get",
        endpoint::TOP_UP_CALENDAR,
        "getTopUpCalendar",
        Read,
        "A calendar file (RFC 5545) that reminds of the end of the time to collect.",
    )
    .gives(&[Answer {
        status: 200,
        description: "The file.",
        content: Content::Text("text/calendar; charset=utf-8"),
    }])
    .refuses(&[E::NotFound, E::IdentityNotConfirmed]),
    Operation::new(
        "post",
        endpoint::TOP_UP_CONFIRM_CLAIM,
        "confirmClaim",
        Write,
        "The time to collect went by: let the money wait again.",
    )
    .gives(&[Answer::json(200, of::<TopUp>, "The order, waiting again.")])
    .refuses(&[
        E::NotFound,
        E::IdentityNotConfirmed,
        E::ClaimNotConfirmable,
        E::CardSystemUnavailable,
    ]),
    Operation::new(
        "post",
        endpoint::WECHAT_NOTIFY,
        "wechatNotify",
        Signed,
        "For WeChat Pay alone: tells of a payment or a refund, signed and sealed. Refused with 401 where the signature does not hold, and where WeChat is not set up.",
    )
    .takes(an_object)
    .gives(&[Answer::empty(204, "Booked, or known before.")])
    .refuses(&[E::NotFound, E::PaymentUnavailable])
    .refuses_as(&[(401, E::InvalidRequest), (500, E::InvalidRequest)]),
    Operation::new(
        "get",
        endpoint::WECHAT_JS_CONFIG,
        "wechatJsConfig",
        Open,
        "What `wx.config` needs on one of the app's own pages.",
    )
    .with(&[Parameter {
        required: true,
        ..Parameter::query(
            "url",
            of::<String>,
            "The page's whole address; what follows a # is left out.",
        )
    }])
    .gives(&[Answer::json(
        200,
        of::<SignedPage>,
        "Signed for that address.",
    )])
    .refuses(&[E::NotFound]),
    Operation::new(
        "post",
        endpoint::CONNECTOR_CALLBACK,
        "connectorCallback",
        Signed,
        "For connectors alone: tells that something happened at the card system, signed. Refused with 401 where the signature does not hold. `docs/connect-a-card-system.md`.",
    )
    .takes(an_object)
    .with(SIGNATURE)
    .gives(&[Answer::empty(
        204,
        "Heard; the card system is asked about it.",
    )])
    .refuses_as(&[(401, E::InvalidRequest)]),
    Operation::new(
        "post",
        endpoint::MACHINE_TAPS,
        "machineTap",
        Signed,
        "For machines of the built-in ledger alone: a card was laid on one, signed. Refused with 401 where the signature does not hold.",
    )
    .takes(of::<CardLaid>)
    .with(SIGNATURE)
    .gives(&[Answer::json(
        200,
        of::<TapAnswer>,
        "What went onto the card.",
    )])
    .refuses(&[E::CardSystemUnavailable])
    .refuses_as(&[(401, E::InvalidRequest)]),
    Operation::new(
        "get",
        endpoint::HEALTH,
        "getHealth",
        Open,
        "Whether the server and its database work.",
    )
    .gives(&[Answer::json(200, of::<Health>, "They do.")]),
    Operation::new(
        "get",
        endpoint::READY,
        "getReadiness",
        Open,
        "Whether the server works and keeps up: for a load balancer.",
    )
    .gives(&[Answer::json(200, of::<Health>, "It does.")]),
    Operation::new(
        "get",
        endpoint::OPENAPI,
        "getOpenApi",
        Open,
        "This document.",
    )
    .gives(&[Answer::json(200, an_object, "OpenAPI 3.1.")]),
];
