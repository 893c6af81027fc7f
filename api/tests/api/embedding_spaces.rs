//! Another embedding space filled beside the one that serves, and changing places with it.

use std::time::Duration;

use reelgraph_models::coverage::{Coverage, CoverageStatus};
use reelgraph_models::embedding::{Embedding, EmbeddingSpace};
use reelgraph_models::gap::CurrentModel;
use reelgraph_models::id::{AssetId, EmbeddingId, TenantId};
use reelgraph_models::moment::MomentKind;
use reelgraph_models::observation::{Modality, ModalitySet};
use reelgraph_models::run::{EmbeddingSet, StageCommit};
use reelgraph_models::scope::Scope;
use reelgraph_models::space::SpaceRole;
use reelgraph_models::store::TenantStore;
use serde_json::{Value, json};

use crate::world::{World, none, other_space, space};

const SPACES: &str = "{ embeddingSpaces { role name state isSearchable vectorCount momentCount lackingMomentCount } }";

const FILL: &str = "mutation($input: FillEmbeddingSpaceInput!) { fillEmbeddingSpace(input: $input) {
  spaces { name state } refresh { id modalities } jobCount alreadyQueuedCount errors { code field message } } }";

async fn change(world: &World, mutation: &str, input: Value) -> Value {
    let kind = if mutation.starts_with("drop") { "DropEmbeddingSpaceInput" } else { "SwitchEmbeddingSpaceInput" };
    let document = format!(
        "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ spaces {{ name state }} lackingMomentCount
          clearedAssetCount errors {{ code field message }} }} }}"
    );
    world.data(&document, json!({ "input": input })).await[mutation].take()
}

async fn fill(world: &World, input: Value) -> Value {
    world.data(FILL, json!({ "input": input })).await["fillEmbeddingSpace"].take()
}

fn states(payload: &Value) -> Vec<String> {
    let text = |space: &Value, name: &str| space[name].as_str().unwrap().to_owned();
    let spaces = payload["spaces"].as_array().unwrap();
    spaces.iter().map(|space| format!("{} {}", text(space, "name"), text(space, "state"))).collect()
}

/// The spaces whose vectors answered.
async fn answering(world: &World, beside: Value) -> Vec<String> {
    let document = "query($beside: [SpaceRole!]!) { search(input: { query: \"beast\", besideRoles: $beside }) {
      nodes { evidence { space } } } }";
    let found = world.data(document, json!({ "beside": beside })).await;
    let hits = found["search"]["nodes"].as_array().unwrap();
    let pieces = hits.iter().flat_map(|hit| hit["evidence"].as_array().unwrap());
    pieces.filter_map(|piece| Some(piece["space"].as_str()?.to_owned())).collect()
}

fn tenant(world: &World) -> TenantStore {
    world.store.tenant(TenantId::DEFAULT)
}

/// One vector of the shot that the film's own vector lies in.
async fn vectors(world: &World, asset: AssetId, space: EmbeddingSpace) -> EmbeddingSet {
    let moments = tenant(world).all_moments(asset).await.unwrap();
    let (dragon, own) = {
        let own = tenant(world).all_embeddings(asset).await.unwrap().remove(0);
        let is_its = |moment: &&reelgraph_models::moment::Moment| {
            moment.kind == MomentKind::Shot && moment.span.intersection(own.span).is_some()
        };
        (moments.iter().find(is_its).unwrap().id, own)
    };
    let embedding = Embedding {
        id: EmbeddingId::generate(world.clock.as_ref()),
        asset,
        moment: Some(dragon),
        span: own.span,
        space: space.clone(),
        modality: Modality::Frames,
        values: vec![0.0, 1.0],
    };
    EmbeddingSet { space, modality: Modality::Frames, embeddings: vec![embedding] }
}

/// Does the one job that waits, as a worker does, with that outcome.
async fn work(world: &World, embeddings: Vec<EmbeddingSet>) {
    let queue = world.store.jobs();
    let lease = queue.lease_next("test", Duration::from_secs(60)).await.unwrap().expect("a job was queued");
    assert_eq!(lease.job.scope, Scope::Fill(ModalitySet::EMPTY.with(Modality::Frames)));
    let cell = |set: &EmbeddingSet| Coverage {
        asset: lease.job.asset,
        modality: set.modality,
        model: set.space.name.clone(),
        version: set.space.version.clone(),
        status: CoverageStatus::Done,
        observations: 0,
        embeddings: 1,
        spent_ms: 1,
    };
    let coverage = embeddings.iter().map(cell).collect();
    let commit = StageCommit { coverage, embeddings, ..StageCommit::new("analyze") };
    queue.complete_stage(&lease, &commit).await.unwrap();
    queue.complete(&lease).await.unwrap();
}

async fn report(world: &World, spaces: &[EmbeddingSpace]) {
    let model = |space: &EmbeddingSpace| CurrentModel {
        analyzer: "pictures".to_owned(),
        modality: Modality::Frames,
        model: space.name.clone(),
        version: space.version.clone(),
        depends_on: ModalitySet::EMPTY,
        is_available: true,
    };
    world.store.report_models(&spaces.iter().map(model).collect::<Vec<_>>()).await.unwrap();
}

