import type { Tables } from './database.gen.ts';

/** Where clients store bytes; nobody reads them there. */
export const incomingBucket = 'incoming';
/** Where those that passed are read. */
export const attachmentsBucket = 'attachments';

/** Largest file in bytes, checked by the database and by Storage. */
export const maxFileBytes = 10_485_760;

/** Most files that go with one message, checked by the database. */
export const maxFilesPerMessage = 10;

/** What `upload` answers, and the columns that both sides may read. */
export type Upload = Pick<
	Tables<'attachments'>,
	| 'id'
	| 'conversation_id'
	| 'name'
	| 'content_type'
	| 'size_bytes'
	| 'width'
	| 'height'
	| 'path'
	| 'status'
	| 'refusal'
>;

/** Answer of `get_storage_usage`. */
export interface StorageUsage {
	used_bytes: number;
	quota_bytes: number;
}
