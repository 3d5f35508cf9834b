import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dense } from "../paragon-model/models.ts";
import { ask } from "../support/graphql.ts";
import { isobit } from "../support/isobit.ts";
import { subscribe } from "../sweep/event-stream.ts";
import { NO_VULKAN } from "../support/origin.ts";
import { type RunningStack, startStack } from "../support/stack.ts";
import { type RacingServer, startRacingServer } from "./racing-server.ts";

/*
 * A Paragon service whose requests share one mutable network. It serves the same model as isobit. Calls at the same time
 * give wrong labels; asked one call at a time, the service agrees with isobit.
 */

const MODEL = dense("relu", "softmax", 64);

const PARITY = `query ($peers: [ID!], $images: [ID!]) {
  parity(peers: $peers, images: $images, backends: [WASM, CPU]) {
    verdict
    peers { id concurrency }
    pairs { other verdict compared labelMismatches differingElements maxAbs softmax { bound explained } }
    rows {
      image
      outputs {
        source
        peer { decimals }
        conflicting { quantity precision label decimals }
        error { code message }
      }
      pairs { other verdict labelsMatch softmax { bound explained } }
    }
  }
}`;

let server: RacingServer;
let stack: RunningStack;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-race-"));
  const path = join(folder, "paragon-relu.json");
  await writeFile(path, JSON.stringify(MODEL));
  server = await startRacingServer(MODEL);
  const PEERS = `one=paragon+${server.url},four=paragon+${server.url};concurrency=4`;
  stack = await startStack({ env: { ...NO_VULKAN, MODEL_JSON: path, PEERS } });
});
afterAll(async () => {
  await Promise.all([stack?.stop(), server?.stop()]);
  await rm(folder, { recursive: true });
});

function parityOf(url: string, peer: string, images?: readonly string[]): Promise<any> {
  return ask(url, PARITY, { peers: [peer], images }).then(({ body }) => body.data.parity);
}

function softmaxOf(parity: any): { bound: number; explained: number } {
  return parity.pairs[1].softmax;
}

describe.each(["edge", "origin"] as const)("asked of the %s", (side) => {
  const url = (): string => (side === "edge" ? stack.edgeUrl : stack.originUrl);

  it("the service agrees when it is asked one at a time, which is the default", async () => {
    server.mostAtOnce();
    const parity = await parityOf(url(), "one");
    expect(server.mostAtOnce()).toBe(1);
    expect(parity.verdict).toBe("WITHIN_TOLERANCE");
    expect(parity.peers).toEqual([{ id: "one", concurrency: 1 }]);
    const [, pair] = parity.pairs;
    expect(pair).toMatchObject({ other: "one", verdict: "WITHIN_TOLERANCE", compared: 10, labelMismatches: 0 });
    // Its float32 softmax is not isobit's float64 one, and that is all that differs.
    expect(pair.differingElements).toBeGreaterThan(0);
    expect(softmaxOf(parity).explained).toBe(pair.differingElements);
    expect(pair.maxAbs).toBeGreaterThan(0);
    expect(pair.maxAbs).toBeLessThan(1e-7);
  });

  it("it agrees with several requests at the same time, each of which waits for the calls of the others", async () => {
    server.mostAtOnce();
    const parities = await Promise.all(Array.from({ length: 4 }, () => parityOf(url(), "one", ["3", "7", "1"])));
    expect(server.mostAtOnce()).toBe(1);
    expect(parities.map(({ verdict }) => verdict)).toEqual(Array(4).fill("WITHIN_TOLERANCE"));
  });

  it("the service is inconsistent, and does not drift, when it is asked several at a time", async () => {
    server.mostAtOnce();
    const parity = await parityOf(url(), "four");
    expect(server.mostAtOnce()).toBeGreaterThan(1);
    expect(parity.verdict).toBe("INCOMPLETE");
    expect(parity.pairs[0]).toMatchObject({ other: "WASM", verdict: "IDENTICAL" });
    expect(parity.pairs[1]).toMatchObject({ other: "four", verdict: "INCOMPLETE", compared: 0, labelMismatches: 0 });
    const answers = parity.rows.map(({ outputs }: any) => outputs[2]);
    for (const { error, peer } of answers) expect([error.code, peer]).toEqual(["PEER_INCONSISTENT", null]);
    expect(new Set(parity.rows.map(({ pairs }: any) => pairs[1].verdict))).toEqual(new Set(["INCOMPLETE"]));
    const conflicts: any[][] = answers.flatMap(({ conflicting }: any) => (conflicting ? [conflicting] : []));
    expect(conflicts.length).toBeGreaterThan(0);
    for (const conflict of conflicts) {
      expect(conflict).toHaveLength(2);
      expect(conflict[0].decimals).not.toEqual(conflict[1].decimals);
    }
    const { message } = answers[0].error;
    expect(message).toMatch(/^The peer four gave two answers to the same request, image \d: label \d with /);
    expect(message).toContain(";concurrency=1 in PEERS");
    expect(conflicts.some((conflict) => conflict.every(({ decimals }) => message.includes(decimals.join(", "))))).toBe(
      true,
    );
  });
});

