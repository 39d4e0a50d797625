// What Fedify refuses, and why, goes to standard error: a test that fails shows it. PEER_LOG=debug shows all.

import { AsyncLocalStorage } from "node:async_hooks";
import { Writable } from "node:stream";
import { configure, getStreamSink } from "@logtape/logtape";

await configure({
  contextLocalStorage: new AsyncLocalStorage(),
  sinks: { stderr: getStreamSink(Writable.toWeb(process.stderr)) },
  loggers: [
    { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["stderr"] },
    { category: ["fedify"], lowestLevel: process.env.PEER_LOG ?? "error", sinks: ["stderr"] },
  ],
});
