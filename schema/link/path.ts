/** Where a side answers the other one. */
export const LINK_PATH = "/link/";
