import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePeers } from "#core/peers/parse-peers.ts";
import { concurrencyOf } from "#core/peers/peer.ts";

const parse = (text: string | undefined) => parsePeers(text, (url) => URL.parse(url));

describe("PEERS", () => {
  it("names nobody where it is not set, or empty", () => {
    expect([parse(undefined), parse(""), parse("  ")]).toEqual([[], [], []]);
  });

  it("names each peer with its protocol and its address", () => {
    const text = `go=paragon+http://127.0.0.1:8003, triton=oip+http://127.0.0.1:8000/v2/models/digits,
      ov=oip-probabilities+https://ovms.example/under/v2/models/digits/versions/2/,gpu=paragon+http://a/?backend=gpu`;
    expect(parse(text)).toEqual([
      { id: "go", protocol: "paragon", url: "http://127.0.0.1:8003" },
      { id: "triton", protocol: "oip", url: "http://127.0.0.1:8000/v2/models/digits" },
      { id: "ov", protocol: "oip-probabilities", url: "https://ovms.example/under/v2/models/digits/versions/2" },
      { id: "gpu", protocol: "paragon", url: "http://a?backend=gpu" },
    ]);
  });

  it("takes how many calls may run at once, for any protocol", () => {
    const text =
      "go=paragon+http://a;concurrency=4, q=paragon+http://a/?backend=gpu;concurrency=64,t=oip+http://a/v2/models/m ; concurrency=1 ";
    expect(parse(text)).toEqual([
      { id: "go", protocol: "paragon", url: "http://a", concurrency: 4 },
      { id: "q", protocol: "paragon", url: "http://a?backend=gpu", concurrency: 64 },
      { id: "t", protocol: "oip", url: "http://a/v2/models/m", concurrency: 1 },
    ]);
    expect(parse("go=paragon+http://a,t=oip+http://a/v2/models/m").map(concurrencyOf)).toEqual([1, 4]);
    expect(parse(text).map(concurrencyOf)).toEqual([4, 64, 1]);
  });

  it.each<[string, RegExp]>([
    ["go=paragon+http://a;", /only one ;concurrency=<simultaneous calls> may follow/],
    ["go=paragon+http://a;parallel=4", /only one ;concurrency=/],
    ["go=paragon+http://a;concurrency=4;concurrency=4", /only one ;concurrency=/],
    ["go=oip+http://a/v2/models/x;y", /only one ;concurrency=.*%3B/],
    ["go=paragon+http://a;concurrency=", /concurrency must be a whole number from 1 to 64/],
    ["go=paragon+http://a;concurrency=0", /a whole number from 1 to 64/],
    ["go=paragon+http://a;concurrency=65", /a whole number from 1 to 64/],
    ["go=paragon+http://a;concurrency=1.5", /a whole number from 1 to 64/],
    ["go=paragon+http://a;concurrency=-1", /a whole number from 1 to 64/],
    ["go=paragon+http://a;concurrency=four", /a whole number from 1 to 64/],
    ["go", /id=protocol\+url/],
    ["go=http://a", /id=protocol\+url/],
    ["go=paragon+http://a,", /PEERS has "", but an entry is id=/],
    ["=paragon+http://a", /an id is a letter/],
    ["7up=paragon+http://a", /an id is a letter/],
    ["g o=paragon+http://a", /an id is a letter/],
    [`${"a".repeat(65)}=paragon+http://a`, /an id is a letter/],
    ["CPU=paragon+http://a", /backend's name/],
    ["wasm=paragon+http://a", /backend's name/],
    ["go=grpc+http://a", /protocols are paragon, oip, oip-probabilities/],
    ["go=paragon+ftp://a", /not an http or https/],
    ["go=paragon+nowhere", /not an http or https/],
    ["go=paragon+file:///etc/passwd", /not an http or https/],
    ["go=paragon+http://a/#x", /#/],
    ["go=paragon+http://a/?image=7", /only backend=cpu or backend=gpu/],
    ["go=oip+http://a", /\/v2\/models\/<model>/],
    ["go=oip+http://a/v2/models/", /\/v2\/models\/<model>/],
    ["go=oip+http://a/v2/models/x/infer", /\/v2\/models\/<model>/],
    ["go=oip+http://a/v2/models/x?y", /question mark/],
    ["go=paragon+http://a,go=paragon+http://b", /twice/],
    ["go=paragon+http://a,GO=paragon+http://b", /twice/],
  ])("refuses %s by its name", (text, why) => {
    expect(() => parse(text)).toThrow(/^PEERS has /);
    expect(() => parse(text)).toThrow(why);
  });

  it("never shows a password that it refuses", () => {
    expect(() => parse("go=paragon+http://me:hunter2@a")).toThrow(/user name or password/);
    expect(() => parse("go=paragon+http://me:hunter2@a")).not.toThrow(/hunter2/);
  });

  it("gives a list, or one sentence that begins with its name, for whatever it holds", () => {
    const pieces = fc.constantFrom(
      "go",
      "=",
      "paragon",
      "oip",
      "+",
      "http://a",
      "/v2/models/m",
      ",",
      "?",
      ";",
      "concurrency=",
      "4",
      "#",
      "@",
      ":",
      " ",
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(pieces).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          for (const { id, url } of parse(text)) {
            expect(id).toMatch(/^[A-Za-z][\w.-]*$/);
            expect(url).toMatch(/^https?:\/\/[^@#;]+$/);
          }
        } catch (error) {
          expect((error as Error).message).toMatch(/^PEERS has .*For example: PEERS="go=/s);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
