import { useEffect, useState } from "react";
import type { Failure } from "../failures.ts";
import { browserAlarms } from "./answers/browser-alarms.ts";
import type { LiveState } from "./answers/live.ts";
import type { AnswerRow } from "./answers/source.ts";

/** The alarms of this browser's own rows, of the last question that everyone has answered. */
export function useBrowserAlarms({ question, completed, settled, waiting }: LiveState): readonly Failure[] {
  const [raised, raise] = useState<{ readonly of: readonly AnswerRow[]; readonly alarms: readonly Failure[] }>();
  const answered = settled && waiting === 0;
  useEffect(() => {
    if (!answered || !question) return undefined;
    let left = false;
    void browserAlarms(question, completed).then((alarms) => {
      if (!left) raise({ of: completed, alarms });
    });
    return () => {
      left = true;
    };
  }, [answered, completed, question]);
  return raised?.of === completed ? raised.alarms : [];
}
