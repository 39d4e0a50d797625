// The peer as a program: `node main.js [--port 0] [--base https://name:port] [--knock draft-cavage-http-signatures-12]`.
//
// Says in one line of JSON where it listens, and ends with its standard input: no test leaves one behind.

import "./logging.js";
import { parseArgs } from "node:util";
import { startPeer } from "./server.js";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    base: { type: "string" },
    knock: { type: "string", default: "rfc9421" },
  },
});

const peer = await startPeer({ port: Number(values.port), base: values.base, firstKnock: values.knock });
process.stdout.write(`${JSON.stringify({ port: peer.port, base: peer.base })}\n`);
process.stdin.on("end", () => process.exit(0));
process.stdin.resume();
