//! Nasty documents answer quickly, with a code.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::world::{World, none};

#[tokio::test]
async fn a_corpus_of_nasty_documents_is_answered_in_bounded_time() {
    let (world, _) = World::with_film().await;
    let nest =
        |open: &str, close: &str, levels: usize| format!("{{ {}id{} }}", open.repeat(levels), close.repeat(levels));
    let aliases: String = (0..10_000).map(|n| format!("a{n}: __typename ")).collect();
    let some_aliases: String = (0..90)
        .map(|n| format!("a{n}: assets(first: 100) {{ nodes {{ moments(first: 100) {{ nodes {{ id }} }} }} }} "))
        .collect();
    let bomb: String = (0..50).map(|n| format!("fragment f{n} on Query {{ ...f{} ...f{} }} ", n + 1, n + 1)).collect();
    let ids = vec!["x"; 101];
    let many_ids = vec!["x"; 5_000];
    let directives = format!("{{ __typename {} }}", "@skip(if: false) ".repeat(3_000));
    let circular = "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }";
    let variables =
        format!("query({}) {{ __typename }}", (0..3_000).map(|n| format!("$v{n}: Int ")).collect::<String>());
    let same = format!("{{ {} }}", "__typename ".repeat(4_000));
    let conflicting = format!(
        "{{ {} }}",
        (0..1_000).map(|n| format!("assets(first: {}) {{ nodes {{ id }} }} ", n % 100 + 1)).collect::<String>()
    );
    let deep_list = format!("{{ nodes(ids: {}\"x\"{}) {{ id }} }}", "[".repeat(60), "]".repeat(60));
    for (name, document, expected) in [
        ("deep selections", nest("assets { nodes { latestJob { asset { ", "} } } }", 10), "LIMIT_EXCEEDED"),
        ("bottomless selections", nest("a { ", "}", 5_000), "LIMIT_EXCEEDED"),
        ("bottomless lists", format!("{{ nodes(ids: {}", "[".repeat(60_000)), "LIMIT_EXCEEDED"),
        ("bottomless objects", format!("{{ search(input: {}", "{a:".repeat(20_000)), "LIMIT_EXCEEDED"),
        ("many aliases", format!("{{ {aliases} }}"), "LIMIT_EXCEEDED"),
        ("dear aliases", format!("{{ {some_aliases} }}"), "LIMIT_EXCEEDED"),
        ("a fragment bomb", format!("{{ ...f0 }} {bomb} fragment f50 on Query {{ __typename }}"), "LIMIT_EXCEEDED"),
        ("a fragment cycle", circular.to_owned(), "GRAPHQL_VALIDATION_FAILED"),
        ("too many ids", format!("{{ nodes(ids: {}) {{ id }} }}", json!(ids)), "LIMIT_EXCEEDED"),
        ("far too many ids", format!("{{ nodes(ids: {}) {{ id }} }}", json!(many_ids)), "LIMIT_EXCEEDED"),
        ("many directives", directives, "LIMIT_EXCEEDED"),
        ("unused variables", variables, "LIMIT_EXCEEDED"),
        ("conflicting fields", conflicting, "LIMIT_EXCEEDED"),
        ("a list too deep for its type", deep_list, "GRAPHQL_VALIDATION_FAILED"),
        ("an unknown field", "{ nonsense }".to_owned(), "GRAPHQL_VALIDATION_FAILED"),
        ("no document", String::new(), "GRAPHQL_PARSE_FAILED"),
        ("no GraphQL", "<html>".to_owned(), "GRAPHQL_PARSE_FAILED"),
        ("a long document", format!("{{ __typename }} #{}", "x".repeat(1 << 20)), "LIMIT_EXCEEDED"),
    ] {
        let start = Instant::now();
        let codes = world.codes(&document, none()).await;
        assert!(codes.iter().all(|code| code == expected), "{name}: {codes:?}");
        assert!(start.elapsed() < Duration::from_secs(2), "{name} took {:?}", start.elapsed());
    }
    let start = Instant::now();
    let data = world.data(&same, none()).await;
    assert_eq!(data, json!({ "__typename": "Query" }));
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn introspection_by_clients_passes() {
    let world = World::empty().await;
    let of_type = "ofType { kind name ".repeat(9) + &"}".repeat(9);
    let document = format!(
        "query IntrospectionQuery {{ __schema {{ description queryType {{ name }} mutationType {{ name }} subscriptionType {{ name }}
           types {{ ...FullType }} directives {{ name description isRepeatable locations args(includeDeprecated: true) {{ ...InputValue }} }} }} }}
         fragment FullType on __Type {{ kind name description specifiedByURL isOneOf
           fields(includeDeprecated: true) {{ name description args(includeDeprecated: true) {{ ...InputValue }} type {{ ...TypeRef }} isDeprecated deprecationReason }}
           inputFields(includeDeprecated: true) {{ ...InputValue }} interfaces {{ ...TypeRef }}
           enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }} possibleTypes {{ ...TypeRef }} }}
         fragment InputValue on __InputValue {{ name description type {{ ...TypeRef }} defaultValue isDeprecated deprecationReason }}
         fragment TypeRef on __Type {{ kind name {of_type} }}"
    );
    let data = world.data(&document, none()).await;
    assert!(data["__schema"]["types"].as_array().unwrap().len() > 30);
}

#[tokio::test]
async fn an_operation_that_takes_too_long_is_ended() {
    let world = World::with(|settings| settings.limits.query_timeout_ms = 0).await;
    world.upload("a.mp4", b"1").await;
    assert_eq!(world.codes("{ assets { totalCount nodes { latestJob { id } } } }", none()).await, ["TIMEOUT"]);
}

#[tokio::test]
async fn wrong_variables_are_the_askers_fault() {
    let world = World::empty().await;
    let document =
        "query($first: Int!, $at: DateTime) { assets(first: $first, filter: { createdFrom: $at }) { nodes { id } } }";
    for variables in
        [json!({}), json!({ "first": "x" }), json!({ "first": 1, "at": "yesterday" }), json!({ "first": 1e99 })]
    {
        let codes = world.codes(document, variables.clone()).await;
        assert!(
            codes.iter().all(|code| code == "BAD_USER_INPUT" || code == "GRAPHQL_VALIDATION_FAILED"),
            "{variables}: {codes:?}"
        );
    }
    let unknown = async_graphql::Request::new("query A { __typename } query B { __typename }");
    let request = reelgraph_api::graphql::request_as(unknown, &world.state, reelgraph_api::principal::Principal::LOCAL);
    let response = serde_json::to_value(world.schema.execute(request).await).unwrap();
    assert_eq!(response["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
}
