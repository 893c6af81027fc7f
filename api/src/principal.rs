//! For whom a request runs.

use reelgraph_models::id::TenantId;
use reelgraph_models::saved_search::Owner;

/// For whom a request runs. Put into every request's data by the transport; resolvers read their tenant from nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Principal {
    /// Whose rows, index entries and blobs the request may see.
    pub tenant: TenantId,
}

impl Principal {
    /// The one user of an installation without identity: whoever sits at this machine.
    pub const LOCAL: Self = Self { tenant: TenantId::DEFAULT };

    /// What is written down as the author of a change, until there is identity.
    pub const fn author(self) -> &'static str {
        "local"
    }

    /// The name under which searches are theirs.
    pub fn owner(&self) -> Owner {
        Owner::new("local")
    }
}
