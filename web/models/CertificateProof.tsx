import type { BlockingNode } from "#core/certify/certificate.ts";
import { formatCount } from "../format.ts";
import { addressOf } from "../route.ts";
import { Prose } from "../views/Prose.tsx";
import type { Proof, ProvedNode, ServedModel } from "./models-query.ts";
import { coverageText, headroomOf, rangeText, shareText } from "./words.ts";

/** The certificate as a readable proof, or why there is none and what to do. */
export function CertificateProof({ model }: { readonly model: ServedModel }) {
  const { certificate, id } = model;
  return (
    <section aria-labelledby="proof" className="proof stack">
      <h2 id="proof">{certificate ? "Certified: why its bits are equal everywhere" : "Not certified"}</h2>
      {certificate ? <Certified proof={certificate} /> : <NotCertified id={id} reason={model.notCertified} />}
    </section>
  );
}

function Certified({ proof }: { readonly proof: Proof }) {
  const { inputDomain, headroomUsed, assumptions, nodes } = proof;
  return (
    <>
      <p className="prose">
        For every input of {inputDomain}, float32 can represent exactly every number that this model computes. Since
        nothing is rounded, neither the summation order nor fused multiply-add nor the SIMD width can change a bit. The
        largest sum uses {shareText(headroomUsed)} of the integers that float32 represents exactly (up to 2^24).
      </p>
      <p className="prose">The certificate covers only {coverageText(proof.covers)} (levels of graph optimisation).</p>
      <Reach proof={proof} />
      <h3>Step by step</h3>
      <ol className="steps frame">
        {nodes.map((node) => (
          <Step key={node.name} node={node} />
        ))}
      </ol>
      <h3>Assumptions</h3>
      <ul className="assumptions prose">
        {assumptions.map((each) => (
          <li key={each}>
            <Prose text={each} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Step({ node }: { readonly node: ProvedNode }) {
  const { name, op, exact, reason, boundUnits } = node;
  const share = headroomOf(node);
  const range = rangeText(node);
  return (
    <li data-exact={exact}>
      <h4>
        {name} <small>{op}</small> <span className="mark">{exact ? "exact" : "not exact"}</span>
      </h4>
      <p>
        <Prose text={reason} />
      </p>
      {range && <p className="quiet">Output: {range}.</p>}
      {share !== null && boundUnits !== null && (
        <p className="headroom row">
          <span className="bar" aria-hidden="true">
            <span style={{ inlineSize: `${Math.min(share, 1) * 100}%` }} />
          </span>
          <span>
            at most {formatCount(boundUnits)} units, {shareText(share)} of 2^24
          </span>
        </p>
      )}
    </li>
  );
}

/** The backends and algorithms that it covers, and what prevents it from covering more. */
function Reach({ proof }: { readonly proof: Proof }) {
  const { anyAlgorithm, otherAlgorithms, tf32Safe, tooWideForTf32, webgpuFaults } = proof;
  return (
    <ul className="reach">
      <Claim
        holds={anyAlgorithm}
        yes="Holds for every convolution algorithm, including Winograd and FFT."
        no="Holds only if convolutions are computed as plain sums; CUDA may choose another algorithm."
        because={otherAlgorithms}
      />
      <Claim
        holds={tf32Safe}
        yes="Holds with TF32, NVIDIA's default."
        no="Does not hold if factors are rounded to TF32."
        because={tooWideForTf32}
      />
      <Claim
        holds={webgpuFaults.length === 0}
        yes="Covers WebGPU: none of its known faults affects this model."
        no="Does not cover WebGPU, which is known to compute some of the nodes wrongly."
        because={webgpuFaults}
      />
    </ul>
  );
}

interface ClaimProps {
  readonly holds: boolean;
  readonly yes: string;
  readonly no: string;
  readonly because: readonly BlockingNode[];
}

function Claim({ holds, yes, no, because }: ClaimProps) {
  return (
    <li data-holds={holds}>
      <span className="tick" aria-hidden="true">
        {holds ? "✓" : "✗"}
      </span>
      <div>
        {holds ? yes : no}
        {because.map(({ node, reason }) => (
          <p key={`${node} ${reason}`} className="quiet">
            {node}: <Prose text={reason} />
          </p>
        ))}
      </div>
    </li>
  );
}

function NotCertified({ id, reason }: { readonly id: string; readonly reason: string | null }) {
  return (
    <>
      <p className="prose">
        This model rounds numbers, and backends may round differently. Equal bits are therefore not guaranteed:{" "}
        <a href={addressOf("digits", { model: id })}>the comparison</a> shows the results only for the inputs that were
        run.
      </p>
      {reason && (
        <p className="reason warning prose">
          <strong>First inexact operation:</strong> <Prose text={reason} />
        </p>
      )}
      <h3>What to do</h3>
      <p className="prose">
        Convert it to an exact model. This needs no training, only some images for calibration. For your own model, pass
        its path.
      </p>
      <pre className="command card" tabIndex={0} role="region" aria-label="Commands">
        <code>
          {`npm run --silent isobit -- certify ${id}\nnpm run --silent isobit -- exactify ${id} --calibrate images/ -o exact.onnx\nMODEL=exact.onnx npm start`}
        </code>
      </pre>
      <p className="prose">
        The first command lists what prevents a certificate, the second writes an integer model and reports its
        accuracy, and the third serves it.
      </p>
    </>
  );
}
