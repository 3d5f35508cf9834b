import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "#node/ports.ts";
import { MAX_PEER_BODY_BYTES } from "#core/limits.ts";
import { parsePeers } from "#core/peers/parse-peers.ts";
import type { Peer, PeerAnswer } from "#core/peers/peer.ts";
import { askPeers } from "#core/ask-peers.ts";
import type { Host } from "#core/host.ts";
import { createPeers } from "#schema/peer-clients/create-peers.ts";
import { modelOf, planOf } from "../core/plan.ts";
import { serve, type TestServer } from "./paragon-server.ts";

/* Everything that a peer can do wrong, over real HTTP: its own typed error, and no other error. */

const MODEL = {
  ...modelOf({ width: 2, height: 1 }),
  input: { ...modelOf({ width: 2, height: 1 }).input, shape: [-1, 2] },
};
const IMAGE = { id: "7", label: "7", file: "7.png", width: 2, height: 1, sha256: "" };

function peerAt(entry: string): Peer {
  const addresses = parsePeers(`peer=${entry}`, (url) => URL.parse(url));
  return createPeers(addresses, { fetch, now: () => performance.now() }).get("peer")!;
}

/** The peer's answers as the main path has them, its status included. */
async function ask(peer: Peer, rows: readonly (typeof IMAGE | null)[] = [IMAGE]): Promise<readonly PeerAnswer[]> {
  const items = rows.map((image, row) => {
    const source = image ? { kind: "image", id: image.id } : { kind: "tensor", bytes: new Uint8Array(8) };
    return { id: String(row), source } as Parameters<typeof planOf>[0][number];
  });
  const plan = { ...planOf(items, MODEL), peers: [await peer.status()] };
  const inputs = items.map(({ id }) => ({ ok: true, id, tensor: Float32Array.of(0.5, -1), sha256: "" }) as const);
  const host = { images: [IMAGE], peers: new Map([["peer", peer]]) } as unknown as Host;
  return (await askPeers(plan, inputs, host)).get("peer")!;
}

async function errorOf(peer: Peer, rows?: readonly (typeof IMAGE | null)[]): Promise<string> {
  const [answer] = await ask(peer, rows);
  return answer?.ok === false ? `${answer.error.code}: ${answer.error.message}` : "it answered";
}

type Reply = (request: IncomingMessage, response: ServerResponse) => void;

function json(body: unknown, status = 200): Reply {
  return (_request, response) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    response.writeHead(status, { "content-type": "application/json" }).end(text);
  };
}
const html: Reply = (_request, response) =>
  void response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Welcome</title>");
const redirect: Reply = (_request, response) =>
  void response.writeHead(302, { location: "http://10.0.0.1/secret" }).end();
const endless: Reply = (_request, response) => {
  response.writeHead(200, { "content-type": "application/json" });
  const more = (): void => {
    while (response.write("[".repeat(65_536)));
  };
  response.on("drain", more);
  more();
};
const declaredHuge: Reply = (_request, response) =>
  void response.writeHead(200, { "content-length": String(MAX_PEER_BODY_BYTES + 1) }).write("[");
const cutShort: Reply = (_request, response) => {
  response.writeHead(200, { "content-length": "100" }).write("{");
  setImmediate(() => response.destroy());
};

/** One server, whose answer each test chooses; health is well unless it says otherwise. */
let current: Reply = json({});
let health: Reply = json({ ok: true });
let seen: string[] = [];
let server: TestServer;
beforeAll(async () => {
  server = await serve((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    (request.url === "/health" ? health : current)(request, response);
  });
});
afterAll(() => server.stop());

