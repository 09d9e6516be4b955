import { topicPrefix } from './channel.ts';

const maximumBytes = 255;

/** Why a channel cannot have this name, or null. The binary frames give a topic 255 bytes. */
export function topicProblem(name: string): string | null {
	if (Buffer.byteLength(topicPrefix + name) > maximumBytes) {
		return `TopicNameTooLong: The topic must not exceed ${maximumBytes} bytes`;
	}
	// Postgres has no NUL in text, and a lone surrogate would become another topic's character.
	if (name.includes('\0') || !name.isWellFormed()) {
		return 'TopicNameInvalid: The topic contains characters that cannot be stored';
	}
	return null;
}
