import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { prepare } from './prepare.mjs';
import { CommandFailed, projectNode, root } from './run.mjs';
import { Supervisor } from './supervisor.mjs';
import { Terminal } from './terminal.mjs';

const help = `Starts ChatIQ on this machine: database, API, console, widget and a demo shop.

  npm start                    on the data of the last time
  npm start -- --reset         start over with fresh demo data
  npm start -- --port 54400    on another port (54321)
  npm start -- --data DIR      with the data in another folder (.chatiq/data)
  npm start -- --quiet         print only the addresses and what goes wrong

While it runs:

  npm run status               what runs and how it is (--json for programs)
  npm run stop                 stop it from another terminal
  npm run backup               everything into one file (-- --to FILE)
  npm run restore -- FILE      that file instead of the present data, when it is stopped

A part that crashes is started again by itself. The log is .chatiq/logs/stack.log.
`;
const main = join(root, 'tools/stack/src/main.ts');

/** @param {string[]} argv */
export async function start(argv) {
	const options = readOptions(argv);
	const terminal = new Terminal({ quiet: options.quiet });
	terminal.say('\n  ChatIQ\n');
	try {
		await prepare(terminal);
	} catch (error) {
		console.error(error instanceof CommandFailed ? `\n${error.output}\n${error.message}` : error);
		process.exit(1);
	}
	process.exit(await keepRunning(options, terminal));
}

/** @param {string[]} argv */
function readOptions(argv) {
	try {
		const { values } = parseArgs({
			args: argv,
			options: {
				reset: { type: 'boolean', default: false },
				port: { type: 'string', default: '54321' },
				data: { type: 'string', default: join(root, '.chatiq/data') },
				quiet: { type: 'boolean', default: false },
				help: { type: 'boolean', short: 'h', default: false }
			}
		});
		if (values.help) {
			console.log(help);
			process.exit(0);
		}
		const port = Number(values.port);
		if (!/^\d+$/.test(values.port) || port > 65_535)
			throw new Error(`--port takes a number from 0 to 65535, not '${values.port}'`);
		// npm changes to the package's folder; a relative path is meant from where the user stands.
		const data = resolve(process.env.INIT_CWD ?? process.cwd(), values.data);
		return { ...values, port, data };
	} catch (error) {
		console.error(`${error.message}\n\n${help}`);
		process.exit(2);
	}
}

/**
 * @param {ReturnType<typeof readOptions>} options
 * @param {Terminal} terminal
 */
function keepRunning({ data, port, reset, quiet }, terminal) {
	const supervisor = new Supervisor({
		node: projectNode(),
		main,
		args: ['--data', data, ...(quiet ? ['--quiet'] : [])],
		firstArgs: reset ? ['--reset'] : [],
		port,
		onMessage(message, restart) {
			if (message.type === 'failed') console.error(`\n${message.message}\n`);
			if (restart && message.type === 'ready') terminal.say(`  It runs again: ${message.url}\n`);
			if (restart) return;
			if (message.type === 'step') terminal.line('✓', message.name, message.ms);
			if (message.type === 'ready') announce(message);
		},
		warn: (text) => console.error(`\n  ${text}`)
	});
	let stopping = false;
	for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
		process.on(signal, () => {
			if (!stopping) terminal.say('\n  Stopping …');
			stopping = true;
			supervisor.stop(signal);
		});
	return supervisor.run();
}

/** @typedef {import('./supervisor.mjs').StackMessage} StackMessage */

/** @param {Extract<StackMessage, { type: 'ready' }>} stack */
function announce({ url, shopUrl, publishableKey }) {
	const rows = [
		['Console', url],
		['Shop', shopUrl],
		['Mailbox', `${url}/mailbox`],
		['API', url],
		['API key', publishableKey],
		['Status', `${url}/status`],
		...demoLogins()
	];
	const text = rows.map(([name, value]) =>
		name === '' && value === '' ? '' : `  ${name.padEnd(12)}${value}`
	);
	console.log(`\n${text.join('\n')}\n\n  Press Ctrl-C to stop\n`);
}

/** The accounts that the seed makes. */
function demoLogins() {
	const file = join(root, 'supabase/demo.json');
	if (!existsSync(file)) return [];
	const { password, users } = JSON.parse(readFileSync(file, 'utf8'));
	const widest = Math.max(...users.map(({ email }) => email.length));
	return [
		['', ''],
		...users.map(({ email, role, organization }, index) => [
			index === 0 ? 'Sign in as' : '',
			`${email.padEnd(widest)}  ${role}, ${organization}`
		]),
		['Password', password]
	];
}
