/** Prints these lines alone, not the page that shows them. */
export function printText(title: string, text: string): void {
	const frame = document.createElement('iframe');
	frame.style.display = 'none';
	frame.title = title;
	document.body.append(frame);
	const page = frame.contentWindow;
	if (!page) return;
	const [heading, lines] = [page.document.createElement('h1'), page.document.createElement('pre')];
	[heading.textContent, lines.textContent] = [title, text];
	page.document.body.append(heading, lines);
	page.addEventListener('afterprint', () => frame.remove());
	page.focus();
	page.print();
}
