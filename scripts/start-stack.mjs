import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { prepare } from './prepare.mjs';
import { CommandFailed, projectNode, root } from './run.mjs';
import { Terminal } from './terminal.mjs';

const help = `Starts ChatIQ on this machine: database, API, console, widget and a demo shop.

  npm start                    on the data of the last time
  npm start -- --reset         start over with fresh demo data
  npm start -- --port 54400    on another port (54321)
  npm start -- --data DIR      with the data in another folder (.chatiq/data)
  npm start -- --quiet         print only the addresses and what goes wrong
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
	superviseStack(options, terminal);
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
function superviseStack(options, terminal) {
	const { data, port, reset } = options;
	const args = [main, '--data', data, '--port', String(port), ...(reset ? ['--reset'] : [])];
	const child = spawn(projectNode(), args, {
		cwd: root,
		// The channel is also the leash: when this process is gone, however it went, the stack stops.
		stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
		// In a group of its own Ctrl-C reaches it once, from here.
		detached: process.platform !== 'win32'
	});
	child.on('message', (/** @type {StackMessage} */ message) => {
		if (message.type === 'step') terminal.line('✓', message.name, message.ms);
		if (message.type === 'ready') announce(message);
		if (message.type === 'failed') console.error(`\n${message.message}\n`);
	});
	let stopping = false;
	for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
		process.on(signal, () => {
			if (!stopping) terminal.say('\n  Stopping …');
			stopping = true;
			child.kill(signal);
		});
	child.on('error', (error) => {
		console.error(error.message);
		process.exit(1);
	});
	child.on('exit', (code, signal) => {
		if (signal)
			console.error(`\nThe stack was ended by ${signal}. Nothing that was stored is lost.`);
		process.exit(code ?? 1);
	});
}

/**
 * @typedef {{ type: 'step', name: string, ms: number }
 *   | { type: 'ready', url: string, shopUrl: string, publishableKey: string }
 *   | { type: 'failed', message: string }} StackMessage
 */

/** @param {Extract<StackMessage, { type: 'ready' }>} stack */
function announce({ url, shopUrl, publishableKey }) {
	const rows = [
		['Console', url],
		['Shop', shopUrl],
		['Mailbox', `${url}/mailbox`],
		['API', url],
		['API key', publishableKey],
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
