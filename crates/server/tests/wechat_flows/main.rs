//! The server and WeChat's side together, over real HTTP: the simulator stands for Tencent, and can't
//! be told from it.

mod accounts;
mod check_online;
mod day_check;
mod messages;
mod misbehaviour;
mod money_back;
mod notices;
mod paying;
mod replaced;
mod sign_in;
mod sleeping_cards;
mod support;
