/** Keeps an element in the page's body, also when an SPA empties or replaces the body; returns the end of it. */
export function stayInBody(element: HTMLElement): () => void {
	const observer = new MutationObserver(() => settle());
	const settle = () => {
		if (!element.isConnected) document.body.append(element);
		observer.observe(document.documentElement, { childList: true });
		observer.observe(document.body, { childList: true });
	};
	settle();
	return () => {
		observer.disconnect();
		element.remove();
	};
}
