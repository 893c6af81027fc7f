//! Which media type a GraphQL answer has (GraphQL over HTTP, section "Accept").

/// A media type that a GraphQL answer can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: refused requests have a status of their own.
    GraphqlResponse,
    /// `application/json`: a well-formed answer is 200 whatever is in it.
    Json,
}

impl Media {
    /// As `Content-Type`.
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// The client's choice; `None` where it takes neither. Clients that do not say get `application/json`, which all read.
    pub(super) fn negotiate(accept: Option<&str>) -> Option<Self> {
        let Some(accept) = accept.filter(|accept| !accept.trim().is_empty()) else { return Some(Self::Json) };
        let mut best: Option<(u16, Self)> = None;
        for range in accept.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let media = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "application/graphql-response+json" => Self::GraphqlResponse,
                "application/json" | "application/*" | "*/*" => Self::Json,
                _ => continue,
            };
            let quality =
                parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |q| q.trim().parse::<f32>().ok());
            let permille = (quality.unwrap_or(0.0).clamp(0.0, 1.0) * 1_000.0) as u16;
            if permille > 0 && best.is_none_or(|(known, _)| permille > known) {
                best = Some((permille, media));
            }
        }
        best.map(|(_, media)| media)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_choice_counts() {
        for (accept, expected) in [
            (None, Some(Media::Json)),
            (Some("*/*"), Some(Media::Json)),
            (Some("application/graphql-response+json"), Some(Media::GraphqlResponse)),
            (
                Some("application/graphql-response+json; charset=utf-8, application/json; charset=utf-8"),
                Some(Media::GraphqlResponse),
            ),
            (Some("application/json;q=0.9, application/graphql-response+json;q=0.8"), Some(Media::Json)),
            (Some("application/json;q=0, application/graphql-response+json;q=0.1"), Some(Media::GraphqlResponse)),
            (Some("text/html,application/xhtml+xml,*/*;q=0.8"), Some(Media::Json)),
            (Some("text/html"), None),
            (Some("application/json;q=x"), None),
        ] {
            assert_eq!(Media::negotiate(accept), expected, "{accept:?}");
        }
    }
}
