import { figure } from "./figures.ts";
import { type Finding, isMet, type Table, type Target } from "./finding.ts";

/** A part's tables and notes, as Markdown. */
export function partText(title: string, { tables, notes }: Finding): string {
  const sections = tables.map((table) => `### ${table.title}\n\n${tableText(table)}`);
  return [`## ${title}`, ...sections, ...notes.map((note) => `- ${note}`)].join("\n\n").replaceAll("\n\n- ", "\n- ");
}

/** Every target next to what was measured. */
export function targetsText(targets: readonly Target[]): string {
  const rows = targets.map((target) => [
    target.name,
    `${figure(target.measured)} ${target.unit}`,
    `${target.wanted} ${figure(target.bound)} ${target.unit}`,
    isMet(target) ? "met" : "**missed**",
  ]);
  return `## Targets\n\n${tableText({ title: "", columns: ["target", "measured", "wanted", ""], rows })}`;
}

function tableText({ columns, rows }: Table): string {
  return [columns, columns.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
