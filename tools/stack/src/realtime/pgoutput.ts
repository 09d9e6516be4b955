/** The few messages of the pgoutput protocol (version 1, text values) that an insert needs. */

export type Row = Record<string, string | null>;

export type Change =
	{ kind: 'insert'; schema: string; table: string; row: Row } | { kind: 'commit'; lsn: bigint };

interface Relation {
	schema: string;
	table: string;
	columns: string[];
}

export class PgOutputDecoder {
	readonly #relations = new Map<number, Relation>();

	/** Null for messages that carry nothing for us: begin, updates, deletes, types, origins. */
	decode(message: Buffer): Change | null {
		switch (String.fromCharCode(message[0] ?? 0)) {
			case 'R':
				this.#learn(message);
				return null;
			case 'I':
				return this.#insert(message);
			case 'C':
				return { kind: 'commit', lsn: message.readBigUInt64BE(10) };
			default:
				return null;
		}
	}

	#learn(message: Buffer): void {
		const schema = cString(message, 5);
		const table = cString(message, schema.end);
		let offset = table.end + 1; // replica identity
		const count = message.readUInt16BE(offset);
		offset += 2;
		const columns: string[] = [];
		for (let index = 0; index < count; index++) {
			const name = cString(message, offset + 1); // flags
			columns.push(name.text);
			offset = name.end + 8; // type and its modifier
		}
		this.#relations.set(message.readUInt32BE(1), {
			schema: schema.text,
			table: table.text,
			columns
		});
	}

	#insert(message: Buffer): Change {
		const relation = this.#relations.get(message.readUInt32BE(1));
		if (!relation) throw new Error('pgoutput sent a row before its relation');
		const { schema, table, columns } = relation;
		return { kind: 'insert', schema, table, row: readTuple(message, 6, columns) };
	}
}

function cString(buffer: Buffer, start: number): { text: string; end: number } {
	const zero = buffer.indexOf(0, start);
	return { text: buffer.toString('utf8', start, zero), end: zero + 1 };
}

function readTuple(buffer: Buffer, start: number, columns: string[]): Row {
	const row: Row = {};
	let offset = start + 2;
	for (const column of columns.slice(0, buffer.readUInt16BE(start))) {
		const kind = String.fromCharCode(buffer[offset++] ?? 0);
		if (kind === 'n') row[column] = null;
		if (kind !== 't') continue;
		const length = buffer.readUInt32BE(offset);
		offset += 4;
		row[column] = buffer.toString('utf8', offset, offset + length);
		offset += length;
	}
	return row;
}
