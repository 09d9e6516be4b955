import type { Attachment } from '@chatiq/contracts/message';
import type { Backend } from './backend.ts';

/** Seconds a link opens its file: long enough to look at it, too short to be passed on. */
const lifetime = 300;
const marginMs = 60_000;

/** Signed links to files, made when they are needed and again when they have expired. */
export class Links {
	readonly #backend: Pick<Backend, 'sign'>;
	readonly #made = new Map<string, { link: Promise<string>; until: number }>();

	constructor(backend: Pick<Backend, 'sign'>) {
		this.#backend = backend;
	}

	/** In this width, where the project can make images smaller. */
	async view(file: Pick<Attachment, 'path'>, width?: number): Promise<string> {
		const key = `${file.path} ${width ?? ''}`;
		const known = this.#made.get(key);
		if (known && performance.now() < known.until) return known.link;
		const link = this.#backend.sign(file, {
			seconds: lifetime,
			...(width === undefined ? {} : { width })
		});
		this.#made.set(key, { link, until: performance.now() + lifetime * 1000 - marginMs });
		try {
			return await link;
		} catch (error) {
			this.#made.delete(key);
			throw error;
		}
	}

	/** Saves under its name, whatever it is. */
	async download(file: Pick<Attachment, 'path' | 'name'>): Promise<void> {
		const link = await this.view(file);
		const anchor = document.createElement('a');
		anchor.href = `${link}&download=${encodeURIComponent(file.name)}`;
		anchor.rel = 'noopener noreferrer';
		anchor.download = file.name;
		anchor.click();
	}

	/** It was refused all the same: the next question asks anew. */
	forget({ path }: Pick<Attachment, 'path'>): void {
		for (const key of this.#made.keys()) if (key.startsWith(`${path} `)) this.#made.delete(key);
	}
}
