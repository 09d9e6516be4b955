// npm run seed:scale [-- --small] [--data DIR] [--reset]
import { parseArgs } from 'node:util';
import { load } from './load.ts';
import { directoryOf, forms } from './place.ts';

const { values } = parseArgs({
	options: {
		small: { type: 'boolean', default: false },
		reset: { type: 'boolean', default: false },
		data: { type: 'string' }
	}
});
const name = values.small ? 'small' : 'full';
const directory = values.data ?? directoryOf(name);
console.log(`${forms[name].conversations.toLocaleString('en')} conversations in ${directory}`);
const loaded = await load({
	directory,
	form: forms[name],
	reset: values.reset,
	say: (line) => console.log(line)
});
if (!loaded) console.log('It is all there already; --reset begins anew.');
