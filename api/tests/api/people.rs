//! People: named, merged, split, heard, and every step of it taken back.

use bytes::Bytes;
use reelgraph_models::asset::{Asset, Revision};
use reelgraph_models::blob::still_key;
use reelgraph_models::embedding::{Embedding, EmbeddingSpace};
use reelgraph_models::id::{AssetId, EmbeddingId, ObservationId, RunId, TenantId};
use reelgraph_models::observation::{BoundingBox, Finding, Modality, Observation, Provenance, TrackBox};
use reelgraph_models::run::{AnalyzerRun, EmbeddingSet};
use reelgraph_models::time::MediaTime;
use reelgraph_search::document::AssetKey;
use reelgraph_search::index::Batch;
use serde_json::{Value, json};

use crate::film::span;
use crate::world::{World, id, none};

const ADA: [f32; 2] = [1.0, 0.0];
const BOB: [f32; 2] = [0.0, 1.0];

const PEOPLE: &str = "{ people { nodes { id name faceCount assetCount } } }";
const PERSON: &str = "query($id: ID!) { person(id: $id) { name faceCount assetCount
    cover { picture { url atMicros box { left } } quality }
    faces(first: 10) { nodes { id isDecided asset { title } span { start } sighting { id } person { id } } }
    appearances { nodes { asset { title } seen { start end } heard { start end } } }
    voices { speaker turns { start } asset { title } } } }";
const SEEN: &str = "query($id: ID!) { asset(id: $id) { observations(modalities: [FACES, SPEAKERS], first: 20) { nodes {
    __typename id ... on FaceSighting { person { id name } face { id } } ... on SpeakerTurn { person { name } voice { id } } } } } }";
const PAYLOAD: &str = "{ person { id name faceCount } change { id kind author nameBefore nameAfter faceCount undoneAt } errors { code field } }";

/// Stores faces, each a second long, and two voices, and puts them together, as the publisher does.
async fn look(world: &World, asset: AssetId, faces: &[(i64, [f32; 2])]) {
    let clock = world.clock.as_ref();
    let run = |analyzer: &str| Provenance {
        analyzer: analyzer.to_owned(),
        model: "model".to_owned(),
        version: "1".to_owned(),
        parameters: String::new(),
        run: RunId::generate(clock),
    };
    let (by, space) =
        (run("faces/faces"), EmbeddingSpace { name: "looks".to_owned(), version: "1".to_owned(), dims: 2 });
    let (mut observations, mut embeddings) = (Vec::new(), Vec::new());
    let modality = Modality::Faces;
    for (second, look) in faces {
        let (span, at) = (span(second * 1_000, second * 1_000 + 1_000), MediaTime::from_millis(second * 1_000 + 100));
        let bounds = BoundingBox { left: 0.25, top: 0.25, right: 0.5, bottom: 0.5 };
        let boxes = vec![TrackBox { at, bounds, confidence: 0.9 }];
        let finding = Finding::Face { bounds, at, quality: 0.75, boxes };
        let id = ObservationId::generate(clock);
        observations.push(Observation { id, asset, span, modality, finding, confidence: 0.9, provenance: by.clone() });
        let (id, values) = (EmbeddingId::from_uuid(id.as_uuid()), look.to_vec());
        embeddings.push(Embedding { id, asset, moment: None, span, space: space.clone(), modality, values });
    }
    let tenant = world.store.tenant(TenantId::DEFAULT);
    tenant.replace_run(asset, &AnalyzerRun { provenance: by, observations }).await.unwrap();
    tenant.replace_embeddings(asset, &EmbeddingSet { space, modality, embeddings }).await.unwrap();
    let by = run("speakers/speakers");
    let turn = |(speaker, second): (u32, i64)| Observation {
        id: ObservationId::generate(clock),
        asset,
        span: span(second * 1_000, second * 1_000 + 900),
        modality: Modality::Speakers,
        finding: Finding::Speaker { speaker },
        confidence: 1.0,
        provenance: by.clone(),
    };
    let observations = [(0, 0), (1, 1), (0, 2)].map(turn).to_vec();
    tenant.replace_run(asset, &AnalyzerRun { provenance: by, observations }).await.unwrap();
    let still = MediaTime::from_millis(250);
    world
        .blobs
        .tenant(TenantId::DEFAULT)
        .put_bytes(&still_key(asset, still), Bytes::from_static(b"\xff\xd8"))
        .await
        .unwrap();
    tenant.bring_up_people(asset, &[still]).await.unwrap();
}

