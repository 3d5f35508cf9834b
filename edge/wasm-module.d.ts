/** workerd compiles imported WASM itself and hands over the module. */
declare module "*.wasm" {
  const compiled: WebAssembly.Module;
  export default compiled;
}
