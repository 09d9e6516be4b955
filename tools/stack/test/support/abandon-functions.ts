// A process of its own, to be killed while its function is in an endless loop.
import { serveFunctions } from './functions-server.ts';

const [, , root = ''] = process.argv;
const { url, functions } = await serveFunctions(root);
await (await fetch(`${url}/loops`)).text();
console.log(functions.pid('loops'));
void fetch(`${url}/loops`, { method: 'POST' });
