/** workerd compiles imported WASM itself and hands over the module. */
declare module "*.wasm" {
  const compiled: WebAssembly.Module;
  export default compiled;
}

declare module "workerd" {
  const exported: {
    /** The path of workerd's binary for this machine. */
    readonly default: string;
  };
  export default exported;
}
