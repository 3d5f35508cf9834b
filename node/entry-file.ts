/**
 * The name of a script that another process is to run, with the ending of the running file: .ts in the checkout, .js in
 * the installed package.
 * @param self the caller's import.meta.url
 * @param name without an ending, e.g. "./host-process"
 */
export function entryFile(self: string, name: string): string {
  const path = self.replace(/[?#].*$/s, "");
  return name + path.slice(path.lastIndexOf("."));
}
