import { defineConfig } from "vite";

// One classic script and one style sheet with fixed names: the server knows no others, and the
// same script must run when it is inlined into a report that is opened from disk.
export default defineConfig({
  base: "./",
  publicDir: false,
  build: {
    outDir: "../src/ketasim/explorer/page",
    emptyOutDir: true,
    target: "es2020",
    sourcemap: false,
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 1_000_000,
    reportCompressedSize: false,
    rollupOptions: {
      input: "src/main.tsx",
      output: {
        format: "iife",
        name: "ketasim",
        entryFileNames: "explorer.js",
        assetFileNames: "explorer[extname]",
      },
    },
  },
  plugins: [
    {
      name: "page",
      generateBundle() {
        this.emitFile({ type: "asset", fileName: "index.html", source: PAGE });
      },
    },
  ],
});

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>ketasim explorer</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="explorer.css">
</head>
<body>
<div id="app"><p class="boot">Loading the explorer…</p></div>
<noscript>The explorer needs JavaScript. \`ketasim run\` answers the same questions without it.</noscript>
<script src="explorer.js"></script>
</body>
</html>
`;
