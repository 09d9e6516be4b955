import type { PublicSite } from '@chatiq/contracts/site';
import { keyValue } from '../core/key-value.ts';
import { refreshTokenKey } from '../core/refresh-token-key.ts';
import type { Panel, WidgetConfig } from '../panel-api.ts';
import { fetchBoot, Refused, type Booted } from './boot.ts';
import { Bubble } from './bubble.ts';
import { Chunks } from './chunks.ts';
import { warn } from './config.ts';
import { bubbleTexts, pickLanguage } from './languages.ts';
import { lookOf } from './look.ts';
import { stayInBody } from './stay.ts';

const retryMs = 30_000;

/** For the customer's developer: why there is no chat on this page. */
const refusals: Partial<Record<string, string>> = {
	site_not_found: 'No site has this site key. Copy the snippet from the console once more.',
	origin_not_allowed: 'This origin is not allowed. Add it to the site in the console.'
};

interface WidgetOptions {
	config: WidgetConfig;
	chunks: Chunks;
	emit: (name: 'ready' | 'open' | 'close' | 'message' | 'unread', detail?: unknown) => void;
}

/** Stage 1: the bubble, one request at idle, and the panel on the first sign of intent. */
export class Widget {
	open = false;

	readonly #options: WidgetOptions;
	readonly #bubble: Bubble;
	readonly #leaveBody: () => void;
	readonly #end = new AbortController();
	#language: ReturnType<typeof pickLanguage>;
	#booting: Promise<Booted> | null = null;
	#mounting: Promise<Panel> | null = null;
	#panel: Panel | null = null;
	#site: PublicSite | null = null;
	#identity: string | null = null;
	#hidden = false;
	#unread = 0;
	#retry: ReturnType<typeof setTimeout> | undefined;

