import type { ConversationAgent } from '@chatiq/contracts/conversation';
import type { Message } from '@chatiq/contracts/message';
import en from '@chatiq/i18n/widget/extras/en.json';
import uk from '@chatiq/i18n/widget/extras/uk.json';
import type { Entry } from '../../core/chat-view.ts';
import { fetchSite } from '../fetch-site.ts';
import { touchFirst } from '../focus.ts';
import type * as GesturesModule from '../gestures/main.ts';
import { lazy } from '../lazy.ts';
import type { PanelState } from '../panel-state.svelte.ts';
import { Reacting } from './reacting.svelte.ts';

const conversations = lazy(() => import('../conversations/main.ts'));

/** For fingers only. */
const gestures = lazy(() => import('../gestures/main.ts'));
const chime = lazy(() => import('../chime/main.ts'));

const troubleMs = 6000;
const flashMs = 1600;
const againMs = 2000;

type Gestures = typeof GesturesModule;

/** Where a menu or a picker was opened, to give the focus back. */
export interface Opened {
	opener: HTMLElement;
	/** Null: for the text that is being written. */
	entry: Entry | null;
}

/** What comes a moment after the panel: reactions, quotes, the list of conversations, sound and size. */
export class Extras {
	screen = $state.raw<'chat' | 'list'>('chat');
	menu = $state.raw<(Opened & { entry: Entry; top: number; bottom: number }) | null>(null);
	picker = $state.raw<Opened | null>(null);
	/** Said once, under the messages. */
	trouble = $state.raw('');
	muted: boolean;
	wide: boolean;
	agents = $state.raw<ReadonlyMap<string, ConversationAgent>>(new Map());
	/** The `seq` that a quote has led to, for a moment. */
	flashed = $state.raw<number | null>(null);

	readonly panel: PanelState;
	readonly reacting: Reacting;
	readonly texts = $derived.by(() => (this.panel.language === 'uk' ? uk : en));
	/** Who of the team spoke last. */
	readonly agent = $derived.by(() => {
		const spoke = this.panel.view.entries.findLast(({ authorKind }) => authorKind === 'operator');
		return this.agents.get(spoke?.authorId ?? '') ?? null;
	});

	#agentsOf: string | null = null;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#flash: ReturnType<typeof setTimeout> | undefined;
	#again: ReturnType<typeof setTimeout> | undefined;

	constructor(panel: PanelState) {
		this.panel = panel;
		this.muted = $state.raw(panel.storage.get(`${panel.keyPrefix}:muted`) !== null);
		this.wide = $state.raw(panel.tab.get(`${panel.keyPrefix}:wide`) !== null);
		this.reacting = new Reacting(panel.chat, () => this.say(this.texts.react_failed));
		this.#applyWide();
		const follow = {
			agents: () => this.#loadAgents(),
			conversations: () => this.#hinted(),
			site: () => this.#loadSite()
		};
		panel.chat.onhint = (about) => void follow[about]();
		void this.#hinted();
		this.changed();
	}

