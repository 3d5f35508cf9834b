import { useMemo } from "react";
import { useClient } from "urql";
import { useBrowserSources } from "./runtime/use-browser-runtime.ts";
import { edgeSource, paritySource } from "./answers/graphql-sources.ts";
import type { AnswerSource } from "./answers/source.ts";

/** The sources that a sketch is sent to: the edge alone, all backends, and this browser if it is enabled. */
export function useAnswerSources(): readonly AnswerSource[] {
  const client = useClient();
  const browser = useBrowserSources();
  return useMemo(() => [edgeSource(client), paritySource(client), ...browser], [client, browser]);
}
