//! Standing searches through the API: what they tell, to whom, and how often.

use futures::StreamExt;
use reelgraph_api::graphql;
use reelgraph_api::principal::Principal;
use reelgraph_models::id::TenantId;
use reelgraph_models::store::{MomentFilter, PageRequest};
use serde_json::{Value, json};

use crate::world::{World, id};

const MATCHES: &str = "query($id: ID!, $first: Int, $after: String) { standingMatches(searchId: $id, first: $first, after: $after) {
  pageInfo { hasNextPage endCursor } nodes { momentId score mark asset { title } moment { id } span { start } playUrl } } }";

/// A saved search that stands.
async fn standing(world: &World, query: &str, backfill: bool) -> Value {
    let create = "mutation($s: SearchInput!) { createSavedSearch(input: { name: \"watch\", search: $s }) { savedSearch { id } } }";
    let saved = world.data(create, json!({ "s": { "query": query } })).await;
    let saved = saved["createSavedSearch"]["savedSearch"]["id"].clone();
    let stand =
        "mutation($id: ID!, $b: Boolean!) { setStandingSearch(input: { id: $id, isStanding: true, backfill: $b }) {
      savedSearch { standing { isCaughtUp } } errors { code } } }";
    let stood = world.data(stand, json!({ "id": saved, "b": backfill })).await;
    assert_eq!(
        stood["setStandingSearch"],
        json!({ "savedSearch": { "standing": { "isCaughtUp": false } }, "errors": [] })
    );
    saved
}

async fn matches(world: &World, search: &Value) -> Vec<Value> {
    let page = world.data(MATCHES, json!({ "id": search })).await["standingMatches"]["nodes"].take();
    page.as_array().cloned().unwrap()
}

async fn told(world: &World) -> usize {
    world.state.catch_up_standing_searches().await.unwrap_or_else(|error| panic!("{}", error.message()))
}

#[tokio::test]
async fn new_moments_are_told_once_and_old_ones_not() {
    let (world, old) = World::with_film().await;
    let search = standing(&world, "gatekeepers", false).await;
    assert_eq!(told(&world).await, 0, "what was there before");
    assert_eq!(matches(&world, &search).await, Vec::<Value>::new());

    // Not in the index yet, so not to be found: not told.
    world.add_film("new.mp4", b"a new film").await;
    assert_eq!(told(&world).await, 0);
    world.publish().await;
    assert_eq!(told(&world).await, 1);
    assert_eq!(told(&world).await, 0);
    let listed = matches(&world, &search).await;
    assert_eq!(listed.len(), 1);
    assert_eq!((&listed[0]["asset"]["title"], &listed[0]["momentId"]), (&json!("new"), &listed[0]["moment"]["id"]));

    // The old one changes its title, and is analysed again with the same result.
    let tenant = world.store.tenant(TenantId::DEFAULT);
    tenant.rename_asset(old.id, "another title").await.unwrap();
    let moments = tenant.list_moments(old.id, &MomentFilter::default(), PageRequest::first(100)).await.unwrap();
    tenant.replace_moments(old.id, &moments.rows).await.unwrap();
    world.publish().await;
    assert_eq!(told(&world).await, 0, "nothing of it is new");
}

#[tokio::test]
async fn what_was_there_is_told_where_it_is_asked_for() {
    let (world, _) = World::with_film().await;
    let search = standing(&world, "gatekeepers", true).await;
    assert_eq!(told(&world).await, 1);
    assert_eq!(matches(&world, &search).await.len(), 1);
}

#[tokio::test]
async fn a_match_has_all_words_or_is_near_in_meaning() {
    let world = World::empty().await;
    let mut searches = Vec::new();
    for (query, count) in [
        ("land gatekeepers", 1),
        ("submarine gatekeepers", 0),
        ("beast", 1),
        ("submarine OR gatekeepers", 1),
        ("said:gatekeepers -brings", 0),
        ("kind:speech", 1),
    ] {
        searches.push((query, standing(&world, query, false).await, count));
    }
    world.add_film("new.mp4", b"a new film").await;
    world.publish().await;
    told(&world).await;
    for (query, search, count) in searches {
        assert_eq!(matches(&world, &search).await.len(), count, "{query}");
    }
}

