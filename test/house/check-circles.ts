import { importCircles } from "./import-circles.ts";

// The linter finds circles of files; circles of folders are found here.
const circles = importCircles(process.cwd());
for (const { folder, members, imports } of circles) {
  console.error(`${folder === "" ? "The root" : `${folder}/`} has a circle of ${members.join(", ")}:`);
  console.error(`${imports.map((each) => `  ${each}`).join("\n")}\n`);
}
console.log(`${circles.length} import circles.`);
process.exitCode = circles.length > 0 ? 1 : 0;
