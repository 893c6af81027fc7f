//! What a search is asked, as clients write it.

use async_graphql::{Enum, InputObject};
use reelgraph_models::metadata::{Metadata, MetadataError};
use reelgraph_search::query::{
    Direction, Expansion, Expr, FileProperty, Grouping, Query, SearchRequest, Sort, Spread, syntax,
};

use super::expression::QueryInput;
use super::filter::{SearchFilterInput, as_query};
use crate::graphql::error::{Code, PublicError};
use crate::graphql::session::Session;
use crate::graphql::types::embedding_space::SpaceRole;
use crate::graphql::types::observation::Modality;

/// How answers are arranged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum SearchGrouping {
    /// One by one, best first.
    #[default]
    Flat,
    /// One for each asset, that with the best hit first; its further hits are in `moreInGroup`.
    ByAsset,
    /// One for each scene, that with the best hit first; its further hits are in `moreInGroup`.
    ByScene,
}

/// What answers are ordered by. Where words or an example rank them, they are the best 1000 that were found, in any order.
/// Where only conditions are asked, as in `kind:shot lang:en`, every answer is reached page by page in any order but `RELEVANCE`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum SearchSort {
    /// How good they are.
    #[default]
    Relevance,
    /// The asset that was registered last first.
    Newest,
    /// The asset that was registered first first.
    Oldest,
    /// The longest asset first.
    Longest,
    /// The shortest asset first.
    Shortest,
    /// Where they begin in their asset.
    Time,
    /// The asset's title from A to Z, accents and case aside, by its beginning (about a hundred characters of Latin).
    Title,
    /// The asset's title from Z to A.
    TitleDescending,
    /// The smallest file first.
    Size,
    /// The largest file first.
    SizeDescending,
    /// The picture with the fewest rows first.
    Height,
    /// The picture with the most rows first.
    HeightDescending,
    /// The fewest frames a second first.
    FrameRate,
    /// The most frames a second first.
    FrameRateDescending,
    /// The field `sortField` that people gave assets, by its first value: numbers from the least, then dates, then other texts from
    /// A to Z. Assets without it come last.
    Field,
    /// The field `sortField` the other way round; assets without it come last here as well.
    FieldDescending,
}

/// A factor for the weight of a channel of evidence.
#[derive(Debug, Clone, Copy, InputObject)]
pub(crate) struct ChannelWeightInput {
    /// Which channel. `TAGS` stands for everything that is seen.
    pub modality: Modality,
    /// 0 leaves it out of the ranking, 1 keeps its weight; at most 10.
    pub factor: f32,
}

/// What is looked for.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct SearchInput {
    /// Words, a sentence, or the query language: `"exact words"`, `-without`, `either OR or`, `begin*`, `spel~`, `said:word`,
    /// `object:person>=3`, `then(a, b, 10s)`. At most 2000 characters.
    #[graphql(default)]
    pub query: String,
    /// The same algebra, put together by a program; must hold beside `query` where both are there.
    #[graphql(name = "where")]
    pub condition: Option<QueryInput>,
    /// How answers are arranged.
    #[graphql(default)]
    pub grouping: SearchGrouping,
    /// What answers are ordered by.
    #[graphql(default)]
    pub sort: SearchSort,
    /// Name of the field that people gave assets by which answers are ordered; with `FIELD` and `FIELD_DESCENDING` only.
    pub sort_field: Option<String>,
    /// Whether many answers of one asset make room for others.
    #[graphql(default = true)]
    pub diverse: bool,
    /// Whether the vocabulary's labels widen the query, and by how many levels of narrower concepts, 0 to 8; not at all where it
    /// is null. A concept that is asked for by name, as in `concept:animal`, has all levels.
    #[graphql(default_with = "Some(2)")]
    pub narrower_levels: Option<i32>,
    /// Factors for the weights of channels; those that are not named keep theirs.
    #[graphql(default)]
    pub weights: Vec<ChannelWeightInput>,
    /// Leaves out answers whose `probability` is below this, 0 to 1; those that have none stay.
    pub min_score: Option<f32>,
    /// Which moments may be answers at all.
    pub filter: Option<SearchFilterInput>,
    /// Lets a model order the best so many answers, 1 to 50: one that reads the query together with what was said, written or titled
    /// in each. Answers found first of all by what is seen or heard keep their places. Null, the default, leaves it out: no judged
    /// queries have shown a gain yet (docs/measuring.md). What it cost is in `reranked`.
    pub rerank: Option<i32>,
    /// Roles whose answers come from the embedding space that is kept beside the serving one, where there is one: to compare the
    /// two before a switch.
    #[graphql(default)]
    pub beside_roles: Vec<SpaceRole>,
}

