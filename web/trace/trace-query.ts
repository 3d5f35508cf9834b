import { graphql, type ResultOf } from "../graphql.ts";

export const TRACE = graphql(`
  query Trace($input: ImageInput!, $reference: Backend!, $backend: Backend!, $model: ID) {
    trace(input: $input, reference: $reference, backend: $backend, model: $model) {
      outcome reference backend inputSha256 model { id sha256 } firstDrift { index }
      nodes {
        index name op dims elements differingElements maxAbs maxUlp originatesHere bornElements reproduced cause
        explainedElements note
        explanation {
          cause causes { cause elements } consistentWith explainedElements unexplainedElements
          unexplainedIndices
          hypothesis { reference { ...way } backend { ...way } matchRate controlMatchRate tried }
          bound { kind formula n referenceUnitRoundoff backendUnitRoundoff worstShare }
          wrong { backend elements index value exact bound } notes
          computedOn { reference { ...computedOn } backend { ...computedOn } }
        }
      }
      marking { reference { ...effect } backend { ...effect } } certificateViolations { code message }
    }
  }

  fragment way on HypothesisSide {
    order { description block bias lanes } fused tf32 wide
  }

  fragment computedOn on ComputedOn {
    source backend optimizationLevel
  }

  fragment effect on MarkingEffect {
    optimizationLevel slices fusionChanged differingElements maxAbs maxUlp
  }
`);

export type Trace = ResultOf<typeof TRACE>["trace"];
export type Node = Trace["nodes"][number];
export type Explained = NonNullable<Node["explanation"]>;
/** How one backend adds, according to the hypothesis. */
export type Way = NonNullable<Explained["hypothesis"]>["reference"];
