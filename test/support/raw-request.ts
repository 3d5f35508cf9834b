import { once } from "node:events";
import { connect } from "node:net";

export interface RawAnswer {
  readonly status: number;
  /** By lower-case name; of a repeated header the last one. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/**
 * Sends bytes as they are, for requests that no HTTP client sends, and reads until the server closes.
 * @param head the request line and the headers, without `connection: close` and without a line break at the end
 */
export async function rawRequest(url: string, head: readonly string[], body = ""): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  const closed = once(socket, "close");
  socket.write(`${[...head, "connection: close"].join("\r\n")}\r\n\r\n${body}`);
  await closed;
  const [top = "", ...rest] = Buffer.concat(chunks).toString().split("\r\n\r\n");
  const [line = "", ...headers] = top.split("\r\n");
  return {
    status: Number(line.split(" ")[1]),
    headers: new Map(headers.map((header) => [header.split(":")[0]!.toLowerCase(), header.replace(/^[^:]*: */, "")])),
    body: rest.join("\r\n\r\n"),
  };
}
