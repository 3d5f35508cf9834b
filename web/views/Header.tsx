import type { MouseEvent } from "react";
import { addressOf, type ViewId, VIEWS } from "../route.ts";
import { focusMain } from "./focus.ts";

const NAMES: Readonly<Record<ViewId, string>> = {
  digits: "Digits",
  draw: "Draw",
  sweep: "Sweep",
  trace: "Drift",
  models: "Models",
  history: "History",
};

export function Header({ view }: { readonly view: ViewId }) {
  return (
    <header className="header">
      {/* A link to #main would open another view: the part after the # is the view's name. */}
      <a className="skip" href={location.href} onClick={skip}>
        Skip to the content
      </a>
      <h1>isobit</h1>
      <p>
        Runs one neural network in WebAssembly at the edge and natively on a server, and compares the results bit by
        bit.
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

function skip(event: MouseEvent): void {
  event.preventDefault();
  focusMain();
}
