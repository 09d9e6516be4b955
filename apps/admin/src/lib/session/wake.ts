const sleepMs = 20_000;
const tickMs = 5000;

/** Calls back whenever something may have been missed: focus, back online, tab shown, machine woken up. */
export function onWake(wake: () => void): () => void {
	const stop = new AbortController();
	const options = { signal: stop.signal };
	window.addEventListener('online', wake, options);
	window.addEventListener('focus', wake, options);
	window.addEventListener('pageshow', (event) => event.persisted && wake(), options);
	document.addEventListener(
		'visibilitychange',
		() => document.visibilityState === 'visible' && wake(),
		options
	);
	// A laptop that sleeps with the window in front fires none of these; its clock jumps.
	let last = Date.now();
	const ticking = setInterval(() => {
		const now = Date.now();
		if (now - last > sleepMs) wake();
		last = now;
	}, tickMs);
	return () => {
		stop.abort();
		clearInterval(ticking);
	};
}

/** Calls back when the page is being left, be it closed or for another one. */
export function onLeave(leave: () => void): () => void {
	window.addEventListener('pagehide', leave);
	return () => window.removeEventListener('pagehide', leave);
}

/** Calls back when the page is out of sight: phones end it then without another word. */
export function onHidden(hide: () => void): () => void {
	const look = () => document.visibilityState === 'hidden' && hide();
	document.addEventListener('visibilitychange', look);
	return () => document.removeEventListener('visibilitychange', look);
}
