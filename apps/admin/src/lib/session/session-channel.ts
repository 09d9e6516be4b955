/** Tabs of one browser have one session: each looks at it again when another has signed in or out. */
export const openSessionChannel = (): BroadcastChannel => new BroadcastChannel('chatiq-session');

/** From a page without a session of its own. */
export function tellOtherTabs(): void {
	const channel = openSessionChannel();
	channel.postMessage(null);
	channel.close();
}
