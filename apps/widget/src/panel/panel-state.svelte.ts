import type { Message } from '@chatiq/contracts/message';
import type { PublicSite, WidgetTexts } from '@chatiq/contracts/site';
import { createContext } from 'svelte';
import type { ChatOptions } from '../core/chat-options.ts';
import { Chat } from '../core/chat.ts';
import type { ChatView, Entry } from '../core/chat-view.ts';
import { journal } from '../core/journal.ts';
import { keyValue } from '../core/key-value.ts';
import { outboxStore } from '../core/outbox-store.ts';
import { browserPage } from '../core/page.ts';
import type { Language, PanelContext, Texts } from '../panel-api.ts';
import type { Files } from './sending/files.svelte.ts';
import type { Access } from '@chatiq/uploads/backend';
import type { Links } from '@chatiq/uploads/links';
import { applyLook } from './look.ts';
import { lazy } from './lazy.ts';
import css from './panel.css?inline';
import { visitorDetails } from './visitor-details.ts';
import { Wording } from './wording.ts';

const maxAnnounced = 5;

const filesPart = lazy(() => import('./files/main.ts'));
const sendingPart = lazy(() => import('./sending/main.ts'));
const lightboxPart = lazy(() => import('./lightbox/main.ts'));

const warnings = lazy(() => import('./warn-refused.ts'));

/** Everything the panel shows, and all it can do. */
export class PanelState {
	open = $state.raw(false);
	/** The conversation is fed one task after the panel stands, so that opening is never one long task. */
	fed = $state.raw(false);
	view: ChatView;
	draft = $state.raw('');
	/** Files are being dragged over the panel. */
	dropping = $state.raw(false);
	/** New answers for the live region, each read out once. */
	announced = $state.raw<readonly Message[]>([]);
	/** Files on their way; there from the first one on. */
	files = $state.raw<Files | null>(null);
	/** To the files of messages; there with the first of them. */
	links: Links | null = null;
	wording: Wording;
	language: Language;
	#site: PublicSite;

	readonly header = $derived.by((): WidgetTexts => {
		const { title, subtitle, welcome } = this.wording.texts;
		const custom = this.#site.settings.texts[this.language];
		return {
			title: custom.title || title,
			subtitle: custom.subtitle || subtitle,
			welcome: custom.welcome || welcome
		};
	});

