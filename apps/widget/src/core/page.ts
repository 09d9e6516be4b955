/** What the chat wants to know of the page around it; replaced in tests. */
export interface Page {
	readonly online: boolean;
	readonly visible: boolean;
	/** `wake`: online again, focus, shown, back from the cache. `sleep`: into the cache. Ends with `signal`. */
	listen: (on: (change: 'wake' | 'sleep' | 'other') => void, signal: AbortSignal) => void;
}

export const browserPage: Page = {
	get online() {
		return navigator.onLine;
	},
	get visible() {
		return document.visibilityState === 'visible';
	},
	listen: (on, signal) => {
		const wake = () => on('wake');
		const other = () => on('other');
		addEventListener('online', wake, { signal });
		addEventListener('focus', wake, { signal });
		addEventListener('pageshow', wake, { signal });
		addEventListener('offline', other, { signal });
		addEventListener('pagehide', () => on('sleep'), { signal });
		document.addEventListener(
			'visibilitychange',
			() => on(browserPage.visible ? 'wake' : 'other'),
			{
				signal
			}
		);
	}
};
