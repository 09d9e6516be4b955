import type { Message } from '@chatiq/contracts/message';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Backend, siteKey, type Fault } from '../../test/support/backend.ts';
import { listed } from '../../test/support/message.ts';
import { memoryJournal, memoryStorage, TestPage } from '../../test/support/surroundings.ts';
import { Api } from './api.ts';
import { Chat } from './chat.ts';
import { memoryStore } from './outbox-store.ts';
import { refreshTokenKey } from './storage-keys.ts';

let backend: Backend;
let chats: Chat[];

beforeEach(async () => {
	chats = [];
	backend = await new Backend().start();
	// Retries come quickly, in the order and number that they would otherwise have.
	vi.spyOn(Math, 'random').mockReturnValue(0.01);
});
afterEach(async () => {
	vi.restoreAllMocks();
	chats.forEach((chat) => chat.destroy());
	await backend.close();
});

/** A browser: its tabs and pages share what it keeps. */
function browser() {
	return { storage: memoryStorage(), store: memoryStore() };
}

/** `stale`: the page was loaded when nothing had been said in this browser. */
async function visit({ storage, store } = browser(), { stale = false } = {}) {
	const page = new TestPage();
	const news: Message[] = [];
	const refused: string[] = [];
	const chat = new Chat({
		apiUrl: backend.url,
		siteKey,
		storage,
		store: { ...store, close: () => undefined },
		journal: memoryJournal(),
		page,
		details: () => ({ language: 'uk' }),
		onchange: () => undefined,
		onnews: (messages) => news.push(...messages),
		onsite: () => undefined,
		teaser: () => null,
		onstarted: () => undefined,
		onrefused: (code) => refused.push(code)
	});
	chats.push(chat);
	const token = storage.get(refreshTokenKey(siteKey));
	const boot =
		!stale &&
		token &&
		(await new Api(backend.url).boot({ site_key: siteKey, refresh_token: token }));
	await chat.start(boot || null);
	chat.setOpen(true);
	return { chat, page, news, refused };
}

const until = (condition: () => unknown) =>
	vi.waitFor(() => expect(condition()).toBeTruthy(), { timeout: 10_000, interval: 5 });
const bodies = (chat: Chat) => chat.view.entries.map(({ body }) => body);
const settled = (chat: Chat) =>
	until(() => chat.view.entries.every(({ delivery }) => delivery !== 'sending'));
const conversationId = () => [...backend.conversations.keys()][0] ?? '';
const live = () => until(() => backend.realtime.joined(`conversation:${conversationId()}`));

describe('a new visitor', () => {
	it('costs no request and no socket before the first text', async () => {
		await visit();
		expect(backend.requests).toEqual([]);
		expect(backend.realtime.connections).toBe(0);
	});

	it('writes, and the team answers', async () => {
		const { chat, news } = await visit();
		await chat.send('Do you ship to Lviv?');
		expect(chat.view.entries).toMatchObject([{ delivery: 'sending' }]);
		await settled(chat);
		await live();
		backend.answer(conversationId(), 'Yes.');
		await until(() => news.length === 1);
		expect(bodies(chat)).toEqual(['Do you ship to Lviv?', 'Yes.']);
		expect(backend.requests[0]).toBe('visitor-session');
	});

	it('cannot send nothing, nor too much', async () => {
		const { chat } = await visit();
		expect(await chat.send(' \n ')).toBe(false);
		expect(await chat.send('я'.repeat(4001))).toBe(false);
		expect(await chat.send('🙂'.repeat(4000))).toBe(true);
	});
});

