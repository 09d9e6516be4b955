import type { BucketCells, FunctionCells, TableCells, TopicCells } from './cells.ts';
import { bucketCells } from './cells/buckets.ts';
import { conversationFunctions } from './cells/conversation-functions.ts';
import { conversationTables } from './cells/conversations.ts';
import { personalTables } from './cells/personal.ts';
import { serverFunctions } from './cells/server-functions.ts';
import { settingsTables } from './cells/settings.ts';
import { siteTables } from './cells/sites.ts';
import { teamTables } from './cells/team.ts';
import { topicCells } from './cells/topics.ts';

// What the API has and who may do what with it. The catalogue is held against these lists: an object without cells
// fails, and so do cells without an object.
export const tables: Record<string, TableCells> = {
	...teamTables,
	...siteTables,
	...conversationTables,
	...settingsTables,
	...personalTables
};

export const functions: Record<string, FunctionCells> = {
	...conversationFunctions,
	...serverFunctions
};

export const topics: Record<string, TopicCells> = topicCells;

export const buckets: Record<string, BucketCells> = bucketCells;
