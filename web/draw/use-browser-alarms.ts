import { useEffect, useState } from "react";
import type { Failure } from "../failures.ts";
import { browserAlarms } from "../runtime/browser-alarms.ts";
import type { LiveState } from "../answers/live.ts";
import type { AnswerRow } from "../answers/source.ts";

/** Certificates that this browser's rows violate, for the last complete request. */
export function useBrowserAlarms({ request, completed, settled, waiting }: LiveState): readonly Failure[] {
  const [raised, raise] = useState<{ readonly of: readonly AnswerRow[]; readonly alarms: readonly Failure[] }>();
  const answered = settled && waiting === 0;
  useEffect(() => {
    if (!answered || !request) return undefined;
    let left = false;
    void browserAlarms(request, completed).then((alarms) => {
      if (!left) raise({ of: completed, alarms });
    });
    return () => {
      left = true;
    };
  }, [answered, completed, request]);
  return raised?.of === completed ? raised.alarms : [];
}
