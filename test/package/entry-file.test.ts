import { expect, test } from "vitest";
import { entryFile } from "#node/installation.ts";

test.each([
  ["file:///checkout/node/child-process-client.ts", "./host-process", "./host-process.ts"],
  ["file:///node_modules/isobit/dist/package/origin/host-process-client.js", "./host-process", "./host-process.js"],
  ["file:///a.b/c.d/x.ts?t=1.5#y.z", "../edge/serve", "../edge/serve.ts"],
])("next to %s, %s is %s", (self, name, file) => {
  expect(entryFile(self, name)).toBe(file);
});
