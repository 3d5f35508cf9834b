import { BACKEND_IDS, type Side } from "#core/backends.ts";
import type { BackendStatus } from "#core/backends/backend.ts";
import { BackendStatusType, SideEnum } from "./backends.ts";
import { builder } from "./builder.ts";
import { PeerStatusType } from "./peers.ts";

interface HealthResponse {
  readonly side: Side;
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly backends: readonly BackendStatus[];
}

const Health = builder.objectRef<HealthResponse>("Health").implement({
  description: "This side, and every backend as this side sees it.",
  fields: (t) => ({
    ok: t.boolean({
      description: "True if any backend that this side holds itself is available.",
      resolve: ({ side, backends }) => backends.some((status) => status.side === side && status.available),
    }),
    side: t.expose("side", { type: SideEnum, description: "The side that answers." }),
    version: t.exposeString("version", { description: "isobit's version." }),
    uptimeSeconds: t.exposeFloat("uptimeSeconds", { description: "Seconds since this side started serving." }),
    gpuAvailable: t.boolean({
      description: "True only for hardware: a software adapter (SwiftShader, llvmpipe) does not count.",
      resolve: ({ backends }) => backends.some((status) => status.available && status.hardwareGpu),
    }),
    backends: t.expose("backends", { type: [BackendStatusType], description: "Every backend of both sides." }),
    peers: t.field({
      type: [PeerStatusType],
      description: "The services that PEERS names. Selecting this field sends a request to each.",
      resolve: (_health, _args, { host }) => Promise.all([...host.peers.values()].map((peer) => peer.status())),
    }),
  }),
});

builder.queryField("health", (t) =>
  t.field({
    type: Health,
    description: "Which backends are available, on what, and why the others are not.",
    resolve: async (_root, _args, { host, uptimeSeconds }): Promise<HealthResponse> => {
      const held = BACKEND_IDS.map((id) => host.backends.get(id)).filter((backend) => backend !== undefined);
      return {
        side: host.side,
        version: host.version,
        uptimeSeconds: uptimeSeconds(),
        backends: await Promise.all(held.map((backend) => backend.status())),
      };
    },
  }),
);
