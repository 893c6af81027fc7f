//! Examples in a search: a moment, a stretch of an asset or a picture, to which answers are alike.

use std::collections::BTreeMap;

use async_graphql::{ID, InputObject, OneofObject};
use reelgraph_models::embedding::{Embedding, EmbeddingSpace};
use reelgraph_models::id::AssetId;
use reelgraph_models::moment::Moment;
use reelgraph_models::observation::Modality;
use reelgraph_models::time::{MediaTime, Span};
use reelgraph_search::query::condition::Condition;
use reelgraph_search::query::limits::MAX_EXAMPLE_VECTORS;
use reelgraph_search::query::{Example, Expr};

use crate::graphql::error::{Code, PublicError};
use crate::graphql::node_id::{not_an_id, parse_typed};
use crate::graphql::session::Session;
use crate::graphql::types::span::TimeRangeInput;
use crate::pictures::PictureQuestion;

/// Vectors of a stretch that are looked at to choose from; an hour has some thousands.
const MAX_STRETCH_VECTORS: u32 = 1_000;

/// A stretch of an asset.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct ClipInput {
    /// Of which asset.
    pub asset_id: ID,
    /// Which stretch; the whole asset where it is left out.
    pub range: Option<TimeRangeInput>,
}

/// What answers are alike to; exactly one of the fields. The example itself is no answer.
#[derive(Debug, Clone, OneofObject)]
pub(crate) enum LikeInput {
    /// A moment, by its id.
    MomentId(ID),
    /// A stretch of an asset.
    Clip(ClipInput),
    /// A picture, as `POST /v1/search/picture` answered when it was sent there.
    Picture(String),
}

impl ClipInput {
    /// The asset and the part of the stretch that lies in it.
    async fn stretch(&self, session: &Session) -> Result<(AssetId, Span), PublicError> {
        let id: AssetId = parse_typed(&self.asset_id).ok_or_else(|| not_an_id("like.clip.assetId", "an asset"))?;
        let asset = session.store().find_asset(id).await?.ok_or_else(|| missing("like.clip.assetId", "asset"))?;
        let range = self.range.unwrap_or(TimeRangeInput { from_micros: None, to_micros: None }).span();
        let range = range.map_err(|error| error.of_field("like.clip.range"))?;
        let length = asset.probe.as_ref().map_or(range.end(), |probe| probe.duration);
        let inside = Span::new(range.start().max(MediaTime::ZERO), range.end().min(length));
        let inside = inside.map_err(|_| {
            let message = format!("that lies outside of the asset, which is {length} long");
            PublicError::new(Code::BadUserInput, message).of_field("like.clip.range")
        })?;
        Ok((id, inside))
    }
}

/// Something that is not there, or not this tenant's.
fn missing(field: &str, what: &str) -> PublicError {
    PublicError::new(Code::NotFound, format!("there is no such {what}")).of_field(field)
}

impl LikeInput {
    /// The example as a part of a query.
    ///
    /// # Errors
    /// [`Code::NotFound`] where there is no such moment or asset; [`Code::BadUserInput`] where the stretch is outside of the
    /// asset, nothing is known of it that could be compared, or the picture was not looked at here, or by other models.
    pub(super) async fn expr(&self, session: &Session) -> Result<Expr, PublicError> {
        let (asset, span) = match self {
            Self::MomentId(id) => {
                let id = parse_typed(id).ok_or_else(|| not_an_id("like.momentId", "a moment"))?;
                let moment: Option<Moment> = session.store().moments_by_ids(&[id]).await?.remove(&id);
                let moment = moment.ok_or_else(|| missing("like.momentId", "moment"))?;
                (moment.asset, moment.span)
            }
            Self::Clip(clip) => clip.stretch(session).await?,
            Self::Picture(token) => return picture(session, token),
        };
        alike(session, asset, span).await
    }
}

/// What looks like a picture that was sent.
fn picture(session: &Session, token: &str) -> Result<Expr, PublicError> {
    let bad = |message: &str| PublicError::new(Code::BadUserInput, message).of_field("like.picture");
    let question = PictureQuestion::parse(token)
        .ok_or_else(|| bad("that is not what POST /v1/search/picture answers; send the picture there first"))?;
    let example = question.into_example();
    let searched = session.state().index.spaces();
    let mut compared = example.vectors.iter().filter(|(space, _)| searched.iter().any(|it| it.space() == space));
    if compared.next().is_none() {
        return Err(bad("the picture was looked at by other models than are searched with now; send it again"));
    }
    Ok(Expr::Like(example))
}

/// What is alike to a stretch of an asset, and is not that stretch.
///
/// # Errors
/// [`Code::BadUserInput`] where the stretch has no vectors yet.
pub(crate) async fn alike(session: &Session, asset: AssetId, span: Span) -> Result<Expr, PublicError> {
    let channels = [Modality::Frames, Modality::Passages];
    let vectors = session.store().overlapping_embeddings(asset, span, &channels, MAX_STRETCH_VECTORS).await?;
    if vectors.is_empty() {
        let message = "nothing that could be compared is known of this stretch; it has no pictures or speech, or is not analysed yet";
        return Err(PublicError::new(Code::BadUserInput, message));
    }
    let name = format!("{asset}/{}/{}", span.start().as_micros(), span.end().as_micros());
    let itself = Expr::And(vec![Expr::Is(Condition::Assets(vec![asset])), Expr::Is(Condition::Within(span))]);
    Ok(Expr::And(vec![Expr::Like(Example { name, vectors: chosen(vectors) }), Expr::Not(Box::new(itself))]))
}

/// At most so many vectors of each space as an example may have, evenly over the stretch.
fn chosen(vectors: Vec<Embedding>) -> Vec<(EmbeddingSpace, Vec<f32>)> {
    let mut by_space = BTreeMap::<String, Vec<Embedding>>::new();
    for vector in vectors {
        by_space.entry(vector.space.key()).or_default().push(vector);
    }
    let mut chosen = Vec::new();
    for vectors in by_space.into_values() {
        let step = vectors.len().div_ceil(MAX_EXAMPLE_VECTORS).max(1);
        chosen.extend(vectors.into_iter().step_by(step).map(|vector| (vector.space, vector.values)));
    }
    chosen
}
