import process from "node:process";
import { answerParent } from "./runner/answer-parent.ts";
import type { Provider } from "./session.ts";
import { createSessionHost } from "./session-host.ts";

/*
 * The process that holds one provider's sessions: `node host-process.ts cpu|cuda|webgpu`, started by
 * host-process-client.ts with the environment that a driver reads before it loads.
 */

answerParent(createSessionHost(process.argv[2] as Provider));
