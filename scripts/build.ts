/**
 * What the package carries: dist/, JavaScript and declarations of src/, for programs that import it; and dist/bundle/, the
 * command in a few files, since to find and open seventy takes twenty milliseconds of its start.
 */

import { rmSync } from "node:fs";
import { step } from "./steps.ts";

rmSync("dist", { recursive: true, force: true });
step("build", ["tsc", "-p", "tsconfig.build.json"]);
// As deep as the sources: package.json is two folders up from either. What is loaded on demand stays apart.
const how = ["--bundle", "--splitting", "--format=esm", "--platform=node", "--target=node22.18", "--packages=external"];
step("bundle", ["esbuild", "dist/main.js", ...how, "--outdir=dist/bundle", "--log-level=warning"]);
