import type { Actor } from './actors.ts';
import type { Grid } from './grid.ts';
import type { World } from './world.ts';

/** The key of one row, as columns and values. */
export type Key = Record<string, string>;

/** Columns that some actor may write (separated by spaces), and which row who. */
export interface Writes {
	columns: string;
	cells: Grid;
}

/**
 * Expected answers of one table or view. `never`: refused to every client whatever the row (the service is not asked).
 * Columns that no `Writes` names are locked: naming one in a write is refused.
 */
export interface TableCells {
	/** The rows that are asked for, by the names that the grids use; also makes them when the world has none. */
	rows: (world: World) => Record<string, Key> | Promise<Record<string, Key>>;
	select: Grid;
	/** Columns that visitors may read, in all or in rows of their own. None, unless said. */
	visitorColumns?: string;
	/** Inserting a copy of the row. */
	insert: Writes | 'never';
	update: readonly Writes[] | 'never';
	delete: Grid | 'never';
	/** Values that make a copy of a row acceptable beside it; new uuids in the key are made without asking. */
	copy?: () => Record<string, unknown>;
}

/** Expected answers of one function. */
export interface FunctionCells {
	/** Arguments for one cell; `place` is the name of the line. */
	call: (
		world: World,
		place: string,
		actor: Actor
	) => Record<string, unknown> | Promise<Record<string, unknown>>;
	/** `ok` only when the answer carries this text, otherwise `-`. */
	shows?: (world: World, place: string) => string;
	/** A part of the answer that differs from call to call, whatever was asked: it tells nothing about rows. */
	moving?: RegExp;
	/** For functions that answer nothing: whether what was asked for was done; `ok` only then. */
	happened?: (world: World, args: Record<string, unknown>) => Promise<boolean>;
	/** The message of each refusal in the grid: its status, with a letter behind where one status has two. */
	refusals?: Record<string, string>;
	cells: Grid;
}

/** Expected answers on a Realtime topic: `+` let in, `-` not. */
export interface TopicCells {
	topic: (world: World, place: string) => string;
	listen: Grid;
	send: Grid;
	present: Grid;
}

/** Expected answers of a bucket, for a path of each line: `+` done, `-` not. */
export interface BucketCells {
	public: boolean;
	/** Makes what the lines need before each command. */
	prepare?: (world: World) => Promise<void>;
	path: (world: World, place: string) => string;
	type: string;
	list: Grid;
	read: Grid;
	/** Making a link that anybody can open, and what it opens. */
	sign: Grid;
	upload: Grid;
	overwrite: Grid;
	remove: Grid;
}
