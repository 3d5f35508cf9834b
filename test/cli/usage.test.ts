import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { freePort } from "#node/ports.ts";
import { isobit } from "../support/isobit.ts";

let server: Server | undefined;

afterEach(() => {
  server?.close();
  server = undefined;
});

/** Something that listens, but is not isobit. */
async function serve(status: number, type: string, body: string): Promise<string> {
  server = createServer((_request, response) => response.writeHead(status, { "content-type": type }).end(body));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("bad usage ends with 64 and says what is wrong", () => {
  test.each([
    [["--no-such-option"], "unknown option '--no-such-option'"],
    [["party"], "unknown command 'party'"],
    [["parity", "--digits", "3"], "unknown option '--digits'"],
    [["parity", "extra"], "too many arguments"],
    [["parity", "--backends", "GPU"], "Known backends: WASM, CPU, CUDA, CUDA_TF32, WEBGPU"],
    [["parity", "--reference", "WASM,CPU"], "Known backends"],
    [["parity", "--images", "3,,7"], "separated by commas"],
    [["parity", "--abs", "-1"], "finite number"],
    [["parity", "--rel", "much"], "finite number"],
    [["parity", "--ulp", "1.5"], "whole number"],
    [["parity", "--url", "localhost:8787"], "http or https address"],
    [["parity", "--url"], "argument missing"],
    [["start", "--port", "1"], "unknown option '--port'"],
    [[], "Usage: isobit"],
  ])("isobit %j", async (args, sentence) => {
    const { code, stdout, stderr } = await isobit(args);
    expect(stderr).toContain(sentence);
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
  });
});

test.each([
  ["--help", ["parity", "start", "dev"]],
  ["parity --help", ["Examples:", "--verbose", "Exit codes:", "64  bad usage"]],
  ["start --help", ["EDGE_PORT", "Exit codes:"]],
])("isobit %s shows what there is, and ends with 0", async (line, parts) => {
  const { code, stdout, stderr } = await isobit(line.split(" "));
  for (const part of parts) expect(stdout).toContain(part);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

describe("no answer ends with 2 and says why", () => {
  test("nothing listens at --url", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, stdout, stderr } = await isobit(["parity", "--url", url]);
    expect(stderr).toMatch(new RegExp(`^${url} cannot be reached \\(.*ECONNREFUSED.*\\)\\. Start a stack`));
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  test.each([
    ["a web page", 200, "text/html", "<!doctype html><title>hello</title>", "is not isobit (HTTP 200, not JSON)"],
    ["some other API", 404, "application/json", '{"detail":"Not Found"}', "is not isobit (HTTP 404 without data)"],
    ["JSON's null", 200, "application/json", "null", "is not isobit (HTTP 200 without data)"],
    [
      "some other GraphQL",
      200,
      "application/json",
      '{"errors":[{"message":"Cannot query field \\"parity\\"","extensions":{"code":"BAD_INPUT"}}]}',
      "refused the request (BAD_INPUT): Cannot query field",
    ],
  ])("%s answers at --url", async (_name, status, type, body, sentence) => {
    const url = await serve(status, type, body);
    const { code, stdout, stderr } = await isobit(["parity", "--url", url]);
    expect(stderr).toContain(sentence);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});
