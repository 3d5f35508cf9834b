declare module "workerd" {
  const exported: {
    /** The path of workerd's binary for this machine. */
    readonly default: string;
  };
  export default exported;
}
