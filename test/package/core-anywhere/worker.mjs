import { probe } from "./probe.mjs";

export default {
  async fetch(request) {
    const form = await request.formData();
    const [exact, gemm] = await Promise.all(["exact", "gemm"].map((name) => form.get(name).arrayBuffer()));
    return Response.json(await probe({ exact: new Uint8Array(exact), gemm: new Uint8Array(gemm) }));
  },
};
