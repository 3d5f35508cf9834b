/** Stops the start. Its message is one sentence for the person who started the origin; no stack is shown with it. */
export class StartError extends Error {
  override readonly name = "StartError";
}
