//! What an operator can set about the API, already checked.

use url::Url;

/// How the API presents itself and what it allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Scheme, host and port under which people reach the server; every URL in an answer begins with it.
    pub public_url: Url,
    /// Origins, such as `https://studio.example`, that may call from a browser besides those on this machine.
    pub allowed_origins: Vec<String>,
    /// Whether GraphiQL is served.
    pub explorer: Explorer,
    /// What one request may cost.
    pub limits: Limits,
}

impl Settings {
    /// The defaults of a server that people reach under `public_url`.
    pub fn new(public_url: Url) -> Self {
        Self { public_url, allowed_origins: Vec::new(), explorer: Explorer::Served, limits: Limits::default() }
    }
}

/// Whether the page for trying out queries is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Explorer {
    /// At `/graphiql`.
    Served,
    /// Not at all.
    Absent,
}

/// Bounds on what one request, or one process, may cost. Each is far above what the clients we know of need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a GraphQL request: document, variables and all. GraphiQL's introspection is under 4 kB.
    pub request_bytes: usize,
    /// Bytes of a GraphQL document.
    pub document_bytes: usize,
    /// Lexical tokens of a document.
    pub document_tokens: usize,
    /// Brackets of any kind open at once; the parser recurses on them.
    pub nesting_levels: usize,
    /// Aliases in a document.
    pub aliases: usize,
    /// Fields, fragments unfolded. Bounds every later walk of the document.
    pub unfolded_fields: usize,
    /// Levels of fields below the operation. Introspection by current clients has 15.
    pub depth: usize,
    /// Estimated fields in the answer: each counts 1, a connection multiplies by its page.
    pub complexity: usize,
    /// Items on one page of a connection, and ids in one `nodes`.
    pub page_items: u32,
    /// Items on a page where the client does not say.
    pub default_page_items: u32,
    /// Time one query, or one event of a subscription, may take, milliseconds.
    pub query_timeout_ms: u64,
    /// Time one mutation may take, milliseconds. Taking in a file from an address takes as long as its transfer.
    pub mutation_timeout_ms: u64,
    /// Subscriptions open at once in this process.
    pub subscriptions: usize,
    /// Websockets open at once in this process.
    pub websockets: usize,
    /// Bytes of one websocket message.
    pub websocket_message_bytes: usize,
    /// Pause between two looks at a subscribed asset, milliseconds. Workers are other processes, so the database is asked.
    pub subscription_poll_ms: u64,
    /// Bytes of one upload.
    pub upload_bytes: u64,
    /// Longest silence inside an upload, milliseconds.
    pub upload_idle_ms: u64,
    /// Longest that a picture may take to arrive that is asked with, milliseconds.
    pub picture_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_bytes: 256 * 1024,
            document_bytes: 64 * 1024,
            document_tokens: 10_000,
            nesting_levels: 64,
            aliases: 100,
            unfolded_fields: 5_000,
            depth: 20,
            complexity: 50_000,
            page_items: 100,
            default_page_items: 20,
            query_timeout_ms: 15_000,
            mutation_timeout_ms: 3_600_000,
            subscriptions: 1_000,
            websockets: 1_000,
            websocket_message_bytes: 256 * 1024,
            subscription_poll_ms: 500,
            upload_bytes: 256 * 1024 * 1024 * 1024,
            upload_idle_ms: 60_000,
            picture_ms: 60_000,
        }
    }
}