describe('a text is stored once and in order', () => {
	/** Lets the first requests of each kind go wrong. */
	function faults(...plan: Fault[]) {
		const left = new Map<string, Fault[]>();
		backend.fault = (name) => {
			if (!left.has(name)) left.set(name, [...plan]);
			return left.get(name)?.shift() ?? null;
		};
	}

	it.each<[string, Fault[]]>([
		['no connection', ['drop', 'drop']],
		['lost answers', ['lose', 'lose', 'lose']],
		['a restarting server', [{ status: 503, code: 'internal' }, 'drop']],
		['a session that has just ended', [{ status: 401, code: 'session_required' }]],
		['a rate limit', [{ status: 429, code: 'rate_limited', details: { retry_after: 0.05 } }]],
		['everything at once', ['lose', 'drop', { status: 500, code: 'internal' }, 'lose']]
	])('despite %s', async (_, plan) => {
		faults(...plan);
		const { chat } = await visit();
		const texts = ['one', 'two', 'three', 'four'];
		for (const text of texts) await chat.send(text);
		await settled(chat);
		expect(backend.bodies).toEqual([texts]);
		expect(bodies(chat)).toEqual(texts);
	});

	it('in the conversation that another page has begun since this one was loaded', async () => {
		const shared = browser();
		const first = await visit(shared);
		await first.chat.send('from the first page');
		await until(() => first.chat.view.entries[0]?.delivery === 'stored');
		first.chat.destroy();
		const second = await visit(shared, { stale: true });
		for (const text of ['from the second', 'and more']) await second.chat.send(text);
		await until(() => second.chat.view.entries.length === 3);
		await until(() => second.chat.view.entries.every(({ delivery }) => delivery === 'stored'));
		expect(second.chat.view.entries.map(({ body }) => body)).toEqual([
			...['from the first page', 'from the second', 'and more']
		]);
		expect(backend.conversations.size).toBe(1);
	});

	it('when a reload comes between the request and its answer', async () => {
		const shop = browser();
		const before = await visit(shop);
		backend.fault = (name) => (name === 'start_conversation' ? 'lose' : null);
		await before.chat.send('one');
		await until(() => backend.bodies.length === 1);
		before.chat.destroy();
		backend.fault = () => null;
		const { chat } = await visit(shop);
		await chat.send('two');
		await settled(chat);
		expect(backend.bodies).toEqual([['one', 'two']]);
		expect(bodies(chat)).toEqual(['one', 'two']);
	});

	it('when the widget is taken away between the request and its answer', async () => {
		const shop = browser();
		const before = await visit(shop);
		backend.fault = (name) => {
			if (name === 'start_conversation') before.chat.destroy();
			return null;
		};
		await before.chat.send('one');
		await until(() => backend.bodies.length === 1);
		backend.fault = () => null;
		const { chat } = await visit(shop);
		await live();
		await settled(chat);
		expect(chat.view.entries).toMatchObject([{ body: 'one', delivery: 'stored' }]);
		expect(await shop.store.change((items) => items)).toEqual([]);
		expect(backend.realtime.connections).toBe(1);
	});

	it('from two tabs that begin at the same moment', async () => {
		const shop = browser();
		const [first, second] = [await visit(shop), await visit(shop)];
		await Promise.all([first.chat.send('from the first'), second.chat.send('from the second')]);
		await settled(first.chat);
		await settled(second.chat);
		expect(backend.bodies.flat().sort()).toEqual(['from the first', 'from the second']);
		expect(backend.conversations.size).toBe(1);
		await until(() => bodies(first.chat).length === 2 && bodies(second.chat).length === 2);
	});

	it('while the connection is cut again and again', async () => {
		const { chat } = await visit();
		await chat.send('begin');
		await settled(chat);
		await live();
		const expected = ['begin'];
		for (let round = 0; round < 5; round++) {
			backend.realtime.cut();
			expected.push(`question ${round}`, `answer ${round}`);
			await chat.send(`question ${round}`);
			await settled(chat);
			backend.answer(conversationId(), `answer ${round}`);
		}
		await until(() => bodies(chat).length === expected.length);
		expect(bodies(chat)).toEqual(expected);
		expect(backend.bodies).toEqual([expected]);
	});
});

describe('answers are not missed', () => {
	it('whose event got lost: the next one tells', async () => {
		const { chat } = await visit();
		await chat.send('hello');
		await settled(chat);
		await live();
		backend.answer(conversationId(), 'lost', { silently: true });
		backend.answer(conversationId(), 'heard');
		await until(() => bodies(chat).length === 3);
		expect(bodies(chat)).toEqual(['hello', 'lost', 'heard']);
	});

	it('that came while the page slept', async () => {
		const { chat, page } = await visit();
		await chat.send('hello');
		await settled(chat);
		await live();
		page.change('sleep');
		await until(() => backend.realtime.connections === 0);
		backend.answer(conversationId(), 'while you slept');
		page.change('wake');
		await until(() => bodies(chat).includes('while you slept'));
	});

	it('that came between two visits', async () => {
		const shop = browser();
		const before = await visit(shop);
		await before.chat.send('hello');
		await settled(before.chat);
		before.chat.destroy();
		backend.answer(conversationId(), 'later');
		const { chat } = await visit(shop);
		expect(bodies(chat)).toEqual(['hello', 'later']);
	});
});