#[tokio::test]
async fn a_space_is_filled_compared_switched_to_rolled_back_and_dropped() {
    let world = World::with_two_spaces().await;
    let asset = world.add_film("the dragon.mp4", b"not really a film").await;
    let own = vectors(&world, asset.id, space()).await;
    tenant(&world).replace_embeddings(asset.id, &own).await.unwrap();
    world.publish().await;
    let available = [space(), other_space()].map(|space| (SpaceRole::Frames, space));
    tenant(&world).adopt_spaces(&available).await.unwrap();

    let refused = async |input: Value| fill(&world, input).await["errors"][0].clone();
    assert_eq!(refused(json!({ "role": "FRAMES", "name": "needle" })).await["code"], "WRONG_STATE");
    report(&world, &[space()]).await;
    let error = refused(json!({ "role": "FRAMES", "name": "needle" })).await;
    assert_eq!(error["code"], "WRONG_STATE");
    assert!(error["message"].as_str().unwrap().contains("no worker has a model for needle@1"), "{error}");
    report(&world, &[space(), other_space()]).await;
    let error = refused(json!({ "role": "FRAMES", "name": "nail" })).await;
    assert_eq!((&error["code"], &error["field"]), (&json!("NOT_FOUND"), &json!("name")));
    assert!(error["message"].as_str().unwrap().contains("compass@1, needle@1"), "{error}");
    let error = change(&world, "switchEmbeddingSpace", json!({ "role": "FRAMES" })).await["errors"][0].take();
    assert_eq!(error["code"], "WRONG_STATE");

    let made = fill(&world, json!({ "role": "FRAMES", "name": "needle" })).await;
    assert_eq!((&made["jobCount"], &made["refresh"]["modalities"]), (&json!(1), &json!(["FRAMES"])));
    assert_eq!(states(&made), ["compass SERVING", "needle CANDIDATE"]);
    let early = change(&world, "switchEmbeddingSpace", json!({ "role": "FRAMES" })).await;
    assert_eq!((&early["lackingMomentCount"], &early["errors"][0]["code"]), (&json!(1), &json!("SPACE_INCOMPLETE")));
    assert_eq!(answering(&world, json!([])).await, ["compass@1"]);

    work(&world, vec![vectors(&world, asset.id, other_space()).await]).await;
    world.publish().await;
    assert_eq!(answering(&world, json!([])).await, ["compass@1"], "nothing changes before the switch");
    assert_eq!(answering(&world, json!(["FRAMES"])).await, ["needle@1"], "but both can be compared");
    assert_eq!(
        world.data(SPACES, none()).await["embeddingSpaces"],
        json!([
            { "role": "FRAMES", "name": "compass", "state": "SERVING", "isSearchable": true, "vectorCount": 1,
              "momentCount": 1, "lackingMomentCount": 0 },
            { "role": "FRAMES", "name": "needle", "state": "CANDIDATE", "isSearchable": true, "vectorCount": 1,
              "momentCount": 1, "lackingMomentCount": 0 },
        ])
    );
    let switched = change(&world, "switchEmbeddingSpace", json!({ "role": "FRAMES" })).await;
    assert_eq!(
        (states(&switched), &switched["errors"]),
        (vec!["needle SERVING".into(), "compass PREVIOUS".into()], &json!([]))
    );
    assert_eq!(answering(&world, json!([])).await, ["needle@1"]);
    let back = change(&world, "rollBackEmbeddingSpace", json!({ "role": "FRAMES" })).await;
    assert_eq!(states(&back), ["compass SERVING", "needle CANDIDATE"]);
    assert_eq!(answering(&world, json!([])).await, ["compass@1"]);

    let serving = change(&world, "dropEmbeddingSpace", json!({ "role": "FRAMES", "name": "compass" })).await;
    assert_eq!(serving["errors"][0]["code"], "WRONG_STATE");
    let dropped = change(&world, "dropEmbeddingSpace", json!({ "role": "FRAMES", "name": "needle" })).await;
    assert_eq!(
        (states(&dropped), &dropped["clearedAssetCount"]),
        (vec!["compass SERVING".into(), "needle UNUSED".into()], &json!(1))
    );
    world.publish().await;
    assert_eq!(answering(&world, json!(["FRAMES"])).await, ["compass@1"], "there is nothing beside it any more");
}

#[tokio::test]
async fn a_switch_waits_for_the_index_and_a_page_goes_on_in_the_space_that_it_began_in() {
    let world = World::with_two_spaces().await;
    let asset = world.add_film("the dragon.mp4", b"not really a film").await;
    for own in [space(), other_space()] {
        let set = vectors(&world, asset.id, own).await;
        tenant(&world).replace_embeddings(asset.id, &set).await.unwrap();
    }
    let available = [space(), other_space()].map(|space| (SpaceRole::Frames, space));
    tenant(&world).adopt_spaces(&available).await.unwrap();
    tenant(&world).begin_space(SpaceRole::Frames, &other_space()).await.unwrap();
    let switch = async {
        let switched = change(&world, "switchEmbeddingSpace", json!({ "role": "FRAMES" })).await;
        (switched, world.index.watermark().await.unwrap())
    };
    let ((switched, published), ()) = tokio::join!(switch, world.publish());
    assert_eq!((states(&switched)[0].as_str(), &switched["errors"]), ("needle SERVING", &json!([])));
    assert_eq!(published, world.store.latest_revision().await.unwrap(), "the index had it when it was switched");

    let document = "query($after: String) { search(input: { query: \"dragon beast\" }, first: 1, after: $after) {
      edges { cursor } notices { code } } }";
    let first = world.data(document, none()).await;
    let cursor = first["search"]["edges"][0]["cursor"].clone();
    change(&world, "rollBackEmbeddingSpace", json!({ "role": "FRAMES" })).await;
    let next = world.data(document, json!({ "after": cursor })).await;
    assert_eq!(next["search"]["notices"], json!([]), "a cursor outlives a switch");
}
