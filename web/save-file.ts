/** Hands text to the browser as a file to save. */
export function saveFile(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The click has begun the download only when its task is over.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