/// Ada thrice in two films, Bob once; the second film's Ada first.
async fn library() -> (World, [Asset; 2], String, String) {
    let world = World::empty().await;
    let one = world.upload("one.mp4", b"1").await;
    let two = world.upload("two.mp4", b"2").await;
    look(&world, one.id, &[(0, ADA), (0, BOB), (2, ADA)]).await;
    look(&world, two.id, &[(0, ADA)]).await;
    let all = world.data(PEOPLE, none()).await;
    let nodes = &all["people"]["nodes"];
    assert_eq!(nodes[0]["faceCount"], 3);
    let name = |index: usize| nodes[index]["id"].as_str().unwrap().to_owned();
    (world, [one, two], name(0), name(1))
}

async fn mutate(world: &World, field: &str, input: Value) -> Value {
    let kind = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
    let document = format!("mutation($input: {kind}!) {{ {field}(input: $input) {PAYLOAD} }}");
    world.data(&document, json!({ "input": input })).await[field].take()
}

async fn undo(world: &World, payload: &Value) -> Value {
    let document =
        "mutation($id: ID!) { undoPersonChange(input: { id: $id }) { change { id undoneAt } errors { code field } } }";
    world.data(document, json!({ "id": payload["change"]["id"] })).await["undoPersonChange"].take()
}

async fn names(world: &World, asset: &Asset) -> Vec<Value> {
    let data = world.data(SEEN, json!({ "id": id(asset.id) })).await;
    data["asset"]["observations"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["person"]["name"].clone())
        .collect()
}

#[tokio::test]
async fn people_are_suggested_by_the_name_that_they_have_now() {
    let (world, asset) = World::with_film().await;
    look(&world, asset.id, &[(0, ADA), (0, BOB), (2, ADA)]).await;
    let all = world.data(PEOPLE, none()).await;
    let [ada, bob] = [0, 1].map(|at| all["people"]["nodes"][at]["id"].as_str().unwrap().to_owned());
    let suggest = async |prefix: &str| -> Vec<String> {
        world.publish().await;
        let document = "query($prefix: String!) { suggest(prefix: $prefix, kinds: [PERSON]) { text } }";
        let found = world.data(document, json!({ "prefix": prefix })).await;
        found["suggest"].as_array().unwrap().iter().map(|it| it["text"].as_str().unwrap().to_owned()).collect()
    };
    mutate(&world, "renamePerson", json!({ "id": ada, "name": "Ada Lovelace" })).await;
    mutate(&world, "renamePerson", json!({ "id": bob, "name": "Bob Ross" })).await;
    assert_eq!(suggest("love").await, ["Ada Lovelace"]);
    let facets = "{ searchFacets(input: { query: \"kind:shot\" }, fields: [PERSON]) { values { value momentCount assetCount } } }";
    let counted = world.data(facets, none()).await["searchFacets"][0]["values"].take();
    let once = |name: &str| json!({ "value": name, "momentCount": 1, "assetCount": 1 });
    assert_eq!(counted, json!([once("Ada Lovelace"), once("Bob Ross")]));
    assert_eq!(suggest("person:bo").await, ["person:\"Bob Ross\""]);
    mutate(&world, "renamePerson", json!({ "id": ada, "name": "Countess of Lovelace" })).await;
    assert_eq!(suggest("love").await, ["Countess of Lovelace"]);
    mutate(&world, "mergePeople", json!({ "intoId": ada, "personIds": [bob] })).await;
    assert_eq!(suggest("bob").await, Vec::<String>::new(), "who was merged into another is not suggested");
    let tenant = world.store.tenant(TenantId::DEFAULT);
    tenant.delete_asset(asset.id).await.unwrap();
    world
        .index
        .apply(Batch { removed: vec![AssetKey { tenant: TenantId::DEFAULT, asset: asset.id }], ..Batch::default() })
        .await
        .unwrap();
    world.index.commit(Revision(1_000_000)).await.unwrap();
    assert_eq!(suggest("love").await, Vec::<String>::new(), "nor who is nowhere any more");
}

