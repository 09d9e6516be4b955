import { Api } from '../../apps/widget/src/core/api.ts';
import { Chat } from '../../apps/widget/src/core/chat.ts';
import type { ChatView } from '../../apps/widget/src/core/chat-view.ts';
import { memoryStore } from '../../apps/widget/src/core/outbox-store.ts';
import { RequestFailed } from '../../apps/widget/src/core/request.ts';
import { refreshTokenKey } from '../../apps/widget/src/core/storage-keys.ts';
import {
	memoryJournal,
	memoryStorage,
	TestPage
} from '../../apps/widget/test/support/surroundings.ts';
import { pause, type FaultyLine } from './faulty-line.ts';
import type { Ledger } from './ledger.ts';
import type { Random } from './random.ts';

interface Options {
	name: string;
	siteKey: string;
	line: FaultyLine;
	ledger: Ledger;
	random: Random;
	tabs: number;
	/** Longest time between two doings. */
	thinkMs: number;
}

/** A person with a browser: what it stores outlives its pages. Each page runs the widget's own core. */
export class Visitor {
	readonly name: string;
	readonly siteKey: string;
	readonly line: FaultyLine;
	readonly store = memoryStore();
	readonly tabs: VisitorTab[] = [];
	/** Refusals that only a developer could repair: there must be none. */
	readonly refused: string[] = [];
	/** Read marks that were taken back: there must be none. */
	readonly relapses: string[] = [];

	readonly storage = memoryStorage();
	readonly #options: Options;

	constructor(options: Options) {
		this.#options = options;
		({ name: this.name, siteKey: this.siteKey, line: this.line } = options);
	}

	async arrive(): Promise<void> {
		for (let i = 0; i < this.#options.tabs; i++) this.tabs.push(await this.#openTab());
	}

	/** Writes that many texts, and does what visitors do in between. */
	async live(texts: number): Promise<void> {
		const { random, thinkMs } = this.#options;
		for (let left = texts; left > 0;) {
			const tab = random.pick(this.tabs);
			if (!tab) throw new Error('no tab is open');
			const doing = random.weighted(doings);
			if (doing === 'write') {
				await this.write(tab);
				left--;
			} else await this.#do(doing, tab);
			await pause(random.between(0, thinkMs));
		}
	}

	async write(tab = this.tabs[0]): Promise<void> {
		const body = this.#options.ledger.write(this.name, this.name);
		if (!(await tab?.chat.send(body))) throw new Error(`not taken: ${body}`);
	}

	/** The network is good again and the visitor looks at the page. */
	wake(): void {
		this.line.comeUp();
		for (const { page } of this.tabs) {
			page.online = page.visible = true;
			page.change('wake');
		}
	}

	leave(): void {
		for (const tab of this.tabs) tab.leave();
	}

	async #do(doing: Exclude<keyof typeof doings, 'write'>, tab: VisitorTab): Promise<void> {
		const { random } = this.#options;
		switch (doing) {
			case 'type': {
				tab.chat.typed();
				return;
			}
			case 'look':
				tab.chat.setOpen(true);
				{
					tab.chat.setAtEnd(random.chance(0.7));
					return;
				}
			case 'look away': {
				tab.chat.setOpen(false);
				return;
			}
			case 'focus': {
				tab.page.change('wake');
				return;
			}
			case 'sleep':
				tab.page.change('sleep');
				await pause(random.between(10, 400));
				{
					tab.page.change('wake');
					return;
				}
			case 'go offline':
				return this.#goOffline();
			case 'restart':
			case 'reload':
				// A page that is reloaded does nothing more; a widget that is only taken away may finish.
				if (doing === 'reload') tab.die();
				tab.leave();
				this.tabs[this.tabs.indexOf(tab)] = await this.#openTab();
		}
	}

	async #goOffline(): Promise<void> {
		const { random } = this.#options;
		this.line.goDown();
		for (const { page } of this.tabs) {
			page.online = false;
			page.change('other');
		}
		// People go on writing in a tunnel.
		if (random.chance(0.5)) await this.write(random.pick(this.tabs));
		await pause(random.between(50, 1500));
		this.wake();
	}

	async #openTab(): Promise<VisitorTab> {
		const { siteKey, store, storage } = this;
		const page = new TestPage();
		let marks = 0;
		const line = this.line.openPage();
		let [gone, left] = [false, false];
		const chat: Chat = new Chat({
			apiUrl: line.url,
			siteKey,
			storage: {
				get: storage.get,
				set: (key, value) => {
					if (!gone) storage.set(key, value);
				}
			},
			store: {
				change: (edit) => store.change(gone ? (items) => items : edit),
				close: () => undefined
			},
			journal: memoryJournal(),
			page,
			details: () => ({ language: 'uk', page_title: this.name }),
			onchange: () => {
				const now = left ? marks : readMarks(chat.view);
				if (now < marks) this.relapses.push(`${this.name}: ${marks} → ${now}`);
				marks = now;
			},
			onnews: () => undefined,
			onsite: () => undefined,
			onrefused: (code) => this.refused.push(code),
			teaser: () => null,
			onstarted: () => undefined
		});
		await chat.start(await this.#boot(line.url));
		chat.setOpen(true);
		const die = () => {
			gone = true;
			line.close();
		};
		const leave = () => {
			left = true;
			chat.destroy();
		};
		return { chat, page, die, leave };
	}

	/** As the loader does: no request without a token, and the visitor clicks again when it fails. */
	async #boot(url: string) {
		const token = this.storage.get(refreshTokenKey(this.siteKey));
		if (token === null) return null;
		const api = new Api(url);
		for (;;) {
			try {
				return await api.boot({ site_key: this.siteKey, refresh_token: token });
			} catch (error) {
				if (!(error instanceof RequestFailed && error.temporary)) throw error;
				await pause(this.#options.random.between(50, 400));
			}
		}
	}
}

export interface VisitorTab {
	chat: Chat;
	page: TestPage;
	/** From here on nothing that the page does reaches the browser's stores or the network. */
	die: () => void;
	/** Takes the widget away. */
	leave: () => void;
}

const doings = {
	write: 60,
	type: 6,
	look: 8,
	'look away': 4,
	focus: 4,
	sleep: 3,
	'go offline': 3,
	reload: 3,
	restart: 2
} as const;

const readMarks = (view: ChatView) =>
	view.entries.filter(({ delivery }) => delivery === 'read').length;
