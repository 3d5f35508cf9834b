import process from "node:process";
import { messageOf } from "#core/errors.ts";
import type { AdaptersResponse, AdaptersRequest, RunnerAdapter } from "#core/backends/runner-messages.ts";
import { respondToParentProcess } from "#node/respond-to-parent.ts";
import type { Adapter } from "../gpu-backend.ts";
import { gpuKinds } from "../gpu-kinds.ts";
import { isProviderBuilt, RUNTIME_VERSION } from "../session.ts";

/*
 * Knows which devices the origin's GPU providers may run on here, and why not, so that a command can start a provider's
 * process with the right environment: `node adapters-process.ts`.
 */

const KINDS = gpuKinds(process.env);

async function answer(request: AdaptersRequest): Promise<AdaptersResponse> {
  const kind = KINDS.find(({ id }) => id === request.backend);
  if (kind === undefined) throw new Error(`${request.backend} is not a GPU backend of the origin`);
  if (request.ask === "explain")
    return { is: "explained", reason: forCommand(kind.explain(request.failure, request.stderr)) };
  if (!isProviderBuilt(kind.provider)) {
    const where = `${process.platform} ${process.arch}`;
    return { is: "none", reason: `onnxruntime-node ${RUNTIME_VERSION} has no ${kind.provider} provider for ${where}.` };
  }
  const found = await kind.findAdapters();
  if (typeof found === "string") return { is: "none", reason: forCommand(found) };
  return { is: "adapters", adapters: found.map(asMessage) };
}

/** The sentences are the origin's; a command has nothing to restart. */
function forCommand(reason: string): string {
  return reason.replaceAll("restart the origin", "run the command again");
}

function asMessage({ device, hardwareGpu, environment }: Adapter): RunnerAdapter {
  const entries = Object.entries(environment).map(([name, value]) => [name, value ?? null] as const);
  return { device, hardwareGpu, environment: Object.fromEntries(entries) };
}

respondToParentProcess((request: AdaptersRequest) =>
  answer(request).catch((error: unknown): AdaptersResponse => ({ is: "failed", message: messageOf(error) })),
);
