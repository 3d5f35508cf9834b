import { freePort } from "#node/ports.ts";
import { type RunningCommand, startIsobit } from "../support/isobit.ts";
import { NO_VULKAN } from "../support/origin.ts";
import { descendantsOf } from "../support/processes.ts";

export type Role = "supervisor" | "edge" | "workerd" | "origin" | "provider";
export const ROLES: readonly Role[] = ["supervisor", "edge", "workerd", "origin", "provider"];

export interface StackUnderTest {
  readonly urls: { readonly edge: string; readonly origin: string };
  /** The processes that run now, by what they do. */
  processes(): readonly { readonly pid: number; readonly role: Role }[];
  /** How often the harness had to start `isobit start`, as systemd would. */
  starts(): number;
  logs(): string;
  stop(): Promise<void>;
}

const RUNNING = "Both sides run. Ctrl-C stops them.";
const PARTS: readonly (readonly [Role, RegExp])[] = [
  ["workerd", /\/workerd serve /],
  ["edge", /edge\/serve\.ts/],
  ["origin", /origin\/main\.ts/],
  ["provider", /origin\/host-process\.ts/],
];

/** `isobit start` on loopback, started again at the same ports when it ends. */
export async function startStackUnderTest(): Promise<StackUnderTest> {
  const [edge, origin] = [await freePort(), await freePort()];
  const env = { ...NO_VULKAN, EDGE_PORT: String(edge), ORIGIN_PORT: String(origin) };
  let stopping = false;
  let starts = 0;
  let logs = "";
  let command: RunningCommand;
  const start = (): void => {
    starts += 1;
    command = startIsobit(["start"], { env });
    void command.ended.then(({ stdout, stderr }) => {
      logs += stdout + stderr;
      if (!stopping) setTimeout(start, 500);
    });
  };
  start();
  await command!.says(RUNNING);
  return {
    urls: { edge: `http://127.0.0.1:${edge}`, origin: `http://127.0.0.1:${origin}` },
    processes: () => {
      const sides = descendantsOf(command.pid).flatMap(({ pid, commandLine }) => {
        const role = PARTS.find(([, pattern]) => pattern.test(commandLine))?.[0];
        return role ? [{ pid, role }] : [];
      });
      return [{ pid: command.pid, role: "supervisor" }, ...sides];
    },
    starts: () => starts,
    logs: () => logs + command.stderr(),
    async stop() {
      stopping = true;
      command.signal("SIGTERM");
      await command.ended;
    },
  };
}
