import { type Failure, isAlarm } from "../failures.ts";
import { Prose } from "./Prose.tsx";

/** What went wrong, and what to do about it. Absent if nothing did. */
export function FailureBanner({ failures }: { readonly failures: readonly Failure[] }) {
  if (failures.length === 0) return null;
  return (
    <section className="banner warning" role="alert" aria-label="Errors">
      <ul>
        {failures.map((failure) => {
          const { code, message, advice, extent } = failure;
          return (
            <li key={`${code} ${extent} ${message}`} data-alarm={isAlarm(failure)}>
              <p className="what row">
                <code>{code}</code>
                {extent && <span>{extent}</span>}
              </p>
              <p>
                <Prose text={message} />
              </p>
              <p className="advice">
                <Prose text={advice} />
              </p>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
