//! GraphQL over HTTP, as the specification asks, and who may call at all.

use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};

use crate::server::{Server, header, problem};
use crate::world::World;

async fn post(server: &Server, body: &str, headers: &[(&str, &str)]) -> (u16, HeaderMap, Value) {
    let mut request = server.request(Method::POST, "/graphql").body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    (status, headers, response.json().await.unwrap_or_default())
}

const JSON: (&str, &str) = ("content-type", "application/json");
const MODERN: (&str, &str) = ("accept", "application/graphql-response+json");

#[tokio::test]
async fn operations_are_posted_as_json() {
    let world = World::empty().await;
    let server = Server::over(&world);
    let (status, headers, body) = post(&server, r#"{"query":"{ __typename }"}"#, &[JSON]).await;
    assert_eq!((status, &body), (200, &json!({ "data": { "__typename": "Query" } })));
    assert_eq!(headers["content-type"], "application/json; charset=utf-8");
    let (_, headers, _) = post(&server, r#"{"query":"{ __typename }"}"#, &[JSON, MODERN]).await;
    assert_eq!(headers["content-type"], "application/graphql-response+json; charset=utf-8");
    let named = r#"{"query":"query A { a: __typename } query B { b: __typename }","operationName":"B","variables":null,"extensions":{}}"#;
    assert_eq!(post(&server, named, &[JSON]).await.2["data"], json!({ "b": "Query" }));
}

#[tokio::test]
async fn what_is_no_request_is_refused_with_its_status() {
    let world = World::empty().await;
    let server = Server::over(&world);
    for (body, headers, status, code) in [
        ("{", vec![JSON], 400, "BAD_REQUEST"),
        ("[]", vec![JSON], 400, "BAD_REQUEST"),
        ("{}", vec![JSON], 400, "BAD_REQUEST"),
        (r#"{"query":5}"#, vec![JSON], 400, "BAD_REQUEST"),
        (r#"{"query":"{a}","variables":[1]}"#, vec![JSON], 400, "BAD_REQUEST"),
        (r#"{"query":"{a}","operationName":1}"#, vec![JSON], 400, "BAD_REQUEST"),
        (r#"{"query":"{a}","extensions":"x"}"#, vec![JSON], 400, "BAD_REQUEST"),
        (r#"[{"query":"{a}"},{"query":"{a}"}]"#, vec![JSON], 400, "BAD_REQUEST"),
        (r#"{"query":"{ __typename }"}"#, vec![("content-type", "text/plain")], 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("query={a}", vec![("content-type", "application/x-www-form-urlencoded")], 415, "UNSUPPORTED_MEDIA_TYPE"),
        (r#"{"query":"{ __typename }"}"#, vec![], 415, "UNSUPPORTED_MEDIA_TYPE"),
        (r#"{"query":"{ __typename }"}"#, vec![JSON, ("accept", "text/html")], 406, "NOT_ACCEPTABLE"),
    ] {
        let (answered, _, answer) = post(&server, body, &headers).await;
        assert_eq!((answered, answer["code"].as_str()), (status, Some(code)), "{body}");
    }
    let large = format!(r#"{{"query":"{{a}}","variables":{{"x":"{}"}}}}"#, "y".repeat(300_000));
    assert_eq!(post(&server, &large, &[JSON]).await.0, 413);
    // In the modern media type a refused operation has a status of its own; in plain JSON it has not.
    for (document, code) in [("{", "GRAPHQL_PARSE_FAILED"), ("{ nonsense }", "GRAPHQL_VALIDATION_FAILED")] {
        let body = json!({ "query": document }).to_string();
        let (modern, _, answer) = post(&server, &body, &[JSON, MODERN]).await;
        assert_eq!((modern, answer["errors"][0]["extensions"]["code"].as_str()), (400, Some(code)));
        assert_eq!(post(&server, &body, &[JSON]).await.0, 200);
    }
}

#[tokio::test]
async fn only_queries_go_by_get() {
    let world = World::empty().await;
    let server = Server::over(&world);
    let get = async |parameters: &[(&str, &str)]| {
        let url = url::Url::parse_with_params(&server.url("/graphql"), parameters).unwrap();
        server.client.get(url).send().await.unwrap()
    };
    let answer: Value =
        get(&[("query", "query($n: Int) { assets(first: $n) { totalCount } }"), ("variables", r#"{"n":1}"#)])
            .await
            .json()
            .await
            .unwrap();
    assert_eq!(answer, json!({ "data": { "assets": { "totalCount": 0 } } }));
    let delete = r#"mutation { deleteAsset(input: { id: "x" }) { errors { code } } }"#;
    let refused = get(&[("query", delete)]).await;
    assert_eq!(header(&refused, "allow"), "POST");
    assert_eq!(problem(refused).await, (405, "METHOD_NOT_ALLOWED".to_owned()));
    let hidden = format!("query A {{ __typename }} {}", delete.replacen("mutation", "mutation B", 1));
    assert_eq!(get(&[("query", &hidden), ("operationName", "B")]).await.status(), 405);
    assert_eq!(get(&[("query", &hidden), ("operationName", "A")]).await.status(), 200);
    assert_eq!(get(&[]).await.status(), 400);
    assert_eq!(get(&[("query", "{a}"), ("variables", "[")]).await.status(), 400);
    assert_eq!(server.request(Method::DELETE, "/graphql").send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn foreign_names_and_foreign_pages_are_kept_out() {
    let world = World::with(|settings| settings.allowed_origins.push("https://studio.example".to_owned())).await;
    let server = Server::over(&world);
    let call = async |method: Method, headers: &[(&str, &str)]| {
        let mut request = server.request(method, "/graphql?query={__typename}");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    };
    assert_eq!(problem(call(Method::GET, &[("host", "evil.example")]).await).await, (403, "FOREIGN_HOST".to_owned()));
    assert_eq!(
        problem(call(Method::GET, &[("origin", "https://evil.example")]).await).await,
        (403, "FOREIGN_ORIGIN".to_owned())
    );
    assert_eq!(problem(call(Method::GET, &[("origin", "null")]).await).await, (403, "FOREIGN_ORIGIN".to_owned()));
    for origin in ["http://localhost:5173", "https://studio.example"] {
        let allowed = call(Method::GET, &[("origin", origin)]).await;
        assert_eq!((allowed.status().as_u16(), header(&allowed, "access-control-allow-origin")), (200, origin));
        let asked = call(
            Method::OPTIONS,
            &[
                ("origin", origin),
                ("access-control-request-method", "POST"),
                ("access-control-request-headers", "content-type"),
            ],
        )
        .await;
        assert_eq!((asked.status().as_u16(), header(&asked, "access-control-allow-origin")), (200, origin));
    }
    let asked =
        call(Method::OPTIONS, &[("origin", "https://evil.example"), ("access-control-request-method", "PUT")]).await;
    assert_eq!((asked.status().as_u16(), header(&asked, "access-control-allow-origin")), (403, ""));
}

#[tokio::test]
async fn the_page_for_trying_out_loads_nothing_from_elsewhere() {
    let world = World::empty().await;
    let server = Server::over(&world);
    let page = server.get("/graphiql").await;
    assert!(header(&page, "content-security-policy").starts_with("default-src 'none'"));
    let html = page.text().await.unwrap();
    for part in html.split(['"', '\'']).filter(|part| part.starts_with("/graphiql/")) {
        let file = server.get(part).await;
        assert_eq!(file.status(), 200, "{part}");
        assert!(!file.bytes().await.unwrap().is_empty(), "{part}");
    }
    assert!(!html.contains("http://") && !html.contains("https://"));
    let without = World::with(|settings| settings.explorer = reelgraph_api::settings::Explorer::Absent).await;
    assert_eq!(problem(Server::over(&without).get("/graphiql").await).await.0, 404);
}

#[tokio::test]
async fn health_is_told() {
    let world = World::empty().await;
    let server = Server::over(&world);
    assert_eq!(server.get("/health/live").await.status(), 200);
    assert_eq!(
        server.get("/health/ready").await.json::<Value>().await.unwrap(),
        json!({ "isReady": true, "database": "ok", "searchIndex": "ok" })
    );
    let warming_up = world.state.warm_up();
    let unready = server.get("/health/ready").await;
    assert_eq!(unready.status(), 503);
    assert_eq!(unready.json::<Value>().await.unwrap()["searchIndex"], "warming up");
    warming_up.await;
    assert_eq!(server.get("/health/ready").await.status(), 200);
    world.store.close().await.unwrap();
    let unready = server.get("/health/ready").await;
    assert_eq!(unready.status(), 503);
    assert_eq!(unready.json::<Value>().await.unwrap()["database"], "unavailable");
    assert_eq!(server.get("/health/live").await.status(), 200);
    let (_, _, answer) = post(&server, r#"{"query":"{ assets { nodes { id } } }"}"#, &[JSON]).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{answer}");
    assert_eq!(problem(server.get("/nowhere").await).await, (404, "NOT_FOUND".to_owned()));
}
