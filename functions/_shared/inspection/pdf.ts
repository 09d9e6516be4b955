import { Buffer } from 'node:buffer';
import { AppError } from '@chatiq/contracts/errors';
import { type ByteReader, text } from './byte-reader.ts';
import { inflate } from './inflate.ts';

/** What a reader would do by itself: run scripts, start programs, unpack other files, load films and forms of scripts. */
const active =
	/\/(JavaScript|Launch|EmbeddedFiles?|RichMedia|GoToE)\b|\/JS\s*(\(|<|\d+ \d+ R)|\/XFA[\s[]/;
const overlap = 64;
const maxPacked = 2_000_000;

/**
 * Refuses documents with active content, also inside of compressed object streams. Where a document is encrypted
 * these cannot be looked into; like every PDF it is only ever saved, not shown.
 */
export async function checkPdf(reader: ByteReader): Promise<void> {
	const objects = new ObjectStreams();
	let carry = '';
	let end = '';
	for (let part = await reader.next(); part; part = await reader.next()) {
		const raw = text(part);
		refuseActive(carry + raw);
		carry = (carry + raw).slice(-overlap);
		end = (end + raw).slice(-2048);
		objects.add(raw);
	}
	if (!end.includes('%%EOF')) throw new AppError('file_damaged');
}

/** Names may be spelled with escapes: `/J#61vaScript`. */
function refuseActive(raw: string): void {
	const plain = raw.replace(/#([0-9a-f]{2})/gi, (_, hex: string) =>
		String.fromCharCode(parseInt(hex, 16))
	);
	if (active.test(plain)) throw new AppError('file_type_refused');
}

/** Finds object streams in the text of a PDF as it passes, and looks into them. */
class ObjectStreams {
	#text = '';

	add(raw: string): void {
		this.#text += raw;
		for (;;) {
			const start = this.#text.indexOf('/ObjStm');
			if (start === -1) {
				this.#text = this.#text.slice(-overlap);
				return;
			}
			const opened = /stream\r?\n/.exec(this.#text.slice(start, start + 4096));
			const from = opened ? start + opened.index + opened[0].length : -1;
			const to = opened ? this.#text.indexOf('endstream', from) : -1;
			if (to === -1) {
				if (this.#text.length - start > maxPacked) throw new AppError('file_type_refused');
				return;
			}
			this.#look(this.#text.slice(from, to));
			this.#text = this.#text.slice(to);
		}
	}

	#look(content: string): void {
		const unpacked = inflate(Buffer.from(content, 'latin1'), 'deflate');
		// Encrypted, or packed in a way that readers hardly know either: nothing to be seen.
		if (unpacked) refuseActive(text(unpacked));
	}
}
