'use strict';
const example = `# Moments that match, each with the reason why.
query Search {
  search(input: { query: "dragon" }, first: 5) {
    nodes {
      score
      span { start end }
      playUrl
      asset { title }
      evidence { modality rawScore model fragments { text isMatch } }
    }
  }
}
`;
const socketUrl = new URL('/graphql', location.href);
socketUrl.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: '/graphql', subscriptionUrl: socketUrl.href }),
    // An address may carry a query, as links in documents do: /graphiql?query=…
    defaultTabs: [{ query: new URLSearchParams(location.search).get('query') ?? example }],
    defaultEditorToolsVisibility: true,
  }),
);
