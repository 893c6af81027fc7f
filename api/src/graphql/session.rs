//! What one request may touch: its tenant's rows and blobs, and loaders that gather what its resolvers ask for.

use std::sync::Arc;

use async_graphql::{Context, Request};
use chrono::NaiveDate;
use reelgraph_models::blob::TenantBlobs;
use reelgraph_models::id::TenantId;
use reelgraph_models::store::TenantStore;

use super::error::PublicError;
use super::loaders::Loaders;
use crate::principal::Principal;
use crate::state::ApiState;

/// What one request, or one websocket, may touch. Resolvers reach the store and the blobs only through it, so that a query
/// without a tenant cannot be written.
pub struct Session {
    principal: Principal,
    store: TenantStore,
    blobs: TenantBlobs,
    loaders: Loaders,
    state: Arc<ApiState>,
}

/// A resolver ran without a session: a fault of the transport.
#[derive(Debug, thiserror::Error)]
#[error("the request was executed without a session")]
struct NoSession;

impl Session {
    /// The session of a principal.
    pub fn new(state: Arc<ApiState>, principal: Principal) -> Self {
        let store = state.store.tenant(principal.tenant);
        let blobs = state.blobs.tenant(principal.tenant);
        let loaders = Loaders::new(store.clone());
        Self { principal, store, blobs, loaders, state }
    }

    /// The session that a resolver runs in.
    ///
    /// # Errors
    /// An internal error where the transport forgot it.
    pub(crate) fn of<'a>(ctx: &Context<'a>) -> Result<&'a Self, PublicError> {
        ctx.data_opt::<Self>().ok_or_else(|| PublicError::internal(&NoSession))
    }

    /// For whom.
    pub fn principal(&self) -> Principal {
        self.principal
    }

    pub(crate) fn tenant(&self) -> TenantId {
        self.principal.tenant
    }

    pub(crate) fn store(&self) -> &TenantStore {
        &self.store
    }

    pub(crate) fn blobs(&self) -> &TenantBlobs {
        &self.blobs
    }

    pub(crate) fn loaders(&self) -> &Loaders {
        &self.loaders
    }

    /// The day that it is (UTC).
    pub(crate) fn today(&self) -> NaiveDate {
        self.state.clock.now().date_naive()
    }

    pub(crate) fn state(&self) -> &Arc<ApiState> {
        &self.state
    }
}

/// The request as `principal` makes it. Every transport calls this before it executes; so do callers in this process.
pub fn request_as(request: Request, state: &Arc<ApiState>, principal: Principal) -> Request {
    request.data(Session::new(Arc::clone(state), principal))
}
