import { readFile } from "node:fs/promises";
import { probe } from "./probe.mjs";

const [exact, gemm] = await Promise.all(
  ["exact.onnx", "gemm.onnx"].map(async (name) => new Uint8Array(await readFile(name))),
);
console.log(JSON.stringify(await probe({ exact, gemm })));
