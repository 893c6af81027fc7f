//! Changes, and the refusals that are expected.

use serde_json::{Value, json};

use crate::world::{World, id, none};

const INGEST: &str =
    "mutation($source: IngestSourceInput!, $title: String) { ingestAsset(input: { source: $source, title: $title }) {
    isAlreadyKnown asset { title fileName state sizeBytes } job { state priority } errors { code field message } } }";

async fn ingest(world: &World, source: Value) -> Value {
    world.data(INGEST, json!({ "source": source })).await["ingestAsset"].take()
}

#[tokio::test]
async fn a_local_file_is_taken_in_once() {
    let world = World::empty().await;
    let path = world.folder.path().join("My_film.mp4");
    std::fs::write(&path, "bytes").unwrap();
    let first = ingest(&world, json!({ "path": path })).await;
    assert_eq!(
        first["asset"],
        json!({ "title": "My film", "fileName": "My_film.mp4", "state": "REGISTERED", "sizeBytes": 5 })
    );
    assert_eq!(first["job"], json!({ "state": "QUEUED", "priority": "NORMAL" }));
    assert_eq!(first["errors"], json!([]));
    let second = ingest(&world, json!({ "path": path })).await;
    assert_eq!(second["isAlreadyKnown"], true);
    assert_eq!(second["job"], Value::Null);
    let all = world.data("{ assets { totalCount } jobs { nodes { state } } }", none()).await;
    assert_eq!(all, json!({ "assets": { "totalCount": 1 }, "jobs": { "nodes": [{ "state": "QUEUED" }] } }));
}

