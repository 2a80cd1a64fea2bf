import { socketContract } from "./contract.ts";
import { memoryNetwork } from "./memory.ts";

socketContract("memory", () => {
  const network = memoryNetwork();
  return {
    client: network,
    server: network,
    home: { host: "10.0.0.1", port: 0 },
    home6: { host: "fd00::1", port: 0 },
    path: () => "/run/maitred.sock",
    bound: 64 * 1024,
  };
});
