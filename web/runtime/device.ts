/** A browser's description of a WebGPU adapter: any part of it may be empty. */
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean;
}

export interface Device {
  /** In the browser's words; a software adapter is marked as such. */
  readonly name: string;
  /** True only if the browser names hardware. */
  readonly hardwareGpu: boolean;
}

/** Adapters that run on the CPU: how browsers name them, and their usual names. */
const SOFTWARE: readonly (readonly [RegExp, string])[] = [
  [/swiftshader/i, "SwiftShader"],
  [/llvmpipe|lavapipe/i, "Mesa lavapipe"],
  [/\bwarp\b|basic render/i, "Windows' software renderer"],
];

export function describeDevice(info: AdapterInfo): Device {
  const { vendor, architecture, device, description, isFallbackAdapter = false } = info;
  const name = description || device || [vendor, architecture].filter((word) => word !== "").join(" ");
  const everything = [vendor, architecture, device, description].join(" ");
  const software = SOFTWARE.find(([pattern]) => pattern.test(everything))?.[1];
  if (software !== undefined || isFallbackAdapter) {
    return { name: `${software ?? (name || "an unnamed adapter")} (software adapter)`, hardwareGpu: false };
  }
  return { name: name || "an unnamed adapter", hardwareGpu: name !== "" };
}
