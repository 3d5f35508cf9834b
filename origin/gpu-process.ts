import process from "node:process";
import type { HostQuestion } from "./host-messages.ts";
import type { Provider } from "./session.ts";
import { createSessionHost } from "./session-host.ts";

/*
 * The process of one GPU backend: `node gpu-process.ts cuda|webgpu`, started by gpu-client.ts with the environment
 * that its driver reads before it loads.
 */

const ask = createSessionHost(process.argv[2] as Provider);

process.on("message", async (question: HostQuestion) => void process.send?.(await ask(question)));

// Ctrl-C reaches the whole process group, but the origin lets requests in flight finish first and then hangs up.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit(0));
