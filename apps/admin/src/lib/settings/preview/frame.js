// Runs in a sandboxed frame of its own origin: the real widget, whose network ends here. What it would fetch is
// what the settings screen says; the page's policy forbids every connection.
const { widget } = document.currentScript.dataset;
const siteKey = 'pk_' + '1'.repeat(24);
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
		window.chtq.on('open', () => (open = true));
		window.chtq.on('close', () => (open = false));
		if (open) window.chtq.open();
	};
	script.onerror = () => parent.postMessage('failed', '*');
	document.body.append(script);
}

function show(news) {
	const first = site === null;
	site = news.site;
	document.documentElement.lang = news.language;
	const turned = language !== news.language;
	language = news.language;
	if (first) mount();
	else if (open) {
		if (turned) window.chtq?.setLanguage(language);
		// The panel looks at its settings now, not when the minute is over.
		dispatchEvent(new Event('chatiq:look'));
	} else {
		window.chtq?.destroy();
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
