import type { Message } from '@chatiq/contracts/message';
import type { PublicSite, WidgetTexts } from '@chatiq/contracts/site';
import type { Call } from '../core/api.ts';
import type { ChatOptions } from '../core/chat-options.ts';
import { Chat } from '../core/chat.ts';
import { formKey, refreshTokenKey } from '../core/storage-keys.ts';
import type { ChatView, Entry } from '../core/chat-view.ts';
import { claimsOf } from '../core/identity.ts';
import { journal } from '../core/journal.ts';
import { keyValue } from '../core/key-value.ts';
import { outboxStore } from '../core/outbox-store.ts';
import { browserPage } from '../core/page.ts';
import type { ExtrasWithParts } from './extras/main.ts';
import type { Later } from './later/main.ts';
import type { Language, PanelContext, Texts, WidgetConfig } from '../panel-api.ts';
import { fetchSite } from './fetch-site.ts';
import { localized } from './forms-of.ts';
import type { Files } from './sending/files.svelte.ts';
import type { Access } from '@chatiq/uploads/backend';
import type { Links } from '@chatiq/uploads/links';
import { applyLook } from './look.ts';
import { lazy } from './lazy.ts';
import css from './panel.css?inline';
import { Questions } from './questions.svelte.ts';
import { visitorDetails } from './visitor-details.ts';
import { Wording } from './wording.ts';

const maxAnnounced = 5;
/** As many short messages as a panel shows. */
const inSight = 12;

const teaserKey = (siteKey: string) => `chatiq:${siteKey}:teaser`;
const extras = lazy(() => import('./extras/main.ts'));
const later = lazy(() => import('./later/main.ts'));
const filesPart = lazy(() => import('./files/main.ts'));
const sendingPart = lazy(() => import('./sending/main.ts'));
const pagesPart = lazy(() => import('./pages/main.ts'));
const lightboxPart = lazy(() => import('./lightbox/main.ts'));

/** Everything the panel shows, and all it can do. */
export class PanelState {
	open = $state.raw(false);
	/**
	 * Where the list of messages begins, as `slice` takes it. First nowhere, then with what is before the eyes, then
	 * at the start: a task for each, after the panel stands, so that opening is never one long task.
	 */
	from = $state.raw(Infinity);
	view: ChatView;
	draft = $state.raw('');
	/** New answers for the live region, each read out once. */
	announced = $state.raw<readonly Message[]>([]);
	/** Something else that the live region reads out. */
	notice = $state.raw('');
	/** The conversation is being saved or mailed: that covers the panel. */
	taking = $state.raw(false);
	/** These come a moment after the panel stands. */
	extras = $state.raw<ExtrasWithParts | null>(null);
	later = $state.raw<Later | null>(null);
	/** The message that the next text answers. */
	replyTo = $state.raw<Entry | null>(null);
	/** Files on their way; there from the first one on. */
	files = $state.raw<Files | null>(null);
	/** To the files of messages; there with the first of them. */
	links: Links | null = null;
	wording: Wording;
	language: Language;
	readonly questions: Questions;
	site: PublicSite;
	#teaser: string | null;

	readonly header = $derived.by((): WidgetTexts => {
		const { title, subtitle, welcome } = this.wording.texts;
		const custom = this.site.settings.texts[this.language];
		return {
			title: custom.title || title,
			subtitle: custom.subtitle || subtitle,
			welcome: this.#teaserText || custom.welcome || welcome
		};
	});

