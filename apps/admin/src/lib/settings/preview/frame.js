// Runs in a sandboxed frame of its own origin: the real widget, whose network ends here. What it would fetch is
// what the settings screen says; the page's policy forbids every connection.
/** @typedef {{ on(name: string, listener: () => void): void, open(): void, destroy(): void, setLanguage(language: string): void }} Sdk */
/** @returns {Sdk | undefined} */
const sdk = () => /** @type {{ chtq?: Sdk }} */ (/** @type {unknown} */ (window)).chtq;
const widget = document.currentScript?.dataset.widget ?? '';
const siteKey = 'pk_' + '1'.repeat(24);
/** @type {unknown} */
let site = null;
let language = 'en';
let open = true;

window.fetch = (input) => {
	const { pathname } = new URL(input instanceof Request ? input.url : input);
	if (pathname.endsWith(`/site-files/${siteKey}.json`)) return Promise.resolve(Response.json(site));
	// As on a line that never answers: what is tried out here goes nowhere.
	return new Promise(() => undefined);
};

function mount() {
	const script = document.createElement('script');
	script.src = widget;
	Object.assign(script.dataset, { siteKey, language });
	script.onload = () => {
		sdk()?.on('open', () => (open = true));
		sdk()?.on('close', () => (open = false));
		if (open) sdk()?.open();
	};
	script.onerror = () => parent.postMessage('failed', '*');
	document.body.append(script);
}

/** @param {{ site: unknown, language: string, open: boolean }} news */
function show(news) {
	const first = site === null;
	site = news.site;
	document.documentElement.lang = news.language;
	const turned = language !== news.language;
	language = news.language;
	if (first) {
		open = news.open;
		mount();
	} else if (open) {
		if (turned) sdk()?.setLanguage(language);
		// The panel looks at its settings now, not when the minute is over.
		dispatchEvent(new Event('chatiq:look'));
	} else {
		sdk()?.destroy();
		mount();
	}
}

addEventListener('message', ({ source, data }) => {
	if (source !== parent) return;
	// The frame may stand before the screen listens.
	if (data === 'hello') parent.postMessage('ready', '*');
	else show(data);
});
parent.postMessage('ready', '*');
