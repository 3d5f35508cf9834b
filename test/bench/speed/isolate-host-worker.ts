/*
 * A Worker that answers every request by a fresh isolate of isobit's own bundle: plain workerd makes the isolates that
 * its configuration names before it listens, and new ones later only for a Worker Loader. `x-wasm: compiled` hands over
 * the module that this process has compiled already, otherwise the isolate is given the bytes.
 */

interface Bindings {
  readonly LOADER: { load(code: LoadedCode): { getEntrypoint(): { fetch(request: Request): Promise<Response> } } };
  readonly CODE: string;
  readonly WASM: ArrayBuffer;
  readonly WASM_NAME: string;
  readonly DATE: string;
  readonly ASSETS: unknown;
}

interface LoadedCode {
  readonly compatibilityDate: string;
  readonly mainModule: string;
  readonly modules: Readonly<Record<string, { js: string } | { wasm: ArrayBuffer | WebAssembly.Module }>>;
  readonly env: Readonly<Record<string, unknown>>;
  readonly globalOutbound: null;
}

/** A module of workerd's configuration; named in a variable, because the bundler does not have it. */
async function compiled(): Promise<WebAssembly.Module> {
  const name = "./isobit.wasm";
  const module: { default: WebAssembly.Module } = await import(name);
  return module.default;
}

export default {
  async fetch(request: Request, { LOADER, CODE, WASM, WASM_NAME, DATE, ASSETS }: Bindings): Promise<Response> {
    const wasm = request.headers.get("x-wasm") === "compiled" ? await compiled() : WASM;
    const isolate = LOADER.load({
      compatibilityDate: DATE,
      mainModule: "worker.js",
      modules: { "worker.js": { js: CODE }, [WASM_NAME]: { wasm } },
      env: { ASSETS },
      globalOutbound: null,
    });
    return isolate.getEntrypoint().fetch(request);
  },
};