	/** What the visitor was asked before the conversation: it stands where the welcome does. */
	readonly #teaserText = $derived.by(() => {
		const texts = this.site.teasers?.find(({ id }) => id === this.#teaser)?.texts;
		return texts?.[this.language] ?? texts?.en ?? texts?.uk;
	});

	readonly siteName = $derived.by(() => this.site.name);
	readonly settings = $derived.by(() => this.site.settings);

	/** Stands under the composer until the first message, which agrees to it. */
	readonly consent = $derived.by(() =>
		this.view.conversation ? '' : localized(this.site.settings.consent.text, this.language)
	);

	readonly #context: PanelContext;
	readonly chat: Chat;
	/** What belongs to this tab and outlives a reload. */
	readonly tab = keyValue(() => sessionStorage);
	readonly storage = keyValue(() => localStorage);
	/** Names what is kept for this site. */
	readonly keyPrefix: string;
	#stale = false;
	/** Tells the team of the pages; ends by what it answers. */
	#pages: Promise<(() => void) | undefined> | null = null;
	#ended = false;
	readonly #adopted = new Set<string>();

	constructor(context: PanelContext & { texts: Texts }) {
		const { config, language, texts, site } = context;
		this.#context = context;
		this.keyPrefix = refreshTokenKey(config.siteKey);
		this.site = $state.raw(site);
		this.#teaser = $state.raw(this.tab.get(teaserKey(config.siteKey)));
		this.questions = new Questions({
			storage: this.storage,
			tab: this.tab,
			key: formKey(config.siteKey),
			site: () => this.site,
			view: () => this.view,
			retry: (id) => void this.chat.retry(id),
			onstale: () => void fetchSite(config).then((newer) => newer && this.receiveSite(newer))
		});
		this.adopt(css);
		applyLook(context.root.host, config, site.settings);
		this.language = $state.raw(language);
		this.wording = $state.raw(new Wording(language, texts));
		this.draft = this.tab.get(`${this.keyPrefix}:draft`) ?? '';
		this.chat = new Chat(this.#chatOptions());
		this.view = $state.raw(this.chat.view);
		void this.chat.start(context.boot);
		if (config.identity) this.identify(config.identity);
		// A bad line: the next file, or the next page, tries again.
		if (this.chat.holdsFiles) this.#sendFiles().catch(() => undefined);
	}

	/** Where files go and come from, as this visitor. */
	get access(): Access {
		return {
			url: this.#context.config.apiUrl,
			headers: (renew) => this.chat.headers(renew)
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

	get config(): WidgetConfig {
		return this.#context.config;
	}

	/** News of the site; what is older than what is known is none. */
	receiveSite(site: PublicSite): void {
		if (Date.parse(site.updated_at) < Date.parse(this.site.updated_at)) return;
		this.site = site;
		applyLook(this.#context.root.host, this.config, site.settings);
		this.#context.applySite(site);
	}

	setOpen(open: boolean): void {
		this.open = open;
		if (open && this.config.teaser) this.#setTeaser(this.config.teaser);
		this.announced = [];
		this.from = Infinity;
		if (!open) this.chat.setOpen(false);
	}

	get fed(): boolean {
		return this.from < 1;
	}

	/** The panel is on the screen: show the conversation, then connect. To be called until it says that is done. */
	feed(): boolean {
		if (this.from) {
			this.from = this.fed ? 0 : -inSight;
			return false;
		}
		this.chat.setOpen(true);
		void this.#loadExtras();
		void this.#loadLater();
		return true;
	}

	close(): void {
		this.#context.setOpen(false);
	}

	setLanguage(language: Language, texts: Texts): void {
		this.language = language;
		this.wording = new Wording(language, texts);
	}

	/** Calls an SQL function as the visitor. */
	get call(): Call {
		return this.chat.call;
	}

	identify(identity: string): void {
		const claims = claimsOf(identity);
		this.questions.vouched = ['name', 'email'].filter((key) => claims?.[key]);
		void this.chat.identify(identity);
	}

	logout(): void {
		this.questions.vouched = [];
		this.questions.forget();
		this.setDraft('');
		void this.files?.clear();
		void this.chat.logout();
	}

	setDraft(draft: string): void {
		this.draft = draft;
		this.tab.set(`${this.keyPrefix}:draft`, draft || null);
	}

	/** The visitor is writing. */
	typed(draft: string): void {
		this.setDraft(draft);
		if (draft.trim() !== '') this.chat.typed();
	}

	async send(): Promise<void> {
		if (!this.questions.pass()) return;
		const text = this.draft;
		const replyTo = this.replyTo?.message?.seq ?? null;
		this.replyTo = null;
		this.setDraft('');
		if (this.files?.drafts.length) return this.files.send(text, replyTo);
		if (!(await this.chat.send(text, replyTo))) this.setDraft(text);
	}

	/** Sends a text that the visitor did not type; what they are typing stays. */
	async say(text: string): Promise<void> {
		await this.chat.send(text);
		this.focusComposer();
	}

	/** Where the cursor is, or was. */
	insert(text: string): void {
		const field = this.#field;
		if (!field) return;
		field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end');
		this.typed(field.value);
	}

	focusComposer(): void {
		this.#field?.focus({ preventScroll: true });
	}

	/** As the person is called today. */
	nameOf({ authorKind, authorId, authorName }: Entry): string {
		const { you, assistant, team } = this.wording.texts;
		if (authorKind === 'visitor') return you;
		if (authorKind === 'bot') return authorName ?? assistant;
		return this.extras?.agents.get(authorId ?? '')?.name ?? authorName ?? team;
	}

	loadOlder(): void {
		void this.chat.loadOlder();
	}

	setAtEnd(atEnd: boolean): void {
		this.chat.setAtEnd(atEnd);
	}

	destroy(): void {
		this.open = false;
		this.files?.destroy();
		this.#ended = true;
		this.extras?.destroy();
		void this.#pages?.then((stop) => stop?.());
		this.chat.destroy();
	}

	async #sendFiles(): Promise<Files> {
		const { start } = await sendingPart();
		return (this.files ??= start(this, this.chat, this.#context.config.siteKey));
	}

	#chatOptions(): ChatOptions {
		const { config, emit, complain } = this.#context;
		return {
			apiUrl: config.apiUrl,
			siteKey: config.siteKey,
			storage: this.storage,
			store: outboxStore(config.siteKey),
			journal: journal(this.tab, config.siteKey),
			page: browserPage,
			details: () =>
				visitorDetails({
					language: this.language,
					answers: this.questions.answers,
					consent: this.consent !== ''
				}),
			onchange: () => this.#changed(),
			onnews: (messages) => {
				this.extras?.arrived(messages);
				if (this.open) this.announced = [...this.announced, ...messages].slice(-maxAnnounced);
				messages.forEach((message) => emit('message', message));
			},
			teaser: () => this.#teaser,
			onstarted: () => this.#setTeaser(null),
			onsite: (site) => this.receiveSite(site),
			onrefused: (refusal) => complain({ refusal })
		};
	}

	#setTeaser(teaser: string | null): void {
		this.#teaser = teaser;
		this.tab.set(teaserKey(this.config.siteKey), teaser);
		delete this.config.teaser;
	}

	get host(): Element {
		return this.#context.root.host;
	}

	get #field(): HTMLTextAreaElement | null {
		return this.#context.root.querySelector<HTMLTextAreaElement>('.composer textarea');
	}

	async #loadExtras(): Promise<void> {
		try {
			const { startExtras } = await extras();
			if (!this.#ended) this.extras ??= startExtras(this);
		} catch {
			// Text goes without it; the next opening tries again.
		}
	}

	async #loadLater(): Promise<void> {
		try {
			const { startLater } = await later();
			this.later ??= startLater(this);
		} catch {
			// As above.
		}
	}

	/** Many changes of one moment are one change of the screen. */
	#changed(): void {
		if (this.#stale) return;
		this.#stale = true;
		queueMicrotask(() => {
			this.#stale = false;
			this.view = this.chat.view;
			this.questions.follow();
			this.files?.poke();
			this.extras?.changed();
			if (this.view.conversation)
				this.#pages ??= pagesPart().then(
					({ follow }) => follow(this),
					() => undefined
				);
		});
	}
}

let shown: PanelState;

/** A page has one panel at a time, so no context of components is needed to find it: 0.1 KB less. */
export const getPanel = () => shown;
export const setPanel = (panel: PanelState) => (shown = panel);
