import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "#core/errors.ts";
import { type Random, randomFrom } from "../support/random.ts";
import { disturb, type Disturbance } from "./disturb.ts";
import { judge } from "./judge.ts";
import { type Growth, watchMemory } from "./memory.ts";
import { BadResponse, type Parts, type Question, questions, type Side } from "./questions.ts";
import { type Role, startStackUnderTest, type StackUnderTest } from "./stack-under-test.ts";

export interface SoakResult {
  readonly right: number;
  /** Each with its question. */
  readonly wrong: readonly string[];
  readonly errors: ReadonlyMap<string, number>;
  /** Connections that broke while the process at their other end was killed, or started again after that. */
  readonly cut: number;
  /** Every other request without bits and without a typed error. */
  readonly lost: readonly string[];
  readonly disturbances: readonly Disturbance[];
  /** How long after each phase of disturbances both sides answered again. */
  readonly recoveredMs: number;
  readonly starts: number;
  readonly memory: readonly Growth[];
  /** Of a small predict, in ms. */
  readonly p99: { readonly idle: number; readonly loaded: number };
}

export interface SoakOptions {
  readonly disturbMs: number;
  readonly steadyMs: number;
  readonly callers: number;
  readonly seed: number;
  readonly pause?: { readonly from: number; readonly to: number };
}

/** A request that was answered neither with bits nor with a typed error. */
interface Broken {
  readonly text: string;
  readonly side: Side;
  readonly bad: boolean;
  readonly at: number;
}

const REQUEST_TIMEOUT_MS = 90_000;
const RECOVERY_MS = 60_000;
/** After a kill, for so long a broken connection counts as cut: both sides start anew within it. */
const AFTERMATH_MS = 20_000;
const SMALL = "predict digits-exact WASM 7";

/** Load with disturbances, then load without them, over which memory and latency are measured. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const all = await questions();
  const stack = await startStackUnderTest();
  try {
    return await run(stack, all, options);
  } finally {
    await stack.stop();
  }
}

async function run(
  stack: StackUnderTest,
  all: readonly Question[],
  { disturbMs, steadyMs, callers, seed, pause }: SoakOptions,
): Promise<SoakResult> {
  const ask = (question: Question): Promise<Parts> =>
    question.ask(stack.urls[question.side], AbortSignal.timeout(REQUEST_TIMEOUT_MS));
  const goldens = new Map<Question, Parts>();
  for (const question of all) goldens.set(question, await ask(question));
  checkGoldens(goldens);

  const small = all.find(({ name, side }) => name === SMALL && side === "edge")!;
  const timeSmall = async (): Promise<number> => {
    const from = performance.now();
    await ask(small);
    return performance.now() - from;
  };
  const idle: number[] = [];
  for (let turn = 0; turn < 200; turn++) idle.push(await timeSmall());

  const wrong: string[] = [];
  const errors = new Map<string, number>();
  const broken: Broken[] = [];
  let right = 0;
  const put = async (question: Question): Promise<void> => {
    const name = `${question.side}: ${question.name}`;
    try {
      const judged = judge(goldens.get(question)!, await ask(question));
      right += judged.right;
      wrong.push(...judged.wrong.map((part) => `${name}: ${part}`));
      for (const code of judged.errors) errors.set(code, (errors.get(code) ?? 0) + 1);
    } catch (error) {
      const cause = error instanceof Error && error.cause ? `: ${messageOf(error.cause)}` : "";
      broken.push({
        text: `${name}: ${messageOf(error)}${cause}`,
        side: question.side,
        bad: error instanceof BadResponse,
        at: performance.now(),
      });
      // A side that is down refuses at once, and would be asked thousands of times.
      await delay(50);
    }
  };
  const load = async (until: number, phase: number): Promise<void> => {
    const caller = async (random: Random): Promise<void> => {
      while (performance.now() < until) await put(random.pick(all));
    };
    await Promise.all(Array.from({ length: callers }, (_, index) => caller(randomFrom(seed + phase + index))));
  };

  const memory = watchMemory(stack);
  const disturbedUntil = performance.now() + disturbMs;
  const [disturbances] = await Promise.all([
    disturb(stack, randomFrom(seed), disturbedUntil, pause),
    load(disturbedUntil, 1),
  ]);
  const recoveredMs = await recover(all, ask, goldens);

  const steadyFrom = performance.now();
  const loaded: number[] = [];
  const steadyUntil = steadyFrom + steadyMs;
  const probe = async (): Promise<void> => {
    while (performance.now() < steadyUntil) loaded.push(await timeSmall());
  };
  await Promise.all([load(steadyUntil, 1_000), probe()]);
  const [cut, lost] = [
    broken.filter((each) => isExcused(each, disturbances)),
    broken.filter((each) => !isExcused(each, disturbances)),
  ];
  return {
    right,
    wrong,
    errors,
    cut: cut.length,
    lost: lost.map(({ text }) => text),
    disturbances,
    recoveredMs,
    starts: stack.starts(),
    memory: memory.stop(steadyFrom + steadyMs / 5, steadyMs / 10),
    p99: { idle: p99(idle), loaded: p99(loaded) },
  };
}

/** Goldens must not repeat a fault of the stack: what is certified is equal on all backends, sides and faces. */
function checkGoldens(goldens: ReadonlyMap<Question, Parts>): void {
  const certified = new Map<string, string>();
  for (const [{ name }, parts] of goldens) {
    for (const [key, part] of parts) {
      if ("error" in part) throw new Error(`${name} has no golden: ${part.error}`);
      const image = /^predict digits-exact \w+ (\d)$/.exec(name)?.[1] ?? (name === "parity digits-exact" && key[0]);
      if (!image) continue;
      const other = certified.get(image) ?? part.value;
      if (other !== part.value) throw new Error(`${name} differs from another answer for image ${image}`);
      certified.set(image, other);
    }
  }
}

/** Waits until every question has its golden again. @throws Error where that needs a hand */
async function recover(
  all: readonly Question[],
  ask: (question: Question) => Promise<Parts>,
  goldens: ReadonlyMap<Question, Parts>,
): Promise<number> {
  const from = performance.now();
  for (const question of all) {
    for (;;) {
      const problem = await ask(question).then(
        (parts) => {
          const { wrong, errors } = judge(goldens.get(question)!, parts);
          return [...wrong, ...errors][0];
        },
        (error: unknown) => messageOf(error),
      );
      if (problem === undefined) break;
      if (performance.now() - from > RECOVERY_MS) throw new Error(`${question.side} ${question.name}: ${problem}`);
      await delay(200);
    }
  }
  return performance.now() - from;
}

/** Only the death of the process at its other end, or of what starts that, explains a broken connection. */
const HOLDERS: Readonly<Record<Side, readonly Role[]>> = {
  edge: ["supervisor", "edge", "workerd"],
  origin: ["supervisor", "origin"],
};

function isExcused({ bad, side, at }: Broken, disturbances: readonly Disturbance[]): boolean {
  if (bad) return false;
  return disturbances.some(
    ({ what, role, from, to }) =>
      what === "killed" && HOLDERS[side].includes(role) && at >= from && at <= to + AFTERMATH_MS,
  );
}

function p99(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN;
}