describe('an identity', () => {
	it('brings the history of the one it names, to any browser', async () => {
		const first = await visit();
		await first.chat.identify('olena@shop');
		await first.chat.send('from the office');
		await settled(first.chat);
		const second = await visit();
		const restoring = second.chat.identify('olena@shop');
		expect(second.chat.view.restoring).toBe(true);
		await restoring;
		expect(bodies(second.chat)).toEqual(['from the office']);
		await second.chat.send('from home');
		await settled(second.chat);
		expect(backend.bodies).toEqual([['from the office', 'from home']]);
	});

	it('does not take along what somebody else has written', async () => {
		const { chat } = await visit();
		await chat.send('anonymous');
		await settled(chat);
		await chat.identify('olena@shop');
		expect(bodies(chat)).toEqual([]);
		await chat.send('as Olena');
		await settled(chat);
		expect(backend.bodies).toEqual([['anonymous'], ['as Olena']]);
	});

	it('of another person hides the history at once, before the server has answered', async () => {
		const shop = browser();
		const before = await visit(shop);
		await before.chat.identify('olena@shop');
		await before.chat.send('private');
		await settled(before.chat);
		before.chat.destroy();
		const { chat } = await visit(shop);
		const same = chat.identify('olena@shop');
		expect(bodies(chat)).toEqual(['private']);
		await same;
		backend.fault = (name) => (name === 'send_visitor_message' ? 'drop' : null);
		await chat.send('unsent and private');
		const other = chat.identify('taras@shop');
		await until(() => bodies(chat).length === 0);
		await other;
		backend.fault = () => null;
		await chat.send('from Taras');
		await settled(chat);
		expect(backend.bodies).toEqual([['private'], ['from Taras']]);
	});

	it('keeps trying while the server is away', async () => {
		const first = await visit();
		await first.chat.identify('olena@shop');
		await first.chat.send('hello');
		await settled(first.chat);
		const second = await visit();
		let drops = 4;
		backend.fault = () => (drops-- > 0 ? 'drop' : null);
		await second.chat.identify('olena@shop');
		expect(bodies(second.chat)).toEqual(['hello']);
	});

	it('that is refused goes to the developer, and nobody writes as somebody else', async () => {
		const { chat, refused } = await visit();
		backend.fault = (_, { identity }) =>
			identity === undefined ? null : { status: 401, code: 'identity_invalid' };
		await chat.identify('forged');
		expect(refused).toEqual(['identity_invalid']);
		expect(chat.view.restoring).toBe(false);
		await chat.send('hello');
		await until(() => chat.view.entries[0]?.delivery === 'failed');
		expect(chat.view.entries[0]?.refused).toBe('identity_invalid');
	});

	it('that came too late does not spoil the one after it', async () => {
		const { chat, refused } = await visit();
		backend.fault = (_, { identity }) =>
			identity === 'forged' ? { status: 401, code: 'identity_invalid' } : null;
		void chat.identify('forged');
		const good = chat.identify('olena@shop');
		await chat.send('hello');
		await good;
		await settled(chat);
		expect(backend.bodies).toEqual([['hello']]);
		expect(refused).toEqual([]);
	});
});

describe('a session that ends', () => {
	it('loses no text: it goes out in a new conversation', async () => {
		const { chat } = await visit();
		await chat.send('one');
		await settled(chat);
		backend.revokeSessions();
		await chat.send('two');
		await settled(chat);
		await until(() => backend.conversations.size === 2);
		expect(backend.bodies).toEqual([['one'], ['two']]);
		expect(bodies(chat)).toEqual(['two']);
	});

	it('by logging out leaves nothing behind', async () => {
		const shop = browser();
		const { chat } = await visit(shop);
		await chat.send('one');
		await settled(chat);
		backend.fault = () => 'drop';
		await chat.send('unsent');
		await chat.logout();
		expect(chat.view.entries).toEqual([]);
		expect(shop.storage.get(refreshTokenKey(siteKey))).toBeNull();
		expect(await shop.store.change((items) => items)).toEqual([]);
		await until(() => backend.realtime.connections === 0);
	});
});

describe('a refusal', () => {
	it('keeps the text, with the reason, until the visitor decides', async () => {
		const { chat, refused } = await visit();
		backend.fault = (name) =>
			name === 'visitor-session' ? { status: 403, code: 'origin_not_allowed' } : null;
		await chat.send('hello');
		await until(() => chat.view.entries[0]?.delivery === 'failed');
		expect(chat.view.entries).toMatchObject([{ body: 'hello', refused: 'origin_not_allowed' }]);
		expect(refused).toEqual(['origin_not_allowed']);
		backend.fault = () => null;
		await chat.retry(chat.view.entries[0]?.id ?? '');
		await settled(chat);
		expect(backend.bodies).toEqual([['hello']]);
	});
});

