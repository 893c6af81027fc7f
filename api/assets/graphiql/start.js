'use strict';
const example = `# Moments that match, each with the reason why.
query Search($query: String!) {
  search(input: { query: $query }, first: 5) {
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
    defaultQuery: example,
    defaultTabs: [{ query: example, variables: '{ "query": "dragon" }' }],
    defaultEditorToolsVisibility: true,
  }),
);
