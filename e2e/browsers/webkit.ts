import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { DrivenPage } from './driven-page.ts';
import { WebDriver } from './web-driver.ts';

export interface WebKitPaths {
	driver: string;
	browser: string;
}

const startTimeoutMs = 30_000;
const keys = { Enter: '\uE007', Escape: '\uE00C', Tab: '\uE004' };

/** WebKitGTK, as Debian has it; on a screen of its own where the machine has none. */
export async function openWebKit({ driver, browser }: WebKitPaths): Promise<DrivenPage> {
	const port = await freePort();
	const [first, ...rest] = [...screen(), driver, `--port=${port}`];
	const server = spawn(first, rest, { detached: true, stdio: 'ignore' });
	try {
		await listening(server, port);
		const web = await WebDriver.start(`http://127.0.0.1:${port}`, {
			'webkitgtk:browserOptions': {
				binary: browser,
				args: ['--automation', '--dark-mode']
			}
		});
		return drivenPage(web, () => stop(server));
	} catch (error) {
		await stop(server);
		throw error;
	}
}

function drivenPage(web: WebDriver, stop: () => Promise<void>): DrivenPage {
	const press = (value: string) =>
		web.act({
			type: 'key',
			id: 'keyboard',
			actions: [
				{ type: 'keyDown', value },
				{ type: 'keyUp', value }
			]
		});
	return {
		goto: (url) => web.post('url', { url }),
		reload: () => web.post('refresh'),
		resize: (width, height) => web.post('window/rect', { width, height }),
		evaluate: (expression) => web.run(expression),
		clickAt: (x, y) =>
			web.act({
				type: 'pointer',
				id: 'mouse',
				actions: [
					{ type: 'pointerMove', x: Math.round(x), y: Math.round(y) },
					{ type: 'pointerDown', button: 0 },
					{ type: 'pointerUp', button: 0 }
				]
			}),
		async type(text) {
			for (const character of text) await press(character);
		},
		press: (key) => press(keys[key]),
		async chooseFile(path) {
			const found = await web.run<Record<string, string>>(
				`document.querySelector('chatiq-widget').shadowRoot.querySelector('input[type=file]')`
			);
			await web.post(`element/${Object.values(found)[0] ?? ''}/value`, { text: path });
		},
		async close() {
			await web.end();
			await stop();
		}
	};
}

function screen(): string[] {
	const { DISPLAY, WAYLAND_DISPLAY } = process.env;
	return DISPLAY || WAYLAND_DISPLAY ? [] : ['xvfb-run', '--auto-servernum'];
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, 'close');
	return port;
}

async function listening(server: ChildProcess, port: number): Promise<void> {
	const deadline = Date.now() + startTimeoutMs;
	for (;;) {
		if (server.exitCode !== null) throw new Error('WebKitWebDriver did not start.');
		const answer = await fetch(`http://127.0.0.1:${port}/status`).catch(() => null);
		if (answer?.ok) return;
		if (Date.now() > deadline) throw new Error('WebKitWebDriver does not answer.');
		await pause(100);
	}
}

/** With the screen it runs on. */
async function stop(server: ChildProcess): Promise<void> {
	if (server.exitCode !== null || server.pid === undefined) return;
	const ended = once(server, 'exit');
	process.kill(-server.pid);
	await ended;
}
