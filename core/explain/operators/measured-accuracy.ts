/** The largest errors in a dense sweep of a function's arguments. */
export interface MeasuredAccuracy {
  /** In ULP of the result, over results of at least half the function's size; over all results if `units` is 0. */
  readonly ulps: number;
  /** Absolute, in units of u = 2^-24 times the function's size, over the smaller results. */
  readonly units: number;
  /** How far a result was outside the function's range, in units of u: a known kernel fault. Absent: never. */
  readonly overshoot?: number;
}

/** Safety factor for other CPUs and for arguments that the sweep did not include. */
export const MARGIN = 2;

/**
 * 2026-11-30, ONNX Runtime 1.30.0 (onnxruntime-node on AMD EPYC, onnxruntime-web's SIMD WebAssembly), float32: the
 * larger of two sweeps of 200,000 and 400,000 arguments per function and variant. `node
 * test/bench/function-accuracy.ts` measures them; its output is in docs/results/2026-11-30-function-accuracy.md.
 */
export const MEASURED: Readonly<Record<string, { readonly cpu: MeasuredAccuracy; readonly wasm: MeasuredAccuracy }>> =
  Object.freeze({
    Acos: { cpu: { ulps: 4, units: 0 }, wasm: { ulps: 0.9, units: 0 } },
    Acosh: { cpu: { ulps: 1.95, units: 0 }, wasm: { ulps: 1.95, units: 0 } },
    Asin: { cpu: { ulps: 4.15, units: 0 }, wasm: { ulps: 0.7, units: 0 } },
    Asinh: { cpu: { ulps: 1.65, units: 0 }, wasm: { ulps: 1.65, units: 0 } },
    Atan: { cpu: { ulps: 3.75, units: 0 }, wasm: { ulps: 0.85, units: 0 } },
    Atanh: { cpu: { ulps: 1.55, units: 0 }, wasm: { ulps: 1.55, units: 0 } },
    Celu: { cpu: { ulps: 1.85, units: 1.55 }, wasm: { ulps: 1.8, units: 1.15 } },
    Cos: { cpu: { ulps: 1.8, units: 0 }, wasm: { ulps: 0.55, units: 0 } },
    Cosh: { cpu: { ulps: 1.85, units: 0 }, wasm: { ulps: 1, units: 0 } },
    Elu: { cpu: { ulps: 1.5, units: 1.45 }, wasm: { ulps: 1.45, units: 0.9 } },
    Erf: { cpu: { ulps: 1, units: 0 }, wasm: { ulps: 1.15, units: 0 } },
    Exp: { cpu: { ulps: 0.85, units: 0 }, wasm: { ulps: 1.15, units: 0 } },
    FastGelu: { cpu: { ulps: 2.35, units: 2.65 }, wasm: { ulps: 2.75, units: 3.25 } },
    Gelu: { cpu: { ulps: 2.5, units: 2.1 }, wasm: { ulps: 3.25, units: 2.8 } },
    HardSigmoid: { cpu: { ulps: 0.75, units: 0.7 }, wasm: { ulps: 0.75, units: 0.7 } },
    HardSwish: { cpu: { ulps: 1.4, units: 0.8 }, wasm: { ulps: 1.4, units: 0.8 } },
    Log: { cpu: { ulps: 3, units: 0 }, wasm: { ulps: 0.85, units: 0 } },
    Mish: { cpu: { ulps: 6.65, units: 0 }, wasm: { ulps: 5.3, units: 0 } },
    Pow: { cpu: { ulps: 1.3, units: 0 }, wasm: { ulps: 1.3, units: 0 } },
    QuickGelu: { cpu: { ulps: 2.4, units: 2.35 }, wasm: { ulps: 3, units: 3.1 } },
    Selu: { cpu: { ulps: 2.1, units: 1.4 }, wasm: { ulps: 2.1, units: 0.95 } },
    Sigmoid: { cpu: { ulps: 2.75, units: 2.2 }, wasm: { ulps: 3.15, units: 3.1 } },
    Sin: { cpu: { ulps: 1.55, units: 0 }, wasm: { ulps: 0.55, units: 0 } },
    Sinh: { cpu: { ulps: 1.8, units: 0 }, wasm: { ulps: 1.8, units: 0 } },
    Softplus: { cpu: { ulps: 3.85, units: 0 }, wasm: { ulps: 1.5, units: 0 } },
    Softsign: { cpu: { ulps: 1.95, units: 0, overshoot: 4 }, wasm: { ulps: 1.95, units: 0, overshoot: 4 } },
    Swish: { cpu: { ulps: 2.65, units: 2.3 }, wasm: { ulps: 2.8, units: 2.95 } },
    Tan: { cpu: { ulps: 1.4, units: 0 }, wasm: { ulps: 0.8, units: 0 } },
    Tanh: { cpu: { ulps: 5.25, units: 0, overshoot: 4 }, wasm: { ulps: 5.5, units: 0, overshoot: 4 } },
  });

/**
 * Largest errors in ULP of CUDA's single-precision functions ("CUDA C++ Programming Guide", appendix "Mathematical
 * Functions", table of the standard functions), which ONNX Runtime's kernels call. NVIDIA found them in extensive tests
 * and does not guarantee them. Entered from memory and not measured: check them on a GPU host.
 */
export const CUDA_ULPS: Readonly<Record<string, number>> = Object.freeze({
  Acos: 3,
  Acosh: 4,
  Asin: 4,
  Asinh: 3,
  Atan: 2,
  Atanh: 3,
  Cos: 2,
  Cosh: 2,
  Erf: 2,
  Exp: 2,
  Log: 1,
  Pow: 9,
  Sin: 2,
  Sinh: 3,
  Tan: 4,
  Tanh: 2,
});
