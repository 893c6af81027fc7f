//! Cuts a page out of answers in order.

use super::Ranking;
use crate::cursor::{Cursor, Fingerprint};
use crate::hit::{Edge, Notice, Page};
use crate::order::Place;
use crate::query::SearchRequest;

pub(super) fn page<'a, T: 'a>(
    request: &SearchRequest,
    ranking: &Ranking,
    answers: impl Iterator<Item = (&'a Place, &'a T)>,
    copy: impl Fn(&T) -> T,
) -> Page<T> {
    let fingerprint = Fingerprint::of(request);
    let follows = |place: &Place| request.after().is_none_or(|cursor| cursor.place < *place);
    let mut answers = answers.filter(|(place, _)| follows(place));
    let mut edges = Vec::new();
    for (place, answer) in answers.by_ref().take(request.first()) {
        let cursor = Cursor { request: fingerprint, generation: ranking.generation, place: place.clone() };
        edges.push(Edge { cursor: cursor.encode(), node: copy(answer) });
    }
    let mut notices = ranking.notices.clone();
    if request.after().is_some_and(|cursor| cursor.generation != ranking.generation) {
        notices.push(Notice::IndexChanged);
    }
    Page {
        edges,
        has_next_page: answers.next().is_some(),
        has_no_good_match: ranking.has_no_good_match,
        near_misses: ranking.near_misses.clone(),
        notices,
        reranked: ranking.reranked.clone(),
    }
}
