import { useEffect } from "react";
import { useQuery } from "urql";
import { HEALTH } from "../queries.ts";
import { contradictionOf } from "../answers/contradiction.ts";
import type { LiveState } from "../answers/live.ts";

/** What health says of the backends, asked again as soon as an answer tells something else of one of them. */
export function useHealthInStep(live: LiveState) {
  const [health, reload] = useQuery({ query: HEALTH, variables: {} });
  const contradiction = contradictionOf(live, health.data?.health.backends);
  useEffect(() => {
    // Once for each contradiction: one that lasts is not asked about with every stroke.
    if (contradiction !== "") reload({ requestPolicy: "network-only" });
  }, [contradiction, reload]);
  return health;
}
