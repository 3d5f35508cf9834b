import { type AskedStack, onSomeStack } from "#library/stack/asked-stack.ts";
import type { Variables } from "#library/stack/stack-settings.ts";
import { given } from "./given.ts";
import { listenForInterrupt } from "./interrupt.ts";
import type { StackOptions } from "./options/side.ts";
import { sayLine } from "./say-line.ts";

/** Asks the stack that the options and the environment name, until a signal ends it. @throws LibraryError */
export async function askStack<Result>(
  { url, model, peer: peers }: StackOptions,
  variables: Variables,
  request: (asked: AskedStack, stop: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const interrupt = listenForInterrupt();
  try {
    const wanted = { ...given({ url, model, peers }), variables, stop: interrupt, tell: sayLine };
    return await onSomeStack(wanted, request);
  } finally {
    interrupt.dispose();
  }
}
