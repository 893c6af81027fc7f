//! Taking in analysis made elsewhere and supplied captions, for GraphQL and for HTTP alike.

use bytes::Bytes;
use reelgraph_models::asset::{Asset, AssetState};
use reelgraph_models::captions::CaptionFormat;
use reelgraph_models::interchange::{self, Import, ImportError};
use reelgraph_models::store::{Imported, StoreError};

use crate::graphql::{PublicError, Session, UserError, UserErrorCode};

/// What is brought in.
#[derive(Debug)]
pub(crate) enum Brought {
    /// The JSON document.
    Analysis(Bytes),
    /// Captions.
    Captions {
        /// The file.
        text: Bytes,
        /// Its format.
        format: CaptionFormat,
        /// Name of the track.
        name: String,
        /// ISO 639-1 code of cues that name none.
        language: String,
    },
}

/// Name of a track of captions where nobody gives one.
pub(crate) const DEFAULT_TRACK: &str = "captions";

/// Reads what is brought in and stores it with the asset; the inner error is for the one who asked. `field` is where it
/// stands in the input.
pub(crate) async fn import(
    session: &Session,
    asset: &Asset,
    field: &str,
    brought: Brought,
) -> Result<Result<Imported, UserError>, PublicError> {
    if asset.state == AssetState::Refused {
        let message = "the file cannot be used, so nothing can be known about it";
        return Ok(Err(UserError::new(UserErrorCode::WrongState, "assetId", message)));
    }
    let length = asset.probe.as_ref().map(|probe| probe.duration);
    // A large document takes its time.
    let read = tokio::task::spawn_blocking(move || match brought {
        Brought::Analysis(document) => interchange::read(&document, length),
        Brought::Captions { text, format, name, language } => {
            interchange::read_captions(&text, format, &name, &language, length)
        }
    });
    let read: Result<Import, ImportError> = read.await.map_err(|error| PublicError::internal(&error))?;
    let import = match read {
        Ok(import) => import,
        Err(error) => return Ok(Err(refusal(&error, field))),
    };
    match session.store().import_analysis(asset.id, &import).await {
        Ok(imported) => Ok(Ok(imported)),
        Err(StoreError::NotFound { .. } | StoreError::Deleted { .. }) => {
            Ok(Err(UserError::new(UserErrorCode::NotFound, "assetId", "there is no asset with this id")))
        }
        Err(error) => Err(error.into()),
    }
}

fn refusal(error: &ImportError, field: &str) -> UserError {
    let code = match error {
        ImportError::TooLarge { .. } => UserErrorCode::TooLarge,
        _ => UserErrorCode::InvalidValue,
    };
    let field = match error.path() {
        Some(path) if path != "." => format!("{field}.{path}"),
        _ => field.to_owned(),
    };
    UserError::new(code, &field, error.to_string())
}
