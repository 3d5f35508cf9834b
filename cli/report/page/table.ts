import { html, type Markup } from "./markup.ts";

export interface TableColumn<Row> {
  readonly title: string;
  /** Aligned to the right. */
  readonly number?: boolean;
  cell(row: Row): Markup | string;
}

export function tableOf<Row>(columns: readonly TableColumn<Row>[], rows: readonly Row[], caption?: string): Markup {
  const align = (column: TableColumn<Row>): string => (column.number ? "number" : "name");
  return html`<div class="scroll">
    <table>
      ${
        caption === undefined
          ? null
          : html`<caption>
              ${caption}
            </caption>`
      }
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col" class="${align(column)}">${column.title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${columns.map((column) => html`<td class="${align(column)}">${column.cell(row)}</td>`)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}
