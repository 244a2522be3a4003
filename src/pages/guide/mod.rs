//! The guide: pages without sign-in and without API.

use dika_contract::Campus;
use dika_markup::{Node, view};
use leptos::prelude::*;

use crate::{
    text::{Common, Pair},
    ui::{ChoiceOption, Fact, Step, Steps, mark_chinese},
};

/// The directory, from the API or built in.
mod directory;
/// The guide.
mod index;
/// Drawings of the machines.
mod machines;
/// First steps of a new student.
mod new_student;
/// The password helper.
mod password;
/// Which cards serve which purpose on which campus.
mod purpose;
/// Which card, which wallet?
mod which_card;

pub(crate) use directory::{DirectoryDate, DirectorySource};
pub(crate) use index::Index;
pub(crate) use machines::Machines;
pub(crate) use new_student::NewStudent;
pub(crate) use password::PasswordHelper;
pub(crate) use which_card::WhichCard;

/// The four campuses, the one with both cards first.
pub(crate) const CAMPUSES: [Campus; 4] = [
    Campus::Daxuecheng,
    Campus::Longdong,
    Campus::Dongfenglu,
    Campus::Panyu,
];

/// The four campuses to choose from.
pub(crate) fn campus_options(common: &Common) -> Vec<ChoiceOption> {
    CAMPUSES
        .iter()
        .map(|campus| ChoiceOption::new(campus.as_str(), common.campus(*campus)))
        .collect()
}

/// The chosen campus, if any; tracks.
pub(crate) fn chosen_campus(value: RwSignal<String>) -> Option<Campus> {
    let campus = value.with(|word| Campus::from_word(word));
    (campus != Campus::Other).then_some(campus)
}

/// Draws numbered instructions.
pub(crate) fn steps(steps: &'static [Pair]) -> Node {
    let steps = steps
        .iter()
        .map(|(title, text)| view! { <Step title=*title><p>{mark_chinese(*text)}</p></Step> })
        .collect::<Node>();
    view! { <Steps>{steps}</Steps> }
}

/// Facts from pairs of label and value.
fn facts(facts: &[Pair]) -> Vec<Fact> {
    facts
        .iter()
        .map(|(label, value)| Fact::new(*label, *value))
        .collect()
}
