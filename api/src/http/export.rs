//! The hits of a search, or the list of one that is kept, as a file to download.

use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::{HttpResponse, web};
use percent_encoding::utf8_percent_encode;
use reelgraph_models::export::{ExportFormat, file_name};
use serde::Deserialize;

use super::original::FILE_NAME;
use super::problem::Problem;
use crate::graphql::{Code, ExportRequest, PublicError, Session, export};
use crate::principal::Principal;
use crate::state::ApiState;

/// What stands behind the question mark: words, a whole `SearchInput` as JSON, or the saved search whose list is wanted.
#[derive(Debug, Deserialize)]
pub(super) struct Parameters {
    q: Option<String>,
    input: Option<String>,
    list: Option<String>,
    first: Option<i32>,
}

impl Parameters {
    async fn request(self, session: &Session) -> Result<ExportRequest, PublicError> {
        let refused = |why: String| PublicError::new(Code::BadUserInput, why);
        match (self.q, self.input, self.list) {
            (Some(words), None, None) => ExportRequest::of_words(&words, self.first),
            (None, Some(input), None) => {
                let input =
                    serde_json::from_str(&input).map_err(|error| refused(format!("input is no JSON: {error}")))?;
                ExportRequest::of_input(input, self.first)
            }
            (None, None, Some(list)) => ExportRequest::of_list(session, &list.into(), self.first).await,
            _ => {
                let ways = "either q (words), input (a SearchInput as JSON) or list (the id of a saved search) says what is wanted";
                Err(refused(ways.to_owned()))
            }
        }
    }
}

/// The moments in one of the formats, as an attachment.
pub(super) async fn get(
    extension: web::Path<String>,
    parameters: web::Query<Parameters>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let format = ExportFormat::from_extension(&extension).ok_or_else(|| Problem::not_found("export format"))?;
    let session = Session::new(state.into_inner(), Principal::LOCAL);
    let limit_ms = session.state().settings.limits.query_timeout_ms;
    let answer = async {
        let request = parameters.into_inner().request(&session).await?;
        let text = tokio::time::timeout(Duration::from_millis(limit_ms), export(&session, &request, format)).await;
        let late =
            |_| PublicError::new(Code::Timeout, format!("the export took longer than {limit_ms} ms; ask for fewer"));
        Ok((file_name(request.title(), format), text.map_err(late)??))
    };
    let (name, text) = answer.await.map_err(|error| Problem::of(error, session.state().clock.as_ref()))?;
    // Programs that do not know `filename*` (RFC 6266, appendix D) get a plain name.
    let plain = file_name("", format);
    let disposition =
        format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", utf8_percent_encode(&name, FILE_NAME));
    Ok(HttpResponse::Ok()
        .content_type(format.media_type())
        // The library may know more tomorrow.
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((CONTENT_DISPOSITION, disposition))
        .insert_header(("x-content-type-options", "nosniff"))
        .body(text))
}
