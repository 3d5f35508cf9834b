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
      {/* What follows a # names a view here, so the page itself goes there. */}
      <a className="skip" href={location.href} onClick={skip}>
        Skip to the content
      </a>
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

function skip(event: MouseEvent): void {
  event.preventDefault();
  focusMain();
}
