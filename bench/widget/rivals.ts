import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

export interface Rival {
	name: string;
	directory: string;
	/** Where the page's server has the directory. */
	path: string;
	/** What its documentation tells a customer to put into the page. */
	snippet: string;
}

/**
 * Published npm embeds, pinned. They pull in React, Preact and hundreds of packages that the product does not
 * have, so they are no dependencies: the bench installs them into `.chatiq/rivals` on its first run.
 */
const packages = [
	'@papercups-io/chat-widget@1.3.1',
	'react@17.0.2',
	'react-dom@17.0.2',
	'@rocket.chat/livechat@1.13.3'
];

export async function prepareRivals(root: string): Promise<Rival[]> {
	const home = path.join(root, '.chatiq/rivals');
	if (!existsSync(path.join(home, 'node_modules/@rocket.chat/livechat'))) install(home);
	return [await papercups(home), rocketChat(home)];
}

function install(home: string): void {
	mkdirSync(home, { recursive: true });
	writeFileSync(path.join(home, 'package.json'), '{ "private": true }\n');
	const quiet = ['--no-audit', '--no-fund', '--no-save', '--ignore-scripts', '--legacy-peer-deps'];
	execFileSync('npm', ['install', ...quiet, ...packages], { cwd: home, stdio: 'inherit' });
}

/** A React component: bundled with React as a page without React would have to. */
async function papercups(home: string): Promise<Rival> {
	const directory = path.join(home, 'built/papercups');
	await build({
		stdin: {
			contents: `
				import React from 'react';
				import { render } from 'react-dom';
				import { ChatWidget } from '@papercups-io/chat-widget';
				const node = document.body.appendChild(document.createElement('div'));
				render(React.createElement(ChatWidget, { token: 'bench', accountId: 'bench', baseUrl: location.origin }), node);`,
			resolveDir: home
		},
		bundle: true,
		minify: true,
		format: 'iife',
		target: 'es2020',
		define: { 'process.env.NODE_ENV': '"production"' },
		outfile: path.join(directory, 'widget.js'),
		logLevel: 'error'
	});
	return {
		name: 'Papercups',
		directory,
		path: '/papercups',
		snippet: '<script async src="/papercups/widget.js"></script>'
	};
}

/** Its own build: a script in the page and the chat in a frame, which it loads with every page view. */
function rocketChat(home: string): Rival {
	return {
		name: 'Rocket.Chat',
		directory: path.join(home, 'node_modules/@rocket.chat/livechat/build'),
		path: '/livechat',
		snippet: `<script>
			window.RocketChat = (call) => RocketChat._.push(call);
			RocketChat._ = [];
			RocketChat.url = location.origin + '/livechat';
		</script><script async src="/livechat/rocketchat-livechat.min.js"></script>`
	};
}
