/** The messages of the pgoutput protocol (version 1, text values) that row changes need. */

/** Values as Postgres prints them. A column that is missing was too large to be written again. */
export type Row = Record<string, string | null>;

export interface Column {
	name: string;
	typeOid: number;
	/** Part of what identifies a row in UPDATE and DELETE. */
	key: boolean;
}

export interface Relation {
	oid: number;
	schema: string;
	table: string;
	columns: Column[];
}

export interface RowChange {
	kind: 'insert' | 'update' | 'delete';
	relation: Relation;
	/** Null for a delete. */
	row: Row | null;
	/** What identified the row: its key, or all of it with full replica identity. */
	old: Row | null;
	committedAt: Date;
	/** Of the transaction, without its epoch. */
	xid: number;
}

export type Change =
	{ kind: 'begin'; commitLsn: bigint } | RowChange | { kind: 'commit'; endLsn: bigint };

const postgresEpochMs = Date.UTC(2000, 0, 1);

export class PgOutputDecoder {
	readonly #relations = new Map<number, Relation>();
	#transaction = { committedAt: new Date(0), xid: 0 };

	/** Null for messages that carry no row: relations, types, origins, truncates. */
	decode(message: Buffer): Change | null {
		switch (String.fromCharCode(message[0] ?? 0)) {
			case 'R':
				this.#learn(message);
				return null;
			case 'B':
				this.#transaction = {
					committedAt: new Date(postgresEpochMs + Number(message.readBigInt64BE(9) / 1000n)),
					xid: message.readUInt32BE(17)
				};
				return { kind: 'begin', commitLsn: message.readBigUInt64BE(1) };
			case 'I':
				return this.#change('insert', message);
			case 'U':
				return this.#change('update', message);
			case 'D':
				return this.#change('delete', message);
			case 'C':
				return { kind: 'commit', endLsn: message.readBigUInt64BE(10) };
			default:
				return null;
		}
	}

	#learn(message: Buffer): void {
		const oid = message.readUInt32BE(1);
		const schema = cString(message, 5);
		const table = cString(message, schema.end);
		let offset = table.end + 1; // replica identity
		const count = message.readUInt16BE(offset);
		offset += 2;
		const columns: Column[] = [];
		for (let index = 0; index < count; index++) {
			const name = cString(message, offset + 1);
			const key = message[offset] === 1;
			columns.push({ name: name.text, key, typeOid: message.readUInt32BE(name.end) });
			offset = name.end + 8; // type and its modifier
		}
		this.#relations.set(oid, { oid, schema: schema.text, table: table.text, columns });
	}

	/** An old tuple, if any, comes before the new one; K holds the key, O the whole row. */
	#change(kind: RowChange['kind'], message: Buffer): RowChange {
		const relation = this.#relations.get(message.readUInt32BE(1));
		if (!relation) throw new Error('pgoutput sent a row before its relation');
		const change: RowChange = { kind, relation, row: null, old: null, ...this.#transaction };
		let offset = 5;
		while (offset < message.length) {
			const part = String.fromCharCode(message[offset] ?? 0);
			const tuple = readTuple(message, offset + 1, relation.columns);
			if (part === 'N') change.row = tuple.row;
			else change.old = part === 'K' ? keyOf(tuple.row, relation) : tuple.row;
			offset = tuple.end;
		}
		return change;
	}
}

function cString(buffer: Buffer, start: number): { text: string; end: number } {
	const zero = buffer.indexOf(0, start);
	return { text: buffer.toString('utf8', start, zero), end: zero + 1 };
}

function readTuple(buffer: Buffer, start: number, columns: Column[]): { row: Row; end: number } {
	const row: Row = {};
	const count = buffer.readUInt16BE(start);
	let offset = start + 2;
	for (const { name } of columns.slice(0, count)) {
		const kind = String.fromCharCode(buffer[offset++] ?? 0);
		if (kind === 'n') row[name] = null;
		if (kind !== 't') continue;
		const length = buffer.readUInt32BE(offset);
		offset += 4;
		row[name] = buffer.toString('utf8', offset, offset + length);
		offset += length;
	}
	return { row, end: offset };
}

/** A key tuple spells the other columns out as null. */
function keyOf(row: Row, { columns }: Relation): Row {
	const key: Row = {};
	for (const column of columns) if (column.key) key[column.name] = row[column.name] ?? null;
	return key;
}
