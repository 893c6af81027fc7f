//! Another embedding model brought in beside the one that serves: filled while searches go on, compared, switched to, rolled
//! back, dropped.

use std::path::Path;

use anyhow::{Context, ensure};
use reelgraph_tests::{Library, Server, kill_hard, models, models_without, sample, wait_until};
use serde_json::{Value, json};

/// The model that nobody has who did not ask for it.
const MULTILINGUAL: &str = "multilingual-e5-small";
/// What is asked again and again: words, things that are seen, and colours, which are all that the pair knows.
const QUERIES: [&str; 4] = ["land of the gatekeepers", "a dangerous quest", "snowy mountain", "a photo of red"];

/// One role's swap.
struct Swap {
    /// As the command line names it.
    role: &'static str,
    /// The space that serves at first, and the one that comes in.
    names: [&'static str; 2],
    /// A query that vectors of both spaces answer.
    query: &'static str,
}

fn answers(server: &Server) -> anyhow::Result<Vec<Value>> {
    let document = "query($query: String!) { search(input: { query: $query }, first: 20) { noGoodMatch notices { code }
      nodes { asset { id } kind span { startMicros endMicros } score evidence { modality rawScore space } }
      nearMisses { span { startMicros endMicros } score } } }";
    QUERIES.iter().map(|query| server.data(document, json!({ "query": query }))).collect()
}

/// The spaces whose vectors answer a query in a role; also those of what is no good match.
fn answering(server: &Server, swap: &Swap, beside: bool) -> anyhow::Result<Vec<String>> {
    let document = "query($input: SearchInput!) { search(input: $input, first: 20) {
      nodes { evidence { space } } nearMisses { evidence { space } } } }";
    let role = swap.role.to_uppercase();
    let filter = json!({ "modalities": [role] });
    let roles = if beside { json!([role]) } else { json!([]) };
    let input = json!({ "query": swap.query, "filter": filter, "besideRoles": roles });
    let data = server.data(document, json!({ "input": input }))?;
    let hits = ["/search/nodes", "/search/nearMisses"].map(|place| data.pointer(place).and_then(Value::as_array));
    let pieces = hits.into_iter().flatten().flatten().filter_map(|hit| hit["evidence"].as_array()).flatten();
    let mut names: Vec<String> =
        pieces.filter_map(|piece| Some(piece["space"].as_str()?.split('@').next()?.to_owned())).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// Each space of the role as `name STATE`, with what it lacks where it is kept.
fn spaces(told: &Value) -> Vec<(String, Option<u64>)> {
    let all = told["spaces"].as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |space: &Value, name: &str| space[name].as_str().unwrap_or_default().to_owned();
    let line = |space: &Value| format!("{} {}", text(space, "name"), text(space, "state"));
    all.iter().map(|space| (line(space), space["lackingMomentCount"].as_u64())).collect()
}

fn listed(library: &Library, role: &str) -> anyhow::Result<Vec<(String, Option<u64>)>> {
    let mut told = library.run(&["space", "list", "--json"])?.only()?;
    if let Some(all) = told["spaces"].as_array_mut() {
        all.retain(|space| space["role"] == role.to_uppercase());
    }
    Ok(spaces(&told))
}

