import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "#node/ports.ts";
import { EdgeDidNotStart, startEdge } from "../support/edge.ts";
import { ask, base64 } from "../support/graphql.ts";
import { isobit } from "../support/isobit.ts";
import { NO_VULKAN, type RunningOrigin, runOriginToItsEnd, startOrigin } from "../support/origin.ts";
import { type RunningStack, startStack } from "../support/stack.ts";
import { digitTensors } from "../oip/digit-tensors.ts";
import { serve, startParagonServer, type TestServer } from "./paragon-server.ts";

/* A second isobit over the Open Inference Protocol and a Paragon-shaped service, in one report next to WASM and CPU. */

const PARITY = `query ($peers: [ID!], $images: [ID!], $inputs: [ImageInput!], $model: ID) {
  parity(peers: $peers, images: $images, inputs: $inputs, backends: [WASM, CPU], model: $model) {
    verdict reference total
    peers { id url protocol available reason }
    pairs { other verdict quantity precision compared identical labelMismatches differingElements maxAbs maxUlp statistics { elements } }
    rows {
      image
      outputs {
        source
        prediction { label logits { bits } }
        peer { quantity precision label classIndex values decimals bits sha256 latencyMs roundTripMs note }
        error { code message }
      }
      pairs { other verdict quantity precision labelsMatch differingElements maxAbs maxUlp inCertifiedDomain }
    }
  }
}`;