#[tokio::test]
async fn what_cannot_be_taken_in_is_refused_by_name_and_leaves_nothing() {
    let world = World::empty().await;
    let folder = world.folder.path();
    std::fs::write(folder.join("empty.mp4"), "").unwrap();
    for (source, code, field) in [
        (json!({ "path": folder.join("absent.mp4") }), "UNREADABLE", "source.path"),
        (json!({ "path": folder }), "UNREADABLE", "source.path"),
        (json!({ "path": folder.join("empty.mp4") }), "EMPTY_FILE", "source.path"),
        (json!({ "path": "nul\u{0}in.mp4" }), "UNREADABLE", "source.path"),
        (json!({ "url": "not an address" }), "INVALID_VALUE", "source.url"),
        (json!({ "url": "file:///etc/passwd" }), "INVALID_VALUE", "source.url"),
        (json!({ "url": "http://127.0.0.1:1/a.mp4" }), "UNREADABLE", "source.url"),
    ] {
        let payload = ingest(&world, source.clone()).await;
        assert_eq!(payload["errors"][0]["code"], code, "{source}: {payload}");
        assert_eq!(payload["errors"][0]["field"], field, "{source}");
        assert_eq!(payload["asset"], Value::Null, "{source}");
    }
    let all = world.data("{ assets { totalCount } jobs { nodes { id } } }", none()).await;
    assert_eq!(all, json!({ "assets": { "totalCount": 0 }, "jobs": { "nodes": [] } }));
    let tenant = world.blobs.tenant(reelgraph_models::id::TenantId::DEFAULT);
    assert!(tenant.list(None, None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn exactly_one_source_is_named() {
    let world = World::empty().await;
    for source in
        [json!({}), json!({ "path": "a", "url": "b" }), json!({ "path": null }), json!("a"), json!({ "other": 1 })]
    {
        let codes = world.codes(INGEST, json!({ "source": source })).await;
        assert!(
            codes.iter().all(|code| code == "BAD_USER_INPUT" || code == "GRAPHQL_VALIDATION_FAILED"),
            "{source}: {codes:?}"
        );
    }
}

#[tokio::test]
async fn a_renamed_asset_is_found_by_its_new_title() {
    let (world, asset) = World::with_film().await;
    let document = "mutation($id: ID!, $title: String!) { renameAsset(input: { id: $id, title: $title }) { asset { title } errors { code field } } }";
    let rename = async |id: &str, title: &str| {
        world.data(document, json!({ "id": id, "title": title })).await["renameAsset"].take()
    };
    let done = rename(&id(asset.id), "  Königin der Nacht ").await;
    assert_eq!(done, json!({ "asset": { "title": "Königin der Nacht" }, "errors": [] }));
    world.publish().await;
    let search = r#"{ search(input: { query: "konigin" }) { nodes { asset { title } evidence { modality text highlights { start end } } } } }"#;
    let found = world.data(search, none()).await;
    let hit = &found["search"]["nodes"][0];
    assert_eq!(hit["asset"]["title"], "Königin der Nacht", "{found:#}");
    let evidence =
        json!({ "modality": "TITLE", "text": "Königin der Nacht", "highlights": [{ "start": 0, "end": 7 }] });
    assert_eq!(hit["evidence"][0], evidence);
    for (which, title, code) in [
        (id(asset.id), " ".to_owned(), "INVALID_VALUE"),
        (id(asset.id), "x".repeat(501), "INVALID_VALUE"),
        (id(asset.id), "two\nlines".to_owned(), "INVALID_VALUE"),
        ("nonsense".to_owned(), "x".to_owned(), "NOT_FOUND"),
    ] {
        assert_eq!(rename(&which, &title).await["errors"][0]["code"], code, "{title:.20}");
    }
}

#[tokio::test]
async fn a_deleted_asset_is_gone() {
    let (world, asset) = World::with_film().await;
    let document = "mutation($id: ID!) { deleteAsset(input: { id: $id }) { deletedAssetId errors { code } } }";
    let delete = async || world.data(document, json!({ "id": id(asset.id) })).await["deleteAsset"].take();
    assert_eq!(delete().await, json!({ "deletedAssetId": id(asset.id), "errors": [] }));
    assert_eq!(delete().await, json!({ "deletedAssetId": null, "errors": [{ "code": "NOT_FOUND" }] }));
    let gone = world
        .data(
            "query($id: ID!) { asset(id: $id) { id } node(id: $id) { id } assets { totalCount } }",
            json!({ "id": id(asset.id) }),
        )
        .await;
    assert_eq!(gone, json!({ "asset": null, "node": null, "assets": { "totalCount": 0 } }));
}

#[tokio::test]
async fn jobs_are_cancelled_and_tried_again() {
    let world = World::empty().await;
    let asset = world.upload("a.mp4", b"1").await;
    let job = world.data("{ jobs { nodes { id } } }", none()).await["jobs"]["nodes"][0]["id"].take();
    let act = async |action: &str, id: &Value| {
        let document = format!(
            "mutation($id: ID!) {{ it: {action}(input: {{ id: $id }}) {{ job {{ id state }} errors {{ code }} }} }}"
        );
        world.data(&document, json!({ "id": id })).await["it"].take()
    };
    assert_eq!(act("retryJob", &job).await, json!({ "job": null, "errors": [{ "code": "WRONG_STATE" }] }));
    assert_eq!(act("cancelJob", &job).await, json!({ "job": { "id": job, "state": "CANCELLED" }, "errors": [] }));
    assert_eq!(act("cancelJob", &job).await["errors"], json!([{ "code": "WRONG_STATE" }]));
    let again = act("retryJob", &job).await;
    assert_eq!(again["job"]["state"], "QUEUED", "{again}");
    assert_ne!(again["job"]["id"], job);
    assert_eq!(act("retryJob", &job).await, json!({ "job": again["job"], "errors": [{ "code": "ALREADY_RUNNING" }] }));
    assert_eq!(act("reanalyzeAsset", &json!(id(asset.id))).await["errors"], json!([{ "code": "ALREADY_RUNNING" }]));
    for action in ["cancelJob", "retryJob", "reanalyzeAsset"] {
        assert_eq!(act(action, &json!("nonsense")).await["errors"], json!([{ "code": "NOT_FOUND" }]), "{action}");
    }
}

#[tokio::test]
async fn settings_change_one_by_one_and_a_bad_vocabulary_changes_nothing() {
    let world = World::empty().await;
    let set = "mutation($input: UpdateSettingsInput!) { updateSettings(input: $input) {
        settings { faces vocabulary } errors { code field message } } }";
    let ask = "{ settings { faces vocabulary } }";
    assert_eq!(world.data(ask, none()).await["settings"], json!({ "faces": "ON", "vocabulary": [] }));
    world.data(set, json!({ "input": { "faces": "OFF" } })).await;
    let payload = world.data(set, json!({ "input": { "vocabulary": [" Sintel ", "Durian"] } })).await;
    let now = json!({ "faces": "OFF", "vocabulary": ["Sintel", "Durian"] });
    assert_eq!(payload["updateSettings"], json!({ "settings": now, "errors": [] }));
    let payload = world.data(set, json!({ "input": { "faces": "ON", "vocabulary": ["Sintel", " "] } })).await;
    assert_eq!(payload["updateSettings"]["settings"], Value::Null);
    assert_eq!(payload["updateSettings"]["errors"][0]["code"], "INVALID_VALUE");
    assert_eq!(payload["updateSettings"]["errors"][0]["field"], "vocabulary");
    assert_eq!(world.data(ask, none()).await["settings"], now);
}

#[tokio::test]
async fn an_asset_is_found_by_what_people_noted_of_it() {
    let (world, asset) = World::with_film().await;
    let document =
        "mutation($id: ID!, $fields: [MetadataFieldInput!]!) { setAssetMetadata(input: { id: $id, fields: $fields }) {
        asset { metadata { name values } } errors { code field message } } }";
    let note = async |id: &str, fields: Value| {
        world.data(document, json!({ "id": id, "fields": fields })).await["setAssetMetadata"].take()
    };
    let fields = json!([{ "name": "project", "values": ["Sintel", " Durian "] }, { "name": "reel", "values": ["A1"] },
        { "name": "take", "values": ["12"] }, { "name": "shot", "values": ["2024-05-31"] }]);
    let done = note(&id(asset.id), fields).await;
    assert_eq!(done["asset"]["metadata"][0], json!({ "name": "project", "values": ["Sintel", "Durian"] }), "{done}");
    let done = note(&id(asset.id), json!([{ "name": "reel", "values": [] }])).await;
    assert_eq!(done["asset"]["metadata"].as_array().map(Vec::len), Some(3), "{done}");
    world.publish().await;
    let search = "query($filter: SearchFilterInput!) { search(input: { query: \"dragon\", filter: $filter }) { nodes { score } } }";
    for (filter, is_found) in [
        (json!({ "metadata": [{ "name": "project", "values": ["durian", "x"] }] }), true),
        (json!({ "metadata": [{ "name": "project" }] }), true),
        (json!({ "metadata": [{ "name": "project" }, { "name": "reel" }] }), false),
        (json!({ "metadata": [{ "name": "project", "values": ["x"] }] }), false),
        (json!({ "metadata": [{ "name": "take", "from": "9", "to": "12.0" }] }), true),
        (json!({ "metadata": [{ "name": "take", "above": "9", "below": "100", "values": ["12"] }] }), true),
        (json!({ "metadata": [{ "name": "take", "above": "12" }] }), false),
        (json!({ "metadata": [{ "name": "shot", "from": "2024-05", "to": "2025" }] }), true),
        (json!({ "metadata": [{ "name": "shot", "below": "2024-05-31" }] }), false),
        (json!({ "metadata": [{ "name": "project", "from": "0" }] }), false),
        (json!({ "captionLanguages": ["en"] }), false),
    ] {
        let found = world.data(search, json!({ "filter": filter })).await;
        assert_eq!(!found["search"]["nodes"].as_array().unwrap().is_empty(), is_found, "{filter}");
    }
    let (typed, built) = (json!({ "query": "dragon asset.meta.take>9" }), json!({ "query": "dragon" }));
    let ask = "query($input: SearchInput!) { search(input: $input) { nodes { score } } }";
    let mut nested = built.clone();
    nested["where"] = json!({ "filter": { "metadata": [{ "name": "take", "above": "9" }] } });
    for input in [typed, nested] {
        let found = world.data(ask, json!({ "input": input })).await;
        assert!(!found["search"]["nodes"].as_array().unwrap().is_empty(), "{input}: {found}");
    }
    for (bounds, words) in [
        (json!({ "name": "take", "from": "many" }), "metadata.take: bounds are numbers"),
        (json!({ "name": "take", "from": "9", "to": "5" }), "the lower one first"),
        (json!({ "name": "take", "from": "9", "to": "2024-05" }), "metadata.take: bounds are numbers"),
        (json!({ "name": "take", "from": "9", "above": "5" }), "from and above are one bound"),
        (json!({ "name": "take", "to": "9", "below": "5" }), "to and below are one bound"),
    ] {
        let refused = world.ask(search, json!({ "filter": { "metadata": [bounds] } })).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{refused}");
        assert!(refused["errors"][0]["message"].as_str().unwrap().contains(words), "{refused}");
    }
    for (which, fields, code) in [
        (id(asset.id), json!([{ "name": "Bad Name", "values": ["x"] }]), "INVALID_VALUE"),
        (id(asset.id), json!([{ "name": "a", "values": ["x\ny"] }]), "INVALID_VALUE"),
        ("nonsense".to_owned(), json!([]), "NOT_FOUND"),
    ] {
        assert_eq!(note(&which, fields).await["errors"][0]["code"], code);
    }
}