	readonly siteName = $derived.by(() => this.#site.name);

	readonly #context: PanelContext;
	readonly #chat: Chat;
	/** What belongs to this tab and outlives a reload. */
	readonly #tab = keyValue(() => sessionStorage);
	readonly #draftKey: string;
	#stale = false;
	readonly #adopted = new Set<string>();

	constructor(context: PanelContext) {
		const { config, language, texts, site } = context;
		this.#context = context;
		this.#draftKey = `chatiq:${config.siteKey}:draft`;
		this.#site = $state.raw(site);
		this.adopt(css);
		applyLook(context.root.host, config, site.settings);
		this.language = $state.raw(language);
		this.wording = $state.raw(new Wording(language, texts));
		this.draft = this.#tab.get(this.#draftKey) ?? '';
		this.#chat = new Chat(this.#chatOptions());
		this.view = $state.raw(this.#chat.view);
		void this.#chat.start(context.boot);
		if (context.identity !== null) this.identify(context.identity);
		// A bad line: the next file, or the next page, tries again.
		if (this.#chat.holdsFiles) this.#sendFiles().catch(() => undefined);
	}

	/** Where files go and come from, as this visitor. */
	get access(): Access {
		return {
			url: this.#context.config.apiUrl,
			headers: (renew) => this.#chat.headers(renew)
		};
	}

	readonly loadFiles = async () => {
		const part = await filesPart();
		this.links ??= part.start(this);
		return part;
	};

	readonly loadLightbox = async () => {
		const part = await lightboxPart();
		part.start(this);
		return part;
	};

	/** Chosen, dropped or pasted. */
	async attach(files: readonly File[]): Promise<void> {
		if (files.length === 0) return;
		await (await this.#sendFiles()).add(files);
	}

	/** The styles of a lazy part: `import css from './forms.css?inline'`. Taken once, however often it is said. */
	adopt(css: string): void {
		if (this.#adopted.has(css)) return;
		this.#adopted.add(css);
		const sheet = new CSSStyleSheet();
		sheet.replaceSync(css);
		this.#context.root.adoptedStyleSheets.push(sheet);
	}

	setOpen(open: boolean): void {
		this.open = open;
		this.announced = [];
		this.fed = false;
		if (!open) this.#chat.setOpen(false);
	}

	/** The panel is on the screen: show the conversation, then connect. */
	feed(): void {
		if (!this.open) return;
		this.fed = true;
		this.#chat.setOpen(true);
	}

	close(): void {
		this.#context.onclose();
	}

	setLanguage(language: Language, texts: Texts): void {
		this.language = language;
		this.wording = new Wording(language, texts);
	}

	identify(identity: string): void {
		void this.#chat.identify(identity);
	}

	logout(): void {
		this.setDraft('');
		void this.files?.clear();
		void this.#chat.logout();
	}

	setDraft(draft: string): void {
		this.draft = draft;
		this.#tab.set(this.#draftKey, draft || null);
	}

	/** The visitor is writing. */
	typed(draft: string): void {
		this.setDraft(draft);
		if (draft.trim() !== '') this.#chat.typed();
	}

	async send(): Promise<void> {
		const text = this.draft;
		this.setDraft('');
		if (this.files?.drafts.length) return this.files.send(text);
		if (!(await this.#chat.send(text))) this.setDraft(text);
	}

	retry({ id }: Entry): void {
		void this.#chat.retry(id);
	}

	remove({ id }: Entry): void {
		void this.#chat.remove(id);
	}

	/** Back into the composer, before whatever is being written there. */
	edit(entry: Entry): void {
		this.setDraft([entry.body, this.draft].filter(Boolean).join('\n'));
		this.remove(entry);
	}

	loadOlder(): void {
		void this.#chat.loadOlder();
	}

	setAtEnd(atEnd: boolean): void {
		this.#chat.setAtEnd(atEnd);
	}

	destroy(): void {
		this.files?.destroy();
		this.#chat.destroy();
	}

	async #sendFiles(): Promise<Files> {
		const { start } = await sendingPart();
		return (this.files ??= start(this, this.#chat, this.#context.config.siteKey));
	}

	#chatOptions(): ChatOptions {
		const { config, onmessage, onsite } = this.#context;
		return {
			apiUrl: config.apiUrl,
			siteKey: config.siteKey,
			storage: keyValue(() => localStorage),
			store: outboxStore(config.siteKey),
			journal: journal(this.#tab, config.siteKey),
			page: browserPage,
			details: () => visitorDetails(this.language),
			onchange: () => this.#changed(),
			onnews: (messages) => {
				if (this.open) this.announced = [...this.announced, ...messages].slice(-maxAnnounced);
				messages.forEach(onmessage);
			},
			onsite: (site) => {
				this.#site = site;
				applyLook(this.#context.root.host, config, site.settings);
				onsite(site);
			},
			onrefused: (code) => {
				const warn = warnings().then(({ warnRefused }) => warnRefused(code));
				warn.catch(() => console.warn(`[ChatIQ] ${code}`));
			}
		};
	}

	/** Many changes of one moment are one change of the screen. */
	#changed(): void {
		if (this.#stale) return;
		this.#stale = true;
		queueMicrotask(() => {
			this.#stale = false;
			this.view = this.#chat.view;
			this.files?.poke();
			this.#context.onunread(this.view.unread);
		});
	}
}

export const [getPanel, setPanel] = createContext<PanelState>();
