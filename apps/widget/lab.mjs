import { build, transform } from 'esbuild';
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';
const br = (s) => brotliCompressSync(Buffer.from(s), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
const css = { name: 'css', setup(b) { b.onResolve({ filter: /\.css\?inline$/ }, (a) => ({ path: a.resolveDir + '/' + a.path.replace('?inline', ''), namespace: 'css' })); b.onLoad({ filter: /.*/, namespace: 'css' }, async (a) => ({ contents: 'export default ' + JSON.stringify((await transform(readFileSync(a.path, 'utf8'), { loader: 'css', minify: true })).code.trim()) })); } };
const r = await build({ entryPoints: ['src/loader/main.ts'], bundle: true, minify: true, format: 'iife', write: false, target: 'es2022', charset: 'utf8', metafile: true, plugins: [css], define: { __HASH__: '"aB3dE6gH"' } });
const code = r.outputFiles[0].text;
console.log(code.length, (br(code)/1024).toFixed(3));
if (process.argv[2]) console.log(code);
