/** Example queries, one tab each, that together touch every field a person may ask for. */
export const EXAMPLES: readonly { readonly name: string; readonly query: string }[] = [
  {
    name: "Parity",
    query: `# The ten digits on every available backend, compared bit by bit.
query Parity {
  parity {
    verdict
    reference
    total
    pairs { reference other verdict compared identical labelMismatches differingElements nonFiniteElements maxAbs meanAbs l2 maxUlp worstImage }
    rows {
      image
      inputSha256
      outputs { source prediction { label latencyMs logits { bits } } error { code message } }
      pairs { reference other verdict labelsMatch differingElements nonFiniteElements maxAbs meanAbs l2 maxUlp inCertifiedDomain }
    }
    certificateViolations { code message image reference other differingElements modelSha256 inputSha256 input referenceBits otherBits }
    model { id }
    environment { backend available device }
    startedAt
    elapsedMs
  }
}
`,
  },
  {
    name: "Tolerance",
    query: `# Two backends, three images, and how much difference is let pass.
query WithinTolerance {
  parity(images: ["3", "5", "7"], backends: [WASM, CPU], reference: CPU, tolerance: { abs: 1e-5, rel: 1e-5, ulp: 4 }) {
    verdict
    pairs { reference other verdict maxAbs maxUlp worstImage }
  }
}
`,
  },
  {
    name: "Predict",
    query: `query Predict {
  predict(input: { image: "7" }, backend: WASM) {
    backend
    label
    classIndex
    probabilities
    latencyMs
    logits { executionProvider values bits sha256 inputSha256 }
    model { id }
  }
}
`,
  },
  {
    name: "Raw logits",
    query: `query RawLogits {
  wasm: rawLogits(input: { image: "7" }, backend: WASM) { backend executionProvider values bits sha256 inputSha256 latencyMs }
  cpu: rawLogits(input: { image: "7" }, backend: CPU) { backend executionProvider values bits sha256 inputSha256 latencyMs }
}
`,
  },
  {
    name: "Health",
    query: `query Health {
  health {
    ok
    side
    version
    uptimeSeconds
    gpuAvailable
    backends { backend side available reason executionProvider runtime runtimeVersion optimizationLevel device hardwareGpu }
  }
}
`,
  },
  {
    name: "Models",
    query: `query Models {
  models {
    id
    sha256
    executedSha256
    adaptations
    sizeBytes
    opset
    labels
    inputShape
    preprocess { scale mean std invert }
    certificate { inputDomain anyAlgorithm tf32Safe headroomUsed assumptions otherAlgorithms { node reason } tooWideForTf32 { node reason } webgpuFaults { node reason } nodes { name op exact reason grid lowest highest boundUnits } }
    notCertified
  }
}
`,
  },
  {
    name: "Images",
    query: `query Images {
  images { id label url width height sha256 }
}
`,
  },
];