#[tokio::test]
async fn a_name_shows_wherever_the_person_is_seen() {
    let (world, [one, two], ada, _) = library().await;
    let named = mutate(&world, "renamePerson", json!({ "id": ada, "name": " Ada Lovelace " })).await;
    assert_eq!(named["person"]["name"], "Ada Lovelace");
    assert_eq!(named["change"]["kind"], "RENAME");
    assert_eq!((&named["change"]["author"], &named["change"]["nameAfter"]), (&json!("local"), &json!("Ada Lovelace")));
    for asset in [&one, &two] {
        assert!(names(&world, asset).await.contains(&json!("Ada Lovelace")));
    }
    let data = world.data(PERSON, json!({ "id": ada })).await["person"].take();
    assert_eq!((&data["faceCount"], &data["assetCount"]), (&json!(3), &json!(2)));
    let url = data["cover"]["picture"]["url"].as_str().unwrap();
    assert!(url.ends_with("/stills/250000.jpg"), "{url}");
    assert_eq!(data["cover"]["picture"]["box"]["left"], 0.25);
    let appearances = json!([
        { "asset": { "title": "one" }, "heard": [], "seen": [{ "start": "0:00.000", "end": "0:01.000" }, { "start": "0:02.000", "end": "0:03.000" }] },
        { "asset": { "title": "two" }, "heard": [], "seen": [{ "start": "0:00.000", "end": "0:01.000" }] },
    ]);
    assert_eq!(data["appearances"]["nodes"], appearances);
    assert_eq!(data["faces"]["nodes"].as_array().unwrap().len(), 3);
    let search = async |arguments: Value| {
        let document =
            "query($named: Boolean, $query: String) { people(named: $named, query: $query) { nodes { name } } }";
        world.data(document, arguments).await["people"]["nodes"].take()
    };
    assert_eq!(search(json!({ "query": "LOVE" })).await, json!([{ "name": "Ada Lovelace" }]));
    assert_eq!(search(json!({ "named": false })).await, json!([{ "name": null }]));
    assert_eq!(search(json!({ "query": "Bob" })).await, json!([]));
    assert_eq!(undo(&world, &named).await["errors"], json!([]));
    assert!(names(&world, &two).await.iter().all(Value::is_null));
}

#[tokio::test]
async fn splitting_and_merging_are_taken_back_one_by_one() {
    let (world, [_, two], ada, bob) = library().await;
    let seen = world.data(SEEN, json!({ "id": id(two.id) })).await;
    let seen = seen["asset"]["observations"]["nodes"].as_array().unwrap();
    let sighting = seen.iter().find(|seen| seen["__typename"] == "FaceSighting").unwrap();
    // A face is named by its own id or by what was seen.
    let split = mutate(&world, "splitPerson", json!({ "id": ada, "faceIds": [sighting["id"]], "name": "Eve" })).await;
    assert_eq!((&split["person"]["name"], &split["person"]["faceCount"]), (&json!("Eve"), &json!(1)));
    assert!(names(&world, &two).await.contains(&json!("Eve")));
    let merged =
        mutate(&world, "mergePeople", json!({ "intoId": bob, "personIds": [ada, split["person"]["id"]] })).await;
    assert_eq!((&merged["person"]["name"], &merged["person"]["faceCount"]), (&json!("Eve"), &json!(4)));
    assert_eq!(undo(&world, &split).await["errors"], json!([{ "code": "WRONG_STATE", "field": "id" }]));
    assert_eq!(undo(&world, &merged).await["errors"], json!([]));
    assert_eq!(undo(&world, &merged).await["errors"], json!([{ "code": "WRONG_STATE", "field": "id" }]));
    assert_eq!(undo(&world, &split).await["errors"], json!([]));
    let all = world.data(PEOPLE, none()).await;
    let expected = json!([{ "id": ada, "name": null, "faceCount": 3, "assetCount": 2 }, { "id": bob, "name": null, "faceCount": 1, "assetCount": 1 }]);
    assert_eq!(all["people"]["nodes"], expected);
    let history = world.data("{ personChanges { nodes { kind undoneAt people { id } } } }", none()).await;
    let history = history["personChanges"]["nodes"].as_array().unwrap();
    assert_eq!(history.iter().map(|change| change["kind"].as_str().unwrap()).collect::<Vec<_>>().len(), 2);
    assert!(
        history.iter().all(|change| !change["undoneAt"].is_null() && !change["people"].as_array().unwrap().is_empty())
    );
}