#[tokio::test]
async fn moments_that_share_what_comes_after_them_are_matches_of_their_own() {
    let (world, _) = World::with_film().await;
    let query = "within(kind:shot, kind:speech, 1h)";
    let search = standing(&world, query, true).await;
    told(&world).await;
    let ask =
        "query($q: String!) { search(input: { query: $q, diverse: false }, first: 100) { nodes { moment { id } } } }";
    let found = world.data(ask, json!({ "q": query })).await["search"]["nodes"].as_array().unwrap().len();
    assert!(found > 1, "one shot shows nothing");
    assert_eq!(matches(&world, &search).await.len(), found);
}

#[tokio::test]
async fn the_list_is_a_file_with_what_was_pinned_and_without_what_was_excluded() {
    let world = World::empty().await;
    let search = standing(&world, "gatekeepers", false).await;
    world.add_film("one.mp4", b"one").await;
    world.add_film("two.mp4", b"two").await;
    world.publish().await;
    assert_eq!(told(&world).await, 2);
    let listed = matches(&world, &search).await;
    let mark = "mutation($s: ID!, $m: ID!, $mark: MatchMark) {
      markStandingMatch(input: { searchId: $s, momentId: $m, mark: $mark }) { errors { code } } }";
    world.data(mark, json!({ "s": search, "m": listed[0]["momentId"], "mark": "EXCLUDED" })).await;
    let export = "query($id: ID!, $first: Int) { standingExport(searchId: $id, format: JSON, first: $first) { fileName url content } }";
    let file = world.data(export, json!({ "id": search })).await["standingExport"].take();
    let document: Value = serde_json::from_str(file["content"].as_str().unwrap()).unwrap();
    let moments = document["moments"].as_array().unwrap();
    assert_eq!(moments.len(), 1, "{document:#}");
    assert_eq!(moments[0]["id"], listed[1]["momentId"]);
    assert_eq!(moments[0]["title"], "What brings you to the land of the gatekeepers?");
    assert_eq!((&document["title"], &file["fileName"]), (&json!("watch"), &json!("watch.json")));
    assert!(file["url"].as_str().unwrap().contains("/v1/search/export.json?list="), "{file}");
    assert_eq!(world.codes(export, json!({ "id": "nothing" })).await, ["NOT_FOUND"]);
    assert_eq!(world.codes(export, json!({ "id": search, "first": 0 })).await, ["BAD_USER_INPUT"]);
}

#[tokio::test]
async fn deletion_of_asset_and_search_ends_it() {
    let world = World::empty().await;
    let search = standing(&world, "gatekeepers", false).await;
    let gone = world.add_film("gone.mp4", b"gone").await;
    world.publish().await;
    // Deleted between the index and the search.
    world.store.tenant(TenantId::DEFAULT).delete_asset(gone.id).await.unwrap();
    assert_eq!(told(&world).await, 0);
    let kept = world.add_film("kept.mp4", b"kept").await;
    world.publish().await;
    assert_eq!(told(&world).await, 1);
    world.store.tenant(TenantId::DEFAULT).delete_asset(kept.id).await.unwrap();
    assert_eq!(matches(&world, &search).await, Vec::<Value>::new());

    let delete = "mutation($id: ID!) { deleteSavedSearch(input: { id: $id }) { errors { code } } }";
    world.data(delete, json!({ "id": search })).await;
    world.add_film("more.mp4", b"more").await;
    world.publish().await;
    assert_eq!(told(&world).await, 0);
    assert_eq!(world.codes(MATCHES, json!({ "id": search })).await, ["NOT_FOUND"]);
}

