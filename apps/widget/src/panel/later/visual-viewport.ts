/** The keyboard of a phone covers the page without resizing it: the panel takes what is left visible. */
export function followVisualViewport(panel: HTMLElement): (() => void) | undefined {
	const viewport = window.visualViewport;
	if (!viewport) return;
	const follow = () => {
		// Zoomed in by fingers: the visitor wants to see a part larger, not the panel smaller.
		if (viewport.scale > 1) return;
		panel.style.setProperty('--top', `${viewport.offsetTop}px`);
		panel.style.setProperty('--height', `${viewport.height}px`);
	};
	viewport.addEventListener('resize', follow);
	viewport.addEventListener('scroll', follow);
	return () => {
		viewport.removeEventListener('resize', follow);
		viewport.removeEventListener('scroll', follow);
	};
}
