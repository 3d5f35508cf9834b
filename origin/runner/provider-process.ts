import "./no-float16-array.ts";
import process from "node:process";
import { createRunner } from "#core/backends/runner.ts";
import { respondToParentProcess } from "#node/respond-to-parent.ts";
import type { Provider } from "../session.ts";
import { nodeRuntime } from "./node-runtime.ts";

/*
 * One of the origin's execution providers for a command: `node provider-process.ts <provider>`, started by the
 * command with the environment that a driver reads before it loads. Any model, any level, any number of threads.
 */

const provider = process.argv[2] as Provider;
respondToParentProcess(createRunner(nodeRuntime(provider)));
