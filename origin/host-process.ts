import process from "node:process";
import { respondToParentProcess } from "#node/respond-to-parent.ts";
import type { Provider } from "./session.ts";
import { createSessionHost } from "./session-host.ts";

/*
 * The process that holds one provider's sessions: `node host-process.ts <provider>`, started by start-host.ts with
 * the environment that a driver reads before it loads.
 */

respondToParentProcess(createSessionHost(process.argv[2] as Provider));
