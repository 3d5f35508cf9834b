import { beforeAll, describe, expect, it } from "vitest";
import { ask, base64 } from "../support/graphql.ts";
import { type SharedStack, sharedStack } from "../support/shared-stack.ts";

/* Long lists as pages and filtered, single entries by id, and inputs under keys of the caller's own; on both sides. */

let stack: SharedStack;
beforeAll(async () => {
  stack = await sharedStack();
});

const PAGE = `query ($images: [ID!], $only: [Verdict!], $first: Int, $after: String) {
  parity(images: $images, model: "digits", backends: [WASM, CPU]) {
    rows(only: $only) { image verdict }
    rowsConnection(only: $only, first: $first, after: $after) {
      totalCount
      edges { cursor node { image verdict } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}`;

interface Connection {
  readonly totalCount: number;
  readonly edges: readonly {
    readonly cursor: string;
    readonly node: { readonly image: string; readonly verdict: string };
  }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

describe.each(["edge", "origin"] as const)("the %s", (side) => {
  const url = (): string => (side === "edge" ? stack.edgeUrl : stack.originUrl);

  it("returns all rows page by page, each once and in order", async () => {
    const images = ["0", "1", "2", "3", "nope", "4", "5"];
    const pages: Connection[] = [];
    let after: string | null = null;
    do {
      const { body } = await ask(url(), PAGE, { images, first: 3, after });
      const page: Connection = body.data.parity.rowsConnection;
      pages.push(page);
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after !== null);
    expect(pages.map(({ edges }) => edges.map(({ node }) => node.image))).toEqual([
      ["0", "1", "2"],
      ["3", "nope", "4"],
      ["5"],
    ]);
    expect(pages.map(({ pageInfo }) => [pageInfo.hasPreviousPage, pageInfo.hasNextPage])).toEqual([
      [false, true],
      [true, true],
      [true, false],
    ]);
    for (const { edges, pageInfo, totalCount } of pages) {
      expect(totalCount).toBe(7);
      expect([pageInfo.startCursor, pageInfo.endCursor]).toEqual([edges[0]!.cursor, edges.at(-1)!.cursor]);
    }
  });

  it("selects rows by verdict, in the list and in pages alike", async () => {
    const { body } = await ask(url(), PAGE, { images: ["7", "nope"], only: "INCOMPLETE", first: 5 });
    const { rows, rowsConnection } = body.data.parity;
    expect(rows).toEqual([{ image: "nope", verdict: "INCOMPLETE" }]);
    expect(rowsConnection).toMatchObject({ totalCount: 1, edges: [{ node: rows[0] }] });
    const none = await ask(url(), PAGE, { images: ["7"], only: [], first: 5 });
    expect(none.body.data.parity).toEqual({
      rows: [],
      rowsConnection: {
        totalCount: 0,
        edges: [],
        pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
      },
    });
  });

  it("takes null for the default page", async () => {
    const { body } = await ask(url(), PAGE, { images: ["7", "3"], first: null });
    expect(body.data.parity.rowsConnection.edges).toHaveLength(2);
  });

  it("answers an empty page beyond the end", async () => {
    const { body } = await ask(url(), PAGE, { images: ["7"], first: 5, after: "999999" });
    const { edges, pageInfo } = body.data.parity.rowsConnection as Connection;
    expect(edges).toEqual([]);
    expect(pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null });
  });

  it.each<[object, RegExp]>([
    [{ first: -1 }, /`first` is -1/],
    [{ first: 1_001 }, /`first` is 1001; it must be from 0 to 1000/],
    [{ first: 1, after: "x" }, /not a cursor/],
    [{ first: 1, after: "-1" }, /not a cursor/],
    [{ first: 1, after: "1e3" }, /not a cursor/],
  ])("refuses the page %j", async (page, message) => {
    const { body } = await ask(url(), PAGE, { images: ["7"], ...page });
    expect(body.errors).toMatchObject([{ message: expect.stringMatching(message), extensions: { code: "BAD_INPUT" } }]);
  });

  it("finds one image and one model by id", async () => {
    const query = "query ($i: ID!, $m: ID!) { image(id: $i) { id label } model(id: $m) { id } }";
    const found = await ask(url(), query, { i: "7", m: "digits" });
    expect(found.body).toEqual({ data: { image: { id: "7", label: "7" }, model: { id: "digits" } } });
    const missing = await ask(url(), query, { i: "77", m: "nope" });
    expect(missing.body.data).toEqual({ image: null, model: null });
    expect(missing.body.errors?.map(({ extensions }) => extensions.code)).toEqual([
      "IMAGE_NOT_FOUND",
      "MODEL_NOT_FOUND",
    ]);
  });

  it("names inputs by the caller's keys wherever an image is named", async () => {
    const query = `query ($inputs: [ImageInput!], $keyedInputs: [KeyedInput!]) {
      parity(images: ["7"], inputs: $inputs, keyedInputs: $keyedInputs, model: "digits", backends: [WASM, CPU]) {
        total
        pairs { worstImage statistics { worst { image } } }
        rows { image verdict outputs { error { code } } }
      }
    }`;
    const pixels = base64(Uint8Array.from({ length: 784 }, (_, at) => (at * 37) % 256));
    const inputs = [{ image: "3" }];
    const keyedInputs = [
      { key: "scan 42.png", input: { pixels } },
      { key: "broken", input: { pixels: "AAAA" } },
    ];
    const { total, rows } = (await ask(url(), query, { inputs, keyedInputs })).body.data.parity;
    expect(total).toBe(4);
    expect(rows.map(({ image }: { image: string }) => image)).toEqual(["7", "input:0", "scan 42.png", "broken"]);
    expect(rows[3]).toMatchObject({ verdict: "INCOMPLETE", outputs: [{ error: { code: "BAD_INPUT" } }, {}] });
    const alone = `query ($keyedInputs: [KeyedInput!]) {
      parity(keyedInputs: $keyedInputs, model: "digits", backends: [WASM, CPU]) {
        rows { image outputs { prediction { logits { sha256 } } } }
        pairs { worstImage statistics { worst { image } } }
      }
    }`;
    const keyed = (await ask(url(), alone, { keyedInputs: keyedInputs.slice(0, 1) })).body.data.parity;
    expect(keyed.rows).toHaveLength(1);
    for (const { worstImage, statistics } of keyed.pairs) {
      expect([null, "scan 42.png"]).toContain(worstImage);
      expect(statistics.worst?.image ?? worstImage).toBe(worstImage);
    }
  });

  it.each([
    ["twice", ["a", "a"]],
    ["as a built-in image's id that is also compared", ["7"]],
    ["as another input's name", ["input:0"]],
    ["empty", [""]],
    ["over 256 characters long", ["k".repeat(257)]],
  ])("refuses a key that is given %s", async (_how, keys) => {
    const query = `query ($inputs: [ImageInput!], $keyedInputs: [KeyedInput!]) {
      parity(images: ["7"], inputs: $inputs, keyedInputs: $keyedInputs, backends: [CPU, WASM]) { verdict }
    }`;
    const keyedInputs = keys.map((key) => ({ key, input: { image: "3" } }));
    const { body } = await ask(url(), query, { inputs: [{ image: "3" }], keyedInputs });
    expect(body.errors).toMatchObject([
      { message: expect.stringMatching(/^The key /), extensions: { code: "BAD_INPUT" } },
    ]);
  });

  it("counts keyed inputs among the images of a request", async () => {
    const query = "query ($k: [KeyedInput!]) { parity(keyedInputs: $k) { verdict } }";
    const k = Array.from({ length: 10_001 }, (_, at) => ({ key: String(at), input: { image: "7" } }));
    expect((await ask(url(), query, { k })).body.errors?.[0]?.extensions.code).toBe("INPUT_TOO_LARGE");
    expect((await ask(url(), query, { k: [] })).body.errors?.[0]?.message).toContain("There is nothing to run");
  });

  it("shows a trace's nodes as pages, and only those that differ or do not", async () => {
    const query = `{ trace(input: { image: "7" }, model: "digits") {
      nodes { name differingElements }
      differing: nodes(differing: true) { name }
      equal: nodes(differing: false) { name }
      nodesConnection(differing: true, first: 2) { totalCount edges { node { name } } }
    } }`;
    const { nodes, differing, equal, nodesConnection } = (await ask(url(), query)).body.data.trace;
    const names = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name);
    const isDifferent = (node: { differingElements: number }): boolean => node.differingElements > 0;
    expect(names(differing)).toEqual(names(nodes.filter(isDifferent)));
    expect(differing.length + equal.length).toBe(nodes.length);
    expect(nodesConnection.totalCount).toBe(differing.length);
    const page = nodesConnection.edges.map(({ node }: { node: { name: string } }) => node.name);
    expect(page).toEqual(names(differing).slice(0, 2));
  });
});
