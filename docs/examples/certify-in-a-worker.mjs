/*
 * A Cloudflare Worker that says whether an ONNX model gives the same bits everywhere.
 *
 *   npm install isobit && npx wrangler dev certify-in-a-worker.mjs
 *   curl --data-binary @model.onnx http://localhost:8787/
 */
import { certify, IsobitError } from "isobit/core";

export default {
  async fetch(request) {
    if (request.method !== "POST") return new Response("POST an ONNX file.\n", { status: 405 });
    try {
      const { certification } = await certify(new Uint8Array(await request.arrayBuffer()), { tf32: true });
      if (!certification.certified) return Response.json({ certified: false, ...certification.firstFailure });
      const { inputDomain, covers, headroomUsed } = certification.certificate;
      return Response.json({ certified: true, inputDomain, covers, headroomUsed });
    } catch (error) {
      if (!(error instanceof IsobitError)) throw error;
      return Response.json({ code: error.code, message: error.message }, { status: 400 });
    }
  },
};
