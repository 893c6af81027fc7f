//! People: made of the faces of each asset, changed by hand, read by person, by asset and by what was seen.
//!
//! Every write of people takes the locks of its assets, in order, then raises the tenant's version of its people; who finds
//! that somebody else has raised it since they read begins anew.

mod apply;
mod derive;
mod edit;
mod faces;
mod forget;
mod head;
mod history;
mod listing;
mod mentions;
mod plan;
mod refresh;
mod rows;
mod standings;
mod undo;
mod voices;

pub(super) use forget::{forget_asset, forget_people};

pub use edit::{ChangedPeople, Owner, Wish};
pub use history::ChangeCursor;
pub use listing::{FaceCursor, PersonCursor, PersonFilter};
pub use plan::{MAX_CHANGED_FACES, MAX_MERGED_PEOPLE};
pub use voices::MAX_VOICES;
