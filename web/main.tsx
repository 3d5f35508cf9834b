import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Client, fetchExchange, Provider } from "urql";
import { App } from "./App.tsx";
import { keepFocus } from "./views/focus.ts";

// No cache: every run is a measurement, and a cached result would look like a new one.
const client = new Client({ url: "/graphql", exchanges: [fetchExchange], preferGetMethod: false });

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no element with the id root.");

keepFocus(root);
createRoot(root).render(
  <StrictMode>
    <Provider value={client}>
      <App />
    </Provider>
  </StrictMode>,
);
