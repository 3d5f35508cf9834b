import { type ReactElement, type ReactNode, useId } from "react";

/** A column's heading. The first column names its row; numbers are aligned to the right. */
type Column = string | ReactElement | { readonly number: string };

interface TableProps {
  /** One sentence on how to read it; null where the element of `labelledBy` says enough. */
  readonly caption: ReactNode;
  readonly columns: readonly Column[];
  /** The id of the element that names the table (default: its caption). */
  readonly labelledBy?: string;
  readonly className?: string;
  /** The table's bodies. */
  readonly children: ReactNode;
}

/** A table that scrolls inside itself, so that the page never scrolls sideways. */
export function Table({ caption, columns, labelledBy, className, children }: TableProps) {
  const id = useId();
  return (
    // A region that scrolls must be focusable, or the keyboard cannot scroll it.
    <div className="scroll" role="region" aria-labelledby={labelledBy ?? id} tabIndex={0}>
      <table className={className}>
        {caption && (
          <caption id={id}>
            <span>{caption}</span>
          </caption>
        )}
        <thead>
          <tr>
            {columns.map((column, place) => {
              const isNumber = typeof column === "object" && "number" in column;
              return (
                <th key={place} scope="col" className={place === 0 ? "name" : isNumber ? "number" : undefined}>
                  {isNumber ? column.number : column}
                </th>
              );
            })}
          </tr>
        </thead>
        {children}
      </table>
    </div>
  );
}

interface Props {
  readonly title: string;
  readonly caption: string;
  readonly columns: readonly Column[];
  /** The table's bodies; undefined until the response arrives. */
  readonly bodies: ReactNode | undefined;
  /** The request failed. */
  readonly failed?: boolean;
  /** What to show instead of the bodies; null where they have rows. */
  readonly empty: string | null;
  /** The number of rows to reserve space for. */
  readonly expectedRows: number;
}

/** A titled table, with placeholders until its rows arrive. */
export function DataTable({ title, caption, columns, bodies, failed = false, empty, expectedRows }: Props) {
  const id = useId();
  const message = bodies === undefined && failed ? "The request failed, so there is nothing to show." : empty;
  return (
    <section>
      <h2 id={id}>{title}</h2>
      <Table caption={caption} columns={columns} labelledBy={id}>
        {message === null ? (bodies ?? <Placeholder rows={expectedRows} />) : <Empty message={message} />}
      </Table>
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
