/** "1.24.3", "1.28.0-dev.20260624-ba45260eed" or "latest". */
export function isRuntimeVersion(text: string): boolean {
  return text === "latest" || /^\d+\.\d+\.\d+(?:-[\w.-]+)?$/.test(text);
}
