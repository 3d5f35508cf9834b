import { createHandler, type EdgeBindings } from "./handler.ts";

let handle: ReturnType<typeof createHandler> | undefined;

export default {
  fetch(request, bindings, context) {
    handle ??= createHandler(bindings);
    const response = handle(request, (work) => context.waitUntil(work));
    // Requests of one isolate share what is being loaded. Without this, a client that hangs up would take the loading
    // with it, and other requests would wait for it forever.
    context.waitUntil(response);
    return response;
  },
} satisfies ExportedHandler<EdgeBindings>;