let second: RunningOrigin;
let paragon: TestServer;
let web: TestServer;
let moved: TestServer;
let stack: RunningStack;
let folder: string;
let peers: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-peers-"));
  [second, paragon, web] = await Promise.all([
    startOrigin({ env: { ...NO_VULKAN } }),
    startParagonServer({ decimals: 6 }),
    serve((_request, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<h1>Hi</h1>")),
  ]);
  moved = await serve((request, response) => {
    response.writeHead(307, { location: `${second.url}${request.url ?? ""}` }).end();
  });
  peers = [
    `go=paragon+${paragon.url}`,
    `iso=oip+${second.url}/v2/models/digits`,
    `exact=oip+${second.url}/v2/models/digits-exact/versions/1`,
    `gone=paragon+http://127.0.0.1:${await freePort()}`,
    `web=oip+${web.url}/v2/models/digits`,
    `moved=oip+${moved.url}/v2/models/digits`,
  ].join(",");
  stack = await startStack({ env: { ...NO_VULKAN, PEERS: peers } });
});
afterAll(async () => {
  await Promise.all([stack?.stop(), second?.stop(), paragon?.stop(), web?.stop(), moved?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

describe.each(["edge", "origin"] as const)("asked of the %s", (side) => {
  const url = (): string => (side === "edge" ? stack.edgeUrl : stack.originUrl);

  it("four sources are in one report: two backends, bits of another isobit, decimals of a Paragon service", async () => {
    const { body } = await ask(url(), PARITY, { peers: ["iso", "go"], model: "digits" });
    expect(body.errors).toBeUndefined();
    const { parity } = body.data;
    expect(parity).toMatchObject({ verdict: "DRIFT", reference: "CPU", total: 10 });
    expect(parity.peers).toEqual([
      { id: "iso", url: `${second.url}/v2/models/digits`, protocol: "oip", available: true, reason: null },
      { id: "go", url: paragon.url, protocol: "paragon", available: true, reason: null },
    ]);
    const [wasm, iso, go] = parity.pairs;
    expect(wasm).toMatchObject({ other: "WASM", verdict: "DRIFT", quantity: "LOGITS", precision: "BITS" });
    expect(iso).toMatchObject({ other: "iso", verdict: "IDENTICAL", quantity: "LOGITS", precision: "BITS" });
    expect(iso).toMatchObject({
      compared: 10,
      identical: 10,
      differingElements: 0,
      maxUlp: 0,
      statistics: { elements: 100 },
    });
    expect(go).toMatchObject({
      other: "go",
      verdict: "WITHIN_TOLERANCE",
      quantity: "PROBABILITIES",
      precision: "DECIMAL",
    });
    expect(go).toMatchObject({ compared: 10, identical: 0, labelMismatches: 0, differingElements: 0, maxUlp: null });
    expect(go.maxAbs).toBeGreaterThan(0);
    expect(go.maxAbs).toBeLessThanOrEqual(5.01e-7);

    for (const { image, outputs } of parity.rows) {
      expect(outputs.map((output: { source: string }) => output.source)).toEqual(["WASM", "CPU", "iso", "go"]);
      const [, cpu, isobit2, paragon2] = outputs;
      expect(isobit2).toMatchObject({
        prediction: null,
        error: null,
        peer: { label: image, decimals: null, note: null },
      });
      expect(isobit2.peer.bits).toBe(cpu.prediction.logits.bits);
      expect(paragon2.peer).toMatchObject({ label: image, bits: null, sha256: null, note: null });
      expect(paragon2.peer.decimals).toHaveLength(10);
      expect(paragon2.peer.latencyMs).toBeGreaterThan(0);
      expect(cpu.peer).toBeNull();
    }
  });

  it("the caller's own input goes to the peer that takes tensors, and is an error for the other peer", async () => {
    const tensor = base64((await digitTensors("digits"))[3]!);
    const { body } = await ask(url(), PARITY, {
      peers: ["iso", "go"],
      inputs: [{ tensor }, { image: "4" }],
      model: "digits",
    });
    const { rows, pairs, verdict } = body.data.parity;
    expect(verdict).toBe("INCOMPLETE");
    expect(rows[0].outputs[2].peer.label).toBe("3");
    expect(rows[0].outputs[3]).toMatchObject({ peer: null, error: { code: "BAD_INPUT" } });
    expect(rows[0].outputs[3].error.message).toMatch(/peer go takes built-in images by name only/);
    expect(rows[1].outputs[3].peer.label).toBe("4");
    expect(
      pairs.map((pair: { other: string; verdict: string; compared: number }) => [
        pair.other,
        pair.verdict,
        pair.compared,
      ]),
    ).toEqual([
      ["WASM", "DRIFT", 2],
      ["iso", "IDENTICAL", 2],
      ["go", "INCOMPLETE", 1],
    ]);
  });

  it("peers that are gone or answer HTML leave the others standing", async () => {
    const { body } = await ask(url(), PARITY, { peers: ["gone", "web", "iso"], images: ["5"], model: "digits" });
    const { rows, pairs, verdict, peers: statuses } = body.data.parity;
    expect(verdict).toBe("INCOMPLETE");
    expect(rows[0].outputs[2]).toMatchObject({ source: "gone", error: { code: "BACKEND_UNAVAILABLE" } });
    expect(rows[0].outputs[3]).toMatchObject({ source: "web", error: { code: "BACKEND_FAILED" } });
    expect(rows[0].outputs[3].error.message).toMatch(/sent HTML/);
    expect(rows[0].outputs[4].peer.label).toBe("5");
    expect(statuses.map((status: { available: boolean }) => status.available)).toEqual([false, false, true]);
    expect(pairs.map((pair: { verdict: string }) => pair.verdict)).toEqual([
      "DRIFT",
      "INCOMPLETE",
      "INCOMPLETE",
      "IDENTICAL",
    ]);
  });

  it("a redirect is not followed, even to where an answer would be", async () => {
    const { body } = await ask(url(), PARITY, { peers: ["moved"], images: ["5"], model: "digits" });
    const { error } = body.data.parity.rows[0].outputs[2];
    expect(error.code).toBe("BACKEND_FAILED");
    expect(error.message).toContain(`redirects to ${second.url}/v2/models/digits/ready`);
  });

  it("the exact model has the same bits there, and a peer with another file comes with a note", async () => {
    const exact = await ask(url(), PARITY, { peers: ["exact"], model: "digits-exact" });
    expect(exact.body.data.parity).toMatchObject({
      verdict: "IDENTICAL",
      pairs: [{ identical: 10 }, { other: "exact", identical: 10 }],
    });
    expect(exact.body.data.parity.rows[0].pairs[1]).toMatchObject({ other: "exact", inCertifiedDomain: false });
    const wrong = await ask(url(), PARITY, { peers: ["iso"], images: ["1"], model: "digits-exact" });
    expect(wrong.body.data.parity.rows[0].outputs[2].peer.note).toMatch(/different file from digits-exact/);
  });

  it.each([
    [
      "an id that is not configured",
      ["absent"],
      /No peer is called "absent"\. Configured: go, iso, exact, gone, web, moved/,
    ],
    ["an address", [`paragon+http://127.0.0.1:1`], /No peer is called "paragon\+http/],
    ["a backend's name", ["CPU"], /No peer is called "CPU"/],
  ])("%s in a query is refused", async (_what, ids, message) => {
    const { body } = await ask(url(), PARITY, { peers: ids });
    expect(body.errors?.[0]?.extensions.code).toBe("BAD_INPUT");
    expect(body.errors?.[0]?.message).toMatch(message);
  });

  it("compares no peer unless it is named, and each one once", async () => {
    const { body } = await ask(url(), PARITY, { images: ["1"], model: "digits" });
    expect(body.data.parity.peers).toEqual([]);
    const twice = await ask(url(), PARITY, { peers: ["iso", "iso"], images: ["1"], model: "digits" });
    expect(twice.body.data.parity.peers).toHaveLength(1);
  });

  it("health tells each peer's state", async () => {
    const { body } = await ask(url(), "{ health { ok peers { id available reason } } }");
    expect(body.data.health.ok).toBe(true);
    expect(body.data.health.peers.map((peer: { id: string; available: boolean }) => [peer.id, peer.available])).toEqual(
      [
        ["go", true],
        ["iso", true],
        ["exact", true],
        ["gone", false],
        ["web", false],
        ["moved", false],
      ],
    );
    expect(body.data.health.peers[3].reason).toMatch(/Start it, or correct PEERS/);
  });
});

describe("isobit parity --peer", () => {
  it("shows the peers in the table, says what is not bits, and writes them down", async () => {
    const args = [
      "parity",
      "--url",
      stack.edgeUrl,
      "--peer",
      "go,iso",
      "--backends",
      "WASM,CPU",
      "--model",
      "digits",
      "--out",
      folder,
    ];
    const { code, stdout, stderr } = await isobit(args);
    expect([code, stderr]).toEqual([1, expect.stringContaining("Wrote ")]);
    expect(stdout).toMatch(
      /go against CPU: WITHIN_TOLERANCE; 10 of 10 images compared, probabilities in decimal, not bits/,
    );
    expect(stdout).toMatch(/iso against CPU: IDENTICAL; 10 of 10 images compared, 10 equal in every bit/);
    expect(stdout).toContain(paragon.url);
    const report = JSON.parse(await readFile(join(folder, "parity_report.json"), "utf8"));
    expect(JSON.stringify(report)).toContain('"precision":"DECIMAL"');
    const csv = await readFile(join(folder, "parity_summary.csv"), "utf8");
    expect(csv.split("\n").filter((line) => line.includes(",CPU,go,WITHIN_TOLERANCE,"))).toHaveLength(10);
  });

  it("ends with 64 for a peer that the side does not know", async () => {
    const { code, stderr } = await isobit(["parity", "--url", stack.edgeUrl, "--peer", "absent", "--out", folder]);
    expect(code).toBe(64);
    expect(stderr).toMatch(/No peer is called "absent"/);
  });
});

describe("a bad PEERS", () => {
  const PEERS = "go=paragon+ftp://a";
  const sentence = /PEERS has "go=paragon\+ftp:\/\/a", but the part after the protocol is not an http or https address/;

  it("stops the origin's start, with a sentence that names it", async () => {
    const { exitCode, logs } = await runOriginToItsEnd({ env: { ...NO_VULKAN, PEERS } });
    expect(exitCode).toBe(1);
    expect(logs).toMatch(sentence);
  });

  it("stops the edge's start", async () => {
    const refused = await startEdge({ env: { PEERS } }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(EdgeDidNotStart);
    expect((refused as Error).message).toMatch(sentence);
  });

  it("stops npm start before anything is built", async () => {
    const { code, stderr, stdout } = await isobit(["start"], { env: { PEERS } });
    expect(code).toBe(64);
    expect(stderr).toMatch(sentence);
    expect(stdout).toBe("");
  });
});
