import type { BlockingNode } from "#core/certify/certificate.ts";
import { formatCount } from "../format.ts";
import { addressOf } from "../route.ts";
import { Prose } from "../views/Prose.tsx";
import type { Proof, ProvedNode, ServedModel } from "./models-query.ts";
import { coverageText, headroomOf, rangeText, shareText } from "./words.ts";

/** The certificate as a proof to be read from top to bottom, or why there is none and what to do. */
export function CertificateProof({ model }: { readonly model: ServedModel }) {
  const { certificate, id } = model;
  return (
    <section aria-labelledby="proof" className="proof">
      <h2 id="proof">{certificate ? "Certified: why its bits are equal everywhere" : "Not certified"}</h2>
      {certificate ? <Certified proof={certificate} /> : <NotCertified id={id} reason={model.notCertified} />}
    </section>
  );
}

function Certified({ proof }: { readonly proof: Proof }) {
  const { inputDomain, headroomUsed, assumptions, nodes } = proof;
  return (
    <>
      <p className="claim">
        For every input of {inputDomain}, every number that this model computes is one that float32 holds without
        rounding. Where nothing is rounded, no order of summing, no fused multiply-add and no SIMD width can change a
        bit. The tightest sum uses {shareText(headroomUsed)} of the integers that float32 holds exactly (up to 2^24).
      </p>
      <p className="prose">
        It covers {coverageText(proof.covers)} (levels of graph optimisation). Nothing else is covered.
      </p>
      <Reach proof={proof} />
      <h3>Step by step</h3>
      <ol className="steps">
        {nodes.map((node) => (
          <Step key={node.name} node={node} />
        ))}
      </ol>
      <h3>What the proof assumes</h3>
      <ul className="assumptions">
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
      {range && <p className="quiet">Its output: {range}.</p>}
      {share !== null && boundUnits !== null && (
        <p className="headroom">
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

/** Which backends and algorithms it covers, and what keeps it from covering more. */
function Reach({ proof }: { readonly proof: Proof }) {
  const { anyAlgorithm, otherAlgorithms, tf32Safe, tooWideForTf32, webgpuFaults } = proof;
  return (
    <ul className="reach">
      <Claim
        holds={anyAlgorithm}
        yes="Holds for every way to compute a convolution, Winograd's and Fourier's included."
        no="Holds only where convolutions are computed as plain sums; CUDA may choose another way."
        because={otherAlgorithms}
      />
      <Claim
        holds={tf32Safe}
        yes="Holds with TF32 factors, NVIDIA's default."
        no="Does not hold where factors are rounded to TF32."
        because={tooWideForTf32}
      />
      <Claim
        holds={webgpuFaults.length === 0}
        yes="Covers WebGPU: none of its known faults concerns this model."
        no="Does not cover WebGPU, whose provider is known to compute some of the nodes wrongly."
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
      <p className="claim">
        Somewhere in this model a number is rounded, and how it is rounded may differ from backend to backend. So equal
        bits are not promised: <a href={addressOf("digits", { model: id })}>the comparison</a> shows what came out, for
        the inputs that were run.
      </p>
      {reason && (
        <p className="reason">
          <strong>The first place that is not exact:</strong> <Prose text={reason} />
        </p>
      )}
      <h3>What to do</h3>
      <p className="prose">
        Make an exact model from it. It needs no training, only some images to calibrate with. (Of a model of your own,
        name the file.)
      </p>
      <pre className="command" tabIndex={0} role="region" aria-label="Commands">
        <code>
          {`npm run --silent isobit -- certify ${id}\nnpm run --silent isobit -- exactify ${id} --calibrate images/ -o exact.onnx\nMODEL=exact.onnx npm start`}
        </code>
      </pre>
      <p className="prose">
        The first says what stands in the way, the second writes a model on whole numbers and says what it costs in
        accuracy, the third serves it.
      </p>
    </>
  );
}
