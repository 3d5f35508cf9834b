/** Vite turns these into style sheets of their own, loaded before the module that imports them runs. */
declare module "*.css";
