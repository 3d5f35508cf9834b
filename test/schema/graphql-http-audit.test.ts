import { auditServer, type AuditResult } from "graphql-http";
import { beforeAll, describe, expect, it } from "vitest";
import { type SharedStack, sharedStack } from "../support/shared-stack.ts";

/* GraphQL over HTTP, by the audit suite of the package graphql-http, against both real sides. */

/**
 * Audits that are let fail, by id, with the reason. Empty: Yoga meets every MUST, SHOULD and MAY. An entry that starts to
 * pass fails the test, so that the list stays true.
 */
const EXCEPTIONS: Readonly<Record<string, string>> = {};

/** A suite that lost its audits would pass, too. */
const KNOWN_AUDITS = 61;

let stack: SharedStack;
beforeAll(async () => {
  stack = await sharedStack();
});

describe.each(["edge", "origin"] as const)("GraphQL over HTTP on the %s", (side) => {
  let results: readonly AuditResult[];
  beforeAll(async () => {
    results = await auditServer({ url: `${side === "edge" ? stack.edgeUrl : stack.originUrl}/graphql` });
  });

  it("runs the whole suite", () => {
    expect(results.length).toBeGreaterThanOrEqual(KNOWN_AUDITS);
  });

  it.each(["MUST", "SHOULD", "MAY"])("meets every %s but the exceptions", (level) => {
    const failed = results.filter(
      ({ id, name, status }) => name.startsWith(level) && status !== "ok" && !EXCEPTIONS[id],
    );
    expect(failed.map((each) => `${each.id} ${each.name}: ${each.status === "ok" ? "" : each.reason}`)).toEqual([]);
  });

  it("still needs each of its exceptions", () => {
    const passing = results.filter(({ id, status }) => EXCEPTIONS[id] !== undefined && status === "ok");
    expect(passing.map(({ id }) => id)).toEqual([]);
    const unknown = Object.keys(EXCEPTIONS).filter((id) => !results.some((each) => each.id === id));
    expect(unknown).toEqual([]);
  });
});
