import { useEffect } from "react";
import { useQuery } from "urql";
import { HEALTH } from "../queries.ts";
import { contradictionOf } from "../answers/contradiction.ts";
import type { LiveState } from "../answers/live.ts";

/** The status of the backends, queried again when a result contradicts it. */
export function useHealthInStep(live: LiveState) {
  const [health, reload] = useQuery({ query: HEALTH, variables: {} });
  const contradiction = contradictionOf(live, health.data?.health.backends);
  useEffect(() => {
    // Once per contradiction, not with every stroke.
    if (contradiction !== "") reload({ requestPolicy: "network-only" });
  }, [contradiction, reload]);
  return health;
}
