/** Who asks for what, made up: the requests that policies of eviction are compared on. */

import { Random } from "../src/base/random.ts";

export interface Trace {
  readonly name: string;
  /** What it stands for. */
  readonly about: string;
  readonly seed: number;
  /** One object's number after the other. */
  readonly requests: Uint32Array;
  /** By object: how large it is; all of them 1 where sizes do not matter. */
  readonly sizes: Uint32Array;
  readonly hasSizes: boolean;
}

/** Requests a trace. */
const LENGTH = 400_000;

export function traces(length = LENGTH): Trace[] {
  return [
    ...[0.6, 0.8, 1.0, 1.2].map((alpha) => zipf(alpha, length)),
    scans(length),
    loop(length),
    bursts(length),
    web(length),
    news(length),
    wonders(length),
  ];
}

function zipf(alpha: number, length: number): Trace {
  const random = new Random(100 + alpha * 10);
  const rank = ranks(random, 50_000, alpha);
  return plain(`Zipf ${alpha.toFixed(1)}`, "popularity that does not change", random, length, () => rank());
}

/** A crawler comes now and then, and asks for ten thousand objects that nobody else wants. */
function scans(length: number): Trace {
  const random = new Random(201);
  const rank = ranks(random, 50_000, 0.9);
  let fresh = 50_000;
  let left = 0;
  return plain(
    "scans",
    "Zipf 0.9, and each 30,000 requests a crawler that asks for 10,000 more",
    random,
    length,
    (i) => {
      if (i % 30_000 === 15_000) left = 10_000;
      // It asks as often as all others together.
      if (left > 0 && random.chance(0.5)) {
        left--;
        return fresh++;
      }
      return rank();
    },
  );
}

function loop(length: number): Trace {
  const random = new Random(301);
  return plain("loop", "20,000 objects, one after the other, and again", random, length, (i) => i % 20_000);
}

/** Each 20,000 requests other objects are in demand, for that long; half of the requests are for what always is. */
function bursts(length: number): Trace {
  const random = new Random(401);
  const always = ranks(random, 30_000, 0.8);
  const hot = ranks(random, 300, 0.6);
  return plain(
    "bursts",
    "half Zipf 0.8, half 300 objects that are others every 20,000 requests",
    random,
    length,
    (i) => (random.chance(0.5) ? always() : 30_000 + 300 * Math.floor(i / 20_000) + hot()),
  );
}

/** A site: sizes as those of files on the web, popularity that does not change, and has nothing to do with size. */
function web(length: number): Trace {
  const random = new Random(501);
  const rank = ranks(random, 60_000, 0.9);
  return sized("web", "Zipf 0.9, sizes of web files", random, length, () => rank());
}

/** What is new is in demand. */
function news(length: number): Trace {
  const random = new Random(601);
  const age = ranks(random, 30_000, 0.9);
  return sized(
    "news",
    "every 12th request brings a new object, and the newer the more in demand",
    random,
    length,
    (i) => 30_000 + Math.floor(i / 12) - age(),
  );
}

/** What an edge of a content delivery network sees: most objects are asked for once. */
function wonders(length: number): Trace {
  const random = new Random(701);
  const rank = ranks(random, 40_000, 0.9);
  let fresh = 40_000;
  return sized(
    "one-hit wonders",
    "web, and a third of the requests is for what nobody wants again",
    random,
    length,
    () => (random.chance(1 / 3) ? fresh++ : rank()),
  );
}

function plain(name: string, about: string, random: Random, length: number, next: (i: number) => number): Trace {
  const requests = Uint32Array.from({ length }, (_, i) => next(i));
  const objects = requests.reduce((most, one) => Math.max(most, one), 0) + 1;
  return { name, about, seed: random.seed, requests, sizes: new Uint32Array(objects).fill(1), hasSizes: false };
}

function sized(name: string, about: string, random: Random, length: number, next: (i: number) => number): Trace {
  const trace = plain(name, about, random, length, next);
  return { ...trace, sizes: trace.sizes.map(() => webSize(random)), hasSizes: true };
}

/** A number from 0 below `count`, n with a probability proportional to (n + 1)^-alpha. */
function ranks(random: Random, count: number, alpha: number): () => number {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let i = 0; i < count; i++) sums[i] = sum += (i + 1) ** -alpha;
  return () => {
    const wanted = random.fraction() * sum;
    let [from, to] = [0, count - 1];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (sums[middle]! <= wanted) from = middle + 1;
      else to = middle;
    }
    return from;
  };
}

/**
 * Bytes of a file on the web, as Barford and Crovella found them (SURGE, 1998): 93 % lognormal, the rest a Pareto tail;
 * not more than 64 MiB.
 */
function webSize(random: Random): number {
  const size = random.chance(0.93)
    ? Math.exp(9.357 + 1.318 * normal(random))
    : 133_000 / (1 - random.fraction()) ** (1 / 1.1);
  return Math.max(1, Math.min(2 ** 26, Math.round(size)));
}

/** Box and Muller's. */
const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction());
