import { setTimeout as delay } from "node:timers/promises";
import { Client, fetchExchange } from "urql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MAX_IMAGES_PER_QUERY } from "#core/limits.ts";
import { pixelsOf, readMnist } from "../../images/mnist.ts";
import { ask, base64, postBody } from "../support/graphql.ts";
import { NO_VULKAN } from "../support/origin.ts";
import { type RunningStack, startStack } from "../support/stack.ts";
import { subscribe, type SweepEvent, type Subscribed } from "./event-stream.ts";

/* The subscription `sweep`, as both real sides answer it over HTTP. */

let stack: RunningStack;
let inputs: readonly { readonly pixels: string }[];

beforeAll(async () => {
  stack = await startStack({ env: NO_VULKAN });
  const mnist = await readMnist("test");
  inputs = Array.from({ length: 130 }, (_, index) => ({ pixels: base64(pixelsOf(mnist, index)) }));
});

afterAll(() => stack?.stop());

const urlOf = (side: "edge" | "origin"): string => (side === "edge" ? stack.edgeUrl : stack.originUrl);

const PAIR = `reference other verdict quantity precision compared identical labelMismatches differingElements
  nonFiniteElements maxAbs meanAbs l2 maxUlp worstImage
  statistics { elements finiteElements cosineSimilarity psnr abs { max mean std median } ulp { max median } worst { image element } topK { k agreement } }`;
const ROW = `image inputSha256 outputs { source prediction { label logits { bits } } error { code } }
  pairs { reference other verdict labelsMatch maxUlp inCertifiedDomain }`;
const SWEEP = `subscription ($inputs: [ImageInput!], $model: ID, $batch: Int, $tolerance: ToleranceInput) {
  sweep(inputs: $inputs, backends: [WASM, CPU], model: $model, batch: $batch, tolerance: $tolerance) {
    done total finished elapsedMs imagesPerSecond verdict reference model { id }
    pairs { ${PAIR} } rows { ${ROW} } certificateViolations { code }
  }
}`;

async function all({ events }: Subscribed): Promise<SweepEvent[]> {
  const found = [];
  for await (const event of events) found.push(event);
  return found;
}

/** Many images, none of which matters. */
const LONG = `subscription ($images: [ID!]) { sweep(images: $images, backends: [WASM, CPU], model: "digits", batch: 5) {
  done finished verdict pairs { verdict compared } rows { image outputs { source error { code } } }
} }`;
const manyImages = { images: Array.from({ length: 5_000 }, (_, index) => String(index % 10)) };

