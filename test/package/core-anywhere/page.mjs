import { probe } from "./probe.mjs";

const [exact, gemm] = await Promise.all(
  ["exact.onnx", "gemm.onnx"].map(async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer())),
);
globalThis.answer = JSON.stringify(await probe({ exact, gemm }));
