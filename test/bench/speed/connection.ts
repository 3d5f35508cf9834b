import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { buffer } from "node:stream/consumers";

/** One HTTP connection, kept open: what one patient client has. */
export class Connection {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(url: string) {
    this.#url = url;
  }

  /** @throws Error with the answer for every status but 200 */
  post(path: string, body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<Buffer> {
    return this.#send("POST", path, body, {
      "content-type": "application/json",
      accept: "application/json",
      ...headers,
    });
  }

  get(path: string): Promise<Buffer> {
    return this.#send("GET", path, "", {});
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send(
    method: string,
    path: string,
    body: string | Uint8Array,
    headers: Readonly<Record<string, string>>,
  ): Promise<Buffer> {
    const length = method === "GET" ? {} : { "content-length": Buffer.byteLength(body) };
    const sent = request(this.#url + path, { method, agent: this.#agent, headers: { ...headers, ...length } });
    sent.end(body);
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    const answer = await buffer(response);
    if (response.statusCode !== 200) throw new Error(`${this.#url}${path}: ${response.statusCode} ${answer}`);
    return answer;
  }
}
