import { placementText } from "#core/backends/placement.ts";
import { goldenMachine } from "#library/report/golden-machine.ts";
import type { ReportedModel, ReportedSource, RunReport } from "#library/report/run-report.ts";
import { html, type Markup } from "./markup.ts";
import { tableOf, type TableColumn } from "./table.ts";

export function environmentSection(report: RunReport): Markup {
  const hash = (sha256: string): Markup => html`<code>${sha256}</code>`;
  const models: TableColumn<ReportedModel>[] = [
    { title: "model", cell: ({ id }) => id },
    { title: "SHA-256 of the file", cell: ({ sha256 }) => hash(sha256) },
    {
      title: "SHA-256 of what ran",
      cell: ({ sha256, executedSha256 }) => (executedSha256 === sha256 ? "the same" : hash(executedSha256)),
    },
  ];
  const sources: TableColumn<ReportedSource>[] = [
    { title: "source", cell: ({ source }) => source },
    { title: "side", cell: ({ side }) => side?.toLowerCase() ?? "-" },
    {
      title: "runtime",
      cell: ({ runtime, runtimeVersion }) => [runtime, runtimeVersion].filter(Boolean).join(" ") || "-",
    },
    { title: "provider", cell: ({ executionProvider }) => executionProvider ?? "-" },
    { title: "level", cell: ({ optimizationLevel }) => optimizationLevel ?? "-" },
    { title: "threads", number: true, cell: ({ threads }) => String(threads ?? "-") },
    { title: "batch", number: true, cell: ({ batch }) => String(batch ?? "-") },
    { title: "device", cell: deviceText },
    { title: "placement", cell: ({ placement }) => (placement === null ? "-" : placementText(placement)) },
    { title: "CPU features", cell: ({ cpuFeatures }) => cpuFeatures?.join(" ") ?? "-" },
    { title: "model", cell: ({ model }) => report.models[model]?.id ?? "-" },
  ];
  const options = Object.entries(report.settings.options);
  return html`<section id="environment">
    <h2>Environment</h2>
    ${goldenMachine(report).map((sentence) => html`<p>${sentence}</p>`)}
    ${tableOf(models, report.models)}
    <h3>Sources</h3>
    ${tableOf(sources, report.environment)}
    ${
      options.length > 0 &&
      html`<h3>Settings</h3>
        ${tableOf(
          [
            { title: "setting", cell: ([name]) => name },
            { title: "value", cell: ([, value]) => (Array.isArray(value) ? value.join(", ") : String(value)) },
          ],
          options,
        )}`
    }
  </section>`;
}

function deviceText({ available, reason, device, hardwareGpu }: ReportedSource): string {
  if (!available) return `not available: ${reason ?? "unknown"}`;
  return hardwareGpu ? `${device ?? "GPU"} (hardware GPU)` : (device ?? "-");
}