#[tokio::test]
async fn a_person_has_faces_voices_or_both() {
    let (world, [one, two], ada, _) = library().await;
    let seen = world.data(SEEN, json!({ "id": id(one.id) })).await;
    let nodes = seen["asset"]["observations"]["nodes"].as_array().unwrap();
    let turn = nodes.iter().find(|node| node["__typename"] == "SpeakerTurn").unwrap();
    let given = mutate(&world, "assignVoice", json!({ "voiceId": turn["id"], "personId": ada })).await;
    assert_eq!(given["errors"], json!([]));
    let data = world.data(PERSON, json!({ "id": ada })).await["person"].take();
    assert_eq!(
        data["voices"],
        json!([{ "speaker": 0, "turns": [{ "start": "0:00.000" }, { "start": "0:02.000" }], "asset": { "title": "one" } }])
    );
    assert_eq!(data["appearances"]["nodes"][0]["heard"][1]["start"], "0:02.000");
    // Someone who is only heard.
    let seen = world.data(SEEN, json!({ "id": id(two.id) })).await;
    let nodes = seen["asset"]["observations"]["nodes"].as_array().unwrap();
    let turn = nodes.iter().rev().find(|node| node["__typename"] == "SpeakerTurn").unwrap();
    let voice = &turn["voice"]["id"];
    let narrator = mutate(&world, "assignVoice", json!({ "voiceId": voice, "name": "The narrator" })).await;
    assert_eq!((&narrator["person"]["name"], &narrator["person"]["faceCount"]), (&json!("The narrator"), &json!(0)));
    let nobody = mutate(&world, "assignVoice", json!({ "voiceId": voice })).await;
    assert_eq!((&nobody["person"], &nobody["change"]["kind"]), (&Value::Null, &json!("VOICE")));
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_field() {
    let (world, _, ada, bob) = library().await;
    let face = world.data(PERSON, json!({ "id": bob })).await["person"]["faces"]["nodes"][0]["id"].take();
    for (field, input, code, at) in [
        ("renamePerson", json!({ "id": ada, "name": " " }), "INVALID_VALUE", "name"),
        ("renamePerson", json!({ "id": face, "name": "x" }), "NOT_FOUND", "id"),
        ("mergePeople", json!({ "intoId": ada, "personIds": [] }), "INVALID_VALUE", "personIds"),
        ("mergePeople", json!({ "intoId": ada, "personIds": ["x"] }), "NOT_FOUND", "personIds"),
        ("splitPerson", json!({ "id": ada, "faceIds": [face] }), "INVALID_VALUE", "faceIds"),
        ("splitPerson", json!({ "id": bob, "faceIds": [] }), "INVALID_VALUE", "faceIds"),
        ("splitPerson", json!({ "id": bob, "faceIds": [face], "toId": ada, "name": "x" }), "INVALID_VALUE", "name"),
        ("assignFaces", json!({ "faceIds": [ada], "personId": ada }), "NOT_FOUND", "faceIds"),
        ("assignFaces", json!({ "faceIds": vec![face.clone(); 1_001] }), "INVALID_VALUE", "faceIds"),
        ("assignFaces", json!({ "faceIds": [face], "personId": "x" }), "NOT_FOUND", "personId"),
        ("assignVoice", json!({ "voiceId": face, "personId": ada }), "NOT_FOUND", "voiceId"),
    ] {
        let refused = mutate(&world, field, input.clone()).await;
        assert_eq!(refused["errors"], json!([{ "code": code, "field": at }]), "{field} {input}");
        assert_eq!(refused["change"], Value::Null);
    }
    let codes = world
        .codes("query($after: String) { people(after: $after) { nodes { id } } }", json!({ "after": "AAAA" }))
        .await;
    assert_eq!(codes, ["BAD_CURSOR"]);
}

#[tokio::test]
async fn pages_follow_each_other_and_everything_is_a_node() {
    let (world, _, ada, bob) = library().await;
    let page =
        "query($after: String) { people(first: 1, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }";
    let first = world.data(page, none()).await["people"].take();
    assert_eq!((&first["nodes"][0]["id"], &first["pageInfo"]["hasNextPage"]), (&json!(ada), &json!(true)));
    let second = world.data(page, json!({ "after": first["pageInfo"]["endCursor"] })).await["people"].take();
    assert_eq!((&second["nodes"][0]["id"], &second["pageInfo"]["hasNextPage"]), (&json!(bob), &json!(false)));
    let faces = "query($id: ID!, $after: String) { person(id: $id) { faces(first: 2, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } } }";
    let first = world.data(faces, json!({ "id": ada })).await["person"]["faces"].take();
    let rest =
        world.data(faces, json!({ "id": ada, "after": first["pageInfo"]["endCursor"] })).await["person"]["faces"]
            .take();
    let mut ids: Vec<Value> = [&first, &rest]
        .into_iter()
        .flat_map(|page| page["nodes"].as_array().unwrap().clone())
        .map(|node| node["id"].clone())
        .collect();
    ids.dedup();
    assert_eq!((ids.len(), &rest["pageInfo"]["hasNextPage"]), (3, &json!(false)));
    let change = mutate(&world, "renamePerson", json!({ "id": ada, "name": "Ada" })).await["change"]["id"].take();
    ids.extend([json!(ada), change]);
    let nodes = world.data("query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", json!({ "ids": ids })).await;
    let kinds: Vec<&str> =
        nodes["nodes"].as_array().unwrap().iter().map(|node| node["__typename"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["Face", "Face", "Face", "Person", "PersonChange"]);
}

#[tokio::test]
async fn who_is_named_is_found_by_name_and_not_by_who_they_are_not() {
    let (world, asset) = World::with_film().await;
    look(&world, asset.id, &[(0, ADA), (6, BOB)]).await;
    let find = async |query: &str| {
        world.publish().await;
        let document = "query($query: String!) { search(input: { query: $query }) { nodes { span { start } } } }";
        let data = world.data(document, json!({ "query": query })).await;
        data["search"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|hit| hit["span"]["start"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert!(find("person:lovelace").await.is_empty());
    let faces = world.data(SEEN, json!({ "id": id(asset.id) })).await["asset"]["observations"]["nodes"].take();
    let of = |place: usize| faces[place]["person"]["id"].clone();
    let faces: Vec<usize> = (0..5).filter(|place| faces[*place]["__typename"] == "FaceSighting").collect();
    let named = mutate(&world, "renamePerson", json!({ "id": of(faces[0]), "name": "Ada Lovelace" })).await;
    let found = find("person:lovelace").await;
    assert!(
        !found.is_empty()
            && found.iter().all(|start| start == "0:00.040" || start == "0:00.000" || start == "0:01.000"),
        "{found:?}"
    );
    // Both are one: the later shot is found as well.
    let merged = mutate(&world, "mergePeople", json!({ "intoId": of(faces[0]), "personIds": [of(faces[1])] })).await;
    assert!(find("person:lovelace").await.contains(&"0:05.000".to_owned()));
    undo(&world, &merged).await;
    assert_eq!(find("person:lovelace").await, found);
    undo(&world, &named).await;
    assert!(find("person:lovelace").await.is_empty());
}

#[tokio::test]
async fn many_people_are_read_together() {
    let (world, [one, _], ..) = library().await;
    let faces: Vec<(i64, [f32; 2])> = (0..12).map(|who| (who, [who as f32 * 2.0, 0.0])).collect();
    look(&world, one.id, &faces).await;
    let document = "query($first: Int!) { people(first: $first) { nodes { name cover { picture { url } asset { title } } faces(first: 2) { nodes { id } } voices { id } } } }";
    let count = async |first: usize| {
        let before = world.store.statements();
        let data = world.data(document, json!({ "first": first })).await;
        assert_eq!(data["people"]["nodes"].as_array().unwrap().len(), first);
        world.store.statements() - before
    };
    let (of_two, of_twelve) = (count(2).await, count(12).await);
    // A batch may be split in two by when its askers come.
    assert!(of_twelve <= of_two + 4, "{of_two} statements for two, {of_twelve} for twelve");
}
