import type { PublicSite } from '@chatiq/contracts/site';
import { refreshTokenKey, unsentKey } from '../core/storage-keys.ts';
import {
	siteOf,
	type Answer,
	type Handover,
	type Language,
	type Panel,
	type WidgetConfig
} from '../panel-api.ts';
import { button, draw, host, root, slot } from './bubble.ts';
import { complain, load, preload, quietly } from './chunks.ts';
import { config } from './config.ts';
import { emit } from './events.ts';
import { bubbleTexts } from './languages.ts';
import { once } from './once.ts';

const retryMs = 30_000;

let gone: boolean | undefined;
let open: boolean | undefined;
let hidden: boolean | undefined;
let answer: Answer;
let site: PublicSite | undefined;
let panel: Panel | undefined;

/** The first that decides: the page's code, the site's setting, the page's language, the browser's. */
const language = () =>
	// A list is a text with commas.
	(
		/,(uk|en)\b/.exec([
			...['', config.language, site?.settings.language, document.documentElement.lang],
			...[navigator.languages, 'en']
		] as unknown as string) as RegExpExecArray
	)[1] as Language;

const applySite = (changed?: PublicSite) => {
	site = changed;
	draw({ ...site?.settings, ...config });
	if (panel) panel.setLanguage(language());
	else button.ariaLabel = bubbleTexts[language()][0];
};

const handover = (): Handover => [
	...([answer, slot, config, emit, setOpen, applySite, complain] as const),
	language()
];

const boot = once(async () => {
	const { apiUrl, siteKey } = config;
	const key = refreshTokenKey(siteKey);
	const token = kept(key);
	// The console's installation check opens the page so: the server then knows that the widget runs here.
	const asks = token || /#chatiq-check/.test(location as never);
	// A plain string goes out as text/plain, which no browser preflights. Tabs that boot at one moment may use the
	// same token: the server takes it for a while.
	const response = await fetch(
		apiUrl + (asks ? '/functions/v1/boot' : `/storage/v1/object/public/site-files/${siteKey}.json`),
		asks
			? { method: 'POST', body: JSON.stringify({ site_key: siteKey, refresh_token: token }) }
			: {}
	);
	const { ok, status } = response;
	answer = (await response.json()) as Answer;
	// 422: what is kept is no token at all, and the next page must not stumble over it again.
	if (token && (ok || status === 422)) {
		localStorage[key] = answer.session?.refresh_token ?? '';
	}
	if (!ok) {
		// Only the customer's developer can repair it: this page will never be served.
		if (status < 429) {
			complain(answer);
			leave();
		}
		throw new Error();
	}
	applySite(siteOf(answer));
	emit('ready');
});

const mount = once(async () => {
	const [start] = await Promise.all([load(`panel-${language()}`), boot()]);
	if (gone) return;
	panel = start(...handover());
	if (open) panel.setOpen(open);
});

const mountQuietly = () => quietly(mount());

export const setOpen = (wanted: boolean) => {
	if (wanted === open) return;
	open = wanted;
	if (panel) panel.setOpen(open);
	else if (open) {
		slot.textContent = '';
		button.style.opacity = '.6';
		void mount()
			.catch(() => {
				open = false;
				// The panel takes the role away again.
				Object.assign(slot, { role: 'alert', textContent: bubbleTexts[language()][1] });
			})
			.then(() => (button.style.opacity = ''));
	}
};

export const toggle = () => setOpen(!open);

/** Before any intent: settings and unread count, then the panel's bytes, but not the panel. */
const prepare = () => {
	if (site || gone) return;
	void boot()
		.then(
			() => {
				root.append(preload(`panel-${language()}`));
				// In an open conversation the panel listens for answers while it is closed. Or it has texts to send, or
				// to tell that something is unread.
				if (
					answer.conversation?.status === 'open' ||
					answer.unread_count ||
					kept(unsentKey(config.siteKey))
				)
					mountQuietly();
				if (site?.teasers?.[0]) quietly(load('teasers').then((start) => start(...handover())));
			},
			() => setTimeout(prepare, retryMs)
		)
		// A chat that cannot be reached is not offered; it comes back with the server.
		.then(() => (button.hidden = hidden || !site));
};

/** Stage 1: the bubble, one request at idle, and the panel on the first sign of intent. */
export const start = () => {
	applySite();
	// Beside the body, which a single-page app may replace.
	document.body.after(host);
	button.onclick = toggle;
	button.onpointerenter = button.onfocus = mountQuietly;
	((window.requestIdleCallback as typeof requestIdleCallback | undefined) ?? setTimeout)(prepare);
};

export const leave = () => {
	gone = true;
	host.remove();
	panel?.destroy();
};

export const show = () => {
	button.hidden = hidden = false;
};

/** The bubble only: a page with a button of its own still opens the panel. */
export const hide = () => {
	button.hidden = hidden = true;
	setOpen(false);
};

export const identify = (token: string) => {
	config.identity = token;
	panel?.identify(token);
};

/** The panel knows where all of the visitor's state is. */
export const logout = () => {
	delete config.identity;
	quietly(
		mount().then(
			() => panel?.logout(),
			() => (localStorage[refreshTokenKey(config.siteKey)] = '')
		)
	);
};

export const setLanguage = (wanted: NonNullable<WidgetConfig['language']>) => {
	config.language = wanted;
	applySite(site);
};

const kept = (key: string) => {
	try {
		return localStorage[key] as string | undefined;
	} catch {
		// Blocked: then nobody can have left anything.
	}
};
