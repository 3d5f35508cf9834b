import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Inference } from "#core/backends/backend.ts";
import { compare } from "#core/compare.ts";
import type { PairTotal } from "#core/verdicts/verdict.ts";
import { MAX_REPEATED_QUESTIONS } from "#core/limits.ts";
import { askPeers } from "#core/ask-peers.ts";
import { parsePeers } from "#core/peers/parse-peers.ts";
import type { PeerAnswer } from "#core/peers/peer.ts";
import { repeatRequests } from "#core/repeat-requests.ts";
import type { Host } from "#core/host.ts";
import { createPeers } from "#schema/peer-clients/create-peers.ts";
import { modelOf, planOf } from "../core/plan.ts";
import { serve, type TestServer } from "./paragon-server.ts";

/* Peers that answer a repeated request in another way, or not at all, over real HTTP. */

const MODEL = {
  ...modelOf({ width: 2, height: 1 }),
  input: { ...modelOf({ width: 2, height: 1 }).input, shape: [-1, 2] },
};

/** What the server answers to its n-th prediction of an input, from 0. */
type Script = (row: number, times: number) => readonly number[] | "refuse";

let script: Script = () => [1, 0];
let asked: number[] = [];
let server: TestServer;
beforeAll(async () => {
  server = await serve(async (request, response) => {
    if (request.url === "/health") return json(response, { ok: true });
    if (request.url === "/v2/models/m/infer") return infer(request, response);
    if (request.url === "/v2") return json(response, { extensions: ["binary_tensor_data"] });
    if (request.url?.startsWith("/v2")) {
      const tensor = { datatype: "FP32", shape: [-1, 2] };
      return json(response, { inputs: [{ name: "x", ...tensor }], outputs: [{ name: "y", ...tensor }] });
    }
    const image = new URL(request.url ?? "", "http://a").searchParams.get("image")!;
    const probabilities = next(Number(image.replace(".png", "")));
    if (typeof probabilities === "string") return json(response, { detail: "no more" }, 500);
    json(response, { image, probabilities });
  });
});
afterAll(() => server.stop());

function next(row: number): ReturnType<Script> {
  const times = asked.filter((each) => each === row).length;
  asked.push(row);
  return script(row, times);
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** The input's first element is its row. */
async function infer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = Buffer.concat(await Array.fromAsync(request));
  const answer = next(body.readFloatLE(body.length - 8));
  if (typeof answer === "string") return json(response, { error: "no more" }, 500);
  const floats = Float32Array.from(answer);
  // Bits of a NaN that are not the usual ones cannot pass through numbers.
  const bytes = Buffer.from(floats.buffer);
  answer.forEach((value, index) => {
    if (Object.is(value, OTHER_NAN)) bytes.writeUInt32LE(0x7fc00001, 4 * index);
  });
  const header = { outputs: [{ name: "y", datatype: "FP32", shape: [1, 2], parameters: { binary_data_size: 8 } }] };
  const text = Buffer.from(JSON.stringify(header));
  response.writeHead(200, { "inference-header-content-length": String(text.length) });
  response.end(Buffer.concat([text, bytes]));
}

/** Stands for the NaN of another payload. */
const OTHER_NAN = 12345;

interface Run {
  readonly total: PairTotal;
  readonly answers: readonly PeerAnswer[];
  readonly codes: readonly string[];
}

/**
 * The peer's answers to some rows as parity has them.
 * @param logits the reference's for every row
 */
async function run(entry: string, rows: readonly number[], logits: readonly number[] = [0, 0]): Promise<Run> {
  asked = [];
  const peers = createPeers(
    parsePeers(`peer=${entry}`, (url) => URL.parse(url)),
    { fetch, now: () => performance.now() },
  );
  const images = rows.map((row) => {
    return { id: String(row), label: "", file: `${row}.png`, width: 2, height: 1, sha256: "" };
  });
  const host = { images, peers } as unknown as Host;
  const items = rows.map((row) => ({ id: String(row), source: { kind: "image", id: String(row) } }) as const);
  const plan = { ...planOf(items, MODEL), sources: ["CPU" as const], peers: [await peers.get("peer")!.status()] };
  const inputs = rows.map((row) => {
    return { ok: true, id: String(row), tensor: Float32Array.of(row, 0), sha256: String(row) } as const;
  });
  const cpu = rows.map((): Inference => ({ ok: true, logits: Float32Array.from(logits), latencyMs: null }));
  const outputs = new Map([["CPU" as const, cpu]]);
  const first = await askPeers(plan, inputs, host);
  const settled = await repeatRequests({ plan, inputs, outputs, host }, first);
  const { totals } = compare(plan, inputs, outputs, settled);
  const answers = settled.get("peer")!;
  return { total: totals[0]!, answers, codes: answers.map((answer) => (answer.ok ? "ok" : answer.error.code)) };
}

const paragon = (): string => `paragon+${server.url}`;
const oip = (): string => `oip+${server.url}/v2/models/m`;
const messageOf = (answer: PeerAnswer | undefined): string => (answer?.ok === false ? answer.error.message : "");

describe("a peer that agrees", () => {
  it("is asked one request twice, its first", async () => {
    script = () => [0.5, 0.5];
    const { total, codes } = await run(paragon(), [0, 1, 2]);
    expect([total.verdict, codes]).toEqual(["WITHIN_TOLERANCE", ["ok", "ok", "ok"]]);
    expect(asked).toEqual([0, 1, 2, 0]);
  });

  it("is asked twice even for one image", async () => {
    script = () => [0.5, 0.5];
    expect((await run(paragon(), [7])).total.verdict).toBe("WITHIN_TOLERANCE");
    expect(asked).toEqual([7, 7]);
  });

  it("is asked twice for the first image that it did answer", async () => {
    script = (row) => (row === 0 ? "refuse" : [0.5, 0.5]);
    expect((await run(paragon(), [0, 1])).codes).toEqual(["BACKEND_FAILED", "ok"]);
    expect(asked).toEqual([0, 1, 1]);
  });
});

