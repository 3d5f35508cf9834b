import { getNamedType, type GraphQLOutputType, isObjectType, parse, print } from "graphql";
import { schema } from "./index.ts";

interface Example {
  readonly name: string;
  readonly query: string;
}

/** Example queries, one tab each, that together select every field that is not deprecated. */
export const EXAMPLES: readonly Example[] = [
  {
    name: "Parity",
    query: `# The ten digits on every available backend, compared bit by bit.
query Parity {
  parity {
    verdict
    reference
    total
    pairs { reference other verdict quantity precision compared identical labelMismatches differingElements nonFiniteElements maxAbs meanAbs l2 maxUlp worstImage }
    rows {
      image
      verdict
      inputSha256
      outputs { source prediction { label latencyMs logits { bits } } error { code message } }
      pairs { reference other verdict quantity precision labelsMatch differingElements nonFiniteElements maxAbs meanAbs l2 maxUlp inCertifiedDomain }
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
    name: "Pages",
    query: `# The rows of many images as pages, only those that drift; the key names your own input.
query Pages($input: ImageInput = { image: "3" }) {
  parity(images: ["5", "7"], keyedInputs: [{ key: "mine", input: $input }], model: "digits", backends: [WASM, CPU]) {
    rows(only: DRIFT) { image }
    rowsConnection(only: [DRIFT, INCOMPLETE], first: 2) {
      totalCount
      edges { cursor node { image verdict } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}
`,
  },
  {
    name: "Tolerance",
    query: `# Two backends, three images, and how much difference is accepted.
query WithinTolerance {
  parity(images: ["3", "5", "7"], backends: [WASM, CPU], reference: CPU, tolerance: { abs: 1e-5, rel: 1e-5, ulp: 4 }) {
    verdict
    pairs { reference other verdict maxAbs maxUlp worstImage }
  }
}
`,
  },
  {
    name: "Sweep",
    query: `# Many images in batches, with running totals: here the ten digits, two per batch.
subscription Sweep {
  sweep(backends: [WASM, CPU], batch: 2) {
    done
    total
    finished
    elapsedMs
    imagesPerSecond
    verdict
    reference
    model { id }
    pairs { reference other verdict compared identical labelMismatches maxAbs maxUlp worstImage }
    rows { image outputs { source prediction { label } error { code message } } pairs { other verdict } }
    certificateViolations { code message image }
  }
}
`,
  },
  {
    name: "Statistics",
    query: `# How far two backends lie apart: quantiles, similarity, top-k agreement, a histogram of ULP distances.
query Statistics {
  parity(model: "digits", backends: [WASM, CPU]) {
    pairs {
      verdict
      statistics {
        elements finiteElements zeroReferenceElements cosineSimilarity psnr snr klDivergence quantileError
        abs { max mean std median quantiles { q value } }
        rel { max mean std median quantiles { q value } }
        ulp { max mean std median quantiles { q value } }
        worst { image element reference other }
        referenceValues { min max mean std meanMagnitude }
        otherValues { min max mean std meanMagnitude }
        topK { k agreement }
        ulpHistogram { from to elements }
      }
    }
  }
}
`,
  },
  {
    name: "Trace",
    query: `# Every node's output on two backends: where drift begins, and why.
query Trace {
  trace(input: { image: "7" }, reference: CPU, backend: WASM) {
    outcome
    reference
    backend
    firstDrift { index name op }
    nodesConnection(differing: true, first: 5) {
      totalCount
      edges { cursor node { name } }
      pageInfo { endCursor }
    }
    nodes {
      index name op dims elements differingElements maxAbs maxUlp
      originatesHere bornElements reproduced cause explainedElements note
      explanation {
        cause consistentWith explainedElements unexplainedElements unexplainedIndices notes
        causes { cause elements }
        computedOn {
          reference { source backend optimizationLevel }
          backend { source backend optimizationLevel }
        }
        hypothesis {
          reference { order { description block bias lanes } fused tf32 wide }
          backend { order { description block bias lanes } fused tf32 wide }
          matchRate controlMatchRate tried
        }
        bound { kind formula n referenceUnitRoundoff backendUnitRoundoff worstShare }
        wrong { backend elements index value exact bound }
      }
    }
    marking {
      reference { optimizationLevel slices fusionChanged differingElements maxAbs maxUlp }
      backend { optimizationLevel slices fusionChanged differingElements maxAbs maxUlp }
    }
    certificateViolations { code message }
    model { id }
    inputSha256
    environment { backend available reason }
  }
}
`,
  },
  {
    name: "Peers",
    query: `# The services that PEERS names: pass some ids of health { peers { id } } as \`peers\` to compare them, too.
query Peers {
  health { peers { id url protocolKind concurrency available reason } }
  parity(images: ["7"], peers: []) {
    verdict
    peers { id available reason }
    pairs { other verdict softmax { bound explained } }
    rows {
      outputs {
        source
        peer { quantity precision label classIndex values decimals bits sha256 latencyMs roundTripMs note }
        conflicting { label decimals bits }
        error { code message }
      }
      pairs { other softmax { bound explained } }
    }
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
  everythingOf("Health"),
  everythingOf("Models", 'model(id: "digits") { labels }'),
  everythingOf("Images", 'image(id: "7") { label }'),
];

/** @param name the query's field, with a capital  @param first what the query selects before it */
function everythingOf(name: string, first = ""): Example {
  const field = name.toLowerCase();
  const type = schema.getQueryType()?.getFields()[field]?.type;
  if (type === undefined) throw new Error(`The schema has no query ${field}.`);
  return { name, query: `${print(parse(`query ${name} { ${first} ${field} ${selectionOf(type)} }`))}\n` };
}

/** Every field of an object and of the objects below it, unless it is deprecated. */
function selectionOf(type: GraphQLOutputType): string {
  const named = getNamedType(type);
  if (!isObjectType(named)) return "";
  const fields = Object.values(named.getFields()).filter(({ deprecationReason }) => !deprecationReason);
  return `{ ${fields.map((field) => `${field.name} ${selectionOf(field.type)}`).join(" ")} }`;
}
