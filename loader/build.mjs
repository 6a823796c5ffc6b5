// Bundles the two files that visitors load: `node loader/build.mjs FOLDER [--minify]`. They have places for words, which the
// server fills. esbuild comes from PORCHLIGHT_NODE_MODULES.

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));

// Browsers that can't run the chat load porchlight.js too, and must parse it. Those older than ES2019 don't parse `import()`,
// which it needs.
const TARGET = ["es2019"];

/** Writes porchlight.js, a script for any page, and porchlight-panel.js, a module, into a folder. */
export async function build(folder, { minify }) {
  const esbuild = createRequire(join(process.env.PORCHLIGHT_NODE_MODULES, "anything.js"))("esbuild");
  // Each script contains its style sheet, as text.
  const styles = {
    name: "styles",
    setup(build) {
      build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
        const options = { loader: "css", minify, sourcefile: path };
        const { code } = await esbuild.transform(readFileSync(path, "utf8"), options);
        return { contents: code, loader: "text" };
      });
    },
  };
  mkdirSync(folder, { recursive: true });
  const make = (name, format) => esbuild.build({
    entryPoints: [join(HERE, name)],
    outfile: join(folder, name),
    bundle: true,
    format,
    minify,
    target: TARGET,
    supported: { "dynamic-import": true },
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    plugins: [styles],
  });
  await Promise.all([make("porchlight.js", "iife"), make("porchlight-panel.js", "esm")]);
}

if (process.argv[1] == fileURLToPath(import.meta.url)) {
  const [folder, ...flags] = process.argv.slice(2);
  await build(folder, { minify: flags.includes("--minify") });
}
