//! A picture as a question.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Server, problem};
use crate::world::World;

const SEARCH: &str = "query($input: SearchInput!) { search(input: $input) {
    edges { node { asset { title } evidence { modality } } } } }";

#[tokio::test]
async fn what_looks_like_a_picture_is_found_alone_and_beside_words() {
    let (world, _) = World::with_film().await;
    let server = Server::over(&world);
    let sent = server.request(Method::POST, "/v1/search/picture").body("north").send().await.unwrap();
    assert_eq!(sent.status(), 200);
    let answer: Value = sent.json().await.unwrap();
    let picture = answer["picture"].as_str().unwrap();
    for words in ["", "dragon"] {
        let input = json!({ "query": words, "where": { "like": { "picture": picture } } });
        let data = world.data(SEARCH, json!({ "input": input })).await;
        let edges = data["search"]["edges"].as_array().unwrap();
        assert!(!edges.is_empty(), "{words}");
        let evidence = edges[0]["node"]["evidence"].as_array().unwrap();
        assert!(evidence.iter().any(|piece| piece["modality"] == "FRAMES"), "{words}: {evidence:?}");
    }
}

#[tokio::test]
async fn what_is_no_picture_or_no_answer_of_this_server_is_told() {
    let (world, _) = World::with_film().await;
    let server = Server::over(&world);
    let post =
        async |body: Vec<u8>| server.request(Method::POST, "/v1/search/picture").body(body).send().await.unwrap();
    for wrong in [b"".to_vec(), b"<svg/>".to_vec()] {
        assert_eq!(problem(post(wrong).await).await, (422, "NO_PICTURE".to_owned()));
    }
    assert_eq!(problem(post(vec![0; (32 << 20) + 1]).await).await, (413, "LIMIT_EXCEEDED".to_owned()));
    assert_eq!(problem(server.get("/v1/search/picture").await).await, (405, "METHOD_NOT_ALLOWED".to_owned()));

    let of_others: Value = post(b"elsewhere".to_vec()).await.json().await.unwrap();
    let of_others = of_others["picture"].as_str().unwrap();
    for (wrong, why) in
        [(of_others, "by other models"), ("", "send the picture there"), ("AAAA.AAAA", "send the picture")]
    {
        let input = json!({ "where": { "like": { "picture": wrong } } });
        let answer = world.ask(SEARCH, json!({ "input": input })).await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
        assert!(error["message"].as_str().unwrap().contains(why), "{answer}");
    }
}
