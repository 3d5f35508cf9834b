import type { ReactNode } from "react";
import { useId } from "react";

export type Figure = readonly [name: string, value: string];

interface Props {
  /** Read aloud; not shown. */
  readonly title: string;
  /** A verdict, or FAILED or PENDING. */
  readonly verdict: string;
  readonly sign: string;
  readonly word: ReactNode;
  readonly sentence: ReactNode;
  readonly figures?: readonly Figure[];
  /** A backend computed a wrong result, or a certificate is violated: shown louder than drift. */
  readonly alarm?: boolean;
  /** Read changes aloud (default: yes). */
  readonly spoken?: boolean;
}

/** A view's result, large. It keeps its height until the result arrives. */
export function VerdictPanel({ title, verdict, sign, word, sentence, figures, alarm = false, spoken = true }: Props) {
  const id = useId();
  return (
    <section className="verdict" data-verdict={verdict} data-broken={alarm} aria-labelledby={id}>
      <h2 id={id} className="unseen">
        {title}
      </h2>
      <p className="sign" aria-hidden="true">
        {sign}
      </p>
      <div className="statement" role={spoken ? "status" : undefined}>
        <p className="word">{word}</p>
        <p className="sentence">{sentence}</p>
      </div>
      {figures && (
        <dl className="figures">
          {figures.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
