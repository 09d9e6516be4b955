/** Hands a file to the browser's downloads. */
export function saveFile(html: string, name: string): void {
	const address = URL.createObjectURL(new Blob([html], { type: 'text/html' }));
	const link = document.createElement('a');
	link.href = address;
	link.download = name.replace(/[\\/:*?"<>|\p{Cc}]+/gu, ' ').trim();
	link.click();
	// The download has its own hold of the bytes a moment later.
	setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
