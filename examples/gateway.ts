/**
 * A gateway of one's own, before servers that share the work: `maitred proxy --to …`, in a few lines. Whoever has
 * installed the package imports the same names from "maitred".
 *
 *     node examples/gateway.ts 8080 http://localhost:3001,weight=2 http://localhost:3002
 */

import { Balancer, Client, dialer, kernel, parseUpstream, printAddress, reverseProxy, serve } from "../src/index.ts";

const [port, ...servers] = process.argv.slice(2);
if (port === undefined || servers.length === 0) {
  console.error("usage: node gateway.ts <port> <server> [server …]");
  process.exit(2);
}

const client = new Client(dialer(kernel, { timeout: 2_000 }));
const balancer = new Balancer(servers.map(parseUpstream), { policy: "least-connections", complain: console.error });
const gateway = reverseProxy({ client, balancer, name: "gateway" });

const server = await serve(kernel, { host: "localhost", port: Number(port) }, gateway);
console.log(`http://${printAddress(server.address)}/`);
