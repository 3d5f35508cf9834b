import { describe, expect, it } from "vitest";
import { describeDevice } from "../../web/runtime/device.ts";

const NOTHING = { vendor: "", architecture: "", device: "", description: "" };

describe("the page's name of a WebGPU adapter", () => {
  it.each([
    [{ vendor: "google", architecture: "swiftshader" }, "SwiftShader (software adapter)"],
    [{ vendor: "mesa", description: "llvmpipe (LLVM 15)" }, "Mesa lavapipe (software adapter)"],
    [
      { vendor: "microsoft", description: "Microsoft Basic Render Driver" },
      "Windows' software renderer (software adapter)",
    ],
    [{ vendor: "acme", isFallbackAdapter: true }, "acme (software adapter)"],
    [{ isFallbackAdapter: true }, "an unnamed adapter (software adapter)"],
  ])("never calls software a GPU: %o", (info, name) => {
    expect(describeDevice({ ...NOTHING, ...info })).toEqual({ name, hardwareGpu: false });
  });

  it("is hardware only if the browser names it", () => {
    const named = describeDevice({ ...NOTHING, vendor: "nvidia", architecture: "ampere" });
    expect(named).toEqual({ name: "nvidia ampere", hardwareGpu: true });
    expect(describeDevice(NOTHING).hardwareGpu).toBe(false);
  });
});
