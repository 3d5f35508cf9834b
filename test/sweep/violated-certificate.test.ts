import { createServer, type IncomingMessage, type Server } from "node:http";
import { readFile, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isobit } from "../support/isobit.ts";
import { type SharedStack, sharedStack } from "../support/shared-stack.ts";
import { newFolder, readResults, summaryIn } from "./sweeps.ts";

/*
 * No backend here breaks a certificate. So a proxy stands before the real edge that turns one bit of one answer of WASM,
 * and says of it what a stack says where that happens.
 */

let stack: SharedStack;
let proxy: Server;
let url: string;
let folder: string;

const TURNED = 3;

interface Parity {
  rows: {
    inputSha256: string;
    outputs: { source: string; prediction: { logits: { bits: string } } }[];
    pairs: { verdict: string; inCertifiedDomain: boolean }[];
  }[];
  certificateViolations: object[];
}

beforeAll(async () => {
  stack = await sharedStack();
  folder = await newFolder();
  proxy = createServer(async (request, response) => {
    const answer = await fetch(`${stack.edgeUrl}${request.url}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: await bodyOf(request),
    });
    const body = (await answer.json()) as { data?: { parity?: Parity } };
    const { parity } = body.data ?? {};
    if (parity && parity.rows.length > TURNED) turnBit(parity);
    response.setHeader("content-type", "application/json").end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});

afterAll(async () => {
  proxy?.closeAllConnections();
  proxy?.close();
  await rm(folder, { recursive: true });
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk as string;
  return text;
}

function turnBit({ rows, certificateViolations }: Parity): void {
  const row = rows[TURNED]!;
  expect(row.pairs[0]).toEqual({ other: "WASM", verdict: "IDENTICAL", inCertifiedDomain: true });
  const logits = row.outputs.find(({ source }) => source === "WASM")!.prediction.logits;
  const referenceBits = logits.bits;
  const bytes = Buffer.from(logits.bits, "base64");
  bytes[0]! ^= 1;
  logits.bits = bytes.toString("base64");
  row.pairs[0]!.verdict = "DRIFT";
  certificateViolations.push({
    message: `CERTIFICATE_VIOLATED: 1 logits differ on image input:${TURNED}.`,
    image: `input:${TURNED}`,
    reference: "CPU",
    other: "WASM",
    differingElements: 1,
    modelSha256: "a".repeat(64),
    inputSha256: row.inputSha256,
    input: "AAAAAA==",
    referenceBits,
    otherBits: logits.bits,
  });
}

test("3: a violated certificate, which no tolerance hides, is in the file, and after a resume too", async () => {
  const args = ["sweep", "--url", url, "--backends", "WASM,CPU", "--limit", "20", "--batch", "10"];
  const options = ["--abs", "1000", "--json", "--out", folder];
  const { code, stdout, stderr } = await isobit([...args, ...options]);
  expect(summaryIn(stdout), stderr).toMatchObject({
    outcome: "CERTIFICATE_VIOLATED",
    verdict: "DRIFT",
    certificateViolations: 2,
    pairs: [{ identical: 18, differingElements: 2 }],
  });
  expect(code).toBe(3);
  const id = `t10k-images-idx3-ubyte:${10 + TURNED}`;
  const { rows } = await readResults(folder);
  expect(rows[10 + TURNED]).toMatchObject({
    id,
    certificateViolations: [
      { message: `CERTIFICATE_VIOLATED: 1 logits differ on image ${id}.`, inputBits: "AAAAAA==" },
    ],
  });
  const report = JSON.parse(await readFile(join(folder, "parity_report.json"), "utf8"));
  expect(report.certificateViolations).toHaveLength(2);

  const resumed = await isobit([...args, ...options, "--resume", join(folder, "sweep.jsonl")]);
  expect(summaryIn(resumed.stdout)).toMatchObject({ resumed: 20, outcome: "CERTIFICATE_VIOLATED" });
  expect(resumed.code).toBe(3);
});

test("70: answers whose bits contradict their verdict are not written", async () => {
  // One bit is turned, but the verdict is still the real one.
  const liar = createServer(async (request, response) => {
    const answer = await fetch(`${stack.edgeUrl}${request.url}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: await bodyOf(request),
    });
    const body = (await answer.json()) as { data?: { parity?: Parity } };
    const first = body.data?.parity?.rows[0]?.outputs[0]?.prediction.logits;
    if (first) first.bits = `${first.bits.startsWith("A") ? "B" : "A"}${first.bits.slice(1)}`;
    response.setHeader("content-type", "application/json").end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => liar.listen(0, "127.0.0.1", resolve));
  const at = `http://127.0.0.1:${(liar.address() as AddressInfo).port}`;
  const args = ["sweep", "--url", at, "--backends", "WASM,CPU", "--limit", "4", "--out", folder];
  const { code, stderr } = await isobit(args);
  liar.closeAllConnections();
  liar.close();
  expect(stderr).toContain("the stack says IDENTICAL of WASM for t10k-images-idx3-ubyte:0, but its bits say DRIFT");
  expect(code).toBe(70);
  expect((await readResults(folder)).rows).toEqual([]);
});
