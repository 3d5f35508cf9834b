/** What a browser tells of a WebGPU adapter: any part of it may be empty. */
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean;
}

export interface Device {
  /** As the browser words it; a software adapter is named as one. */
  readonly name: string;
  /** True only where the browser names hardware: silence is no proof of it. */
  readonly hardwareGpu: boolean;
}

/** Adapters that compute on the processor, by what browsers call them and by what people do. */
const SOFTWARE: readonly (readonly [RegExp, string])[] = [
  [/swiftshader/i, "SwiftShader"],
  [/llvmpipe|lavapipe/i, "Mesa lavapipe"],
  [/\bwarp\b|basic render/i, "Windows' own renderer"],
];

export function describeDevice(info: AdapterInfo): Device {
  const { vendor, architecture, device, description, isFallbackAdapter = false } = info;
  const told = description || device || [vendor, architecture].filter((word) => word !== "").join(" ");
  const everything = [vendor, architecture, device, description].join(" ");
  const software = SOFTWARE.find(([pattern]) => pattern.test(everything))?.[1];
  if (software !== undefined || isFallbackAdapter) {
    return { name: `${software ?? (told || "an unnamed adapter")} (software adapter)`, hardwareGpu: false };
  }
  return told === ""
    ? { name: "an adapter that this browser does not name", hardwareGpu: false }
    : { name: told, hardwareGpu: true };
}
