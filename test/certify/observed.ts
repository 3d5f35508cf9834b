import type { OnnxModel } from "#core/onnx/graph.ts";
import type { Certification } from "#core/certify/certificate.ts";
import { certify, type CertifyOptions } from "#core/certify/certify.ts";
import type { InputDomain } from "#core/certify/domain.ts";
import type { Rule } from "#core/certify/outcome.ts";
import { RULES } from "#core/certify/rules/index.ts";
import type { FloatValue } from "#core/certify/value.ts";

export interface Observed {
  readonly certification: Certification;
  /** What the rules claim of every tensor that a node makes, by its name. */
  readonly claims: ReadonlyMap<string, FloatValue>;
}

/** Certifies and keeps what each rule claimed, channel by channel, which the certificate only sums up. */
export function observe(model: OnnxModel, domain: InputDomain, options: CertifyOptions = {}): Observed {
  const claims = new Map<string, FloatValue>();
  const rules = new Map([...(options.rules ?? RULES)].map(([op, rule]) => [op, watched(rule, claims)]));
  return { certification: certify(model, domain, { ...options, rules }), claims };
}

function watched(rule: Rule, claims: Map<string, FloatValue>): Rule {
  return (call) => {
    const result = rule(call);
    for (const [index, output] of result.outputs.entries()) {
      if (output.kind === "float") claims.set(call.node.outputs[index]!, output);
    }
    return result;
  };
}