/// Takes a library whose second model has just come through everything. `during` runs once jobs wait.
fn swap(library: &Library, swap: &Swap, during: impl FnOnce(&Server) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let Swap { role, names: [old, new], .. } = *swap;
    let kept = |name: &str, state: &str, lacking: u64| (format!("{name} {state}"), Some(lacking));
    let server = Server::start(library)?;
    assert_eq!(listed(library, role)?, [kept(old, "SERVING", 0), (format!("{new} UNUSED"), None)]);
    let before = answers(&server)?;
    assert_eq!(answering(&server, swap, false)?, [old]);
    let early = library.run(&["space", "switch", role])?;
    ensure!(!early.is_success && early.errors.contains("has no candidate"), "{}", early.errors);

    wait_until("a worker has said that the model is here", || {
        Ok(library.run(&["space", "fill", role, new, "--dry-run"])?.is_success)
    })?;
    library.run(&["space", "fill", role, new, "--no-wait", "--json"])?.only()?;
    let mut during = Some(during);
    wait_until("the candidate is filled", || {
        if let Some(during) = during.take() {
            during(&server)?;
        }
        assert_eq!(answers(&server)?, before, "what serves answers as if nothing went on");
        Ok(listed(library, role)? == [kept(old, "SERVING", 0), kept(new, "CANDIDATE", 0)])
    })?;
    assert_eq!(library.run(&["space", "fill", role, new, "--json"])?.only()?["jobCount"], 0);

    wait_until("the index has it", || Ok(answering(&server, swap, true)? == [new]))?;
    assert_eq!(answers(&server)?, before);
    let judgements = sample().with_file_name("judgements.jsonl");
    let judgements = judgements.to_str().context("the path of the judgements is no text")?;
    let compared = library.run(&["space", "compare", role, "--judgements", judgements, "--json"])?;
    ensure!(compared.is_success, "{}", compared.errors);
    let figures = compared.json()?;
    let ndcg = figures.iter().find(|one| one["figure"] == "search_ndcg_at_10").context("no nDCG")?;
    ensure!(ndcg["n"].as_u64() > Some(10) && ndcg["ours"].as_f64() > Some(0.5), "{ndcg}");

    // The server runs on: it must see what another process decides.
    let switched = spaces(&library.run(&["space", "switch", role, "--json"])?.only()?);
    assert_eq!(switched, [kept(new, "SERVING", 0), kept(old, "PREVIOUS", 0)]);
    assert_eq!(
        (answering(&server, swap, false)?, answering(&server, swap, true)?),
        (vec![new.into()], vec![old.into()])
    );
    let back = spaces(&library.run(&["space", "rollback", role, "--json"])?.only()?);
    assert_eq!(back, [kept(old, "SERVING", 0), kept(new, "CANDIDATE", 0)]);
    assert_eq!(answers(&server)?, before, "as if it had never been");

    library.run(&["space", "switch", role, "--json"])?.only()?;
    let serving = library.run(&["space", "drop", role, new])?;
    ensure!(!serving.is_success && serving.errors.contains("serves searches"), "{}", serving.errors);
    let dropped = library.run(&["space", "drop", role, old, "--json"])?.only()?;
    assert_eq!(dropped["clearedAssetCount"], 1);
    assert_eq!(spaces(&dropped), [kept(new, "SERVING", 0), (format!("{old} UNUSED"), None)]);
    assert_eq!(answering(&server, swap, false)?, [new]);
    Ok(())
}

fn ingest_sample(library: &Library) -> anyhow::Result<()> {
    let file = sample();
    library.run(&["ingest", file.to_str().context("the path of the sample is no text")?, "--json"])?.only()?;
    Ok(())
}

#[test]
fn frames_move_to_a_pair_of_encoders_and_a_killed_worker_loses_nothing() -> anyhow::Result<()> {
    let library = Library::new()?;
    ingest_sample(&library)?;
    let pair = Path::new(env!("CARGO_MANIFEST_DIR")).join("../inference/tests/fixtures/pair");
    let library = library.with("REELGRAPH_IMAGE_TEXT__PAIR", pair.display().to_string());
    let frames = Swap { role: "frames", names: ["label-space", "pair"], query: "mountain" };
    let job = |server: &Server| -> anyhow::Result<Value> {
        let document = "{ assets(first: 1) { nodes { state latestJob { state stage attempts modalities } } } }";
        Ok(server.data(document, json!({}))?.pointer("/assets/nodes/0").cloned().unwrap_or_default())
    };
    swap(&library, &frames, |server| {
        wait_until("the job runs", || Ok(job(server)?.pointer("/latestJob/stage") == Some(&json!("analyze"))))?;
        let early = library.run(&["space", "switch", "frames", "--json"])?;
        ensure!(!early.is_success && early.errors.contains("lacks"), "{}", early.errors);
        for worker in server.workers()? {
            kill_hard(worker)?;
        }
        let running = job(server)?;
        assert_eq!((&running["state"], &running["latestJob"]["modalities"]), (&json!("READY"), &json!(["FRAMES"])));
        wait_until("another worker has taken it up", || {
            Ok(job(server)?.pointer("/latestJob/attempts").and_then(Value::as_i64) >= Some(2))
        })
    })
}

#[test]
fn passages_move_to_a_multilingual_model_without_a_decode() -> anyhow::Result<()> {
    let library = Library::new()?;
    if !models()?.join(MULTILINGUAL).exists() {
        println!("skipped: {MULTILINGUAL} was not pulled (reelgraph models pull {MULTILINGUAL})");
        return Ok(());
    }
    let english = models_without(library.path(), &[MULTILINGUAL])?;
    let library = library.with("REELGRAPH_MODELS", english.display().to_string());
    ingest_sample(&library)?;
    let library = library.with("REELGRAPH_MODELS", models()?.display().to_string());
    let passages = Swap {
        role: "passages",
        names: ["bge-small-en", MULTILINGUAL],
        query: "what brings you to the land of the gatekeepers",
    };
    swap(&library, &passages, |_| Ok(()))
}