#[tokio::test]
async fn more_assets_than_fit_one_step_are_all_looked_through() {
    let world = World::empty().await;
    let search = standing(&world, "gatekeepers", false).await;
    for number in 0..20_u8 {
        let bytes: &'static [u8] = Box::leak(vec![b'x', number].into_boxed_slice());
        world.add_film(&format!("{number}.mp4"), bytes).await;
    }
    world.publish().await;
    assert_eq!(told(&world).await, 20);
    let first = world.data(MATCHES, json!({ "id": search, "first": 15 })).await["standingMatches"].take();
    assert_eq!((first["nodes"].as_array().unwrap().len(), &first["pageInfo"]["hasNextPage"]), (15, &json!(true)));
    let rest = json!({ "id": search, "first": 15, "after": first["pageInfo"]["endCursor"] });
    assert_eq!(world.data(MATCHES, rest).await["standingMatches"]["nodes"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn the_list_is_put_right_by_hand() {
    let (world, asset) = World::with_film().await;
    let search = standing(&world, "gatekeepers", true).await;
    told(&world).await;
    let mark = "mutation($s: ID!, $m: ID!, $mark: MatchMark) { markStandingMatch(input: { searchId: $s, momentId: $m, mark: $mark }) {
      momentId errors { code } } }";
    let told_moment = matches(&world, &search).await[0]["momentId"].clone();
    let excluded = json!({ "s": search, "m": told_moment, "mark": "EXCLUDED" });
    assert_eq!(world.data(mark, excluded).await["markStandingMatch"], json!({ "momentId": told_moment, "errors": [] }));
    assert_eq!(matches(&world, &search).await, Vec::<Value>::new());
    let others = "query($id: ID!) { asset(id: $id) { moments(first: 10) { nodes { id } } } }";
    let others = world.data(others, json!({ "id": id(asset.id) })).await["asset"]["moments"]["nodes"].take();
    let other = others.as_array().unwrap().iter().find(|it| it["id"] != told_moment).unwrap()["id"].clone();
    world.data(mark, json!({ "s": search, "m": other, "mark": "PINNED" })).await;
    let listed = matches(&world, &search).await;
    assert_eq!(
        (listed.len(), &listed[0]["momentId"], &listed[0]["mark"], &listed[0]["score"]),
        (1, &other, &json!("PINNED"), &Value::Null)
    );
    world.data(mark, json!({ "s": search, "m": told_moment, "mark": null })).await;
    assert_eq!(matches(&world, &search).await.len(), 2);
    let unknown = world.data(mark, json!({ "s": search, "m": search, "mark": "PINNED" })).await;
    assert_eq!(unknown["markStandingMatch"]["errors"], json!([{ "code": "NOT_FOUND" }]));
}

#[tokio::test]
async fn subscribers_hear_each_match_once_and_go_on_from_where_they_were() {
    let world = World::empty().await;
    let search = standing(&world, "gatekeepers", false).await;
    let subscribe = |after: Option<Value>| {
        let document = "subscription($id: ID!, $after: String) { searchMatched(searchId: $id, after: $after) {
          cursor eventId savedSearchId momentId score asset { title } span { start end } } }";
        let variables = async_graphql::Variables::from_json(json!({ "id": search, "after": after }));
        let request = async_graphql::Request::new(document).variables(variables);
        world.schema.execute_stream(graphql::request_as(request, &world.state, Principal::LOCAL)).boxed()
    };
    let hear = async |stream: &mut futures::stream::BoxStream<'_, async_graphql::Response>| -> Value {
        let heard = tokio::time::timeout(std::time::Duration::from_secs(20), stream.next()).await.unwrap().unwrap();
        let mut heard = serde_json::to_value(heard).unwrap();
        assert!(heard.get("errors").is_none(), "{heard:#}");
        heard["data"]["searchMatched"].take()
    };
    let add = async |name: &str, bytes: &'static [u8]| {
        world.add_film(name, bytes).await;
        world.publish().await;
        told(&world).await;
    };
    add("before.mp4", b"before").await;
    let mut live = subscribe(None);
    // It has begun once it has looked for the first time: at the search, the last event, the search again, new events.
    let before = world.store.statements();
    while world.store.statements() < before + 4 {
        assert!(futures::poll!(live.next()).is_pending(), "what was told before is not told again");
        tokio::task::yield_now().await;
    }
    add("one.mp4", b"one").await;
    let next = hear(&mut live).await;
    assert_eq!((&next["asset"]["title"], &next["savedSearchId"]), (&json!("one"), &search));
    drop(live);
    add("two.mp4", b"two").await;
    add("three.mp4", b"three").await;
    let mut resumed = subscribe(Some(next["cursor"].clone()));
    let mut titles = Vec::new();
    for _ in 0..2 {
        titles.push(hear(&mut resumed).await["asset"]["title"].take());
    }
    assert_eq!(titles, ["two", "three"]);
    let mut wrong = subscribe(Some(json!("nonsense")));
    let refused = serde_json::to_value(wrong.next().await.unwrap()).unwrap();
    assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_CURSOR", "{refused:#}");
}