describe("a Paragon peer that", () => {
  const good = { backend: "cpu", image: "7.png", prediction: 1, probabilities: [0.25, 0.75], latency_sec: 0.002 };
  const peer = (options = ""): Peer => {
    health = json({ ok: true });
    return peerAt(`paragon+${server.url}${options}`);
  };

  it("answers well is taken as it is", async () => {
    current = json(JSON.stringify(good).replace("0.25", "0.250000"));
    const [answer] = await ask(peer());
    expect(answer).toMatchObject({
      ok: true,
      quantity: "PROBABILITIES",
      values: { precision: "DECIMAL", numerals: ["0.250000", "0.75"] },
      classIndex: 1,
      latencyMs: 2,
      note: null,
    });
    expect(seen.at(-1)).toBe("GET /predict?image=7.png&backend=cpu");
  });

  it.each<[string, Reply, RegExp]>([
    ["answers HTML", html, /^BACKEND_FAILED: .*sent HTML \(HTTP 200\)/],
    ["redirects", redirect, /^BACKEND_FAILED: .*redirects to http:\/\/10\.0\.0\.1\/secret/],
    ["never stops sending", endless, /^BACKEND_FAILED: .*more than 4 MiB/],
    ["announces too much", declaredHuge, /^BACKEND_FAILED: .*more than 4 MiB/],
    ["breaks off", cutShort, /^BACKEND_UNAVAILABLE: .*cannot be reached/],
    ["answers nothing", (_, response) => void response.end(), /no JSON/],
    ["answers a list", json([1]), /not an object/],
    ["answers null", json("null"), /not an object/],
    ["answers NaN, which is not JSON", json('{"probabilities":[NaN,1]}'), /no JSON/],
    ["has no probabilities", json({ ...good, probabilities: undefined }), /without a list of numbers/],
    ["has probabilities that are text", json({ ...good, probabilities: ["0.25", "0.75"] }), /without a list/],
    ["has a null among them", json({ ...good, probabilities: [null, 1] }), /without a list/],
    ["has too few of them", json({ ...good, probabilities: [1] }), /1 values, but sketch has 2 labels/],
    ["has numbers beyond float64", json('{"probabilities":[1e999,0]}'), /cannot be compared: 1e999/],
    ["names a class that there is not", json({ ...good, prediction: 2 }), /names class 2/],
    ["names half a class", json({ ...good, prediction: 0.5 }), /names class 0\.5/],
    [
      "answers for another image",
      json({ ...good, image: "3.png" }),
      /asked for image 7\.png but answered for "3\.png"/,
    ],
    ["answers for another backend", json({ ...good, backend: "gpu" }), /asked for backend cpu but answered for "gpu"/],
    ["does not know the image", json({ detail: "image not found: 7.png" }, 404), /^IMAGE_NOT_FOUND: .*image not found/],
    ["has no GPU", json({ detail: "GPU backend not available" }, 503), /^BACKEND_UNAVAILABLE: .*GPU backend/],
    [
      "refuses in plain text",
      (_, r) => void r.writeHead(400, { "content-type": "text/plain" }).end("bad\nimage"),
      /HTTP 400\): bad image/,
    ],
    ["breaks", json({ error: "inside" }, 500), /^BACKEND_FAILED: .*HTTP 500\): inside/],
  ])("%s", async (_what, reply, message) => {
    current = reply;
    expect(await errorOf(peer())).toMatch(message);
  });

  it("says that it is not well is not asked", async () => {
    const sick = peer();
    health = json({ ok: false });
    seen = [];
    expect(await errorOf(sick)).toMatch(/^BACKEND_FAILED: .*not well/);
    expect(seen).toEqual(["GET /health"]);
  });

  it("answers health in HTML is not asked", async () => {
    const page = peer();
    health = html;
    expect(await errorOf(page)).toMatch(/^BACKEND_FAILED: .*HTML/);
  });

  it("takes only the built-in images, and still answers for those", async () => {
    current = json(good);
    const answers = await ask(peer(), [null, IMAGE]);
    expect(answers.map((answer) => (answer.ok ? "ok" : answer.error.code))).toEqual(["BAD_INPUT", "ok"]);
    expect(answers[0]?.ok === false && answers[0].error.message).toMatch(/built-in images by name only/);
  });

  it("gives numbers that are not probabilities comes with a doubt", async () => {
    current = json({ ...good, probabilities: [-3.5, 8.25] });
    expect((await ask(peer()))[0]).toMatchObject({
      ok: true,
      note: expect.stringMatching(/sum of 1\. If they are logits/),
    });
  });

  it("is not there", async () => {
    const port = await freePort();
    expect(await errorOf(peerAt(`paragon+http://127.0.0.1:${port}`))).toMatch(
      /^BACKEND_UNAVAILABLE: The peer peer at http:\/\/127\.0\.0\.1:\d+ cannot be reached: .*Start it, or correct PEERS\.$/,
    );
  });

  // Tests that wait for a timeout wait together.
  it.concurrent("accepts the connection and sends nothing", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    expect(await errorOf(peerAt(`paragon+http://127.0.0.1:${port}`))).toMatch(/^TIMEOUT: .*did not respond within 3 s/);
    silent.close();
  });

  it.concurrent.each([
    ["one call at a time", "", 1],
    ["four at a time", ";concurrency=4", 4],
  ])("stops responding is given up after the images under way: %s", async (_name, options, underWay) => {
    const asked: string[] = [];
    const falling = await serve((request, response) => {
      asked.push(request.url ?? "");
      if (request.url === "/health") json({ ok: true })(request, response);
    });
    const rows = Array.from({ length: 40 }, () => IMAGE);
    const answers = await ask(peerAt(`paragon+${falling.url}${options}`), rows);
    expect(new Set(answers.map((answer) => (answer.ok ? "ok" : answer.error.code)))).toEqual(new Set(["TIMEOUT"]));
    expect(asked.filter((url) => url.startsWith("/predict"))).toHaveLength(underWay);
    await falling.stop();
  });
});

