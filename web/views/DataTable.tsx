import { type ReactNode, useId } from "react";

interface Props {
  readonly title: string;
  /** One sentence on how to read it. */
  readonly caption: string;
  readonly head: ReactNode;
  /** The table's bodies; undefined while they are on their way. */
  readonly bodies: ReactNode | undefined;
  /** Shown in place of rows where there are none to show. */
  readonly empty: string | null;
  /** How many rows to keep room for. */
  readonly expectedRows: number;
}

/** A table that scrolls inside itself, by keyboard too, so that the page never scrolls sideways. */
export function DataTable({ title, caption, head, bodies, empty, expectedRows }: Props) {
  const id = useId();
  return (
    <section>
      <h2 id={id}>{title}</h2>
      {/* A region that scrolls must take the focus, or the keyboard cannot reach its far side. */}
      <div className="scroll" role="region" aria-labelledby={id} tabIndex={0}>
        <table>
          <caption>
            <span>{caption}</span>
          </caption>
          <thead>{head}</thead>
          {empty === null ? (bodies ?? <Placeholder rows={expectedRows} />) : <Empty message={empty} />}
        </table>
      </div>
    </section>
  );
}

function Empty({ message }: { readonly message: string }) {
  return (
    <tbody>
      <tr>
        <td className="empty" colSpan={99}>
          {message}
        </td>
      </tr>
    </tbody>
  );
}

function Placeholder({ rows }: { readonly rows: number }) {
  return (
    <tbody aria-hidden="true">
      {Array.from({ length: rows }, (_, index) => (
        <tr key={index}>
          <td colSpan={99}>
            <span className="bone" />
          </td>
        </tr>
      ))}
    </tbody>
  );
}
