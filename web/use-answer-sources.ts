import { useMemo } from "react";
import { useClient } from "urql";
import { useBrowserSources } from "./runtime/use-browser-runtime.ts";
import { edgeSource, paritySource } from "./answers/graphql-sources.ts";
import type { AnswerSource } from "./answers/source.ts";

/** Everyone who is asked about a sketch: the edge at once, then all backends, and this browser where it takes part. */
export function useAnswerSources(): readonly AnswerSource[] {
  const client = useClient();
  const browser = useBrowserSources();
  return useMemo(() => [edgeSource(client), paritySource(client), ...browser], [client, browser]);
}
