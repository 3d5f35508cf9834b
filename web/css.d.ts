/** Vite loads the style sheet before it runs the module that imports it. */
declare module "*.css";
