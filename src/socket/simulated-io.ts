/**
 * Whether the program waits for something real: a file, a child process, a name. A simulated second must not pass
 * meanwhile, or whoever reads a file would always be too late.
 *
 * Node tells what keeps its loop alive. It does not tell of work for its threads that is no file (zlib, crypto), nor of
 * timers whether somebody waits for them: `during` says so.
 */

/** What Node calls them: things asked of the system, which answers at some time. */
const REQUEST = /Req|(?:Connect|Write|Shutdown|Send|Query)Wrap$/;

/** Programs that we have started, and the pipes to them. */
const CHILD = /^(?:Process|Pipe)Wrap$/;

/** Connections of the kernel's: an answer may be on its way, or they may be idle. */
const CONNECTION = /^(?:TCPSocket|UDP)Wrap$/;

/**
 * So long, in real milliseconds, it is waited for something to happen; what lasts longer is there for good, and no
 * reason to stop. The other end of a connection is mostly on this very machine, and quick.
 */
const PATIENCE = { requests: 10_000, children: 10_000, connections: 20 };

/** The two things that it asks the machine; another may stand in for a test. */
export interface Machine {
  /** The names of all that Node waits for. */
  resources(): readonly string[];
  /** How much has happened so far, on a scale that only grows. */
  events(): number;
  now(): number;
}

/**
 * Asks again and again whether something real is waited for that was not there at the beginning.
 *
 * @example
 * const isBusy = realWork();
 * isBusy(); // false
 * const reading = open("package.json");
 * isBusy(); // true
 * await (await reading).close();
 */
export function realWork(machine: Machine | undefined = thisProcess()): () => boolean {
  if (machine === undefined) return () => false;
  let { children: childrenBefore, connections: connectionsBefore } = count(machine.resources());
  const requests = new Wait(machine, PATIENCE.requests);
  const children = new Wait(machine, PATIENCE.children);
  const connections = new Wait(machine, PATIENCE.connections);
  return () => {
    const counts = count(machine.resources());
    // What was there at the beginning and has ended makes no room for others. Requests always end.
    childrenBefore = Math.min(childrenBefore, counts.children);
    connectionsBefore = Math.min(connectionsBefore, counts.connections);
    const more = counts.connections - connectionsBefore;
    // All of them must hear of it.
    const isAsking = requests.lasts(counts.requests, 0);
    const hasChildren = children.lasts(counts.children - childrenBefore, 0);
    const isTalking = connections.lasts(more, more > 0 ? machine.events() : 0);
    return isAsking || hasChildren || isTalking;
  };
}

/** For things of one kind: whether they are still news. */
class Wait {
  readonly #machine: Machine;
  readonly #patience: number;
  #count = 0;
  #events = 0;
  #since = 0;

  constructor(machine: Machine, patience: number) {
    this.#machine = machine;
    this.#patience = patience;
  }

  lasts(count: number, events: number): boolean {
    if (count === 0) {
      this.#count = 0;
      return false;
    }
    const now = this.#machine.now();
    if (count !== this.#count || events !== this.#events) {
      this.#count = count;
      this.#events = events;
      this.#since = now;
    }
    return now - this.#since < this.#patience;
  }
}

function count(resources: readonly string[]): Record<keyof typeof PATIENCE, number> {
  const counts = { requests: 0, children: 0, connections: 0 };
  for (const name of resources) {
    if (CHILD.test(name)) counts.children += 1;
    else if (CONNECTION.test(name)) counts.connections += 1;
    else if (REQUEST.test(name)) counts.requests += 1;
  }
  return counts;
}

/** What Node has, and a page has not. */
interface Process {
  readonly stdout: unknown;
  readonly stderr: unknown;
  getActiveResourcesInfo?(): string[];
}

function thisProcess(): Machine | undefined {
  const { process } = globalThis as { process?: Process };
  if (process?.getActiveResourcesInfo === undefined) return undefined;
  // They may be pipes, which are opened when they are first looked at: that was not there for our sake.
  void [process.stdout, process.stderr];
  const { nodeTiming } = performance as { nodeTiming?: { uvMetricsInfo?: { events: number } } };
  return {
    resources: () => process.getActiveResourcesInfo!(),
    events: () => nodeTiming?.uvMetricsInfo?.events ?? 0,
    now: () => performance.now(),
  };
}
