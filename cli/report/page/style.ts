/** The page's own look; its colours are the web client's. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --canvas: light-dark(#f4f6f8, #0e1217);
  --surface: light-dark(#ffffff, #161c23);
  --ink: light-dark(#11171d, #e8edf2);
  --quiet: light-dark(#526070, #9dabb9);
  --line: light-dark(#dce2e8, #2a333d);
  --same: light-dark(#0b6b3d, #5fd39a);
  --same-tint: light-dark(#e2f4ea, #10301f);
  --near: light-dark(#825000, #f0b54d);
  --near-tint: light-dark(#fdf0d9, #35260b);
  --apart: light-dark(#b3261e, #ff9a8c);
  --apart-tint: light-dark(#fdeae7, #3d1814);
  --open: light-dark(#4a5561, #b4bfca);
  --open-tint: light-dark(#e9edf1, #262e37);
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "Noto Sans Mono", "Liberation Mono", monospace;
  /* Plain colours, since a canvas reads them: light-dark() is resolved only where it is used as a colour. */
  --plot: #0b57b8;
  --plot-soft: #9fbfe8;
  --plot-fill: #d7e5f7;
  --axis: #526070;
  --rule: #dce2e8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --plot: #7db4ff;
    --plot-soft: #3c5f8c;
    --plot-fill: #22354e;
    --axis: #9dabb9;
    --rule: #2a333d;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--canvas); color: var(--ink); font: 1rem/1.5 var(--sans); }
main { max-width: 76rem; margin: 0 auto; padding: clamp(1rem, 3vw, 2.5rem); }
h1 { margin: 0; font-size: 1rem; font-weight: 600; color: var(--quiet); }
h2 { margin: 0 0 0.25rem; font-size: 1.35rem; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h3 { margin: 1.75rem 0 0.5rem; font-size: 1rem; }
p { margin: 0.25rem 0 0.75rem; max-width: 70ch; overflow-wrap: anywhere; }
section { margin-top: 1.25rem; padding: clamp(1rem, 2.5vw, 1.75rem); background: var(--surface); border: 1px solid var(--line); border-radius: 0.75rem; }
.outcome { padding: clamp(1.25rem, 3vw, 2rem); border-radius: 1rem; background: var(--tint); border: 1px solid var(--tone); }
.outcome .word { margin: 0.25rem 0; font-size: clamp(1.75rem, 5vw, 3rem); font-weight: 800; line-height: 1.1; letter-spacing: -0.02em; color: var(--tone); overflow-wrap: anywhere; }
[data-verdict="IDENTICAL"] { --tone: var(--same); --tint: var(--same-tint); }
[data-verdict="WITHIN_TOLERANCE"] { --tone: var(--near); --tint: var(--near-tint); }
[data-verdict="DRIFT"], [data-verdict="WRONG_RESULT"], [data-verdict="CERTIFICATE_VIOLATED"] { --tone: var(--apart); --tint: var(--apart-tint); }
[data-verdict="INCOMPLETE"] { --tone: var(--open); --tint: var(--open-tint); }
.badge { display: inline-block; padding: 0.1em 0.6em; border-radius: 1em; background: var(--tint); color: var(--tone); font-size: 0.85em; font-weight: 700; white-space: nowrap; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 0.75rem 1.5rem; margin: 1rem 0 0; }
.figures dt { font-size: 0.8125rem; color: var(--quiet); }
.figures dd { margin: 0; font-size: 1.0625rem; font-weight: 650; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: 0.35rem; color: var(--quiet); }
th, td { padding: 0.3rem 0.75rem 0.3rem 0; border-bottom: 1px solid var(--line); vertical-align: baseline; }
th { font-weight: 600; color: var(--quiet); }
.name { text-align: left; }
.number { text-align: right; white-space: nowrap; }
code { font: 0.9em var(--mono); }
code b { color: var(--apart); background: var(--apart-tint); border-radius: 0.2em; }
.hash { overflow-wrap: anywhere; }
.plot { min-height: 260px; }
.worst { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 1rem 2rem; align-items: start; }
.worst:not(:has(img)) { grid-template-columns: minmax(0, 1fr); }
.worst img { width: 10rem; height: auto; image-rendering: pixelated; border: 1px solid var(--line); border-radius: 0.5rem; background: #000; }
.worst figure { margin: 0; }
figcaption { font-size: 0.8125rem; color: var(--quiet); }
details { margin-top: 0.75rem; }
summary { cursor: pointer; color: var(--quiet); font-size: 0.875rem; }
.u-legend { font-size: 0.8125rem; }
.u-legend th, .u-legend td { border: 0; padding: 0.1rem 0.35rem; }
@media (max-width: 40rem) { .worst { grid-template-columns: minmax(0, 1fr); } }
@media print { section { break-inside: avoid; } }
`;
