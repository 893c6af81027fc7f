//! Numbers by which the indexes store the kind of a moment. They are on disk: never reuse one.

use reelgraph_models::moment::MomentKind;

pub(crate) const fn code_of(kind: MomentKind) -> u64 {
    match kind {
        MomentKind::Shot => 1,
        MomentKind::Speech => 2,
        MomentKind::Asset => 3,
    }
}

pub(crate) fn kind_of(code: u64) -> Option<MomentKind> {
    MomentKind::ALL.into_iter().find(|kind| code_of(*kind) == code)
}
