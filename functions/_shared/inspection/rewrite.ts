/** What stays of a file: stretches of its own bytes, and bytes put between them. */
export type Part = { from: number; to: number } | { bytes: Uint8Array };

/** Collects parts; neighbours become one. */
export class Plan {
	readonly parts: Part[] = [];

	keep(from: number, to: number): void {
		const last = this.parts.at(-1);
		if (last && 'to' in last && last.to === from) last.to = to;
		else if (to > from) this.parts.push({ from, to });
	}

	put(bytes: Uint8Array): void {
		this.parts.push({ bytes });
	}

	get size(): number {
		return this.parts.reduce((sum, part) => sum + sizeOf(part), 0);
	}
}

const sizeOf = (part: Part) => ('bytes' in part ? part.bytes.length : part.to - part.from);

/** The stream with only the parts in it, made as it is read. */
export function rewritten(
	stream: ReadableStream<Uint8Array>,
	parts: readonly Part[]
): ReadableStream<Uint8Array> {
	let position = 0;
	const left = parts.map((part) => ({ ...part }));
	type Out = TransformStreamDefaultController<Uint8Array>;
	const putLiterals = (out: Out) => {
		for (let part = left[0]; part && 'bytes' in part; part = left[0]) {
			out.enqueue(part.bytes);
			left.shift();
		}
	};
	return stream.pipeThrough(
		new TransformStream<Uint8Array, Uint8Array>({
			start: putLiterals,
			transform(chunk, out) {
				const end = position + chunk.length;
				for (let part = left[0]; part && 'to' in part && part.from < end; part = left[0]) {
					const to = Math.min(part.to, end);
					out.enqueue(chunk.subarray(part.from - position, to - position));
					part.from = to;
					if (to < part.to) break;
					left.shift();
					putLiterals(out);
				}
				position = end;
			}
		})
	);
}
