/** The words of `maitred print` and `maitred capture`: their options, and what is said about them. */

import type { Command, Option } from "commander";
import { count, network, port, severalOf } from "./flags.ts";
import { flag } from "./option.ts";

const MANY = "may come several times";

/** What both have. */
const options = (): Option[] => [
  flag("--host <network>", `only packets from or to this address, or 10.0.0.0/8; ${MANY}`).argParser(
    severalOf(network("--host")),
  ),
  flag("--port <port>", `only those of TCP and UDP from or to this port; ${MANY}`).argParser(severalOf(port)),
  flag("-c, --count <count>", "so many packets, and no more").argParser(count("--count")),
  flag("--absolute", "sequence numbers as they are, and not from the beginning of the conversation on"),
];

const verbose = (): Option => flag("-v, --verbose", "if something goes wrong, say where in the code");

/**
 * Adds the commands to those that there are.
 *
 * @example
 * addPackets(new Command("maitred"));
 */
export function addPackets(root: Command): void {
  addCapture(root);
  addPrint(root);
}

function addCapture(root: Command): void {
  const command = root
    .command("capture")
    .argument("[interface]", "an interface of this machine: eth0, lo, tap0")
    .summary("say what passes an interface of this machine, and write it down")
    .description(
      "Says what passes an interface of this machine, a line for each packet, both ways; and writes it to a file that Wireshark opens. Linux only; it takes the rights of root, or CAP_NET_RAW.",
    )
    .helpOption("-h, --help", "say this")
    .addOption(
      flag("-w, --write <file>", "write the packets to this file (pcapng); - is standard output, without lines"),
    )
    .addOption(flag("-q, --quiet", "print no lines"))
    .addOption(flag("--promiscuous", "have the network adapter let through also what is for others"));
  for (const option of options()) command.addOption(option);
  command
    .addOption(verbose())
    .addHelpText("after", CAPTURE_EXAMPLES)
    .action(async (name: string | undefined, flags) => {
      const { captureCommand } = await import("./capture.ts");
      await captureCommand(name, flags);
    });
}

const CAPTURE_EXAMPLES = `
Examples:
  maitred capture lo --port 8080
  maitred capture eth0 --write eth0.pcapng --quiet
  maitred capture tap0 --write - | wireshark -k -i -`;

function addPrint(root: Command): void {
  const command = root
    .command("print")
    .argument("[files...]", "capture files, pcapng or pcap; - or none: what comes in")
    .summary("say what stands in capture files")
    .description("Says what stands in capture files (pcapng, pcap), a line for each packet, as it comes.")
    .helpOption("-h, --help", "say this");
  for (const option of options()) command.addOption(option);
  command
    .addOption(verbose())
    .addHelpText("after", PRINT_EXAMPLES)
    .action(async (files: string[], flags) => {
      const { printCommand } = await import("./print.ts");
      await printCommand(files, flags);
    });
}

const PRINT_EXAMPLES = `
Examples:
  maitred print eth0.pcapng --host 10.0.0.1 --port 80
  tail -c +1 -f eth0.pcapng | maitred print
  ssh elsewhere tcpdump -U -w - | maitred print`;