describe('typing', () => {
	it('is shown with the name, and ends with the message', async () => {
		const { chat } = await visit();
		await chat.send('hello');
		await settled(chat);
		const topic = `conversation:${conversationId()}:typing`;
		await until(() => backend.realtime.joined(topic));
		const typing = { author_kind: 'operator', author_id: 'olena', name: 'Olena' };
		backend.realtime.broadcastText(topic, 'typing', { ...typing, author_kind: 'visitor' });
		backend.realtime.broadcastText(topic, 'typing', typing);
		await until(() => chat.view.typing !== null);
		expect(chat.view.typing).toBe('Olena');
		backend.answer(conversationId(), 'done');
		await until(() => chat.view.typing === null);
	});

	it('on its topic is not believed to be a message', async () => {
		const { chat } = await visit();
		await chat.send('hello');
		await settled(chat);
		const topic = `conversation:${conversationId()}:typing`;
		await until(() => backend.realtime.joined(topic));
		const forged = {
			...backend.conversations.get(conversationId())?.messages[0],
			id: 'forged',
			seq: 2
		};
		backend.realtime.broadcastText(topic, 'message_created', forged);
		backend.realtime.broadcastText(topic, 'typing', { author_kind: 'operator', name: 'x' });
		await until(() => chat.view.typing === 'x');
		expect(bodies(chat)).toEqual(['hello']);
	});
});

describe('the last event of a rush', () => {
	it('may be lost: the next heartbeat brings what it told', async () => {
		vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
		onTestFinished(() => void vi.useRealTimers());
		const { chat } = await visit();
		await chat.send('hello');
		await settled(chat);
		await live();
		await until(() => backend.requests.includes('messages_after'));
		backend.answer(conversationId(), 'lost on the way', { silently: true });
		await vi.advanceTimersByTimeAsync(25_000);
		await until(() => bodies(chat).includes('lost on the way'));
	});
});

describe('unread', () => {
	it('counts while the panel is closed or the page hidden, and not before the eyes', async () => {
		const { chat, page } = await visit();
		await chat.send('hello');
		await settled(chat);
		await live();
		chat.setOpen(false);
		backend.answer(conversationId(), 'one');
		await until(() => chat.view.unread === 1);
		page.visible = false;
		chat.setOpen(true);
		expect(chat.view.unread).toBe(1);
		page.visible = true;
		page.change('wake');
		expect(chat.view.unread).toBe(0);
		await until(() => backend.requests.includes('mark_read'));
	});
});

describe('several conversations', () => {
	const open = (chat: Chat, place: number) => {
		const id = [...backend.conversations.keys()][place] ?? '';
		return chat.openConversation(listed({ id, last_seq: 1 }));
	};

	it('keeps each text where it was written, also through an outage', async () => {
		const { chat } = await visit();
		await chat.send('first');
		await settled(chat);
		backend.fault = () => 'drop';
		await chat.send('more of the first');
		chat.startNew();
		expect(bodies(chat)).toEqual([]);
		await chat.send('second');
		await chat.send('more of the second');
		expect(bodies(chat)).toEqual(['second', 'more of the second']);
		backend.fault = () => null;
		await until(() => backend.bodies.flat().length === 4);
		await settled(chat);
		expect(backend.bodies).toEqual([
			['first', 'more of the first'],
			['second', 'more of the second']
		]);
		expect(bodies(chat)).toEqual(['second', 'more of the second']);
		await open(chat, 0);
		expect(bodies(chat)).toEqual(['first', 'more of the first']);
		await chat.send('back here');
		await settled(chat);
		expect(backend.bodies[0]).toEqual(['first', 'more of the first', 'back here']);
	});

	it('survives a reload with a new conversation on its way', async () => {
		const shop = browser();
		const before = await visit(shop);
		await before.chat.send('first');
		await settled(before.chat);
		backend.fault = () => 'drop';
		before.chat.startNew();
		await before.chat.send('second');
		before.chat.destroy();
		backend.fault = () => null;
		await visit(shop);
		await until(() => backend.bodies.flat().length === 2);
		expect(backend.bodies).toEqual([['first'], ['second']]);
	});

	it('does not take another tab along', async () => {
		const shop = browser();
		const [here, there] = [await visit(shop), await visit(shop)];
		await here.chat.send('first');
		await settled(here.chat);
		await until(() => bodies(there.chat).length === 1);
		here.chat.startNew();
		await here.chat.send('second');
		await settled(here.chat);
		await until(() => backend.bodies.length === 2);
		expect(bodies(there.chat)).toEqual(['first']);
		expect(bodies(here.chat)).toEqual(['second']);
	});

	it('follows a text whose conversation was erased', async () => {
		const { chat } = await visit();
		await chat.send('first');
		await settled(chat);
		await open(chat, 0);
		backend.conversations.clear();
		await chat.send('still here?');
		await until(() => backend.bodies.flat().length === 1);
		await settled(chat);
		expect(bodies(chat)).toContain('still here?');
	});

	it('counts what is unread elsewhere beside what is unread here', async () => {
		const { chat } = await visit();
		await chat.send('first');
		await settled(chat);
		chat.setElsewhere(3, 7);
		expect(chat.view).toMatchObject({ unread: 7, conversationCount: 3 });
	});
});
