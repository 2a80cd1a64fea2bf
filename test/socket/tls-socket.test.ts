import { kernel } from "../../src/socket/kernel.ts";
import { streamContract } from "./contract.ts";
import { memoryNetwork } from "./memory.ts";
import { tlsNetwork } from "./tls-network.ts";

streamContract("TLS over memory", () => {
  const network = tlsNetwork(memoryNetwork());
  return { client: network, server: network, home: { host: "10.0.0.1", port: 0 }, bound: 1024 * 1024 };
});

streamContract("TLS over the kernel", () => {
  const network = tlsNetwork(kernel);
  return { client: network, server: network, home: { host: "127.0.0.1", port: 0 }, bound: 16 * 1024 * 1024 };
});
