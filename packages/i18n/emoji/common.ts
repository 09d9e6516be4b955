/** The six that are offered before the whole grid. */
export const commonEmoji = ['👍', '❤️', '😂', '😮', '😢', '🙏'] as const;