describe("the subscription sweep", () => {
  it.each([
    ["one", "WITHIN_TOLERANCE", "undefined"],
    ["four", "INCOMPLETE", "PEER_INCONSISTENT"],
  ])("says the same of %s: %s", async (peer, verdict, code) => {
    const query = `subscription { sweep(peers: ["${peer}"], backends: [CPU], batch: 5) {
      finished verdict rows { outputs { error { code } } }
    } }`;
    const { events } = await subscribe(stack.edgeUrl, query);
    const [, ...batches] = await Array.fromAsync<any>(events);
    expect(batches.map((event) => [event.finished, event.verdict])).toEqual([
      [false, verdict],
      [true, verdict],
    ]);
    const codes = batches.flatMap(({ rows }) => rows.map(({ outputs }: any) => String(outputs[1].error?.code)));
    expect(codes).toEqual(Array(10).fill(code));
  });
});

describe("isobit parity --peer", () => {
  it("agrees when called one at a time, and says what the peer's softmax explains", async () => {
    const { code, stdout } = await isobit(["parity", "--url", stack.edgeUrl, "--peer", "one", "--out", folder]);
    expect(stdout).toMatch(
      /A softmax computed in float32 can change a probability by up to \S+ here; that explains all of \d+ differing/,
    );
    expect(stdout).toContain("peer, paragon, one call at a time: probabilities in decimal, not bits");
    expect(code).toBe(0);
  });

  it("says that the peer is inconsistent, with both answers, in every report, and ends with 2", async () => {
    const args = ["parity", "--url", stack.edgeUrl, "--peer", "four", "--report", "all", "--out", folder];
    const { code, stdout } = await isobit(args);
    const said =
      /The peer four gave two answers to the same request, image \d: label \d with probabilities \[.*\], then label \d with probabilities \[.*\]\. Its answers are not compared/;
    expect(code).toBe(2);
    expect(stdout).toMatch(/PEER_INCONSISTENT: no consistent answer of four for every image/);
    expect(stdout).toMatch(said);
    expect(stdout).toMatch(/^four against CPU: INCOMPLETE; 0 of 10 images compared$/m);
    expect(stdout).toMatch(/^Outcome: INCOMPLETE: /m);
    const read = (name: string): Promise<string> => readFile(join(folder, name), "utf8");
    const json = JSON.parse(await read("parity_report.json"));
    expect([json.verdict, json.outcome]).toEqual(["INCOMPLETE", "INCOMPLETE"]);
    const answers = json.rows.map(({ outputs }: any) => outputs.find(({ source }: any) => source === "four"));
    expect(answers.map(({ error }: any) => error.code)).toEqual(Array(10).fill("PEER_INCONSISTENT"));
    const [first, second] = answers.find(({ conflicting }: any) => conflicting).conflicting;
    expect(first.decimals).not.toEqual(second.decimals);
    expect(await read("parity_summary.csv")).toMatch(/,CPU,four,INCOMPLETE,(.*),PEER_INCONSISTENT,/);
    expect(await read("parity_junit.xml")).toMatch(/<error [^>]*PEER_INCONSISTENT: The peer four gave two answers/);
    expect(await read("parity_report.md")).toMatch(/PEER\\_INCONSISTENT: no consistent answer of four for every input/);
    expect(await read("parity_report.html")).toMatch(said);
    for (const name of ["parity_summary.csv", "parity_junit.xml", "parity_report.md"]) {
      expect(await read(name)).not.toMatch(/four.*DRIFT/);
    }
  });
});

describe("isobit sweep --peer", () => {
  const images = "0,1,2,3,4,5,6,7,8,9";
  const sweep = (peer: string, ...more: string[]) =>
    isobit([
      "sweep",
      "--url",
      stack.originUrl,
      "--images",
      images,
      "--peer",
      peer,
      "--batch",
      "5",
      "--out",
      folder,
      ...more,
    ]);

  it("agrees when called one at a time, although several batches are under way", async () => {
    server.mostAtOnce();
    const { code, stdout, stderr } = await sweep("one");
    expect(server.mostAtOnce()).toBe(1);
    expect(stdout, stderr).toMatch(/one against CPU .*WITHIN_TOLERANCE/);
    expect(stdout).toMatch(/A softmax computed in float32 can change/);
    expect(code).toBe(0);
  });

  it("says that the peer is inconsistent, by the image's own name, and ends with 2; a resume says the same", async () => {
    const { code, stdout, stderr } = await sweep("four");
    expect(code, stderr).toBe(2);
    expect(stdout).toMatch(
      /PEER_INCONSISTENT: no consistent answer of four for images? [\d, ]+\n {2}The peer four gave two answers to the same request, image \d: label/,
    );
    expect(stdout).toMatch(/Outcome: INCOMPLETE: an answer is missing or not repeatable/);
    const lines = (await readFile(join(folder, "sweep.jsonl"), "utf8")).trim().split("\n").slice(1);
    const outputs = lines.map((line) => JSON.parse(line).outputs.four);
    expect(outputs.map(({ error }) => error?.code)).toEqual(Array(10).fill("PEER_INCONSISTENT"));
    expect(outputs.flatMap(({ conflicting }) => conflicting ?? []).length).toBeGreaterThan(0);
    const resumed = await sweep("four", "--resume", join(folder, "sweep.jsonl"));
    expect(resumed.code).toBe(2);
    expect(resumed.stdout).toMatch(/PEER_INCONSISTENT/);
  });
});
