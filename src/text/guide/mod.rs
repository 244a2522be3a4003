/// The guide's first page.
mod index;
/// Machines and how to use them.
mod machines;
/// First steps of a new student.
mod new_student;
/// Both first passwords.
mod password;
/// Which card, which wallet?
mod which_card;

pub(crate) use index::Guide;
pub(crate) use machines::Machines;
pub(crate) use new_student::NewStudent;
pub(crate) use password::PasswordHelper;
pub(crate) use which_card::WhichCard;

/// A heading, name or question, and what belongs to it.
pub(crate) type Pair = (&'static str, &'static str);
