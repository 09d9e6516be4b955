import type { Relation, Row, RowChange } from '../pgoutput.ts';

const byteaOid = 17;
const actions = { insert: 'I', update: 'U', delete: 'D' } as const;

/** A row change in the wal2json format 2, which realtime.apply_rls reads. */
export function walJson({ kind, relation, row, old, committedAt }: RowChange): string {
	// An update that left the key alone does not repeat it.
	const identity = kind === 'update' ? (old ?? keyOf(row ?? {}, relation)) : old;
	return JSON.stringify({
		action: actions[kind],
		schema: relation.schema,
		table: relation.table,
		timestamp: committedAt.toISOString(),
		...(row ? { columns: tuple(row, relation) } : {}),
		...(identity ? { identity: tuple(identity, relation) } : {})
	});
}

function keyOf(row: Row, { columns }: Relation): Row {
	const keys = columns.filter(({ key, name }) => key && name in row);
	return Object.fromEntries(keys.map(({ name }) => [name, row[name] ?? null]));
}

function tuple(
	row: Row,
	{ columns }: Relation
): { name: string; typeoid: number; value: unknown }[] {
	return columns
		.filter(({ name }) => name in row)
		.map(({ name, typeOid }) => {
			const value = row[name] ?? null;
			// Bytes travel as bare hexadecimal digits.
			return {
				name,
				typeoid: typeOid,
				value: typeOid === byteaOid ? (value?.slice(2) ?? null) : value
			};
		});
}
