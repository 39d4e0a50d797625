// Names under `.localhost` are this machine (RFC 6761), also where the system does not know it.

import dns from "node:dns";

const { lookup } = dns;
dns.lookup = (name, ...rest) => lookup(/(^|\.)localhost$/.test(name) ? "127.0.0.1" : name, ...rest);