describe("an Open Inference Protocol peer that", () => {
  const MODEL_PATH = "/v2/models/m";
  const tensors = {
    inputs: [{ name: "x", datatype: "FP32", shape: [-1, 2] }],
    outputs: [{ name: "y", datatype: "FP32", shape: [-1, 2] }],
  };
  const answer = { outputs: [{ name: "y", datatype: "FP32", shape: [1, 2], data: [1.5, -0.25] }] };

  /** @returns a reply for each path; what is left out is as it should be */
  function server2({
    ready = json({}),
    model = json({ name: "m", ...tensors }),
    v2 = json({ extensions: [] }),
    infer = json(answer),
  } = {}): Peer {
    current = (request, response) => {
      const routes: Record<string, Reply> = {
        "/v2": v2,
        [MODEL_PATH]: model,
        [`${MODEL_PATH}/ready`]: ready,
        [`${MODEL_PATH}/infer`]: infer,
      };
      (routes[request.url ?? ""] ?? json({ error: "no such path" }, 404))(request, response);
    };
    return peerAt(`oip+${server.url}${MODEL_PATH}`);
  }
  const binary = { v2: json({ extensions: ["binary_tensor_data"] }) };
  function withBytes(header: unknown, bytes: Uint8Array, length?: string): Reply {
    return (_request, response) => {
      const text = Buffer.from(JSON.stringify(header));
      response.writeHead(200, { "inference-header-content-length": length ?? String(text.length) });
      response.end(Buffer.concat([text, bytes]));
    };
  }
  const sized = (size: unknown) => ({
    outputs: [{ name: "y", datatype: "FP32", shape: [1, 2], parameters: { binary_data_size: size } }],
  });
  const eight = new Uint8Array(Float32Array.of(1.5, -0).buffer);

  it("answers JSON is text", async () => {
    const [given] = await ask(server2(), [null]);
    expect(given).toMatchObject({
      ok: true,
      quantity: "LOGITS",
      values: { precision: "DECIMAL", numerals: ["1.5", "-0.25"] },
    });
  });

  it("answers with binary data is bits", async () => {
    const [given] = await ask(server2({ ...binary, infer: withBytes(sized(8), eight) }), [null]);
    expect(given).toMatchObject({ ok: true, values: { precision: "BITS", floats: Float32Array.of(1.5, -0) } });
  });

  it("has another output before the asked one is read at the right place", async () => {
    const two = {
      outputs: [{ name: "z", datatype: "INT64", shape: [1], parameters: { binary_data_size: 8 } }, ...sized(8).outputs],
    };
    const bytes = Buffer.concat([Buffer.alloc(8, 0xff), eight]);
    const [given] = await ask(server2({ ...binary, infer: withBytes(two, bytes) }), [null]);
    expect(given).toMatchObject({ ok: true, values: { floats: Float32Array.of(1.5, -0) } });
  });

  it("cannot tell what it offers is asked in JSON", async () => {
    const [given] = await ask(server2({ v2: html }), [null]);
    expect(given).toMatchObject({ ok: true, values: { precision: "DECIMAL" } });
  });

  it.each<[string, Parameters<typeof server2>[0], RegExp]>([
    ["is not ready", { ready: json("", 400) }, /HTTP 400\) without a reason/],
    ["is not ready, and says so", { ready: json({ error: "loading" }, 503) }, /^BACKEND_UNAVAILABLE: .*loading/],
    ["is a web page", { ready: html }, /^BACKEND_FAILED: .*HTML/],
    ["does not know the model", { ready: json({ error: "unknown model" }, 404) }, /^MODEL_NOT_FOUND: .*unknown model/],
    ["redirects", { ready: redirect }, /^BACKEND_FAILED: .*redirect/],
    ["describes nothing", { model: json({}) }, /without a list of inputs/],
    [
      "takes two inputs",
      { model: json({ ...tensors, inputs: [...tensors.inputs, ...tensors.inputs] }) },
      /takes 2 inputs/,
    ],
    [
      "takes another type",
      { model: json({ ...tensors, inputs: [{ name: "x", datatype: "FP16", shape: [-1, 2] }] }) },
      /x as FP16/,
    ],
    [
      "takes another shape",
      { model: json({ ...tensors, inputs: [{ name: "x", datatype: "FP32", shape: [-1, 3] }] }) },
      /shape \[-1, 3\]/,
    ],
    [
      "has two outputs, neither ours",
      { model: json({ ...tensors, outputs: ["a", "b"].map((name) => ({ ...tensors.outputs[0], name })) }) },
      /outputs a, b/,
    ],
    ["describes a tensor without a name", { model: json({ ...tensors, inputs: [{}] }) }, /without a name/],
    ["refuses to infer", { infer: json({ error: "wrong model" }, 400) }, /HTTP 400\): wrong model/],
    ["answers HTML to infer", { infer: html }, /HTML/],
    ["redirects infer", { infer: redirect }, /redirect/],
    ["answers without outputs", { infer: json({}) }, /without a list of outputs/],
    ["answers another output", { infer: json({ outputs: [{ name: "z" }] }) }, /without the output y/],
    ["answers another type", { infer: json({ outputs: [{ ...answer.outputs[0], datatype: "FP64" }] }) }, /as FP64/],
    [
      "answers another shape",
      { infer: json({ outputs: [{ ...answer.outputs[0], shape: [1, 3] }] }) },
      /shape \[1, 3\]/,
    ],
    [
      "answers fewer numbers than its shape",
      { infer: json({ outputs: [{ ...answer.outputs[0], data: [1] }] }) },
      /1 values/,
    ],
    [
      "answers text for numbers",
      { infer: json({ outputs: [{ ...answer.outputs[0], data: ["1", "2"] }] }) },
      /neither as numbers/,
    ],
    [
      "answers no data at all",
      { infer: json({ outputs: [{ ...answer.outputs[0], data: undefined }] }) },
      /neither as numbers/,
    ],
    [
      "announces more bytes than it sends",
      { ...binary, infer: withBytes(sized(8), eight.subarray(4)) },
      /declares 8 bytes for 2 FP32 values and sent 4/,
    ],
    ["announces fewer than its shape", { ...binary, infer: withBytes(sized(4), eight) }, /declares 4 bytes/],
    ["announces nonsense", { ...binary, infer: withBytes(sized("8"), eight) }, /not a number of bytes/],
    [
      "has a header beyond its body",
      { ...binary, infer: withBytes(sized(8), eight, "9999") },
      /declares 9999 bytes of JSON/,
    ],
    [
      "has a header that is not a number",
      { ...binary, infer: withBytes(sized(8), eight, "-1") },
      /declares -1 bytes of JSON/,
    ],
  ])("%s", async (_what, replies, message) => {
    expect(await errorOf(server2(replies), [null])).toMatch(message);
  });

  it("gives what looks like probabilities comes with a doubt, and is not taken for them", async () => {
    const softmaxed = { outputs: [{ ...answer.outputs[0], data: [0.25, 0.75] }] };
    const [given] = await ask(server2({ infer: json(softmaxed) }), [null]);
    expect(given).toMatchObject({
      quantity: "LOGITS",
      note: expect.stringMatching(/configure it as oip-probabilities/),
    });
  });

  it("serves another file says so", async () => {
    const [given] = await ask(server2({ model: json({ ...tensors, parameters: { sha256: "f".repeat(64) } }) }), [null]);
    expect(given).toMatchObject({
      ok: true,
      note: expect.stringMatching(/different file from sketch \(SHA-256 f{64}\)/),
    });
  });
});
