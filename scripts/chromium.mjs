import { existsSync } from 'node:fs';
import { capture, CommandFailed, run } from './run.mjs';

const paths = [
	process.env.CHROMIUM_PATH ?? '',
	'/usr/bin/chromium',
	'/usr/bin/chromium-browser',
	'/usr/bin/google-chrome',
	'/usr/bin/google-chrome-stable',
	'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
	'/Applications/Chromium.app/Contents/MacOS/Chromium',
	'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe'
];

/** The browser of this machine, or null. */
export const findChromium = () => paths.find((path) => path !== '' && existsSync(path)) ?? null;

/** Installs Debian's package where that is possible, and otherwise says what to do. */
export async function installChromium() {
	const apt = await capture('apt-get', ['--version']).catch(() => null);
	if (process.getuid?.() !== 0 || apt?.code !== 0)
		throw new CommandFailed(
			'Chromium',
			'was not found',
			'The tests drive a real browser. Install Chromium or Chrome, for example with\n' +
				'  sudo apt-get install -y chromium        (Debian, Ubuntu)\n' +
				'  brew install --cask chromium            (macOS)\n' +
				'or name an existing one: CHROMIUM_PATH=/path/to/chromium npm test'
		);
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	await run('apt-get', ['update'], { env });
	await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { env });
}
