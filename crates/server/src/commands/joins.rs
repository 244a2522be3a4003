use std::fmt::Write as _;

use anyhow::bail;
use clap::Args;
use dika_contract::{Phone, Timestamp};
use dika_store::Store;
use dika_store::account_joins::{Join, JoinState, Moved, NotSplit, SPLIT_WITHIN_S};

/// Whose joins to list.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Joins {
    /// The phone number of the account that stayed.
    #[arg(long, value_name = "NUMBER")]
    pub phone: String,
}

/// Which join to undo.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Split {
    /// Its id, as `accounts joins` lists it.
    #[arg(value_name = "JOIN")]
    pub join: String,
    /// Who parts them.
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// Does it. Without this, it is only said what would move.
    #[arg(long)]
    pub write: bool,
}

impl Joins {
    /// One line for each join, newest first.
    ///
    /// # Errors
    /// Where that is no phone number; any database failure.
    pub async fn run(&self, store: &Store) -> anyhow::Result<String> {
        let Some(phone) = Phone::parse(&self.phone) else {
            bail!("{} is no phone number.", self.phone);
        };
        let joins = store.account_joins_of(phone.as_str()).await?;
        let mut text = String::new();
        for join in &joins {
            let moved = store.moved_by(&join.id).await?;
            let _ = writeln!(text, "{}", line(join, moved));
        }
        if joins.is_empty() {
            text.push_str("No account went up in that one.\n");
        }
        Ok(text)
    }
}

fn line(join: &Join, moved: Moved) -> String {
    let Join { id, state, .. } = join;
    let at = join.decided_at.unwrap_or(join.asked_at);
    let asked = if join.was_asked {
        "the student was asked"
    } else {
        "nothing was in it"
    };
    let what = match state {
        JoinState::Joined => what_moves(moved),
        JoinState::Split => format!("by {}", join.split_by.as_deref().unwrap_or("nobody")),
        JoinState::Asked | JoinState::Refused => "nothing moved".to_owned(),
    };
    format!("{id}  {at}  {}  {asked}  {what}", state.as_str())
}

fn what_moves(moved: Moved) -> String {
    let Moved {
        identities,
        cards,
        orders,
    } = moved;
    format!("{cards} card(s), {orders} order(s), {identities} way(s) to sign in")
}

impl Split {
    /// Says what would move back, and does it with `--write`.
    ///
    /// # Errors
    /// Where the two can't be parted; any database failure.
    pub async fn run(&self, store: &Store, now: Timestamp) -> anyhow::Result<String> {
        if self.by.trim().is_empty() {
            bail!("Say who parts them: --by NAME.");
        }
        let may = store.may_split(&self.join, now).await?;
        let moved = store.moved_by(&self.join).await?;
        let refused = match may {
            Ok(_) if !self.write => {
                return Ok(format!(
                    "Would move back: {}; also what was ordered since for these cards.\nNothing was changed: say --write to do it.\n",
                    what_moves(moved)
                ));
            }
            Ok(_) => match store.split_accounts(&self.join, &self.by, now).await? {
                Ok(()) => {
                    return Ok(format!(
                        "Moved back: {}. Everybody signs in again.\n",
                        what_moves(moved)
                    ));
                }
                Err(reason) => reason,
            },
            Err(reason) => reason,
        };
        match refused {
            NotSplit::Unknown => bail!("There is no join {}.", self.join),
            NotSplit::NotJoined => bail!("These two are not one account."),
            NotSplit::TooLate => bail!(
                "They were joined more than {} days ago; that can't be undone any more.",
                SPLIT_WITHIN_S / 86_400
            ),
        }
    }
}