impl SearchInput {
    /// The request of the one who asks, without a page.
    ///
    /// # Errors
    /// Where a part of it cannot be read, is too large, out of range, or not there.
    pub(crate) async fn request(self, session: &Session) -> Result<SearchRequest, PublicError> {
        let today = session.today();
        let filter = self.filter.map(|filter| filter.check(today)).transpose()?.unwrap_or_default();
        let query = match self.condition {
            // A filter by itself is asked for what it lets through.
            None if self.query.trim().is_empty() && !filter.conditions().is_empty() => {
                Query::of(&as_query(&filter), String::new())?
            }
            None => {
                let mut typed = syntax::parse(&self.query)?;
                match typed.set_day(today) {
                    // The day tells it from the same words on another day.
                    true => Query::of(&typed, format!("{} {today}", self.query))?,
                    false => Query::of(&typed, self.query.trim().to_owned())?,
                }
            }
            Some(condition) => {
                let condition = condition.expr(session).await?;
                let typed = (!self.query.trim().is_empty()).then(|| syntax::parse(&self.query)).transpose()?;
                let mut expr = match typed {
                    Some(typed) => Expr::And(vec![typed, condition]),
                    None => condition,
                };
                expr.set_day(today);
                // Everything that tells it from others, in words that nobody reads.
                let text = format!("{expr:?}");
                Query::of(&expr, text)?
            }
        };
        let expansion = match self.narrower_levels {
            None => Expansion::Off,
            Some(levels) => {
                Expansion::Narrower(u8::try_from(levels).ok().filter(|levels| *levels <= 8).ok_or_else(|| {
                    PublicError::new(Code::BadUserInput, format!("narrowerLevels is 0 to 8, not {levels}"))
                })?)
            }
        };
        let weights = self.weights.iter().map(|weight| (weight.modality.into(), weight.factor)).collect();
        let request = SearchRequest::new(session.tenant(), query)
            .with_filter(filter)?
            .with_weights(weights)?
            .with_min_probability(self.min_score)?
            // What is below 1 is refused as 0 is.
            .with_rerank(self.rerank.map(|count| usize::try_from(count).unwrap_or_default()))?
            .with_expansion(expansion)
            .with_spread(if self.diverse { Spread::OverAssets } else { Spread::None })
            .with_sort(sort(self.sort, self.sort_field)?)
            .with_spaces_beside(self.beside_roles.into_iter().map(Into::into).collect())
            .with_grouping(self.grouping.into());
        Ok(request)
    }
}

impl From<SearchGrouping> for Grouping {
    fn from(grouping: SearchGrouping) -> Self {
        match grouping {
            SearchGrouping::Flat => Self::Flat,
            SearchGrouping::ByAsset => Self::ByAsset,
            SearchGrouping::ByScene => Self::ByScene,
        }
    }
}

/// # Errors
/// Where an order by a field names none, or another order names one.
fn sort(sort: SearchSort, field: Option<String>) -> Result<Sort, PublicError> {
    let bad = |message: String| PublicError::new(Code::BadUserInput, message).of_field("sortField");
    let named = matches!(sort, SearchSort::Field | SearchSort::FieldDescending);
    let field = match field {
        Some(name) if named && Metadata::is_name(&name) => name,
        Some(name) if named => {
            let name: String = name.chars().take(Metadata::MAX_NAME_CHARS).collect();
            return Err(bad(MetadataError::Name { name }.to_string()));
        }
        None if named => return Err(bad("missing; it names the field to order by".to_owned())),
        Some(_) => return Err(bad("goes with FIELD and FIELD_DESCENDING only".to_owned())),
        None => String::new(),
    };
    Ok(match sort {
        SearchSort::Relevance => Sort::Relevance,
        SearchSort::Newest => Sort::Newest,
        SearchSort::Oldest => Sort::Oldest,
        SearchSort::Longest => Sort::Longest,
        SearchSort::Shortest => Sort::Shortest,
        SearchSort::Time => Sort::Time,
        SearchSort::Title => Sort::Title(Direction::Ascending),
        SearchSort::TitleDescending => Sort::Title(Direction::Descending),
        SearchSort::Size => Sort::by_file(FileProperty::Size, Direction::Ascending),
        SearchSort::SizeDescending => Sort::by_file(FileProperty::Size, Direction::Descending),
        SearchSort::Height => Sort::by_file(FileProperty::Height, Direction::Ascending),
        SearchSort::HeightDescending => Sort::by_file(FileProperty::Height, Direction::Descending),
        SearchSort::FrameRate => Sort::by_file(FileProperty::FrameRate, Direction::Ascending),
        SearchSort::FrameRateDescending => Sort::by_file(FileProperty::FrameRate, Direction::Descending),
        SearchSort::Field => Sort::Metadata(field, Direction::Ascending),
        SearchSort::FieldDescending => Sort::Metadata(field, Direction::Descending),
    })
}
