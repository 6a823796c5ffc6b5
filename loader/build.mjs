// Bundles the files that visitors load: `node loader/build.mjs FOLDER [--minify]`. They have places for words, which the
// server fills. esbuild comes from PORCHLIGHT_NODE_MODULES.

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));

// Browsers that can't run the chat load porchlight.js too, and must parse it. Those older than ES2019 don't parse `import()`,
// which it needs.
const TARGET = ["es2019"];

/** Writes porchlight.js, a script for any page, and the modules that are loaded later into a folder. */
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
  const make = (path, format, target) => esbuild.build({
    entryPoints: [join(HERE, path)],
    outfile: join(folder, basename(path)),
    bundle: true,
    format,
    minify,
    target,
    supported: { "dynamic-import": true },
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    plugins: [styles],
  });
  await Promise.all([
    make("porchlight.js", "iife", TARGET),
    make("porchlight-panel.js", "esm", TARGET),
    make("porchlight-identity.js", "esm", ["es2022"]),
    make("page/porchlight-page.js", "esm", ["es2022"]),
    // Only browsers that run the chat load it.
    make("history/porchlight-history.js", "esm", ["es2022"]),
  ]);
}

if (process.argv[1] == fileURLToPath(import.meta.url)) {
  const [folder, ...flags] = process.argv.slice(2);
  await build(folder, { minify: flags.includes("--minify") });
}
