// What comes at the end of a conversation: rating it, and taking it along.
export { default as ClosedCard } from './ClosedCard.svelte';
export { default as TakeAlong } from './TakeAlong.svelte';
