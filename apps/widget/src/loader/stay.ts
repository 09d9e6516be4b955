/** Keeps an element in the page's body, also when an SPA empties or replaces the body; returns the end of it. */
export function stayInBody(element: HTMLElement): () => void {
	const settle = () => {
		if (!element.isConnected) document.body.append(element);
		for (const node of [document.documentElement, document.body])
			observer.observe(node, { childList: true });
	};
	const observer = new MutationObserver(settle);
	settle();
	return () => {
		observer.disconnect();
		element.remove();
	};
}