describe("a peer that differs", () => {
  it("drifts where it gives the same answers again", async () => {
    script = (row) => [row / 10, 1 - row / 10];
    const { total, codes } = await run(paragon(), [1, 2, 3]);
    expect([total.verdict, new Set(codes)]).toEqual(["DRIFT", new Set(["ok"])]);
  });

  it("is asked again for the most serious differences, and for no more than some", async () => {
    script = (row) => [0.5 + row / 100, 0.5 - row / 100];
    const rows = Array.from({ length: 3 * MAX_REPEATED_QUESTIONS }, (_, index) => index + 1);
    expect((await run(paragon(), rows)).total.verdict).toBe("DRIFT");
    expect(asked.slice(rows.length)).toEqual(rows.toReversed().slice(0, MAX_REPEATED_QUESTIONS));
  });

  it("with another label is asked again before one that lies further away", async () => {
    // The reference says the first of two classes.
    script = (row) => (row === 5 ? [0.49, 0.51] : [0.99, 0.01]);
    await run(paragon(), [1, 5, 2], [0.1, 0]);
    expect(asked).toEqual([1, 5, 2, 5, 1, 2]);
  });
});

describe("a peer that gives two answers to one request", () => {
  it("is inconsistent, with both, and nothing is claimed about its other answers", async () => {
    script = (row, times) => (row === 2 && times === 0 ? [0.9, 0.1] : [0.5, 0.5]);
    const { total, codes, answers } = await run(paragon(), [1, 2, 3]);
    expect(total).toMatchObject({ verdict: "INCOMPLETE", compared: 0, labelMismatches: 0, maxAbs: null });
    expect(new Set(codes)).toEqual(new Set(["PEER_INCONSISTENT"]));
    expect(messageOf(answers[0])).toBe(messageOf(answers[1]));
    expect(messageOf(answers[1])).toBe(
      "The peer peer gave two answers to the same request, image 2: label zero with probabilities [0.9, 0.1], then label zero with probabilities [0.5, 0.5]. Its answers are not compared in this run. isobit made one call to it at a time, so other clients, stored state or randomness change its answers.",
    );
    expect(answers.map((answer) => !answer.ok && answer.conflicting?.map(({ values }) => values))).toEqual([
      undefined,
      [
        { precision: "DECIMAL", numerals: ["0.9", "0.1"] },
        { precision: "DECIMAL", numerals: ["0.5", "0.5"] },
      ],
      undefined,
    ]);
  });

  it.each([
    ["one image", [4]],
    ["several", [4, 5, 6]],
  ])("is found where its first answer agrees and the second does not: %s", async (_what, rows) => {
    script = (_row, times) => (times === 0 ? [0.5, 0.5] : [0.25, 0.75]);
    expect((await run(paragon(), rows)).codes).toEqual(rows.map(() => "PEER_INCONSISTENT"));
  });

  it("is found by an image that occurs twice, though it repeats itself when it is asked again", async () => {
    script = (_row, times) => (times === 0 ? [0.5, 0.5] : [0.9, 0.1]);
    expect((await run(paragon(), [1, 2, 1])).codes).toEqual(Array(3).fill("PEER_INCONSISTENT"));
  });

  it("in bits is found by one bit, and the message has both", async () => {
    script = (_row, times) => [1, times === 0 ? 0 : -0];
    const { codes, answers } = await run(oip(), [1], [1, 0]);
    expect(codes).toEqual(["PEER_INCONSISTENT"]);
    expect(messageOf(answers[0])).toContain("with logits [1, 0], then label zero with logits [1, -0.0]");
    expect(messageOf(answers[0])).toContain("up to 4 calls to it at once; add ;concurrency=1 in PEERS");
  });

  it("keeps its own errors for what it did not answer", async () => {
    script = (row, times) => (row === 1 ? "refuse" : [0.5, times === 0 ? 0.5 : 0.4]);
    expect((await run(paragon(), [1, 2])).codes).toEqual(["BACKEND_FAILED", "PEER_INCONSISTENT"]);
  });
});

describe("a NaN answer", () => {
  it("is the same answer where its bits are, and drift", async () => {
    script = () => [NaN, 1];
    const { total, codes } = await run(oip(), [1]);
    expect([total.verdict, codes]).toEqual(["DRIFT", ["ok"]]);
  });

  it("is another answer than a NaN of other bits, and than a number", async () => {
    script = (_row, times) => [times === 0 ? NaN : OTHER_NAN, 1];
    expect((await run(oip(), [1])).codes).toEqual(["PEER_INCONSISTENT"]);
    script = (_row, times) => [times === 0 ? NaN : 1, 1];
    const { answers, codes } = await run(oip(), [1]);
    expect(codes).toEqual(["PEER_INCONSISTENT"]);
    expect(messageOf(answers[0])).toContain("label NaN with logits [NaN, 1], then label zero with logits [1, 1]");
  });
});

describe("a peer that fails when it is asked again", () => {
  it("has no answer to that request, and the others are compared", async () => {
    script = (row, times) => (row === 2 && times === 1 ? "refuse" : row === 2 ? [0.9, 0.1] : [0.5, 0.5]);
    const { total, codes, answers } = await run(paragon(), [1, 2, 3]);
    expect(codes).toEqual(["ok", "BACKEND_FAILED", "ok"]);
    expect(total).toMatchObject({ verdict: "INCOMPLETE", compared: 2 });
    expect(messageOf(answers[1])).toMatch(/answered image 2 once and failed when it was asked again: .*no more/);
  });
});
