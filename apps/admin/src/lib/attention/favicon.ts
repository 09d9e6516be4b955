const sizePx = 32;

/** Draws how much is unread into the tab's icon, where many tabs leave no room for a title. */
export class Favicon {
	readonly #link: HTMLLinkElement | null;
	readonly #original: string;
	#picture: Promise<HTMLImageElement> | null = null;
	#asked = 0;

	constructor(link: HTMLLinkElement | null) {
		this.#link = link;
		this.#original = link?.href ?? '';
	}

	async show(count: number): Promise<void> {
		const asked = ++this.#asked;
		if (!this.#link) return;
		if (count === 0) {
			this.#link.href = this.#original;
			return;
		}
		this.#picture ??= load(this.#original);
		const picture = await this.#picture;
		// Another count came while the picture was on its way.
		if (asked === this.#asked) this.#link.href = draw(picture, count > 99 ? '99' : String(count));
	}
}

async function load(src: string): Promise<HTMLImageElement> {
	const picture = new Image(sizePx, sizePx);
	picture.src = src;
	await picture.decode();
	return picture;
}

function draw(picture: HTMLImageElement, text: string): string {
	const canvas = document.createElement('canvas');
	canvas.width = canvas.height = sizePx;
	const pen = canvas.getContext('2d');
	if (!pen) return picture.src;
	pen.drawImage(picture, 0, 0, sizePx, sizePx);
	const width = text.length > 1 ? 22 : 17;
	pen.fillStyle = '#d92d20';
	pen.beginPath();
	pen.roundRect(sizePx - width, sizePx - 17, width, 17, 8.5);
	pen.fill();
	pen.fillStyle = '#fff';
	pen.font = 'bold 14px system-ui, sans-serif';
	pen.textAlign = 'center';
	pen.textBaseline = 'middle';
	pen.fillText(text, sizePx - width / 2, sizePx - 8);
	return canvas.toDataURL();
}