describe.each(["edge", "origin"] as const)("on the %s", (side) => {
  test.each(["digits", "digits-exact"])("%s: its batches add up to what one parity says", async (model) => {
    const subscribed = await subscribe(urlOf(side), SWEEP, { inputs, model, batch: 50 });
    expect(subscribed.response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const events = await all(subscribed);
    expect(events.map(({ done, total, finished }) => [done, total, finished])).toEqual([
      [0, 130, false],
      [50, 130, false],
      [100, 130, false],
      [130, 130, true],
    ]);
    const { body } = await ask(
      urlOf(side),
      `query ($inputs: [ImageInput!], $model: ID) { parity(inputs: $inputs, backends: [WASM, CPU], model: $model) {
        verdict reference model { id } pairs { ${PAIR} } rows { ${ROW} } certificateViolations { code }
      } }`,
      { inputs, model },
    );
    const { rows, certificateViolations, ...whole } = body.data.parity;
    expect(events.at(-1)).toMatchObject(whole);
    expect(events.flatMap((event) => event.rows)).toEqual(rows);
    expect(events.flatMap((event) => event.certificateViolations)).toEqual(certificateViolations);
    expect(whole.verdict).toBe(model === "digits" ? "DRIFT" : "IDENTICAL");
  });

  test("the first event claims nothing, and each later one covers all before it", async () => {
    const [first, second, third] = await all(
      await subscribe(urlOf(side), SWEEP, { inputs, model: "digits", batch: 65 }),
    );
    expect(first).toMatchObject({
      verdict: "INCOMPLETE",
      imagesPerSecond: null,
      rows: [],
      pairs: [{ verdict: "INCOMPLETE", compared: 0, maxAbs: null, worstImage: null, statistics: null }],
    });
    expect(second.pairs[0]).toMatchObject({ verdict: "DRIFT", compared: 65, statistics: { elements: 650 } });
    expect(third.pairs[0]).toMatchObject({ verdict: "DRIFT", compared: 130, statistics: { elements: 1300 } });
    expect(third.imagesPerSecond).toBeGreaterThan(0);
    expect(third.elapsedMs).toBeGreaterThanOrEqual(second.elapsedMs);
  });

  test("a tolerance applies to each image", async () => {
    const events = await all(
      await subscribe(urlOf(side), SWEEP, { inputs, model: "digits", tolerance: { abs: 1e-3 } }),
    );
    expect(events.at(-1)).toMatchObject({ finished: true, verdict: "WITHIN_TOLERANCE" });
  });

  test("a file that is not an image fails alone, and the comparison is INCOMPLETE", async () => {
    const query = `subscription { sweep(images: ["3", "nope", "7"], backends: [WASM, CPU], batch: 1) { done verdict pairs { compared identical } rows { image outputs { error { code } } } } }`;
    const events = await all(await subscribe(urlOf(side), query));
    expect(events.map(({ verdict }) => verdict)).toEqual(["INCOMPLETE", "IDENTICAL", "INCOMPLETE", "INCOMPLETE"]);
    expect(events[2].rows[0].outputs[0]).toEqual({ error: { code: "IMAGE_NOT_FOUND" } });
    expect(events[3].pairs[0]).toEqual({ compared: 2, identical: 2 });
  });

  test.each<[string, string, Record<string, unknown>, string]>([
    ["no batch of that size", "BAD_INPUT", { batch: 0 }, "`batch` is 0; it must be a whole number from 1 to 10000."],
    ["no such model", "MODEL_NOT_FOUND", { model: "nope" }, 'No model is called "nope".'],
    ["nothing to run", "BAD_INPUT", { inputs: [] }, "There is nothing to run"],
    ["a bad tolerance", "BAD_INPUT", { tolerance: { abs: -1 } }, "tolerance.abs is -1"],
    ["a query that is none", "BAD_INPUT", { batch: "many" }, "Int cannot represent"],
  ])("refused: %s", async (_name, code, variables, sentence) => {
    const { frames } = await subscribe(urlOf(side), SWEEP, { inputs: inputs.slice(0, 1), ...variables });
    const [first, last, ...rest] = await Array.fromAsync(frames);
    const { data, errors } = JSON.parse(first!.data) as { data?: unknown; errors: object[] };
    expect(errors).toMatchObject([{ message: expect.stringContaining(sentence), extensions: { code } }]);
    expect(data ?? null).toBeNull();
    expect(last).toEqual({ event: "complete", data: "" });
    expect(rest).toEqual([]);
  });

  test("more images than a query may have are refused", async () => {
    const images = Array.from({ length: 10_001 }, () => "7");
    const { frames } = await subscribe(urlOf(side), LONG, { images });
    const [first] = await Array.fromAsync(frames);
    expect(JSON.parse(first!.data).errors[0].extensions.code).toBe("INPUT_TOO_LARGE");
  });

  test("a caller that does not accept an event stream gets an error, and no sweep keeps running", async () => {
    for (let time = 0; time < 4; time++) {
      const { body } = await postBody(urlOf(side), JSON.stringify({ query: "subscription { sweep { done } }" }), {
        accept: "application/json",
      });
      expect(body.errors?.[0]).toMatchObject({
        message: expect.stringContaining("accept: text/event-stream"),
        extensions: { code: "BAD_INPUT" },
      });
    }
  });

  test.each(["multipart/mixed", "image/png"])("a caller who takes only %s is told what is served", async (accept) => {
    const response = await fetch(`${urlOf(side)}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept },
      body: JSON.stringify({ query: "subscription { sweep { done } }" }),
    });
    expect([response.status, response.headers.get("content-type")]).toEqual([406, "application/json"]);
    const { errors } = (await response.json()) as { errors: readonly object[] };
    expect(errors).toMatchObject([
      { message: expect.stringMatching(/application\/json.*text\/event-stream/), extensions: { code: "BAD_INPUT" } },
    ]);
  });

  test("two run at once; a third gets OVERLOADED, and runs once one of them has ended", async () => {
    const running = [await subscribe(urlOf(side), LONG, manyImages), await subscribe(urlOf(side), LONG, manyImages)];
    for (const { events } of running) {
      await events.next();
      expect((await events.next()).value.done).toBe(5);
    }
    const { frames } = await subscribe(urlOf(side), LONG, manyImages);
    const refused = JSON.parse((await frames.next()).value!.data) as { errors: { extensions: object }[] };
    expect(refused.errors[0]!.extensions).toEqual({ code: "OVERLOADED", retryAfterSeconds: 5 });
    running[0]!.close();
    await untilAnswered(side);
    running[1]!.close();
    // Both places are free again: a stream that is never read holds none.
    const [left, right] = [await untilAnswered(side), await untilAnswered(side)];
    expect([left, right]).toEqual([10, 10]);
  });

  test("hanging up at once, twenty times over, leaves no sweep behind", async () => {
    for (let time = 0; time < 20; time++) (await subscribe(urlOf(side), LONG, manyImages)).close();
    expect(await untilAnswered(side)).toBe(10);
    expect(await untilAnswered(side)).toBe(10);
  });

  test("an EventSource's GET is answered, too", async () => {
    const query = 'subscription { sweep(images: ["3", "7"], backends: [WASM, CPU]) { done verdict } }';
    const response = await fetch(`${urlOf(side)}/graphql?query=${encodeURIComponent(query)}`, {
      headers: { accept: "text/event-stream" },
    });
    expect(await response.text()).toContain('data: {"data":{"sweep":{"done":2,"verdict":"IDENTICAL"}}}\n\n');
  });

  test("urql's client reads it", async () => {
    const client = new Client({
      url: `${urlOf(side)}/graphql`,
      exchanges: [fetchExchange],
      fetchSubscriptions: true,
      preferGetMethod: false,
    });
    const query = "subscription { sweep(backends: [WASM, CPU], batch: 4) { done finished } }";
    const seen: unknown[] = [];
    await new Promise<void>((resolve, reject) => {
      const { unsubscribe } = client.subscription<{ sweep: SweepEvent }>(query, {}).subscribe(({ data, error }) => {
        if (error) return reject(error);
        seen.push(data!.sweep.done);
        if (data!.sweep.finished) setImmediate(() => (unsubscribe(), resolve()));
      });
    });
    // urql tells the last one again, once it knows that no other comes.
    expect([...new Set(seen)]).toEqual([0, 4, 8, 10]);
  });
});

/** Asks until there is a place. @returns how many images were answered in the end */
async function untilAnswered(side: "edge" | "origin"): Promise<number> {
  for (;;) {
    const { frames } = await subscribe(urlOf(side), "subscription { sweep(backends: [WASM, CPU]) { done } }");
    const bodies = (await Array.fromAsync(frames))
      .filter(({ event }) => event === "next")
      .map(({ data }) => JSON.parse(data));
    if (!bodies[0].errors) return bodies.at(-1).data.sweep.done as number;
    expect(bodies[0].errors[0].extensions.code).toBe("OVERLOADED");
    await delay(50);
  }
}

test("an origin that crashes midway: its answers are kept, the rest is INCOMPLETE, and it may return", async () => {
  const { events } = await subscribe(stack.edgeUrl, LONG, {
    // The most there may be: what fails goes on fast, and an origin takes its time to start.
    images: Array.from({ length: MAX_IMAGES_PER_QUERY }, (_, index) => String(index % 10)),
  });
  for (let time = 0; time < 3; time++) await events.next();
  await stack.killOrigin();
  let lostAt: number | undefined;
  let backAt: number | undefined;
  for await (const event of events) {
    expect(event.rows).toHaveLength(5);
    const codes = event.rows.flatMap(({ outputs }: SweepEvent) => outputs.map(({ error }: SweepEvent) => error?.code));
    const { compared } = event.pairs[0];
    const isWhole = codes.every((code: unknown) => code === undefined);
    if (lostAt === undefined) {
      if (isWhole) continue;
      expect(codes).toContain("ORIGIN_UNREACHABLE");
      lostAt = compared;
      await stack.startOrigin();
    }
    expect(event.verdict).toBe("INCOMPLETE");
    if (isWhole) {
      backAt = compared;
      break;
    }
    expect(compared).toBe(lostAt);
  }
  expect(lostAt).toBeGreaterThanOrEqual(10);
  expect(backAt).toBe(lostAt! + 5);
});
