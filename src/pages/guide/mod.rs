//! What everyone may read: no sign-in, no API.

/// The guide.
mod index;
/// First steps of a new student.
mod new_student;
/// Both first passwords.
mod password;
/// Which card, which wallet?
mod which_card;

pub(crate) use index::Index;
pub(crate) use new_student::NewStudent;
pub(crate) use password::PasswordHelper;
pub(crate) use which_card::WhichCard;
