import { describe, expect, it } from "vitest";
import { describeDevice } from "../../web/runtime/device.ts";

const NOTHING = { vendor: "", architecture: "", device: "", description: "" };

describe("a WebGPU adapter, as the page names it", () => {
  it.each([
    [{ vendor: "google", architecture: "swiftshader" }, "SwiftShader (software adapter)"],
    [{ vendor: "mesa", description: "llvmpipe (LLVM 15)" }, "Mesa lavapipe (software adapter)"],
    [{ vendor: "microsoft", description: "Microsoft Basic Render Driver" }, "Windows' own renderer (software adapter)"],
    [{ vendor: "acme", isFallbackAdapter: true }, "acme (software adapter)"],
    [{ isFallbackAdapter: true }, "an unnamed adapter (software adapter)"],
  ])("is never called a GPU where it is software: %o", (info, name) => {
    expect(describeDevice({ ...NOTHING, ...info })).toEqual({ name, hardwareGpu: false });
  });

  it("is hardware where the browser names it, and claims nothing where it does not", () => {
    const named = describeDevice({ ...NOTHING, vendor: "nvidia", architecture: "ampere" });
    expect(named).toEqual({ name: "nvidia ampere", hardwareGpu: true });
    expect(describeDevice(NOTHING).hardwareGpu).toBe(false);
  });
});
