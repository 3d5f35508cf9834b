import { respondToParentThread } from "#node/respond-to-parent.ts";
import type { HostResponse } from "./host-messages.ts";
import { createSessionHost } from "./session-host.ts";

/*
 * The thread that holds the CPU provider's sessions under Deno, started by start-host.ts.
 */

respondToParentThread(createSessionHost("cpu"), (response: HostResponse) =>
  response.is === "inferred" ? [response.outcomes.logits.buffer] : [],
);
