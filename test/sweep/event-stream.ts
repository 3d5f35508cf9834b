/* A GraphQL subscription as server-sent events, read frame by frame: what came over the wire, and no client's idea of it. */

interface Frame {
  readonly event: string;
  readonly data: string;
}

export interface Subscribed {
  readonly response: Response;
  /** The frames in order; comments, which keep the connection open, are left out. */
  readonly frames: AsyncGenerator<Frame, void, undefined>;
  /** The subscription's field in each `next`. @throws Error for one with errors */
  readonly events: AsyncGenerator<SweepEvent, void, undefined>;
  /** Hangs up. */
  close(): void;
}

// The shape is each test's own.
// oxlint-disable-next-line typescript/no-explicit-any
export type SweepEvent = any;

export async function subscribe(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Subscribed> {
  const controller = new AbortController();
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ query, variables }),
    signal: controller.signal,
  });
  const frames = framesOf(response.body!.pipeThrough(new TextDecoderStream()));
  return { response, frames, events: eventsOf(frames), close: () => controller.abort() };
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html: frames end with an empty line. */
async function* framesOf(text: ReadableStream<string>): AsyncGenerator<Frame, void, undefined> {
  let rest = "";
  for await (const chunk of text) {
    const blocks = (rest + chunk).split("\n\n");
    rest = blocks.pop()!;
    for (const block of blocks) {
      const fields = block.split("\n").filter((line) => !line.startsWith(":"));
      const valueOf = (name: string): string =>
        fields
          .find((line) => line.startsWith(`${name}:`))
          ?.slice(name.length + 1)
          .trimStart() ?? "";
      if (fields.length > 0) yield { event: valueOf("event"), data: valueOf("data") };
    }
  }
  if (rest !== "") throw new Error(`the stream ends in the middle of a frame: ${JSON.stringify(rest)}`);
}

async function* eventsOf(frames: AsyncIterable<Frame>): AsyncGenerator<SweepEvent, void, undefined> {
  for await (const { event, data } of frames) {
    if (event === "complete") return;
    const { data: answered, errors } = JSON.parse(data) as { data?: { sweep: SweepEvent }; errors?: unknown };
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    yield answered!.sweep;
  }
}
