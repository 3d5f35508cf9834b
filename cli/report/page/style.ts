/** Added to the web client's colours. Registered properties resolve light-dark(), which a canvas cannot read. */
export const PAGE_STYLE = `
@property --link { syntax: "<color>"; inherits: true; initial-value: #0b57b8; }
@property --quiet { syntax: "<color>"; inherits: true; initial-value: #526070; }
@property --line { syntax: "<color>"; inherits: true; initial-value: #dce2e8; }
@property --plot-soft { syntax: "<color>"; inherits: true; initial-value: #9fbfe8; }
@property --plot-fill { syntax: "<color>"; inherits: true; initial-value: #d7e5f7; }
:root {
  --plot-soft: light-dark(#9fbfe8, #3c5f8c);
  --plot-fill: light-dark(#d7e5f7, #22354e);
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
