import { addressOf, type ViewId, VIEWS } from "../route.ts";

const NAMES: Readonly<Record<ViewId, string>> = {
  digits: "Digits",
  draw: "Draw",
  trace: "Drift",
  models: "Models",
  history: "History",
};

export function Header({ view }: { readonly view: ViewId }) {
  return (
    <header className="header">
      <h1>isobit</h1>
      <p>
        Runs one neural network in WebAssembly at the edge and natively on a server, and says, bit by bit, whether they
        agree.
      </p>
      <nav aria-label="Views" className="views">
        {VIEWS.map((id) => (
          <a key={id} href={addressOf(id)} aria-current={id === view ? "page" : undefined}>
            {NAMES[id]}
          </a>
        ))}
        <a href="/graphql">GraphQL</a>
      </nav>
    </header>
  );
}