	constructor(options: WidgetOptions) {
		this.#options = options;
		this.#language = pickLanguage(options.config.language);
		this.#bubble = new Bubble(bubbleTexts[this.#language], lookOf(options.config, null));
		this.#leaveBody = stayInBody(this.#bubble.host);
		const { button } = this.#bubble;
		const { signal } = this.#end;
		button.addEventListener('click', () => this.setOpen(!this.open), { signal });
		for (const intent of ['pointerenter', 'focus']) {
			// A failure shows on the click, or heals until then.
			button.addEventListener(intent, () => void this.#mount().catch(() => undefined), { signal });
		}
		addEventListener('online', () => this.#prepare(), { signal });
		whenIdle(() => this.#prepare());
	}

	setOpen(open: boolean): void {
		if (open === this.open || this.#end.signal.aborted) return;
		this.open = open;
		this.#bubble.setTrouble('');
		if (this.#panel) this.#show(this.#panel);
		else if (open) void this.#openWhenMounted();
	}

	setHidden(hidden: boolean): void {
		this.#hidden = hidden;
		this.#bubble.host.hidden = hidden;
	}

	identify(identity: string): void {
		this.#identity = identity;
		this.#panel?.identify(identity);
	}

	/** The panel knows where all of the visitor's state is, so it is needed for this too. */
	logout(): void {
		this.#identity = null;
		keyValue(() => localStorage).set(refreshTokenKey(this.#options.config.siteKey), null);
		this.#setUnread(0);
		void this.#mount().then(
			(panel) => panel.logout(),
			() => undefined
		);
	}

	setLanguage(language: NonNullable<WidgetConfig['language']>): void {
		this.#options.config.language = language;
		this.#applySite();
	}

	destroy(): void {
		this.#end.abort();
		clearTimeout(this.#retry);
		this.#panel?.destroy();
		this.#leaveBody();
	}

	/** Before any intent: settings and unread count, then the panel's bytes, but not the panel. */
	#prepare(): void {
		if (this.#site || this.#end.signal.aborted) return;
		clearTimeout(this.#retry);
		this.#fetch().then(
			({ boot }) => {
				this.#bubble.host.hidden = this.#hidden;
				this.#options.chunks.preload(this.#bubble.root, this.#language);
				// Somebody has answered: the panel listens for more while it is closed.
				if (boot && boot.unread_count > 0 && boot.conversation?.status === 'open') {
					void this.#mount().catch(() => undefined);
				}
			},
			() => {
				// A chat that cannot be reached is not offered; it comes back with the server.
				this.#bubble.host.hidden = !this.open;
				this.#retry = setTimeout(() => this.#prepare(), retryMs);
			}
		);
	}

	#fetch(): Promise<Booted> {
		this.#booting ??= fetchBoot(this.#options.config).then(
			(booted) => {
				this.#site = booted.site;
				this.#applySite();
				this.#setUnread(booted.boot?.unread_count ?? 0);
				this.#options.emit('ready');
				return booted;
			},
			(error: unknown) => {
				this.#booting = null;
				if (error instanceof Refused && !this.#end.signal.aborted) this.#retire(error.code);
				throw error;
			}
		);
		return this.#booting;
	}

	#mount(): Promise<Panel> {
		this.#mounting ??= this.#start().catch((error: unknown) => {
			this.#mounting = null;
			throw error;
		});
		return this.#mounting;
	}

	async #start(): Promise<Panel> {
		this.#end.signal.throwIfAborted();
		const { chunks, config, emit } = this.#options;
		const booting = this.#fetch();
		const texts = booting.then(() => chunks.texts(this.#language));
		const [{ site, boot }, panel] = await Promise.all([booting, chunks.panel(), texts]);
		this.#end.signal.throwIfAborted();
		this.#panel = panel.start({
			root: this.#bubble.root,
			slot: this.#bubble.slot,
			config,
			site: this.#site ?? site,
			boot,
			identity: this.#identity,
			language: this.#language,
			texts: await texts,
			onclose: () => this.setOpen(false),
			onunread: (count) => this.#setUnread(count),
			onmessage: (message) => emit('message', message),
			onsite: (changed) => {
				this.#site = changed;
				this.#applySite();
			}
		});
		return this.#panel;
	}

	async #openWhenMounted(): Promise<void> {
		this.#bubble.setBusy(true);
		try {
			const panel = await this.#mount();
			if (this.open) this.#show(panel);
		} catch {
			this.open = false;
			this.#bubble.setTrouble(bubbleTexts[this.#language].unreachable);
		}
		this.#bubble.setBusy(false);
	}

	#show(panel: Panel): void {
		panel.setOpen(this.open);
		this.#bubble.setOpen(this.open);
		this.#setUnread(this.#unread);
		if (!this.open) this.#bubble.button.focus({ preventScroll: true });
		this.#options.emit(this.open ? 'open' : 'close');
	}

	#setUnread(count: number): void {
		if (count !== this.#unread) this.#options.emit('unread', count);
		this.#unread = count;
		this.#bubble.setUnread(this.open ? 0 : count);
	}

	#applySite(): void {
		const { config, chunks } = this.#options;
		this.#bubble.setLook(lookOf(config, this.#site));
		const language = pickLanguage(config.language, this.#site?.settings.language);
		if (language === this.#language) return;
		this.#language = language;
		this.#bubble.setTexts(bubbleTexts[language]);
		if (!this.#panel) return;
		chunks.texts(language).then(
			(texts) => {
				if (language === this.#language) this.#panel?.setLanguage(language, texts);
			},
			() => warn(`The texts of "${language}" could not be loaded.`)
		);
	}

	#retire(code: string): void {
		warn(refusals[code] ?? `The server refuses this widget: ${code}.`);
		this.destroy();
	}
}

function whenIdle(task: () => void): void {
	if ('requestIdleCallback' in window) requestIdleCallback(task, { timeout: 2000 });
	else setTimeout(task, 500);
}