	/** Fills `{name}` into a text. */
	fill(key: keyof typeof en, values: Record<string, string | number>): string {
		return this.texts[key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
	}

	say(trouble: string): void {
		clearTimeout(this.#timer);
		this.trouble = trouble;
		this.#timer = setTimeout(() => (this.trouble = ''), troubleMs);
	}

	/** The view is another one: somebody new may have answered. */
	changed(): void {
		const { conversationId, entries } = this.panel.view;
		const newest = `${conversationId} ${entries.at(-1)?.id ?? ''}`;
		if (conversationId === null || this.#agentsOf === newest || !this.#someUnknown()) return;
		this.#agentsOf = newest;
		void this.#loadAgents();
	}

	/** The team has written. */
	arrived(messages: readonly Message[]): void {
		const spoken = messages.some(({ author_kind }) => author_kind !== 'system');
		if (spoken) void this.#ring();
	}

	toggleMuted(): void {
		this.muted = !this.muted;
		this.panel.storage.set(`${this.panel.keyPrefix}:muted`, this.muted ? '1' : null);
		void this.#ring();
	}

	toggleWide(): void {
		this.wide = !this.wide;
		this.panel.tab.set(`${this.panel.keyPrefix}:wide`, this.wide ? '1' : null);
		this.#applyWide();
	}

	close(opened: Opened | null): void {
		this.menu = null;
		this.picker = null;
		if (!opened) return;
		const { opener } = opened;
		opener.focus({ preventScroll: true });
		// A message that a finger lay on takes no focus.
		if (!opener.matches(':focus')) opener.closest<HTMLElement>('.panel')?.focus();
	}

	/** Takes away what lies on top of the conversation; false when nothing does. */
	leave(): boolean {
		const { panel } = this;
		const opened = this.menu ?? this.picker;
		if (opened) this.close(opened);
		else if (panel.taking) panel.taking = false;
		else if (this.screen === 'list') this.screen = 'chat';
		else if (panel.replyTo) panel.replyTo = null;
		else return false;
		return true;
	}

	reply(entry: Entry): void {
		this.close(null);
		this.panel.replyTo = entry;
		this.panel.focusComposer();
	}

	/** Brings a quoted message before the visitor's eyes, with the history above it if need be. */
	async jump(seq: number): Promise<void> {
		const { chat } = this.panel;
		const conversation = chat.conversation;
		while (conversation?.hasOlder && (conversation.messages[0]?.seq ?? 0) > seq) {
			await chat.loadOlder();
			if (conversation.olderFailed) {
				this.say(this.texts.jump_failed);
				return;
			}
		}
		clearTimeout(this.#flash);
		this.flashed = seq;
		this.#flash = setTimeout(() => (this.flashed = null), flashMs);
	}

	async openList(): Promise<void> {
		this.close(null);
		this.screen = 'list';
		// The list shows why it cannot be had.
		await this.list().catch(() => undefined);
	}

	/** What the list is made of; loads with its first use. */
	readonly list = async () => {
		const { listOf } = await conversations();
		return listOf(this);
	};

	readonly conversations = conversations;

	/** What fingers do to an element, once that part has come; to be attached. */
	withFingers(begin: (gestures: Gestures, element: HTMLElement) => (() => void) | undefined) {
		return (element: HTMLElement): (() => void) => {
			let stop: (() => void) | undefined;
			let gone = false;
			if (touchFirst()) {
				gestures().then(
					(module) => {
						if (!gone) stop = begin(module, element);
					},
					() => undefined // Everything can be done without: buttons do the same.
				);
			}
			return () => {
				gone = true;
				stop?.();
			};
		};
	}

	destroy(): void {
		clearTimeout(this.#timer);
		clearTimeout(this.#flash);
		clearTimeout(this.#again);
	}

	async #hinted(): Promise<void> {
		if (this.panel.view.conversationCount < 2) return;
		try {
			await (await this.list()).refresh();
		} catch {
			// The next event, focus or join asks again.
		}
	}

	async #loadSite(): Promise<void> {
		const site = await fetchSite(this.panel.config);
		if (site) this.panel.receiveSite(site);
	}

	#someUnknown(): boolean {
		return this.panel.view.entries.some(
			({ authorKind, authorId }) => authorKind === 'operator' && !this.agents.has(authorId ?? '')
		);
	}

	async #loadAgents(tries = 3): Promise<void> {
		const { chat } = this.panel;
		const { conversationId: conversation_id } = chat;
		if (conversation_id === null) return;
		clearTimeout(this.#again);
		try {
			const agents = await chat.call('list_conversation_agents', { conversation_id });
			this.agents = new Map([...this.agents, ...agents.map((agent) => [agent.id, agent] as const)]);
		} catch {
			// Messages carry the names of their time.
		}
		// The line has failed, or an answer was told of before the database showed it to others.
		if (tries > 0 && this.#someUnknown())
			this.#again = setTimeout(() => void this.#loadAgents(tries - 1), againMs);
	}

	async #ring(): Promise<void> {
		if (this.panel.site.settings.sounds === false) return;
		// Silent before the visitor has touched the page.
		if (this.muted || !navigator.userActivation.hasBeenActive) return;
		try {
			(await chime()).ring(this.panel.storage, `${this.panel.keyPrefix}:chimed`);
		} catch {
			// Whoever has no line now has no news to ring for.
		}
	}

	#applyWide(): void {
		this.panel.host.toggleAttribute('data-wide', this.wide);
	}
}
